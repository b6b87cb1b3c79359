package import Checkpoints

extension PickledValue {
  /// Whether it is a module of PyTorch: an object with modules and parameters.
  package var isModule: Bool {
    attribute("_modules")?.items != nil && attribute("_parameters")?.items != nil
  }
}

extension PickledValue {
  /// The texts and names of globals that a value holds, the nearest first.
  ///
  /// - Parameter limit: how many values are looked at.
  /// - Returns: the texts, each value's once.
  func names(within limit: Int) -> [String] {
    var names: [String] = []
    var seen: Set<Int> = []
    var pending = [self]
    var next = 0
    while next < pending.count, next < limit {
      let value = pending[next]
      next += 1
      guard seen.insert(value.index).inserted else { continue }
      if let name = value.global?.name ?? value.string { names.append(name) }
      pending += value.arguments + (value.elements ?? [])
      pending += value.attributes.map(\.value)
    }
    return names
  }
}
