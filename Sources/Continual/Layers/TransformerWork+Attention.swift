// Attention in the work space of a stack of blocks: to positions side by side, or to those of a ring.
extension TransformerWork {
  /// Multiplies packed keys of a head by some of its queries.
  func multiplyKeys(
    _ head: Int, columns: Int, from first: Int, of stride: Int,
    in work: inout MutableSpan<Float>
  ) {
    let keys = panels.keyPanels(ofHead: head)
    DenseLoops.multiplyPanels(
      at: packed + keys.lowerBound..<packed + keys.upperBound, rows: positions, zeros: zeros.span,
      within: &work, by: queries + head * panels.size * stride + first, taps: taps(stride).head,
      into: scores, stride: columns, columns: columns)
  }

  /// Multiplies packed values of a head by the weights of some queries.
  func multiplyValues(
    _ head: Int, columns: Int, from first: Int, of stride: Int,
    in work: inout MutableSpan<Float>
  ) {
    var row = 0
    while row < panels.size {
      let count = min(DenseLoops.panelHeight, panels.size - row)
      let panel = panels.valuePanel(ofHead: head, row: row, first: 0, count: positions)
      DenseLoops.multiplyPanels(
        at: packed + panel.lowerBound..<packed + panel.upperBound, rows: count, zeros: zeros.span,
        within: &work, by: weights, taps: taps(columns).positions,
        into: found + (head * panels.size + row) * stride + first, stride: stride,
        columns: columns)
      row += count
    }
  }

  /// Attends to keys and values in a ring.
  ///
  /// - Parameters:
  ///   - ring: the panels of the ring.
  ///   - layout: how `ring` is organised.
  ///   - oldest: the slot of the oldest position.
  ///   - columns: the queries, and the columns of what is found.
  ///   - stride: how many columns both have.
  ///   - work: the work space.
  func attend(
    to ring: Span<Float>, _ layout: AttentionPanels, oldest: Int, columns: Range<Int>,
    of stride: Int, in work: inout MutableSpan<Float>
  ) {
    var first = columns.lowerBound
    while first < columns.upperBound {
      let some = min(queriesAtOnce, columns.upperBound - first)
      for head in 0..<layout.heads {
        DenseLoops.multiplyPanels(
          ring.extracting(layout.keyPanels(ofHead: head)), rows: positions, zeros: zeros.span,
          within: &work, by: queries + head * layout.size * stride + first,
          taps: taps(stride).head, into: scores, stride: some, columns: some)
        weigh(columns: some, oldest: oldest, in: &work)
        var row = 0
        while row < layout.size {
          let count = min(DenseLoops.panelHeight, layout.size - row)
          let panel = layout.valuePanel(ofHead: head, row: row, first: oldest, count: positions)
          DenseLoops.multiplyPanels(
            ring.extracting(panel), rows: count, zeros: zeros.span, within: &work, by: weights,
            taps: taps(some).positions, into: found + (head * layout.size + row) * stride + first,
            stride: stride, columns: some)
          row += count
        }
      }
      first += some
    }
  }

  /// Makes the weights of the positions of `scores`: the softmax of each column, of the scores divided
  /// by the root of the channels of a head.
  ///
  /// - Parameters:
  ///   - columns: the number of queries.
  ///   - oldest: the row of the oldest position; rows go round. In `weights`, it is the first.
  ///   - work: the work space.
  func weigh(columns: Int, oldest: Int, in work: inout MutableSpan<Float>) {
    // Two runs of rows: those from the oldest on, and those before it, which are newer.
    let newer = oldest * columns
    let count = positions * columns
    move(scores + newer..<scores + count, to: weights, in: &work)
    move(scores..<scores + newer, to: weights + count - newer, in: &work)
    DenseLoops.withParts(
      of: &work, writing: weights..<weights + count,
      and: scores..<scores + positions * max(queriesAtOnce, SoftmaxLoops.lanes)
    ) { weights, scores in
      // The scores are needed no more.
      SoftmaxLoops.apply(
        scale: 1 / Double(panels.size).squareRoot(), nil, into: &weights,
        (outer: 1, length: positions, inner: columns), work: &scores)
    }
  }

  /// Copies a part of the work space to another place.
  private func move(_ source: Range<Int>, to target: Int, in work: inout MutableSpan<Float>) {
    guard !source.isEmpty else { return }
    DenseLoops.withParts(of: &work, reading: source, writing: target..<target + source.count) {
      copy($0, into: &$1)
    }
  }
}
