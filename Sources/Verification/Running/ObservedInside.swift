import Continual
import Tensors

/// What the modules inside a placed module really made, for judging the container alone.
struct ObservedInside: InsideReference {
  let plan: Plan
  let place: PlacedModule
  let recording: Recording
  /// The path of the container that asks; deeper than that of the place after ``entering(_:)``.
  let path: String

  init(_ plan: Plan, _ place: PlacedModule, _ recording: Recording) {
    self.init(plan: plan, place: place, recording: recording, path: place.path)
  }

  private init(plan: Plan, place: PlacedModule, recording: Recording, path: String) {
    self.plan = plan
    self.place = place
    self.recording = recording
    self.path = path
  }

  func entering(_ child: NamedModule) -> any InsideReference {
    ObservedInside(
      plan: plan, place: place, recording: recording,
      path: path.adding(module: child.name))
  }

  func output(of child: NamedModule, for clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let wanted = path.adding(module: child.name)
    let found = place.inside.first {
      plan.modules[$0].path == wanted && plan.modules[$0].name == child.name
    }
    guard let found, let output = recording.wires[plan.modules[found].output] else {
      throw VerificationError(.oracle(.notRecorded(wanted)), path: place.path)
    }
    return output.widened
  }
}
