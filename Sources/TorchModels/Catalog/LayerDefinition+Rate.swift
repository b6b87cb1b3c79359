import OrderedCollections
import PlainData

extension LayerDefinition {
  /// How many frames come out for those that go in.
  public enum Rate: Hashable, Sendable {
    /// As many.
    case kept
    /// Fewer: one for as many as an argument says, of a list its first number; where that is not given,
    /// as many as another argument says, and one where that says nothing either.
    case lowered(by: String, otherwise: String? = nil)
    /// More: as many for each one as an argument says, likewise.
    case raised(by: String, otherwise: String? = nil)
  }
}

extension Catalog {
  /// How many frames go in and come out, as far as arguments tell it, in smallest numbers where a
  /// sequence both lowers and raises.
  func rate(of module: ModuleDescription) -> (inputs: Int, outputs: Int) {
    guard module.modules.isEmpty else {
      guard self[module.type]?.structure == .sequence else { return rate(of: module.modules[0]) }
      return module.modules.reduce((1, 1)) { rate, child in
        let next = self.rate(of: child)
        return (rate.0 &* next.inputs, rate.1 &* next.outputs)
      }
    }
    switch self[module.type]?.rate {
    case nil, .kept?: return (1, 1)
    case .lowered(let argument, let other)?:
      return (Catalog.count(argument, other, of: module), 1)
    case .raised(let argument, let other)?:
      return (1, Catalog.count(argument, other, of: module))
    }
  }

  private static func count(
    _ argument: String, _ other: String?, of module: ModuleDescription
  ) -> Int {
    switch module.arguments[argument] ?? other.flatMap({ module.arguments[$0] }) {
    case .int(let count): return count
    case .list(let counts):
      if case .int(let count)? = counts.first { return count }
      return 1
    default: return 1
    }
  }
}

extension Catalog {
  /// Which of the two modules of a branch is a delay, as the Python library puts one behind or before it;
  /// nil where neither is.
  package func delay(in branch: ModuleDescription) -> (delay: Int, other: Int)? {
    guard self[branch.type]?.structure == .sequence, branch.modules.count == 2,
      let place = branch.modules.firstIndex(where: { self[$0.type]?.effect == .delayed })
    else { return nil }
    return (place, 1 - place)
  }
}
