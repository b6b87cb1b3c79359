package import Tensors

/// Packs a weight as it is read, piece by piece, while the rows are in cache: they are never all in memory as they were.
///
/// ```swift
/// while packer.nextCount > 0 {
///   read(packer.nextCount, into: &rows)
///   packer.pack(rows.span)
/// }
/// let weight = packer.weight
/// ```
package struct WeightPacker {
  private let shape: Shape
  private let packing: Packing
  private let blocks: [Block]
  private let pages: WeightPages
  /// What comes next: the block, the matrix in it, and the row in that.
  private var (block, matrix, row) = (0, 0, 0)

  /// Rows that become one packed matrix.
  private struct Block {
    let groups: Int
    let layout: PanelLayout
    /// Where its panels are.
    let place: Range<Int>

    /// The rows that the next piece has, whole matrices or a part of one.
    func rows(of matrix: Int, from row: Int) -> Int {
      let size = layout.rows * layout.columns
      if row == 0, size <= WeightPacker.piece {
        return min(WeightPacker.piece / size, groups - matrix) * layout.rows
      }
      let panels = max(WeightPacker.piece / (layout.height * layout.columns), 1)
      return min(panels * layout.height, layout.rows - row)
    }
  }

  /// The most floats of a piece, where a panel has no more; it stays in a near cache.
  private static let piece = 1 << 15

  /// The most columns, as no less than a panel is read at once.
  private static let mostColumns = 1 << 18

  /// Begins to pack a weight; nil where the shape cannot be cut so, or there is no room.
  ///
  /// - Parameters:
  ///   - shape: of its tensor.
  ///   - packing: how it is cut.
  ///   - pages: where the panels go.
  package init?(_ shape: Shape, _ packing: Packing, in pages: WeightPages) {
    guard let layouts = packing.layouts(of: shape),
      layouts.allSatisfy({ $0.columns <= WeightPacker.mostColumns })
    else { return nil }
    var blocks: [Block] = []
    for layout in layouts {
      guard let place = pages.take(packing.groups * layout.count) else { return nil }
      blocks.append(Block(groups: packing.groups, layout: layout, place: place))
    }
    (self.shape, self.packing, self.blocks, self.pages) = (shape, packing, blocks, pages)
  }

  /// The floats of the next rows; 0 at the end.
  package var nextCount: Int {
    guard block < blocks.count else { return 0 }
    return blocks[block].rows(of: matrix, from: row) * blocks[block].layout.columns
  }

  /// Packs the next rows.
  ///
  /// - Parameter rows: as many floats as are due.
  package mutating func pack(_ rows: Span<Float>) {
    precondition(rows.count == nextCount && rows.count > 0, "\(rows.count) floats of \(nextCount)")
    let (own, matrix, row) = (blocks[block], matrix, row)
    pages.write(to: own.place) { panels in
      own.layout.pack(rows, of: matrix, from: row, into: &panels)
    }
    let next = matrix * own.layout.rows + row + rows.count / own.layout.columns
    (self.matrix, self.row) = next.quotientAndRemainder(dividingBy: own.layout.rows)
    if self.matrix == own.groups { (block, self.matrix) = (block + 1, 0) }
  }

  /// The weight, when all rows are packed.
  package var weight: Weight {
    precondition(block == blocks.count, "rows are missing")
    let matrices = blocks.map { block in
      PackedMatrix(block.layout, groups: block.groups, in: pages, at: block.place)
    }
    return Weight(shape, packed: matrices, packing)
  }
}

extension Packing {
  /// How the blocks of a tensor become panels; nil where it cannot be cut so.
  fileprivate func layouts(of shape: Shape) -> [PanelLayout]? {
    guard fits(shape) else { return nil }
    let columns = shape.count / shape[0]
    return blocks.map { rows in
      PackedMatrix.layout(rows * columns, groups: groups, rows: rows / groups, order: order)
    }
  }

  /// Whether a tensor can be cut so.
  package func fits(_ shape: Shape) -> Bool {
    guard shape.rank > 0, shape.count > 0, groups > 0, blocks.reduce(0, +) == shape[0] else {
      return false
    }
    return blocks.allSatisfy { $0 > 0 && $0.isMultiple(of: groups) }
      && order.map { $0.count == shape.count / shape[0] } ?? true
  }

  /// The floats that a tensor has when it is packed; 0 where it cannot be cut so.
  package func count(of shape: Shape) -> Int {
    // What fills up the last part of a block is no more than a part of the pages can have.
    layouts(of: shape)?.reduce(0) { $0 + groups * $1.count + DenseLoops.lineLength } ?? 0
  }
}
