/// The buffers and the work space that a plan runs in.
///
/// A runner remembers nothing of what it has run: what a stream remembers is its ``StreamState``. So one
/// runner serves any number of streams of its plan, one after the other. Its buffers grow when a
/// longer chunk comes than any before, and are kept.
///
/// ```swift
/// var runner = StreamRunner(plan)
/// var states = [StreamState](repeating: plan.initialState, count: 100)
/// for index in states.indices {
///   count = runner.step(frames[index].span, of: &states[index], into: &output)
/// }
/// ```
///
/// Who owns what: the state belongs to the caller, who gives it as `inout` for each call; the buffers
/// belong to the runner; the frames that come in and go out belong to the caller and are read and
/// written where they are. The helpers take their arrays one by one, since an instance method that is
/// called with a field of its own would copy the field.
public struct StreamRunner: Sendable {
  /// The network.
  public let plan: Plan

  var buffers: [[Float]]
  var scratch: [Float] = []
  /// How many frames are on each wire in this call.
  var counts: [Int]
  /// The longest chunk of a stream for which there is room.
  private var reserved = 0

  /// Makes a runner without room for any frame; the first chunk makes some.
  public init(_ plan: Plan) {
    self.plan = plan
    buffers = [[Float]](repeating: [], count: plan.layout.bufferCount)
    counts = [Int](repeating: 0, count: plan.nodes.count + 1)
  }

  /// Makes room for chunks of so many frames, so that those allocate nothing.
  public mutating func reserve(frames: Int) {
    guard frames > reserved else { return }
    reserved = frames
    var most = [Int](repeating: frames, count: plan.nodes.count + 1)
    var work = 0
    for (index, (node, entry)) in zip(plan.nodes, plan.layout.entries).enumerated() {
      let count = entry.count.most(of: frames)
      most[entry.output] = count
      reserve(entry.target, count * entry.outputCount)
      if case .kernel(let kernel) = node.operation {
        let frames = most[entry.inputs[0]]
        let fused = plan.fusion.kernels[index]?.scratch(frames: frames) ?? 0
        work = max(work, kernel.scratch(frames: frames), fused)
      }
    }
    scratch.grow(to: work)
  }

  mutating func reserve(_ place: PlanLayout.Place, _ count: Int) {
    guard case .buffer(let buffer) = place else { return }
    buffers[buffer].grow(to: count)
  }
}
