import Continual
import Tensors

/// Changes of containers, of `Linear`, and of what is left.
extension ModuleChanges {
  static func linears(_ module: Linear) -> [Alternative] {
    var ways: [(String, Int, () throws -> any Module)] = []
    if module.bias != nil {
      ways.append(
        ("no bias", 3, { try Linear(weight: module.weight, bias: nil, axis: module.axis) }))
    }
    let shape = module.weightShape
    if shape[0] == shape[1] {
      ways.append(
        (
          "a transposed weight", 2,
          {
            try Linear(weight: module.weight.transposedMatrix, bias: module.bias, axis: module.axis)
          }
        ))
    }
    for axis in [Axis.clip(1), .clip(-1)] where axis != module.axis {
      ways.append(
        (
          "channel_dim=\(axis.dimension)", 2,
          { try Linear(weight: module.weight, bias: module.bias, axis: axis) }
        ))
    }
    return made(ways)
  }

  static func reductions(
    except own: Reduction, _ make: @escaping (Reduction) throws -> any Module
  ) -> [Alternative] {
    made(
      [Reduction.sum, .product, .maximum, .concatenation].filter { $0 != own }.map { reduction in
        ("reduce=\"\(reduction.rawValue)\"", 0, { try make(reduction) })
      })
  }

  static func residuals(_ module: Residual) -> [Alternative] {
    reductions(except: module.reduce) {
      Residual(module.module, reduce: $0, shrink: module.shrink)
    }
      + made(
        [("no way around it", 1, { Sequential([module.module]) })]
          + Residual.Shrink.allCases.filter { $0 != module.shrink }.map { shrink in
            (
              "residual_shrink=\"\(shrink.rawValue)\"", 1,
              {
                Residual(module.module, reduce: module.reduce, shrink: shrink)
              }
            )
          })
  }

  /// A join of streams is part of the sequence that it stands in.
  static func sequences(_ module: Sequential) -> [Alternative] {
    module.children.indices.flatMap { index -> [Alternative] in
      guard let reduce = module.children[index].module as? Reduce else { return [] }
      return reductions(except: reduce.reduction) { reduction in
        var children = module.children
        children[index] = NamedModule(children[index].name, Reduce(reduction))
        return Sequential(children)
      }
    }
  }

  static func narrows(_ module: Narrow) -> [Alternative] {
    made(
      [-module.length, -1, 1, module.length].map { module.start + $0 }.filter { $0 >= 0 }.map {
        start in
        (
          "start=\(start)", 1,
          { try Narrow(axis: module.axis, start: start, length: module.length) }
        )
      })
  }

  static func softmaxes(_ module: Softmax) -> [Alternative] {
    made(
      [1, 2, 3, 4, -1].filter { module.axis != .clip($0) }.map { axis in
        (
          "dim=\(axis)", 0,
          { try Softmax(module.kind, axis: .clip(axis), isFramewise: module.isFramewise) }
        )
      } + [("no \(module.typeName)", 1, { Identity() })])
  }

  static func upsamples(_ module: Upsample) -> [Alternative] {
    func other(_ mode: Upsample.Mode, _ alignsCorners: Bool) -> () throws -> any Module {
      {
        try Upsample(
          extents: module.extents, mode: mode, alignCorners: alignsCorners,
          recomputesFactor: module.recomputesFactor, isFramewise: module.isFramewise)
      }
    }
    return made(
      Upsample.Mode.allCases.flatMap { mode in
        [false, true].map {
          ("mode=\"\(mode.rawValue)\"\($0 ? ", align_corners=True" : "")", 0, other(mode, $0))
        }
      })
  }
}

extension Tensor {
  /// A square matrix with rows and columns exchanged.
  fileprivate var transposedMatrix: Tensor {
    let size = shape[0]
    return Tensor(shape, scalars.indices.map { scalars[$0 % size * size + $0 / size] })
  }
}
