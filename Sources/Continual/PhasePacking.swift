import Tensors

/// How the weight (Cin, Cout / groups, k…) of a transposed convolution becomes matrices.
///
/// Each phase of the strides has the places of the kernel that add to its outputs, and they become a
/// matrix of its own: a row for each output channel of a group, and a column for each pair of a
/// place and an input channel of the group, in the order in which the products are added: the place
/// in time, the channel, the place in space.
struct PhasePacking: Hashable, Sendable {
  /// The groups of channels that do not mix.
  let groups: Int

  /// For each phase its places in time, and for each of these those in space; a place counts from
  /// the beginning of the kernel, and every place belongs to one phase.
  let phases: [[[Int]]]

  /// The matrices of a weight, one a phase.
  func matrices(of tensor: Tensor) -> [PackedMatrix] {
    let shape = tensor.shape
    let scalars = tensor.scalars.span
    return phases.map { phase in
      var values: [Float] = []
      forEach(of: phase, shape: shape) { values.append(scalars[$0]) }
      return PackedMatrix(values.span, groups: groups, rows: shape[1])
    }
  }

  /// The weight that matrices were made of.
  func tensor(of matrices: [PackedMatrix], shape: Shape) -> Tensor {
    var scalars = [Float](repeating: 0, count: shape.count)
    for (phase, matrix) in zip(phases, matrices) {
      var values: [Float] = []
      values.reserveCapacity(matrix.groups * matrix.rows * matrix.columns)
      matrix.unpack(into: &values)
      var next = 0
      forEach(of: phase, shape: shape) {
        scalars[$0] = values[next]
        next += 1
      }
    }
    return Tensor(shape, scalars)
  }

  /// Calls a body with the place in the weight of each element of a phase's row-major matrices.
  private func forEach(of phase: [[Int]], shape: Shape, _ body: (Int) -> Void) {
    let inputs = shape[0] / groups
    let kernel = shape.axes.dropFirst(2).reduce(1, *)
    for group in 0..<groups {
      for row in 0..<shape[1] {
        for time in phase {
          for channel in group * inputs..<(group + 1) * inputs {
            for place in time { body((channel * shape[1] + row) * kernel + place) }
          }
        }
      }
    }
  }
}
