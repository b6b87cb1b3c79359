import Continual
import Tensors

/// A module as the library steps it.
protocol LibraryStepper {
  var time: LibraryTime { get }
  mutating func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue
}

extension LibraryValue {
  /// The only frame; nil where nothing came.
  func frame() throws(ModuleError) -> Tensor? {
    guard case .one(let frame) = self else {
      throw ModuleError(.streams(.others))
    }
    return frame
  }
}

/// A module whose steps are right, as a stream of this program.
struct RightStepper: LibraryStepper {
  var stream: LiveStream
  var time: LibraryTime

  mutating func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue {
    guard let frame = try input.frame() else { return .one(nil) }
    guard let output = try stream.forwardStep(frame) else { return .one(nil) }
    // Several frames at once are none that the library has.
    return .one(output.shape == stream.plan.output.frame ? output : nil)
  }
}

/// What yields an output in the steps that the library's counter of strides names.
struct StrideCounter {
  private let stride: Int
  private var count: Int

  init(stride: Int, span: Int, padding: Int) {
    self.stride = stride
    count = stride - span + padding
  }

  /// Whether an output is due in the next step.
  mutating func next() -> Bool {
    defer {
      count += 1
      if count > 0 { count %= stride }
    }
    return count == stride - 1
  }
}

/// A convolution with more padding than its kernel is long: right values, in the wrong steps.
struct OverpaddedStepper: LibraryStepper {
  var stream: LiveStream
  var counter: StrideCounter
  var time: LibraryTime

  mutating func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue {
    guard let frame = try input.frame() else { return .one(nil) }
    let output = try stream.forwardStep(frame)
    return .one(counter.next() ? output : nil)
  }
}

/// A convolution of one frame whose state is never kept, so that each step is a first one.
struct ForgetfulStepper: LibraryStepper {
  var stream: LiveStream
  var time: LibraryTime

  mutating func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue {
    guard let frame = try input.frame(), time.padding == 0 else { return .one(nil) }
    return .one(try stream.forwardStep(frame))
  }
}

/// A pool with the library's ring of frames.
struct PoolStepper: LibraryStepper {
  /// Pools a frame in space; nil where there is no space.
  var space: LiveStream?
  let isMaximum: Bool
  let kernel: Int
  let dilation: Int
  let fill: PaddingMode
  var counter: StrideCounter
  var time: LibraryTime
  var slots: [Tensor] = []
  var index = 0

  mutating func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue {
    guard var frame = try input.frame() else { return .one(nil) }
    if space != nil, let pooled = try space?.forwardStep(frame) { frame = pooled }
    let span = dilation * (kernel - 1) + 1
    if slots.isEmpty {
      let constant: Float = fill == .negativeInfinity ? -.infinity : 0
      let first =
        fill == .replicate
        ? frame : Tensor(frame.shape, [Float](repeating: constant, count: frame.shape.count))
      slots = [Tensor](repeating: first, count: span)
    }
    slots[index] = frame
    index = (index + 1) % kernel
    guard counter.next() else { return .one(nil) }
    let window = (0..<kernel).map { slots[(index + $0 * dilation) % span] }
    let values = frame.scalars.indices.map { place in
      let column = window.map { $0.scalars[place] }
      if isMaximum { return column.max() ?? -.infinity }
      return column.reduce(0, +) / Float(kernel)
    }
    return .one(Tensor(frame.shape, values))
  }
}

/// Steppers one behind the other.
struct ChainStepper: LibraryStepper {
  var steppers: [any LibraryStepper]
  var time: LibraryTime

  mutating func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue {
    var value = input
    for index in steppers.indices {
      if case .one(nil) = value { return value }
      value = try steppers[index].step(value)
    }
    return value
  }
}

/// Steppers side by side, each on a stream of its own, or all on the same one.
struct ParallelStepper: LibraryStepper {
  var steppers: [any LibraryStepper]
  var isBroadcast: Bool
  var time: LibraryTime

  mutating func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue {
    var outputs: [LibraryValue] = []
    for index in steppers.indices {
      var own = input
      if !isBroadcast {
        guard case .many(let streams) = input, streams.count == steppers.count else {
          throw ModuleError(.streams(.others))
        }
        own = streams[index]
        if case .one(nil) = own {
          throw ModuleError(.streams(.others))
        }
      }
      outputs.append(try steppers[index].step(own))
    }
    return .many(outputs)
  }
}

/// What rearranges or joins streams and remembers nothing.
struct StatelessStepper: LibraryStepper {
  let time = LibraryTime(receptiveField: 1, stride: 1, padding: 0)
  let make: (LibraryValue) throws(ModuleError) -> LibraryValue

  func step(_ input: LibraryValue) throws(ModuleError) -> LibraryValue { try make(input) }

  /// Joins what comes in the same step; where a stream has nothing, what the others have is lost.
  static func join(_ reduction: Reduction) -> StatelessStepper {
    StatelessStepper { (input) throws(ModuleError) in
      guard case .many(let streams) = input else {
        throw ModuleError(.streams(.others))
      }
      var frames: [Tensor64] = []
      for stream in streams {
        guard let frame = try stream.frame() else { return .one(nil) }
        frames.append(frame.reshaped(frame.shape.clip(frames: 1)).widened)
      }
      do throws(VerificationError) {
        let joined = try Combination.combine(frames, by: reduction).narrowed
        return .one(joined.reshaped(joined.shape.frame))
      } catch {
        throw ModuleError(.branches(.shapes(frames.map(\.shape.frame), reduction)))
      }
    }
  }

  /// Selects and groups streams.
  static func dispatch(_ mapping: [ParallelDispatch.Mapping]) -> StatelessStepper {
    func select(
      _ mapping: ParallelDispatch.Mapping, _ streams: [LibraryValue]
    ) -> LibraryValue {
      switch mapping {
      case .stream(let index): streams.indices.contains(index) ? streams[index] : .one(nil)
      case .group(let mappings): .many(mappings.map { select($0, streams) })
      }
    }
    return StatelessStepper { (input) throws(ModuleError) in
      guard case .many(let streams) = input else { return input }
      return select(.group(mapping), streams)
    }
  }
}
