import Continual
import Tensors

/// One element of the frames that a network, or a module, puts out, over time: what each way to compute it
/// made.
struct Trace: Sendable {
  /// Where the numbers come from.
  enum Source: String, Hashable, Sendable {
    case clip
    case step
    case written = "steps as written"
    case definition = "definition in float64"
    case pytorch = "PyTorch"
    case pytorchSteps = "PyTorch's steps"
  }

  /// What one of them made.
  struct Line: Sendable {
    let source: Source
    /// The frame of the first value.
    let first: Int
    let values: [Double]
  }

  /// The dotted path of the module; empty for the whole network.
  let module: String
  /// The name of the input.
  let profile: String
  /// The element, and the frame in which it is worst.
  let place: Deviation.Place
  /// The largest difference, and what is allowed there.
  let error: Double
  let allowed: Double
  let lines: [Line]

  /// How many times what is allowed the difference is.
  var ratio: Double { error == 0 ? 0 : allowed.isNaN ? 1 : error / allowed }

  /// How many frames are shown.
  static let longest = 200

  /// Takes an element out of clips (B, C, T, S…), at an offset in the one that has `shape`.
  ///
  /// For nil it is the largest element of the first clip. Clips that have another shape but for their length
  /// are left out.
  init?(
    module: String = "", profile: String, offset: Int?, of shape: Shape, error: Double,
    allowed: Double, _ clips: [(Source, Tensor64)]
  ) {
    let fitting = clips.filter { $0.1.shape.rank == shape.rank && $0.1.shape.frame == shape.frame }
    guard let first = fitting.first?.1, shape.count > 0, first.shape.count > 0 else { return nil }
    let place =
      offset.map { shape.place(ofElement: $0) } ?? first.shape.place(ofElement: first.largest)
    let range =
      max(0, place[2] - Trace.longest / 2)..<max(0, place[2] - Trace.longest / 2)
      + Trace.longest
    lines = fitting.compactMap { source, clip in
      let frames = range.clamped(to: 0..<clip.shape[2])
      guard !frames.isEmpty else { return nil }
      return Line(
        source: source, first: frames.lowerBound,
        values: frames.map { clip.scalar(at: place, frame: $0) })
    }
    guard !lines.isEmpty else { return nil }
    self.module = module
    self.profile = profile
    self.place = Deviation.Place(
      step: nil, frame: place[2], batch: place[0], channel: place[1],
      space: Array(place.dropFirst(3)))
    self.error = error
    self.allowed = allowed
  }
}

extension Tensor64 {
  /// The offset of the finite element that is largest.
  fileprivate var largest: Int {
    var (place, largest) = (0, -1.0)
    for (offset, value) in scalars.enumerated() where value.isFinite && abs(value) > largest {
      (place, largest) = (offset, abs(value))
    }
    return place
  }

  /// The value at a place, in another frame.
  fileprivate func scalar(at place: [Int], frame: Int) -> Double {
    var offset = 0
    for (axis, size) in shape.axes.enumerated() {
      offset = offset * size + (axis == 2 ? frame : place[axis])
    }
    return scalars[offset]
  }
}
