import Tensors

/// The parts of a sparse tensor: where its numbers are, and the numbers.
struct SparseContents: Sendable {
  /// How the places are written.
  enum Layout: String, Sendable, CaseIterable {
    /// One column of indices for each number.
    case coordinates = "torch.sparse_coo"
    /// For each row the range of its numbers, and a column for each of them.
    case rows = "torch.sparse_csr"
    /// The same with columns and rows exchanged.
    case columns = "torch.sparse_csc"
    /// As `rows`, of blocks instead of numbers.
    case blockRows = "torch.sparse_bsr"
    /// As `columns`, of blocks instead of numbers.
    case blockColumns = "torch.sparse_bsc"

    /// Whether the ranges are those of rows.
    var isByRows: Bool { self == .rows || self == .blockRows }
    var hasBlocks: Bool { self == .blockRows || self == .blockColumns }
  }

  let layout: Layout
  /// For coordinates (sparse axes, count); else (batch axes, ranges), one more than rows.
  let indices: StoredTensor
  /// The other indices, of compressed layouts: (batch axes, count).
  let plain: StoredTensor?
  /// (batch axes, count, dense axes); of blocks (batch axes, count, rows, columns, dense axes).
  let values: StoredTensor

  /// The number of axes before those of the matrices; none for coordinates.
  private var batchRank: Int { layout == .coordinates ? 0 : indices.shape.rank - 1 }

  /// The elements of the whole tensor in row-major order, zeros included.
  ///
  /// As PyTorch does it, each number is added to a zero: of several at one place this gives the sum,
  /// rounded after each addition, and of a negative zero a positive one.
  ///
  /// - Throws: ``CheckpointError`` where an index is outside the tensor.
  func denseBytes(of tensor: StoredTensor) throws(CheckpointError) -> [UInt8] {
    let width = tensor.scalarType.size
    let numbers = try values.littleEndianBytes()
    let shape = values.shape.axes.dropFirst(batchRank + 1)
    // A number, or the dense axes behind it; and how many of these lie beside and below each other.
    let block: Block = layout.hasBlocks ? (shape.first ?? 1, shape.dropFirst().first ?? 1) : (1, 1)
    let cell = shape.dropFirst(layout.hasBlocks ? 2 : 0).reduce(1, *) * width
    let line = layout == .coordinates ? 0 : tensor.shape[batchRank + 1] * cell
    var bytes = [UInt8](repeating: 0, count: tensor.shape.count * width)
    var source = 0
    let places = try places(in: tensor, block: block)
    if !tensor.scalarType.hasSums { try checkOnce(places, tensor) }
    for place in places {
      for row in 0..<block.rows {
        let target = place * cell + row * line
        tensor.scalarType.add(
          numbers, from: source, count: block.columns * cell, to: &bytes, at: target)
        source += block.columns * cell
      }
    }
    return bytes
  }

  private typealias Block = (rows: Int, columns: Int)

  private func checkOnce(_ places: [Int], _ tensor: StoredTensor) throws(CheckpointError) {
    guard Set(places).count == places.count else {
      throw tensor.trouble(.twice(tensor.scalarType))
    }
  }

  /// For each number or block, which one its first is of the places that the sparse axes have.
  private func places(in tensor: StoredTensor, block: Block) throws(CheckpointError) -> [Int] {
    let first = try indices.integers()
    guard let plain = try plain?.integers() else {
      return try coordinates(first, in: tensor)
    }
    let (height, length) = (tensor.shape[batchRank], tensor.shape[batchRank + 1])
    let (rows, columns) = (height / block.rows, length / block.columns)
    let lines = layout.isByRows ? rows : columns
    let across = layout.isByRows ? columns : rows
    let batches = tensor.shape.axes.prefix(batchRank).reduce(1, *)
    let count = self.plain?.shape.axes.last ?? 0
    var places: [Int] = []
    for batch in 0..<batches {
      let ranges = first[batch * (lines + 1)..<(batch + 1) * (lines + 1)]
      guard ranges.first == 0, ranges.last == count else {
        throw tensor.trouble(.ranges)
      }
      for (line, (start, end)) in zip(ranges, ranges.dropFirst()).enumerated() {
        guard start <= end, end <= count else {
          throw tensor.trouble(.range)
        }
        for other in plain[batch * count + start..<batch * count + end] {
          guard 0 <= other, other < across else {
            throw tensor.trouble(.compressedIndex(other, length: across))
          }
          let (row, column) = layout.isByRows ? (line, other) : (other, line)
          places.append(
            (batch * height + row * block.rows) * length + column * block.columns)
        }
      }
    }
    return places
  }

  private func coordinates(
    _ indices: [Int], in tensor: StoredTensor
  ) throws(CheckpointError) -> [Int] {
    let shape = self.indices.shape
    let (rank, count) = (shape[0], shape[1])
    var places = [Int](repeating: 0, count: count)
    for axis in 0..<rank {
      let length = tensor.shape[axis]
      for number in 0..<count {
        let index = indices[axis * count + number]
        guard 0 <= index, index < length else {
          throw tensor.trouble(.index(index, axis: axis, length: length))
        }
        places[number] = places[number] * length + index
      }
    }
    return places
  }
}

extension SparseContents {
  /// Whether the sizes of the parts fit the size of the whole.
  static func fits(
    _ layout: Layout, _ indices: Shape, _ plain: Shape?, _ values: Shape, _ whole: Shape
  ) -> Bool {
    if layout == .coordinates {
      return indices.rank == 2 && values.rank >= 1 && indices[1] == values[0]
        && indices[0] <= whole.rank
        && Array(whole.axes.dropFirst(indices[0])) == Array(values.axes.dropFirst())
    }
    guard let plain, indices.rank >= 1, plain.rank == indices.rank,
      values.rank >= plain.rank + (layout.hasBlocks ? 2 : 0), whole.rank >= plain.rank + 1,
      Array(values.axes.prefix(plain.rank)) == plain.axes
    else { return false }
    let batch = plain.rank - 1
    let cell = values.axes.dropFirst(plain.rank)
    let matrix = whole.axes.dropFirst(batch).prefix(2)
    let block = layout.hasBlocks ? cell.prefix(2) : [1, 1]
    let counts = zip(matrix, block).map { $1 > 0 && $0.isMultiple(of: $1) ? $0 / $1 : -1 }
    let lines = layout.isByRows ? counts[0] : counts[1]
    return !counts.contains(-1) && indices[batch] == lines + 1
      && whole.axes.prefix(batch) == plain.axes.prefix(batch)
      && indices.axes.prefix(batch) == plain.axes.prefix(batch)
      && Array(whole.axes.dropFirst(batch + 2)) == Array(cell.dropFirst(layout.hasBlocks ? 2 : 0))
  }
}
