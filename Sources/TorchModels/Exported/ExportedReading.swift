/// Which axis of the clip each axis of an input is.
struct ExportedReading {
  /// For each axis in PyTorch, the axis of the clip.
  let axes: [Int]
  /// As in `B, T, C`.
  let name: String
  /// Whether nobody would mean another one.
  var isCertain = false

  /// What a user says that an input is; nil where it has not these axes.
  ///
  /// - Parameters:
  ///   - layout: what is said.
  ///   - shape: of the example.
  /// - Returns: the reading.
  static func stated(_ layout: InputLayout, _ shape: [Int]) -> ExportedReading? {
    switch layout.statement {
    case .axes(let axes):
      return axes.count == shape.count ? ExportedReading(axes: axes, name: layout.text) : nil
    case .time(let dim):
      let time = dim < 0 ? dim + shape.count : dim
      guard shape.indices.contains(time), (2...5).contains(shape.count) else { return nil }
      var others = [0, 1, 3, 4][...]
      let axes = shape.indices.map { $0 == time ? ExportedSignal.time : others.removeFirst() }
      let letters = axes.map { ["B", "C", "T", "S", "S"][$0] }
      return ExportedReading(axes: axes, name: letters.joined(separator: ", "))
    }
  }

  /// The same with what is time as an axis of space, so that each clip of PyTorch is one frame of a stream;
  /// nil where there are too many axes.
  var still: ExportedReading? {
    let moved = axes.map { $0 < ExportedSignal.time ? $0 : $0 + 1 }
    guard moved.allSatisfy({ $0 < 5 }) else { return nil }
    // Each letter once, as --layout takes them.
    let letters = moved.map { ["B", "C", "T", "W", "H"][$0] }
    return ExportedReading(axes: moved, name: letters.joined(separator: ", "))
  }

  /// The ways in which an input can be meant whose length can be another along some axes: that of the batch, or of
  /// time.
  ///
  /// - Parameters:
  ///   - shape: of the example.
  ///   - dynamic: these axes.
  /// - Returns: all ways where none of them can be time.
  static func candidates(_ shape: [Int], dynamic: Set<Int>) -> [ExportedReading] {
    let all = candidates(shape)
    let fitting = all.filter { reading in
      dynamic.contains { reading.axes[$0] == ExportedSignal.time }
        && dynamic.allSatisfy { reading.axes[$0] == ExportedSignal.time || reading.axes[$0] == 0 }
    }
    return fitting.isEmpty ? all : fitting
  }

  /// The ways in which an input can be meant, the most likely first.
  ///
  /// - Parameter shape: of the example.
  /// - Returns: none where no network takes such clips.
  static func candidates(_ shape: [Int]) -> [ExportedReading] {
    switch shape.count {
    case 2: [ExportedReading(axes: [0, 2], name: "B, T")]
    case 3:
      [
        ExportedReading(axes: [0, 1, 2], name: "B, C, T"),
        ExportedReading(axes: [0, 2, 1], name: "B, T, C"),
        ExportedReading(axes: [2, 0, 1], name: "T, B, C"),
      ]
    case 4:
      [
        ExportedReading(axes: [0, 1, 2, 3], name: "B, C, T, S"),
        ExportedReading(axes: [0, 1, 3, 2], name: "B, C, S, T"),
        ExportedReading(axes: [0, 2, 1, 3], name: "B, T, C, S"),
      ]
    case 5:
      [
        // What takes frames of pictures as PyTorch's video networks do.
        ExportedReading(axes: [0, 1, 2, 3, 4], name: "B, C, T, H, W", isCertain: true),
        ExportedReading(axes: [0, 2, 1, 3, 4], name: "B, T, C, H, W"),
      ]
    default: []
    }
  }
}
