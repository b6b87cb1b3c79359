/// How much each frame has to do with each other one: a product of queries and keys that is not calculated
/// before it is known what becomes of it.
struct ExportedScores {
  /// (…, T, d).
  var query: ExportedSignal
  /// Likewise.
  var key: ExportedSignal
  /// What the products are multiplied by.
  var scale = 1.0
  /// How many frames a frame attends to, itself and those before it; nil for all of the clip.
  var window: Int?
  /// Whether the softmax was taken.
  var isNormed = false

  /// The number of frames of the example.
  var frames: Int { query.axes[ExportedSignal.time] }

  /// - Parameters:
  ///   - query: the queries, (…, T, d).
  ///   - key: the keys, (…, T, d); with the last two axes exchanged where they are transposed.
  ///   - transposed: whether they are.
  /// - Throws: ``ExportedProblem`` where it is not frames that are compared.
  init(
    _ query: ExportedSignal, _ key: ExportedSignal, transposed: Bool
  ) throws(ExportedProblem) {
    self.query = query
    self.key = key
    let rank = query.dims.count
    guard rank == key.dims.count, (3...4).contains(rank) else { throw .operand(.compared) }
    if transposed { self.key.dims.swapAt(rank - 1, rank - 2) }
    for signal in [query, self.key] {
      guard !signal.isFlat, !signal.isLastFrame, signal.padding == nil,
        signal.axis(of: rank - 2) == ExportedSignal.time
      else { throw .operand(.compared) }
    }
  }

  /// The shape of the products.
  var shape: [Int] { Array(query.shape.dropLast()) + [frames] }
}
