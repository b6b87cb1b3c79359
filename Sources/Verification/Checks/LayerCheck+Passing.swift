import Continual
import Tensors

extension LayerCheck {
  /// Judges modules that had the same bits in both modes while a clip is computed.
  ///
  /// What a node made is kept until the modules are judged that it shows, and no longer.
  ///
  /// - Parameters:
  ///   - modules: which, in order.
  ///   - clip: (B, C, T, S…).
  ///   - name: the name of the input.
  ///   - countsNaN: whether a NaN where there should be one counts as compared.
  ///   - budget: after about how many numbers modules are judged.
  ///   - enter: gets what came of each, in both modes.
  /// - Returns: the modules of which something is wrong or open, which are left to be judged by recordings.
  /// - Throws: ``VerificationError`` where the clip cannot be computed.
  func judgeInPassing(
    _ modules: [Int], _ clip: Tensor, _ name: String, countsNaN: Bool = false, budget: Int,
    enter: (LayerOutcome) -> Void
  ) throws(VerificationError) -> [Int] {
    let plan = network.plan
    var passing = Passing(self, modules, name, countsNaN: countsNaN, length: clip.shape[2])
    if let input = plan.modules.last?.input { passing.keep(clip, on: input) }
    do throws(ModuleError) {
      _ = try plan.forward(clip) { node, output, count in
        let wire = plan.nodes[node].output
        guard passing.isRead(wire) else { return }
        passing.keep(
          Recording.clip(of: wire, output, count, ofClip: clip.shape[2]), on: wire)
        if passing.size > budget { passing.judge(enter) }
      }
    } catch {
      throw VerificationError(.notRun(error))
    }
    passing.judge(enter)
    return passing.left
  }

  /// What came of a module that had the same bits in both modes; nil where something is wrong or open.
  fileprivate func outcomesWhereAlike(
    _ index: Int, _ clip: Recording, _ name: String
  ) -> [LayerOutcome]? {
    let place = network.plan.modules[index]
    let whole = clipOutcome(index, clip, name)
    guard whole.isSettled else { return nil }
    if place.module.divergence(frame: place.input.frame) == nil {
      return [whole, whole.ofSteps]
    }
    let steps = stepOutcome(index, clip, name)
    return steps.isSettled ? [whole, steps] : nil
  }
}

extension LayerOutcome {
  /// Whether it was compared, and nothing is to be said of it.
  fileprivate var isSettled: Bool {
    guard case .compared(let comparison) = result else { return false }
    return finding == nil && comparison.openBound == nil
  }
}

/// What is kept of a clip that is being computed.
private struct Passing {
  private let layers: LayerCheck
  private let name: String
  private let countsNaN: Bool
  private let length: Int
  private var waiting: [(module: Int, wires: Set<Wire>)]
  /// How many modules that wait are shown by a wire.
  private var readers: [Wire: Int] = [:]
  private var kept: [Wire: Tensor] = [:]

  /// How many numbers came since modules were judged.
  private(set) var size = 0

  private var refused: [Int] = []

  /// The modules that are not judged.
  var left: [Int] { refused + waiting.map(\.module) }

  init(
    _ layers: LayerCheck, _ modules: [Int], _ name: String, countsNaN: Bool, length: Int
  ) {
    self.layers = layers
    self.name = name
    self.countsNaN = countsNaN
    self.length = length
    waiting = modules.map { ($0, layers.network.plan.wires(ofModule: $0)) }
    for entry in waiting {
      for wire in entry.wires { readers[wire, default: 0] += 1 }
    }
  }

  func isRead(_ wire: Wire) -> Bool { readers[wire] != nil }

  mutating func keep(_ clip: Tensor, on wire: Wire) {
    guard isRead(wire) else { return }
    kept[wire] = clip
    size += clip.shape.count
  }

  /// Judges all modules of which everything is there, and forgets what no other module needs.
  mutating func judge(_ enter: (LayerOutcome) -> Void) {
    size = 0
    let ready = waiting.filter { entry in entry.wires.allSatisfy { kept[$0] != nil } }
    waiting.removeAll { entry in entry.wires.allSatisfy { kept[$0] != nil } }
    // Definitions take several times the memory of what they are about.
    let large = ready.filter {
      $0.wires.reduce(0) { $0 + (kept[$1]?.shape.count ?? 0) } > Passing.large
    }
    judge(large, isAlone: true, enter)
    let others = Set(large.map(\.module))
    judge(ready.filter { !others.contains($0.module) }, isAlone: false, enter)
  }

  /// Modules whose clips have more numbers than this are judged one after the other.
  private static let large = 10 << 20

  private mutating func judge(
    _ ready: [(module: Int, wires: Set<Wire>)], isAlone: Bool, _ enter: (LayerOutcome) -> Void
  ) {
    let (layers, name) = (layers, name)
    let outcomes = concurrently(ready.count, if: !isAlone) {
      [recording = Recording(wires: kept, length: length, output: Tensor([0]))] number in
      layers.outcomesWhereAlike(ready[number].module, recording, name)
    }
    for (entry, outcomes) in zip(ready, outcomes) {
      for wire in entry.wires {
        readers[wire]? -= 1
        if readers[wire] == 0 {
          readers[wire] = nil
          kept[wire] = nil
        }
      }
      guard let outcomes else {
        refused.append(entry.module)
        continue
      }
      for var outcome in outcomes {
        outcome.countsNaN = countsNaN
        enter(outcome)
      }
    }
  }
}
