import Tensors

/// How much each frame has to do with each other one: a product of queries and keys that is not calculated
/// before it is known what becomes of it.
///
/// Where no axis is time, it is the places along another axis that are compared.
struct ExportedScores {
  /// (…, T, d).
  var query: ExportedSignal
  /// Likewise.
  var key: ExportedSignal
  /// What the products are multiplied by.
  var scale = 1.0
  /// How many frames a frame attends to, itself and those before it; nil for all of the clip.
  var window: Int?
  /// What is added to the products: (heads or 1, T, T), where a key that does not count has minus infinity.
  var addend: Tensor64?
  /// Whether the softmax was taken.
  var isNormed = false
  /// The axis of the clip whose places are compared.
  let axis: Int
  /// What is added to the products, (…, T, T), and by what that is multiplied; only where no axis is time.
  var added: [(term: ExportedSignal, factor: Double)] = []

  /// Products with positions that are added, where an axis is time.
  var relative: ExportedRelative?

  /// The number of frames of the example.
  var frames: Int { query.axes[axis] }

  /// - Parameters:
  ///   - query: the queries, (…, T, d).
  ///   - key: the keys, (…, T, d); with the last two axes exchanged where they are transposed.
  ///   - transposed: whether they are.
  ///   - isStill: whether no axis is time.
  /// - Throws: ``ExportedProblem`` where it is not frames that are compared.
  init(
    _ query: ExportedSignal, _ key: ExportedSignal, transposed: Bool, isStill: Bool
  ) throws(ExportedProblem) {
    let rank = query.dims.count
    guard rank == key.dims.count, (3...4).contains(rank) else { throw .operand(.compared) }
    self.query = query
    self.key = key
    if transposed { self.key.dims.swapAt(rank - 1, rank - 2) }
    if !isStill, query.dims[rank - 1].contains(ExportedSignal.time) { throw .addsFrames }
    let axis = isStill ? query.axis(of: rank - 2) : ExportedSignal.time
    guard let axis, axis != ExportedSignal.batch else { throw .operand(.compared) }
    self.axis = axis
    for signal in [query, self.key] {
      guard !signal.isFlat, !signal.isLastFrame, signal.padding == nil,
        isStill ? signal.axis(of: rank - 2) != nil : signal.axis(of: rank - 2) == axis
      else { throw .operand(.compared) }
    }
  }

  /// The shape of the products.
  var shape: [Int] { Array(query.shape.dropLast()) + [frames] }

  /// The same with everything multiplied.
  func scaled(by factor: Double) -> ExportedScores {
    var result = self
    result.scale *= factor
    result.addend = addend.map { Tensor64($0.shape, $0.scalars.map { $0 * factor }) }
    result.added = added.map { ($0.term, $0.factor * factor) }
    result.relative?.scale *= factor
    return result
  }
}
