import Continual

/// What the library says of the time of a module.
struct LibraryTime {
  var receptiveField = 1
  var stride = 1
  var padding = 0
  /// In frames of the module's own input.
  var delay = 0

  init(receptiveField: Int, stride: Int, padding: Int) {
    self.receptiveField = receptiveField
    self.stride = stride
    self.padding = padding
    delay = receptiveField - 1 - padding
  }

  init(_ timing: Timing) {
    receptiveField = timing.receptiveField
    stride = timing.rate.down
    padding = timing.padding
    delay = timing.delay
  }

  /// That of modules one behind the other.
  init(of times: [LibraryTime]) {
    var (field, step, padded) = (1, 1, 0)
    for time in times {
      field += step * (time.receptiveField - 1)
      padded += step * time.padding
      step *= time.stride
    }
    self.init(receptiveField: field, stride: step, padding: padded)
  }

  /// That of modules side by side.
  init(ofBranches times: [LibraryTime]) {
    receptiveField = times.map(\.receptiveField).max() ?? 1
    stride = times.first?.stride ?? 1
    padding = times.map(\.padding).max() ?? 0
    delay = times.map(\.delay).max() ?? 0
  }

  /// That of a delay.
  static func delay(_ frames: Int) -> LibraryTime {
    LibraryTime(receptiveField: frames + 1, stride: 1, padding: 0)
  }
}
