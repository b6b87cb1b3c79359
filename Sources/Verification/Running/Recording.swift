import Continual
import Tensors

/// What one run of a plan put on some of its wires.
struct Recording {
  /// All frames of each recorded wire, in order, as a clip.
  var wires: [Wire: Tensor] = [:]

  /// How many of the frames of each recorded wire came before the end padding.
  var stepped: [Wire: Int] = [:]

  /// The number of frames that went in.
  let length: Int

  /// The output, with what only the end padding makes possible.
  var output: Tensor

  /// The step that yielded each output before the end padding.
  var outputSteps: [Int] = []

  /// What came on all wires, in short; nil where that was not asked for.
  var fingerprints: Fingerprints?

  /// Why the end padding yields nothing, where branches end at different times.
  var unequalEnds: ModuleError?

  /// The outputs before the end padding.
  var stepOutput: Tensor { output.frames(0..<outputSteps.count) }

  /// The outputs that are left where another run of the same network has had its own.
  func output(after before: Recording) -> Tensor {
    let length = output.shape[2]
    return output.frames(min(before.outputSteps.count, length)..<length)
  }
}

extension Recording {
  /// Computes a clip at once.
  ///
  /// - Parameters:
  ///   - plan: the network.
  ///   - clip: (B, C, T, S…).
  ///   - wires: those to record.
  ///   - fingerprinting: whether to make the fingerprints of all wires.
  /// - Throws: ``ModuleError`` where the clip does not fit or is too short.
  init(
    _ plan: Plan, forward clip: Tensor, wires: Set<Wire> = [], fingerprinting: Bool = false
  ) throws(ModuleError) {
    length = clip.shape[2]
    var recorded: [Wire: Tensor] = [:]
    var fingerprints = Fingerprints(plan)
    output = try plan.forward(clip) { node, output, count in
      let wire = plan.nodes[node].output
      if fingerprinting { fingerprints.add(output, of: node, frame: wire.frame, count: count) }
      guard wires.contains(wire) else { return }
      recorded[wire] = Recording.clip(of: wire, output, count, ofClip: clip.shape[2])
    }
    self.wires = recorded
    if fingerprinting { self.fingerprints = fingerprints }
    record(input: clip, of: plan, wires)
  }

  /// What a clip of `length` frames has put on a wire.
  static func clip(
    of wire: Wire, _ output: Span<Float>, _ count: Int, ofClip length: Int
  ) -> Tensor {
    // All positions that a window attends to are an axis of the frames, as long as the clip.
    let frame = wire.frame
    let isUsual = output.count == frame.count * count
    return Tensor(
      isUsual ? frame.clip(frames: count) : Shape([frame[0], frame[1], 1, length]), Array(output))
  }

  /// Runs a clip through a stream frame by frame, and then the end padding on a copy of the stream.
  ///
  /// - Parameters:
  ///   - stream: fresh or reset; goes on after the last frame.
  ///   - clip: (B, C, T, S…).
  ///   - wires: those to record.
  ///   - fingerprinting: whether to make the fingerprints of all wires.
  ///   - goesOn: whether the stream goes on afterwards; else its end padding needs no copy of its state.
  /// - Throws: ``ModuleError`` where the frames do not fit.
  init(
    _ stream: inout LiveStream, steps clip: Tensor, wires: Set<Wire> = [],
    fingerprinting: Bool = false, goesOn: Bool = true
  ) throws(ModuleError) {
    length = clip.shape[2]
    let plan = stream.plan
    let expected = wires.isEmpty ? [] : plan.frameCounts(ofClip: clip.shape[2])
    var seen = Observed(plan, wires, expected, fingerprinting: fingerprinting)
    var outputs = RecordedFrames(
      of: plan.output, expected: plan.timing.outputCount(ofInputs: clip.shape[2]))
    let frame = plan.output.frame
    var made = [Float](repeating: 0, count: plan.mostOutputsOfStep * frame.count)
    output = Tensor(frames: [], of: frame)
    for time in 0..<clip.shape[2] {
      var target = made.mutableSpan
      let due = stream.step(clip.frame(time).scalars.span, into: &target) {
        seen.add($1, of: $0, count: $2)
      }
      outputs.append(made.span.extracting(0..<due * frame.count), count: due)
      outputSteps += [Int](repeating: time, count: due)
    }
    for wire in wires { stepped[wire] = seen.frames[wire]?.count ?? 0 }
    do throws(ModuleError) {
      let end: Tensor
      if goesOn {
        // Whatever the end padding does to it, the stream goes on from here.
        let kept = stream.state
        defer { stream.state = kept }
        end = try stream.forwardSteps(clip.frames(0..<0), padEnd: true) {
          seen.add($1, of: $0, count: $2)
        }
      } else {
        end = try stream.end { seen.add($1, of: $0, count: $2) }
      }
      let last = end.scalars
      outputs.append(last.span, count: end.shape[2])
      // Where the end padding did not run, the steps are not those of the clip.
      if fingerprinting { fingerprints = seen.fingerprints }
    } catch {
      unequalEnds = error
    }
    output = outputs.clip
    for wire in wires { self.wires[wire] = seen.frames.removeValue(forKey: wire)?.clip }
    record(input: clip, of: plan, wires)
  }

  private mutating func record(input clip: Tensor, of plan: Plan, _ wires: Set<Wire>) {
    guard let input = plan.modules.last?.input, wires.contains(input) else { return }
    self.wires[input] = clip
    stepped[input] = clip.shape[2]
  }
}

/// What the steps of a stream put on wires.
private struct Observed {
  private let plan: Plan
  private let isFingerprinting: Bool
  /// The frames of those that are recorded.
  var frames: [Wire: RecordedFrames]
  /// Those of all wires.
  private(set) var fingerprints: Fingerprints

  init(_ plan: Plan, _ wires: Set<Wire>, _ expected: [Int?], fingerprinting: Bool) {
    self.plan = plan
    isFingerprinting = fingerprinting
    frames = wires.reduce(into: [:]) { $0[$1] = RecordedFrames(of: $1, expected: expected[$1.id]) }
    fingerprints = Fingerprints(plan)
  }

  mutating func add(_ output: Span<Float>, of node: Int, count: Int) {
    let wire = plan.nodes[node].output
    if isFingerprinting { fingerprints.add(output, of: node, frame: wire.frame, count: count) }
    frames[wire]?.append(output, count: count)
  }
}

/// The frames that came on a wire, one behind the other.
private struct RecordedFrames {
  private let frame: Shape
  private(set) var count = 0
  private var scalars: [Float] = []

  /// Starts without frames.
  ///
  /// - Parameters:
  ///   - wire: what they come on.
  ///   - expected: about how many frames will come; nil where that is not known.
  init(of wire: Wire, expected: Int?) {
    frame = wire.frame
    scalars.reserveCapacity((expected ?? 0) * frame.count)
  }

  /// Adds the frames of a chunk (B, C, n, S…).
  mutating func append(_ chunk: Span<Float>, count: Int) {
    self.count += count
    guard count > 1 else { return scalars.append(contentsOf: chunk) }
    let plane = frame.axes.dropFirst(2).reduce(1, *)
    for time in 0..<count {
      for channel in 0..<frame.axes.prefix(2).reduce(1, *) {
        let start = (channel * count + time) * plane
        scalars.append(contentsOf: chunk.extracting(start..<start + plane))
      }
    }
  }

  /// All of them, as a clip (B, C, T, S…).
  var clip: Tensor {
    guard count > 1 else { return Tensor(frame.clip(frames: count), scalars) }
    let plane = frame.axes.dropFirst(2).reduce(1, *)
    var result: [Float] = []
    result.reserveCapacity(scalars.count)
    for channel in 0..<frame.axes.prefix(2).reduce(1, *) {
      for time in 0..<count {
        let start = time * frame.count + channel * plane
        result += scalars[start..<start + plane]
      }
    }
    return Tensor(frame.clip(frames: count), result)
  }
}

extension Array where Element == Float {
  /// The elements of a span.
  fileprivate init(_ span: Span<Float>) {
    self.init()
    append(contentsOf: span)
  }

  /// Adds the elements of a span.
  fileprivate mutating func append(contentsOf span: Span<Float>) {
    let end = count
    append(contentsOf: repeatElement(0, count: span.count))
    var all = mutableSpan
    var target = all._mutatingExtracting(end..<end + span.count)
    for index in span.indices { target[index] = span[index] }
  }
}
