import Continual
import Tensors
import TorchModels

extension Inspection.Network {
  init(_ model: LoadedModel) throws {
    let chosen = try model.plan()
    let plan = chosen.plan
    self.init(
      architecture: model.architecture.source.summary, frame: plan.inputFrame.axes,
      frames: chosen.frames, stateBytes: plan.stateByteCount, assumptions: model.assumptions,
      modules: Inspection.Network.ordered(plan.modules).map { placed in
        let timing = plan.timing(of: placed)
        return Inspection.ModuleRow(
          path: placed.path, type: placed.module.typeName, arguments: placed.module.summary,
          parameters: placed.module.parameterCount, receptiveField: timing.receptiveField,
          stride: timing.stride, delay: timing.delay, warmUp: timing.warmUp,
          output: placed.output.frame.axes,
          divergence: placed.module.divergence(frame: placed.input.frame))
      })
  }

  /// The modules of a plan, each before what is in it, in the order in which they work.
  private static func ordered(_ modules: [PlacedModule]) -> [PlacedModule] {
    let inside = Set(modules.flatMap(\.inside))
    var stack = Array(modules.indices.filter { !inside.contains($0) }.reversed())
    var ordered: [PlacedModule] = []
    while let index = stack.popLast() {
      ordered.append(modules[index])
      stack += modules[index].inside.reversed()
    }
    return ordered
  }
}
