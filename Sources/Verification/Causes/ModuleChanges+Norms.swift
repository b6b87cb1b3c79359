import Continual
import Tensors

/// Changes of norms.
extension ModuleChanges {
  static let smallNumbers = [
    1e-5, 1e-3, 1e-6, 1e-12, 1e-8, 1e-4, 1e-2, 1e-7, 0.1, 0, 2e-5, 5e-5, 1e-9, 1e-10,
  ]

  static func eps(
    except own: Double, _ make: @escaping (Double) throws -> any Module
  ) -> [Alternative] {
    made(smallNumbers.filter { $0 != own }.map { eps in ("eps=\(eps)", 0, { try make(eps) }) })
  }

  static func norms(_ module: BatchNorm) -> [Alternative] {
    func other(eps: Double? = nil, isPlain: Bool = false, isUntracked: Bool = false) throws
      -> any Module
    {
      try BatchNorm(
        module.kind, dimensions: module.dimensions, weight: isPlain ? nil : module.weight,
        bias: isPlain ? nil : module.bias,
        runningMean: isUntracked ? nil : module.statistics?.mean,
        runningVariance: isUntracked ? nil : module.statistics?.variance,
        eps: eps ?? module.eps, isFramewise: module.isFramewise)
    }
    var ways: [(String, Int, () throws -> any Module)] = [
      ("no \(module.typeName)", 2, { Identity() })
    ]
    if module.weight != nil { ways.append(("affine=False", 2, { try other(isPlain: true) })) }
    if module.statistics != nil {
      ways.append(
        ("the statistics of the batch (as in training)", 1, { try other(isUntracked: true) }))
    }
    return eps(except: module.eps) { try other(eps: $0) } + made(ways)
  }

  static func norms(_ module: GroupNorm) -> [Alternative] {
    eps(except: module.eps) {
      try GroupNorm(
        groups: module.groups, weight: module.weight, bias: module.bias, eps: $0,
        isFramewise: module.isFramewise)
    }
      + made(
        [1, 2, 3, 4, 6, 8, 16, 32].filter { $0 != module.groups }.map { groups in
          (
            "num_groups=\(groups)", 1,
            {
              try GroupNorm(
                groups: groups, weight: module.weight, bias: module.bias, eps: module.eps,
                isFramewise: module.isFramewise)
            }
          )
        } + [("no \(module.typeName)", 2, { Identity() })])
  }

  static func norms(_ module: LayerNorm) -> [Alternative] {
    eps(except: module.eps) {
      try LayerNorm(
        normalizedShape: module.normalizedShape, weight: module.weight, bias: module.bias, eps: $0,
        isFramewise: module.isFramewise)
    } + made([("no \(module.typeName)", 2, { Identity() })])
  }
}
