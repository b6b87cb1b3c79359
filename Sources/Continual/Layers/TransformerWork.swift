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
  /// (positions, queries): products of keys and some queries of one head; it is the work space of softmax, too.
  let scores: Int
  /// (positions, queries): the weights of the positions, each row one position.
  let weights: Int
  /// What is between the linear layers: (hidden, positions).
  let hidden: Int
  /// Packed keys and values.
  let packed: Int
  /// The floats of all of these.
  let count: Int

  /// How many queries of a head are worked on at once at most: memory grows with the positions, not with their
  /// square.
  let queriesAtOnce: Int

  /// For each number of columns of a product that there can be, the places of the rows of its right factor.
  private let tables: [Taps]

  /// What the sums of a product start from.
  let zeros: [Float]

  /// The places of the rows of right factors of so many columns.
  struct Taps: Sendable {
    let columns: Int
    let channels: TapOffsets
    let hidden: TapOffsets
    let head: TapOffsets
    let positions: TapOffsets
  }

  /// Plans the work space.
  ///
  /// - Parameters:
  ///   - blocks: at least one, all of the same number of channels and heads.
  ///   - positions: at least one.
  ///   - groups: the numbers of columns, besides one and all, of matrices that several windows have one of their
  ///     positions in; at most as many as positions.
  /// - Throws: ``ModuleError`` where it would be larger than any array may be.
  init(_ blocks: [TransformerBlock], positions: Int, groups: [Int] = []) throws(ModuleError) {
    let (size, heads) = (blocks[0].size, blocks[0].heads)
    let hiddenSize = blocks.map(\.hiddenSize).max() ?? 0
    let most = min(positions, Self.mostQueries)
    guard Size.product([positions, 8 * size + hiddenSize + 2 * most + 32, 4]) != nil else {
      throw ModuleError(.size(.attention(frames: positions, channels: size)))
    }
    self.positions = positions
    queriesAtOnce = most
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
    scores = take(positions * max(most, SoftmaxLoops.lanes))
    weights = take(positions * most)
    hidden = take(hiddenSize * positions)
    packed = take(panels.count)
    count = next
    let columns = Set([1, positions, most, positions % most] + groups).subtracting([0])
    tables = columns.sorted().map { columns in
      func taps(_ count: Int) -> TapOffsets { TapOffsets((0..<count).map { $0 * columns }) }
      return Taps(
        columns: columns, channels: taps(size), hidden: taps(hiddenSize),
        head: taps(size / heads), positions: taps(positions))
    }
    zeros = [Float](repeating: 0, count: max(positions, size))
  }

  /// What the dense loops do at once of so many columns.
  private static let mostQueries = 96

  func taps(_ columns: Int) -> Taps {
    // There are no more than a few.
    for taps in tables where taps.columns == columns { return taps }
    preconditionFailure("a product of \(columns) columns is not prepared")
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
    pack(in: &work)
    if let query {
      select(query, of: x, size, in: &work)
      if source != x { select(query, of: source, size, in: &work) }
    }
    let columns = query == nil ? positions : 1
    project(block.queries, from: source, to: queries, columns: columns, in: &work)
    var first = 0
    while first < columns {
      let some = min(queriesAtOnce, columns - first)
      for head in 0..<panels.heads {
        multiplyKeys(head, columns: some, from: first, of: columns, in: &work)
        weigh(columns: some, oldest: 0, in: &work)
        multiplyValues(head, columns: some, from: first, of: columns, in: &work)
      }
      first += some
    }
    finish(block, columns: columns, in: &work)
  }

  /// Puts keys and values into panels.
  private func pack(in work: inout MutableSpan<Float>) {
    let height = DenseLoops.panelHeight
    let values = panels.heads * panels.size * positions
    DenseLoops.withParts(
      of: &work, reading: keysAndValues..<keysAndValues + 2 * values,
      writing: packed..<packed + panels.count
    ) { source, target in
      for head in 0..<panels.heads {
        let first = head * panels.size
        for position in stride(from: 0, to: positions, by: height) {
          var own = target._mutatingExtracting(panels.key(first, at: position)...)
          DenseLoops.copyRows(
            source.extracting((first * positions + position)...), .init(stride: positions),
            into: &own, .init(stride: height), rows: panels.size,
            columns: min(height, positions - position))
        }
        for row in stride(from: 0, to: panels.size, by: height) {
          var own = target._mutatingExtracting(panels.value(first + row, in: 0)...)
          DenseLoops.transpose(
            source.extracting((values + (first + row) * positions)...), stride: positions,
            rows: min(height, panels.size - row), columns: positions, into: &own, stride: height)
        }
      }
    }
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
