public import Tensors

/// Multiplies one axis of each frame with a matrix of the file, as graph convolutions do with the
/// adjacency of their joints: `torch.matmul(x, A)`, or an `einsum`.
///
/// Along the axis, `V` elements become `W`: `y[…, w] = Σ_v x[…, v] A[v, w]`. Several matrices (K, V, W)
/// work on groups of channels, as ``Stack`` says; channel `k * C + c` is channel `c` of group `k`.
///
/// The products are added in the order of the elements, group after group, so that clip and step have
/// the same bits.
public struct MatMul: Module {
  /// What several matrices are applied to, and what becomes of the results.
  public enum Stack: String, Hashable, Sendable, CaseIterable {
    /// Each to a group of channels of its own; the results are added, as
    /// `einsum("nkctv,kvw->nctw")`. (B, K C, T, V) becomes (B, C, T, W).
    case sum
    /// Each to a group of channels of its own, as `einsum("nkctv,kvw->nkctw")`. (B, K C, T, V) becomes
    /// (B, K C, T, W).
    case each
    /// Each to all channels, as `einsum("nctv,kvw->nkctw")`. (B, C, T, V) becomes (B, K C, T, W).
    case repeated = "repeat"
  }

  /// What is multiplied element by element to one matrix (V, W), or to several (K, V, W): often an
  /// adjacency and learned weights of its edges.
  public let factors: [Tensor]

  /// The axis that has `V` elements before and `W` after.
  public let axis: Axis

  /// What several matrices are applied to.
  public let stack: Stack

  /// Makes a product.
  ///
  /// - Parameters:
  ///   - factors: at least one; all (V, W), or all (K, V, W).
  ///   - axis: neither the batch nor time; for several matrices not the channels either.
  ///   - stack: what several matrices are applied to.
  /// - Throws: ``ModuleError`` where they have another number of axes, one of length zero, or other
  ///   shapes than the first.
  public init(
    _ factors: Tensor..., axis: Axis = .clip(-1), stack: Stack = .sum
  ) throws(ModuleError) {
    try self.init(factors, axis: axis, stack: stack)
  }

  /// Makes a product.
  ///
  /// - Parameters:
  ///   - factors: at least one; all (V, W), or all (K, V, W).
  ///   - axis: neither the batch nor time; for several matrices not the channels either.
  ///   - stack: what several matrices are applied to.
  /// - Throws: ``ModuleError`` where they have another number of axes, one of length zero, or other
  ///   shapes than the first.
  public init(
    _ factors: [Tensor], axis: Axis = .clip(-1), stack: Stack = .sum
  ) throws(ModuleError) {
    guard let shape = factors.first?.shape, (2...3).contains(shape.rank), shape.count > 0,
      factors.allSatisfy({ $0.shape == shape })
    else {
      throw ModuleError(.arguments([.matrices(factors.map(\.shape))]))
    }
    self.factors = factors
    self.axis = axis
    self.stack = stack
  }

  /// The shape of one matrix (V, W), or of several (K, V, W).
  public var shape: Shape { factors[0].shape }

  public var typeName: String { "MatMul" }

  public var summary: String {
    "matrix of shape \(shape), axis=\(axis.dimension)"
      + (shape.rank == 3 ? ", stack=\"\(stack.rawValue)\"" : "")
  }

  public var parameterCount: Int { factors.count * shape.count }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let place = try axis.index(inClipsOf: frame)
    guard place != AxisLayout.time else {
      throw ModuleError(.stream(.matrixOverTime(dimension: axis.dimension)))
    }
    let isStack = shape.rank == 3
    guard place > (isStack ? 1 : 0) else {
      throw ModuleError(
        .arguments([.matrixAxis(dimension: axis.dimension, isBatch: place == 0)]))
    }
    var axes = frame.axes
    let own = place < AxisLayout.time ? place : place - 1
    let (inner, outer) = (shape.axes.suffix(2).first ?? 0, shape.axes.last ?? 0)
    guard axes[own] == inner else {
      throw ModuleError(.frame(.rows(frame: frame, axis: own, matrix: shape)))
    }
    axes[own] = outer
    let count = isStack ? shape[0] : 1
    if isStack {
      guard stack == .repeated || axes[1].isMultiple(of: count) else {
        throw ModuleError(.frame(.matrices(frame: frame, count)))
      }
      switch stack {
      case .sum: axes[1] /= count
      case .each: break
      case .repeated: axes[1] = Size.product([axes[1], count]) ?? Int.max
      }
    }
    guard let output = Shape(checking: axes), output.count <= StreamMemory.largest else {
      throw ModuleError(.size(.frame(axes)))
    }
    if !isStack {
      return plan.append(
        LinearKernel(
          inputFrame: frame, outputFrame: output, clipAxis: place, stepAxis: place,
          matrix: PackedMatrix(transposed(columns: inner), biases: nil, rows: outer)), to: input)
    }
    return plan.append(
      MatMulKernel(
        inputFrame: frame, outputFrame: output, axis: place, stack: stack,
        transposed: transposed(columns: stack == .sum ? count * inner : inner), count: count),
      to: input)
  }

  /// The rows are the elements that come out; all matrices side by side or one below the other, as
  /// `columns` says.
  private func transposed(columns: Int) -> [Float] {
    let (inner, outer) = (shape.axes.suffix(2).first ?? 0, shape.axes.last ?? 0)
    let rows = shape.count / columns
    return (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      // Which matrix, and which of its rows: of those side by side, or of those below each other.
      let source = row / outer * inner + column
      let place = source * outer + row % outer
      return Float(factors.reduce(1.0) { $0 * Double($1.scalars[place]) })
    }
  }
}
