import Tensors

/// The work space of a stack of blocks for windows of so many positions, and what is done in it.
///
/// The helpers get the work space as one `inout` span and places in it. `x` holds the residual stream:
/// the input of a block, and behind it the output, a matrix (channels, positions).
struct TransformerWork: Sendable {
  /// The number of positions.
  let positions: Int
  let panels: AttentionPanels

  /// The matrix (E, positions) that blocks read and write.
  let x: Int
  /// (E, positions): what goes into a product.
  let source: Int
  /// (2 E, positions): keys and values, before they are packed.
  let keysAndValues: Int
  /// What the heads look for: (E, positions).
  let queries: Int
  /// (E, positions): what the heads have found.
  let found: Int
  /// (positions, positions): products of keys and queries of one head; it is the work space of softmax, too.
  let scores: Int
  /// (positions, positions): the weights of the positions, each row one position.
  let weights: Int
  /// What is between the linear layers: (hidden, positions).
  let hidden: Int
  /// Packed keys and values.
  let packed: Int
  /// The floats of all of these.
  let count: Int

  /// For each product, the places of the rows of its right factor: of one column, of all, and of the newest
  /// position of several windows.
  private let one: Taps
  private let all: Taps
  private let several: Taps
  /// How many windows these are.
  private let windows: Int

  /// What the sums of a product start from.
  let zeros: [Float]

  /// The places of the rows of the right factors.
  private struct Taps: Sendable {
    let channels: TapOffsets
    let hidden: TapOffsets
    let head: TapOffsets
    let positions: TapOffsets

    init(columns: Int, size: Int, hidden: Int, head: Int, positions: Int) {
      func taps(_ count: Int) -> TapOffsets { TapOffsets((0..<count).map { $0 * columns }) }
      channels = taps(size)
      self.hidden = taps(hidden)
      self.head = taps(head)
      self.positions = taps(positions)
    }
  }

  /// Plans the work space.
  ///
  /// - Parameters:
  ///   - blocks: at least one, all of the same number of channels and heads.
  ///   - positions: at least one.
  ///   - windows: how many windows have one of their positions side by side; at most as many as positions.
  /// - Throws: ``ModuleError`` where it would be larger than any array may be.
  init(_ blocks: [TransformerBlock], positions: Int, windows: Int = 1) throws(ModuleError) {
    let (size, heads) = (blocks[0].size, blocks[0].heads)
    let hiddenSize = blocks.map(\.hiddenSize).max() ?? 0
    guard Size.product([positions, max(8 * size + hiddenSize, positions) + 32, 4]) != nil else {
      throw ModuleError(.size(.attention(frames: positions, channels: size)))
    }
    self.positions = positions
    panels = AttentionPanels(
      heads: heads, size: size / heads, positions: positions, isRing: false)
    var next = 0
    func take(_ floats: Int) -> Int {
      defer { next += floats }
      return next
    }
    x = take(size * positions)
    source = take(size * positions)
    keysAndValues = take(2 * size * positions)
    queries = take(size * positions)
    found = take(size * positions)
    scores = take(positions * max(positions, SoftmaxLoops.lanes))
    weights = take(positions * positions)
    hidden = take(hiddenSize * positions)
    packed = take(panels.count)
    count = next
    one = Taps(
      columns: 1, size: size, hidden: hiddenSize, head: size / heads, positions: positions)
    all = Taps(
      columns: positions, size: size, hidden: hiddenSize, head: size / heads, positions: positions)
    several = Taps(
      columns: windows, size: size, hidden: hiddenSize, head: size / heads, positions: positions)
    self.windows = windows
    zeros = [Float](repeating: 0, count: max(positions, size))
  }

  private func taps(_ columns: Int) -> Taps {
    columns == 1 ? one : columns == positions ? all : several
  }

  /// Runs a block on `x`, over all positions.
  ///
  /// - Parameters:
  ///   - block: what to do.
  ///   - query: the one position whose result is wanted, which then is the only column of `x`; nil for
  ///     all.
  ///   - work: the work space.
  func run(_ block: TransformerBlock, query: Int?, in work: inout MutableSpan<Float>) {
    let size = block.size
    let source = normalized(block, columns: positions, in: &work)
    project(block.keysAndValues, from: source, to: keysAndValues, columns: positions, in: &work)
    for channel in 0..<size {
      for position in 0..<positions {
        work[packed + panels.key(channel, at: position)] =
          work[keysAndValues + channel * positions + position]
        work[packed + panels.value(channel, in: position)] =
          work[keysAndValues + (size + channel) * positions + position]
      }
    }
    if let query {
      select(query, of: x, size, in: &work)
      if source != x { select(query, of: source, size, in: &work) }
    }
    let columns = query == nil ? positions : 1
    project(block.queries, from: source, to: queries, columns: columns, in: &work)
    for head in 0..<panels.heads {
      multiplyKeys(head, columns: columns, in: &work)
      weigh(columns: columns, oldest: 0, in: &work)
      multiplyValues(head, columns: columns, in: &work)
    }
    finish(block, columns: columns, in: &work)
  }

  /// What goes into the attention: `x`, normalized in a layer with `norm_first`.
  func normalized(
    _ block: TransformerBlock, columns: Int, in work: inout MutableSpan<Float>
  ) -> Int {
    guard let norm = block.firstNorm else { return x }
    norm.apply(from: x, to: source, size: block.size, columns: columns, in: &work)
    return source
  }

  /// Multiplies a matrix of `columns` columns: all positions, one, or one of each window.
  func project(
    _ matrix: PackedMatrix, from source: Int, to target: Int, columns: Int, isHidden: Bool = false,
    in work: inout MutableSpan<Float>
  ) {
    let taps = isHidden ? taps(columns).hidden : taps(columns).channels
    let bases = DenseLoops.origin
    DenseLoops.withParts(
      of: &work, reading: source..<source + matrix.columns * columns,
      writing: target..<target + matrix.rows * columns
    ) { input, output in
      DenseLoops.multiply(
        matrix, by: input, bases: bases.span, taps: taps, into: &output, stride: columns,
        columns: columns)
    }
  }

  /// Makes a matrix of one of its columns.
  private func select(
    _ column: Int, of matrix: Int, _ size: Int, in work: inout MutableSpan<Float>
  ) {
    for channel in 0..<size {
      work[matrix + channel] = work[matrix + channel * positions + column]
    }
  }

  private func multiplyKeys(_ head: Int, columns: Int, in work: inout MutableSpan<Float>) {
    let keys = panels.keyPanels(ofHead: head)
    DenseLoops.multiplyPanels(
      at: packed + keys.lowerBound..<packed + keys.upperBound, rows: positions, zeros: zeros.span,
      within: &work, by: queries + head * panels.size * columns, taps: taps(columns).head,
      into: scores, stride: columns, columns: columns)
  }

  private func multiplyValues(_ head: Int, columns: Int, in work: inout MutableSpan<Float>) {
    var row = 0
    while row < panels.size {
      let count = min(DenseLoops.panelHeight, panels.size - row)
      let panel = panels.valuePanel(ofHead: head, row: row, first: 0, count: positions)
      DenseLoops.multiplyPanels(
        at: packed + panel.lowerBound..<packed + panel.upperBound, rows: count, zeros: zeros.span,
        within: &work, by: weights, taps: taps(columns).positions,
        into: found + (head * panels.size + row) * columns, stride: columns, columns: columns)
      row += count
    }
  }

  /// Attends to keys and values in a ring.
  ///
  /// - Parameters:
  ///   - ring: the panels of the ring.
  ///   - layout: how `ring` is organised.
  ///   - oldest: the slot of the oldest position.
  ///   - columns: the number of queries, all positions or one.
  ///   - first: the first column of the queries, and of what is found.
  ///   - stride: how many columns both have.
  ///   - work: the work space.
  func attend(
    to ring: Span<Float>, _ layout: AttentionPanels, oldest: Int, columns: Int, from first: Int,
    of stride: Int, in work: inout MutableSpan<Float>
  ) {
    for head in 0..<layout.heads {
      DenseLoops.multiplyPanels(
        ring.extracting(layout.keyPanels(ofHead: head)), rows: positions, zeros: zeros.span,
        within: &work, by: queries + head * layout.size * stride + first, taps: taps(stride).head,
        into: scores, stride: columns, columns: columns)
      weigh(columns: columns, oldest: oldest, in: &work)
      var row = 0
      while row < layout.size {
        let count = min(DenseLoops.panelHeight, layout.size - row)
        let panel = layout.valuePanel(ofHead: head, row: row, first: oldest, count: positions)
        DenseLoops.multiplyPanels(
          ring.extracting(panel), rows: count, zeros: zeros.span, within: &work, by: weights,
          taps: taps(columns).positions,
          into: found + (head * layout.size + row) * stride + first, stride: stride,
          columns: columns)
        row += count
      }
    }
  }

  /// Makes the weights of the positions of `scores`: the softmax of each column, of the scores divided
  /// by the root of the channels of a head.
  ///
  /// - Parameters:
  ///   - columns: the number of queries.
  ///   - oldest: the row of the oldest position; rows go round. In `weights`, it is the first.
  ///   - work: the work space.
  private func weigh(columns: Int, oldest: Int, in work: inout MutableSpan<Float>) {
    // Two runs of rows: those from the oldest on, and those before it, which are newer.
    let newer = oldest * columns
    let count = positions * columns
    move(scores + newer..<scores + count, to: weights, in: &work)
    move(scores..<scores + newer, to: weights + count - newer, in: &work)
    DenseLoops.withParts(
      of: &work, writing: weights..<weights + count,
      and: scores..<scores + positions * max(positions, SoftmaxLoops.lanes)
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

  /// Does what follows the heads, and leaves the result in `x`.
  ///
  /// That is their projection, and in a layer the residual connections, norms and linear layers.
  func finish(_ block: TransformerBlock, columns: Int, in work: inout MutableSpan<Float>) {
    let count = block.size * columns
    guard let tail = block.tail else {
      return project(block.out, from: found, to: x, columns: columns, in: &work)
    }
    project(block.out, from: found, to: source, columns: columns, in: &work)
    for index in 0..<count { work[x + index] += work[source + index] }
    let into = tail.normFirst ? source : x
    (tail.normFirst ? tail.norm2 : tail.norm1).apply(
      from: x, to: into, size: block.size, columns: columns, in: &work)
    project(tail.linear1, from: into, to: hidden, columns: columns, in: &work)
    activate(tail.activation, count: tail.linear1.rows * columns, in: &work)
    project(tail.linear2, from: hidden, to: found, columns: columns, isHidden: true, in: &work)
    for index in 0..<count { work[x + index] += work[found + index] }
    if !tail.normFirst {
      tail.norm2.apply(from: x, to: x, size: block.size, columns: columns, in: &work)
    }
  }

  private func activate(
    _ function: TransformerLayerWeights.Activation, count: Int,
    in work: inout MutableSpan<Float>
  ) {
    var own = work._mutatingExtracting(hidden..<hidden + count)
    switch function {
    case .relu: SimpleLoops.apply(.relu, nil, into: &own)
    case .gelu: ActivationLoops.gelu(nil, into: &own)
    }
  }
}
