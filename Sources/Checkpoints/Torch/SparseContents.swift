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
  /// For coordinates (sparse axes, count); else the ranges, one more than rows.
  let indices: StoredTensor
  /// The other indices, of compressed layouts.
  let plain: StoredTensor?
  /// (count, dense axes); of blocks (count, rows, columns, dense axes).
  let values: StoredTensor

  /// The elements of the whole tensor in row-major order, zeros included.
  ///
  /// - Throws: ``CheckpointError`` where an index is outside the tensor, or two are the same.
  func denseBytes(of tensor: StoredTensor) throws(CheckpointError) -> [UInt8] {
    let width = tensor.scalarType.size
    let numbers = try values.littleEndianBytes()
    // A number, or the dense axes behind it; and how many of these lie beside and below each other.
    let block: (rows: Int, columns: Int) =
      layout.hasBlocks ? (values.shape[1], values.shape[2]) : (1, 1)
    let cell = values.shape.axes.dropFirst(layout.hasBlocks ? 3 : 1).reduce(1, *) * width
    let line = layout == .coordinates ? 0 : tensor.shape[1] * cell
    var bytes = [UInt8](repeating: 0, count: tensor.shape.count * width)
    var seen: Set<Int> = []
    var source = 0
    for place in try places(in: tensor, block: block) {
      guard seen.insert(place).inserted else {
        throw tensor.trouble(
          "has two numbers at one place, to be added; call coalesce() before saving it")
      }
      for row in 0..<block.rows {
        let target = place * cell + row * line
        for index in 0..<block.columns * cell { bytes[target + index] = numbers[source + index] }
        source += block.columns * cell
      }
    }
    return bytes
  }

  /// For each number or block, which one its first is of the places that the sparse axes have.
  private func places(
    in tensor: StoredTensor, block: (rows: Int, columns: Int)
  ) throws(CheckpointError) -> [Int] {
    let first = try indices.integers()
    guard let plain = try plain?.integers() else {
      return try coordinates(first, in: tensor)
    }
    let ranges = first
    let (rows, columns) = (tensor.shape[0] / block.rows, tensor.shape[1] / block.columns)
    let lines = layout.isByRows ? rows : columns
    let across = layout.isByRows ? columns : rows
    guard ranges.count == lines + 1, ranges.first == 0, ranges.last == plain.count else {
      throw tensor.trouble("has ranges that do not cover its numbers", .malformed)
    }
    var places: [Int] = []
    for line in 0..<lines {
      guard ranges[line] <= ranges[line + 1], ranges[line + 1] <= plain.count else {
        throw tensor.trouble("has a range that ends before it starts", .malformed)
      }
      for other in plain[ranges[line]..<ranges[line + 1]] {
        guard 0 <= other, other < across else {
          throw tensor.trouble("has index \(other) on an axis of \(across)", .malformed)
        }
        let (row, column) = layout.isByRows ? (line, other) : (other, line)
        places.append(row * block.rows * tensor.shape[1] + column * block.columns)
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
          throw tensor.trouble("has index \(index) on axis \(axis) of \(length)", .malformed)
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
    guard values.rank >= 1 else { return false }
    let count = values[0]
    switch layout {
    case .coordinates:
      return indices.rank == 2 && indices[1] == count && indices[0] <= whole.rank
        && Array(whole.axes.dropFirst(indices[0])) == Array(values.axes.dropFirst())
    case .rows, .columns:
      return indices.rank == 1 && plain?.axes == [count] && whole.rank == values.rank + 1
        && Array(whole.axes.dropFirst(2)) == Array(values.axes.dropFirst())
    case .blockRows, .blockColumns:
      return indices.rank == 1 && plain?.axes == [count] && values.rank >= 3
        && whole.rank == values.rank - 1 && values[1] > 0 && values[2] > 0
        && whole[0].isMultiple(of: values[1]) && whole[1].isMultiple(of: values[2])
        && Array(whole.axes.dropFirst(2)) == Array(values.axes.dropFirst(3))
    }
  }
}
