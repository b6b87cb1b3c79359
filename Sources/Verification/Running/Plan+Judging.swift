package import Continual
import Tensors

extension Plan {
  /// How many frames the first steps put on a wire.
  func outputCount(of wire: Wire, ofSteps frames: Int) -> Int {
    timing(of: wire).outputCount(ofInputs: frames)
  }

  /// The step that puts an output frame on a wire.
  func step(ofOutput index: Int, of wire: Wire) -> Int {
    timing(of: wire).step(ofOutput: index)
  }

  /// The indices in ``modules`` of those whose own work can be compared with an oracle.
  ///
  /// A container that hands on what a module inside made has no work of its own.
  package var judgedModules: [Int] {
    modules.indices.filter { index in
      let place = modules[index]
      return place.inside.isEmpty
        ? !isEmptyContainer(place)
        : !place.inside.contains { modules[$0].output == place.output }
    }
  }

  private func isEmptyContainer(_ place: PlacedModule) -> Bool {
    (place.module is Sequential || place.module is Graph) && place.input == place.output
  }

  /// About how many multiplications the oracle of a module needs for each frame of the input.
  package func oracleCost(ofModule index: Int) -> Double {
    let place = modules[index]
    let operations = (place.module as? any Referenced)?.operationsPerElement ?? 1
    return Double(place.output.frame.count) * Double(operations)
  }

  /// The multiplications that a frame of input costs in all layers together.
  var frameCost: Double { judgedModules.reduce(0) { $0 + oracleCost(ofModule: $1) } }

  /// What a stream costs that is long enough for five outputs, and at least so many frames.
  func streamCost(frames: Int) -> Double {
    Double(max(frames, timing.step(ofOutput: 4) + 1)) * frameCost
  }

  /// What it costs to compare all layers with their definitions on a clip, in multiplications; to widen,
  /// bound and compare an element takes as long as twenty of them.
  func judgingCost(frames: Int) -> Double {
    judgedModules.reduce(0) {
      $0 + oracleCost(ofModule: $1) + 20 * Double(modules[$1].output.frame.count)
    } * Double(frames)
  }

  /// The module whose definition tells what a placed module should make.
  ///
  /// That is the module itself, but for one that looks at whole clips and does not say its window: its
  /// steps look at as many frames as the clips of the plan have there.
  func moduleToJudge(at index: Int) -> any Module {
    let place = modules[index]
    guard let module = place.module as? any ClipWindowed, module.windowLength == nil,
      let whole = wholeClips(ofClip: 1).first(where: { $0.path == place.path }),
      let known = try? module.with(windowLength: whole.window)
    else { return place.module }
    return known
  }

  /// The wires on which the work of a module can be seen.
  func wires(ofModule index: Int) -> Set<Wire> {
    let place = modules[index]
    return Set(place.inputs + [place.output] + place.inside.map { modules[$0].output })
  }

  /// What a recorded frame takes beside its numbers, in numbers.
  private static let wordsOfFrame = 16

  /// Cuts modules into groups, in order, whose recordings stay within a budget.
  ///
  /// - Parameters:
  ///   - indices: the modules.
  ///   - frames: the number of frames of the clips.
  ///   - budget: how many numbers may be recorded at a time, in both modes together.
  /// - Returns: at least one group, possibly empty.
  func groups(of indices: [Int], frames: Int, budget: Int) -> [[Int]] {
    var groups: [[Int]] = [[]]
    var wires: Set<Wire> = []
    var count = 0
    for index in indices {
      let own = self.wires(ofModule: index)
      // Not `subtracting`, which walks through the larger set.
      let more = own.filter { !wires.contains($0) }
      count += Plan.numbers(of: more, frames: frames)
      if count > budget, groups.last?.isEmpty == false {
        groups.append([index])
        wires = own
        count = Plan.numbers(of: own, frames: frames)
      } else {
        groups[groups.count - 1].append(index)
        wires.formUnion(more)
      }
    }
    return groups
  }

  /// How many numbers of wires are recorded in both modes together.
  private static func numbers(of wires: Set<Wire>, frames: Int) -> Int {
    wires.reduce(0) { $0 + $1.frame.count + Plan.wordsOfFrame } * frames * 2
  }
}
