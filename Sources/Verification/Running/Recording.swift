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
  /// - Throws: ``ModuleError`` where the clip does not fit or is too short.
  init(_ plan: Plan, forward clip: Tensor, wires: Set<Wire> = []) throws(ModuleError) {
    length = clip.shape[2]
    var recorded: [Wire: Tensor] = [:]
    output = try plan.forward(clip) { node, output, count in
      let wire = plan.nodes[node].output
      guard wires.contains(wire) else { return }
      // All positions that a window attends to are an axis of the frames, as long as the clip.
      let frame = wire.frame
      let isUsual = output.count == frame.count * count
      recorded[wire] = Tensor(
        isUsual ? frame.clip(frames: count) : Shape([frame[0], frame[1], 1, clip.shape[2]]),
        Array(output))
    }
    self.wires = recorded
    record(input: clip, of: plan, wires)
  }

  /// Runs a clip through a stream frame by frame, and then the end padding on a copy of the stream.
  ///
  /// - Parameters:
  ///   - stream: fresh or reset; goes on after the last frame.
  ///   - clip: (B, C, T, S…).
  ///   - wires: those to record.
  /// - Throws: ``ModuleError`` where the frames do not fit.
  init(
    _ stream: inout LiveStream, steps clip: Tensor, wires: Set<Wire> = []
  ) throws(ModuleError) {
    length = clip.shape[2]
    let plan = stream.plan
    var frames: [Wire: [[Float]]] = [:]
    var outputs: [[Float]] = []
    let frame = plan.output.frame
    var made = [Float](repeating: 0, count: plan.mostOutputsOfStep * frame.count)
    output = Tensor(frames: [], of: frame)
    for time in 0..<clip.shape[2] {
      var target = made.mutableSpan
      let due = stream.step(clip.frame(time).scalars.span, into: &target) { node, output, count in
        let wire = plan.nodes[node].output
        if wires.contains(wire) {
          frames[wire, default: []] += output.frames(count, of: wire.frame)
        }
      }
      outputs += made.span.extracting(0..<due * frame.count).frames(due, of: frame)
      outputSteps += [Int](repeating: time, count: due)
    }
    for wire in wires { stepped[wire] = frames[wire]?.count ?? 0 }
    do {
      var ended = frames
      var ending = stream
      let end = try ending.forwardSteps(clip.frames(0..<0), padEnd: true) { node, output, count in
        let wire = plan.nodes[node].output
        if wires.contains(wire) {
          ended[wire, default: []] += output.frames(count, of: wire.frame)
        }
      }
      outputs += (0..<end.shape[2]).map { end.frame($0).scalars }
      frames = ended
    } catch {
      unequalEnds = error
    }
    output = Tensor(frames: outputs, of: plan.output.frame)
    for wire in wires {
      self.wires[wire] = Tensor(frames: frames[wire] ?? [], of: wire.frame)
    }
    record(input: clip, of: plan, wires)
  }

  private mutating func record(input clip: Tensor, of plan: Plan, _ wires: Set<Wire>) {
    guard let input = plan.modules.last?.input, wires.contains(input) else { return }
    self.wires[input] = clip
    stepped[input] = clip.shape[2]
  }
}

extension Span<Float> {
  /// The frames of a chunk (B, C, n, S…).
  fileprivate func frames(_ count: Int, of frame: Shape) -> [[Float]] {
    let chunk = Tensor(frame.clip(frames: count), Array(self))
    return (0..<count).map { chunk.frame($0).scalars }
  }
}

extension Array where Element == Float {
  /// The elements of a span.
  fileprivate init(_ span: Span<Float>) {
    self.init()
    reserveCapacity(span.count)
    for index in span.indices { append(span[index]) }
  }
}
