import Tensors

/// The parts of a sparse tensor: where its numbers are, and the numbers.
struct SparseContents: Sendable {
  /// How the places are written.
  enum Layout: String, Sendable {
    /// One column of indices for each number.
    case coordinates = "torch.sparse_coo"
    /// For each row the range of its numbers, and a column for each of them.
    case rows = "torch.sparse_csr"
    /// The same with columns and rows exchanged.
    case columns = "torch.sparse_csc"
  }

  let layout: Layout
  /// For coordinates (sparse axes, count); else the ranges, one more than rows.
  let indices: StoredTensor
  /// The other indices, of compressed layouts.
  let plain: StoredTensor?
  /// (count, dense axes).
  let values: StoredTensor

  /// The elements of the whole tensor in row-major order, zeros included.
  ///
  /// - Throws: ``CheckpointError`` where an index is outside the tensor, or two are the same.
  func denseBytes(of tensor: StoredTensor) throws(CheckpointError) -> [UInt8] {
    let width = tensor.scalarType.size
    let numbers = try values.littleEndianBytes()
    let places = try places(in: tensor)
    let block = values.shape.axes.dropFirst().reduce(1, *) * width
    var bytes = [UInt8](repeating: 0, count: tensor.shape.count * width)
    var seen: Set<Int> = []
    for (number, place) in places.enumerated() {
      guard seen.insert(place).inserted else {
        throw tensor.trouble(
          "has two numbers at one place, to be added; call coalesce() before saving it")
      }
      for index in 0..<block { bytes[place * block + index] = numbers[number * block + index] }
    }
    return bytes
  }

  /// For each number, which one it is of the places that the sparse axes have.
  private func places(in tensor: StoredTensor) throws(CheckpointError) -> [Int] {
    let first = try indices.integers()
    guard let plain = try plain?.integers() else {
      return try coordinates(first, in: tensor)
    }
    let ranges = first
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let lines = layout == .rows ? rows : columns
    let across = layout == .rows ? columns : rows
    guard ranges.count == lines + 1, ranges.first == 0, ranges.last == plain.count else {
      throw tensor.trouble("has ranges that do not cover its numbers", .malformed)
    }
    var places: [Int] = []
    for line in 0..<lines {
      guard ranges[line] <= ranges[line + 1] else {
        throw tensor.trouble("has a range that ends before it starts", .malformed)
      }
      for other in plain[ranges[line]..<ranges[line + 1]] {
        guard 0 <= other, other < across else {
          throw tensor.trouble("has index \(other) on an axis of \(across)", .malformed)
        }
        places.append(layout == .rows ? line * columns + other : other * columns + line)
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
