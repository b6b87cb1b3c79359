/// How a frame is stored so that each tap of a convolution is one run of floats.
///
/// The channels of a frame (C, H, W) are padded, and cut into one plane for each phase of the spatial
/// stride: plane (a, b) holds the padded rows a, a + stride, … and the columns b, b + stride, …. In such
/// a plane, windows that are neighbours are one float apart, whatever the stride and the dilation are.
/// Then the weight of one tap is multiplied with a run that starts at the tap's offset, and output
/// (y, x) is number `y * width + x` of the run, where `width` is the length of a row of the plane. The
/// numbers between the end of one row of outputs and the start of the next are stepped over, or computed too
/// and thrown away; that is cheaper than copying each window (im2col).
///
/// Where a frame is *spread*, there is a plane for each column of the kernel instead, and its rows are as long as
/// those of the outputs, so that there is nothing in between and nothing is thrown away. On narrow frames that is
/// less work, though they are stored as often as a kernel has columns.
///
/// An example, width 5, kernel 3, stride 2, padding 1. The padded row is 0 a b c d e 0; its even
/// columns 0 b d 0 are plane 0, its odd columns a c e are plane 1. Taps 0, 1, 2 of the three outputs are
/// the runs plane 0 from 0 (0 b d), plane 1 from 0 (a c e) and plane 0 from 1 (b d 0). Spread, the three planes
/// are these runs.
struct FrameLayout: Sendable {
  private let rows: Axis
  private let columns: Axis

  /// The floats of one channel.
  let channelCount: Int

  /// The floats of a row of a plane.
  var width: Int { columns.length }

  /// For each tap, in the order of the weights, where its run starts.
  let taps: [Int]

  /// Whether a stored frame is the frame itself.
  let isCopy: Bool

  /// Whether all that is stored around a frame is zeros.
  var isPaddedWithZeros: Bool {
    rows.phases.allSatisfy(\.edges.isEmpty) && columns.phases.allSatisfy(\.edges.isEmpty)
  }

  /// How many outputs there are along each axis.
  let outputs: (rows: Int, columns: Int)

  /// Plans the layout of frames of the given height and width, which may be spread.
  ///
  /// - Returns: nil where no window fits on the padded frame, or where the result is too large to count.
  init?(
    rows rowWindow: WindowAxis, of height: Int, columns columnWindow: WindowAxis, of width: Int,
    mode: PaddingMode, isSpread: Bool = false
  ) {
    guard let rows = Axis(rowWindow, length: height, mode: mode, isSpread: false),
      let columns = Axis(columnWindow, length: width, mode: mode, isSpread: isSpread),
      let plane = Size.product([
        rows.phases.count, columns.phases.count, rows.length, columns.length,
      ])
    else { return nil }
    self.rows = rows
    self.columns = columns
    channelCount = plane
    outputs = (rows.outputs, columns.outputs)
    isCopy = rows.isCopy && columns.isCopy
    var taps: [Int] = []
    for row in rows.taps {
      for column in columns.taps {
        let plane = row.phase * columns.phases.count + column.phase
        taps.append((plane * rows.length + row.start) * columns.length + column.start)
      }
    }
    self.taps = taps
  }

  /// Stores channels.
  ///
  /// - Parameters:
  ///   - channels: how many.
  ///   - source: what holds them; the first one starts at its beginning.
  ///   - stride: the floats from one channel of the source to the next.
  ///   - target: all zeros, or what this function has left there before; receives
  ///     `channels * channelCount` floats from its beginning.
  func store(
    _ channels: Int, from source: Span<Float>, stride: Int, into target: inout MutableSpan<Float>
  ) {
    if isCopy {
      DenseLoops.copyRows(
        source, .init(stride: stride), into: &target, .init(stride: channelCount),
        rows: channels, columns: channelCount)
      return
    }
    store(channels, rows: 0..<rows.source, from: source, stride: stride, into: &target)
    for (row, rowPhase) in rows.phases.enumerated() {
      for (column, columnPhase) in columns.phases.enumerated() {
        if rowPhase.edges.isEmpty && columnPhase.edges.isEmpty { continue }
        let start = (row * columns.phases.count + column) * rows.length * width
        for channel in 0..<channels {
          var own = target._mutatingExtracting((channel * channelCount + start)...)
          storeEdges(
            source.extracting((channel * stride)...), rows: rowPhase, columns: columnPhase,
            into: &own)
        }
      }
    }
  }

  /// Stores some rows of channels, without what is around them.
  ///
  /// - Parameters:
  ///   - channels: how many.
  ///   - part: which rows of the frame.
  ///   - source: what holds them; the first row of the first channel starts at its beginning.
  ///   - stride: the floats from one channel of the source to the next.
  ///   - target: where the whole frame is stored.
  func store(
    _ channels: Int, rows part: Range<Int>, from source: Span<Float>, stride: Int,
    into target: inout MutableSpan<Float>
  ) {
    for (row, rowPhase) in rows.phases.enumerated() {
      let places = rows.places(of: part, in: rowPhase)
      if places.isEmpty { continue }
      let first =
        rowPhase.first + (places.lowerBound - rowPhase.inside.lowerBound) * rows.stride
        - part.lowerBound
      for (column, columnPhase) in columns.phases.enumerated() where !columnPhase.inside.isEmpty {
        let start = (row * columns.phases.count + column) * rows.length + places.lowerBound
        var own = target._mutatingExtracting((start * width + columnPhase.inside.lowerBound)...)
        DenseLoops.copyRows(
          source.extracting((first * columns.source + columnPhase.first)...),
          .init(plane: stride, stride: rows.stride * columns.source, step: columns.stride),
          into: &own, .init(plane: channelCount, stride: width), planes: channels,
          rows: places.count, columns: columnPhase.inside.count)
      }
    }
  }

  /// Stores the elements at the edges of one plane of one channel that are not zero.
  private func storeEdges(
    _ source: Span<Float>, rows rowPhase: Axis.Phase, columns columnPhase: Axis.Phase,
    into target: inout MutableSpan<Float>
  ) {
    if !columnPhase.edges.isEmpty {
      for (index, row) in rowPhase.inside.enumerated() {
        let from = (rowPhase.first + index * rows.stride) * columns.source
        let line = source.extracting(from..<from + columns.source)
        var own = target._mutatingExtracting(row * width..<(row + 1) * width)
        for edge in columnPhase.edges { own[edge.place] = line[edge.source] }
      }
    }
    for edge in rowPhase.edges {
      let line = source.extracting(
        edge.source * columns.source..<(edge.source + 1) * columns.source)
      var own = target._mutatingExtracting(edge.place * width..<(edge.place + 1) * width)
      for edge in columnPhase.edges { own[edge.place] = line[edge.source] }
      for (index, place) in columnPhase.inside.enumerated() {
        own[place] = line[columnPhase.first + index * columns.stride]
      }
    }
  }
}

extension FrameLayout {
  /// One axis of the layout.
  ///
  /// Where it is spread, each tap is a phase of its own.
  fileprivate struct Axis: Sendable {
    /// An element of a plane whose value is at the edge, and where it comes from.
    struct Edge: Sendable {
      var place: Int
      var source: Int
    }

    /// The elements that one phase of the stride takes.
    struct Phase: Sendable {
      /// The places that hold values of the frame itself, one stride apart from `first` on.
      var inside: Range<Int>
      /// Where the value at the first of these places comes from.
      var first: Int
      /// The places at the edges that are not zero, from low to high.
      var edges: [Edge]
    }

    /// The length of the axis in the frame.
    let source: Int
    let stride: Int
    /// The length of a plane.
    let length: Int
    let outputs: Int
    let phases: [Phase]
    /// For each tap its phase and the place its run starts at.
    let taps: [(phase: Int, start: Int)]
    let isCopy: Bool

    /// The places of a phase that hold some elements of the frame.
    func places(of part: Range<Int>, in phase: Phase) -> Range<Int> {
      // Place q holds element `first + (q - inside.lowerBound) * stride`.
      func place(from element: Int) -> Int {
        let steps = max(element - phase.first + stride - 1, 0) / stride
        return min(phase.inside.lowerBound + steps, phase.inside.upperBound)
      }
      return place(from: part.lowerBound)..<place(from: part.upperBound)
    }

    init?(_ window: WindowAxis, length source: Int, mode: PaddingMode, isSpread: Bool) {
      guard source > 0, let outputs = window.count(along: source) else { return nil }
      self.source = source
      self.outputs = outputs
      stride = window.stride
      // The taps are at multiples of the dilation; the phase is the rest by the stride.
      let places = (0..<window.kernel).map { $0 * window.dilation }
      let used = isSpread ? places : Set(places.map { $0 % window.stride }).sorted()
      let index = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
      taps =
        isSpread
        ? places.indices.map { ($0, 0) }
        : places.map { (index[$0 % window.stride] ?? 0, $0 / window.stride) }
      length = isSpread ? outputs : outputs + (window.span - 1) / window.stride
      // Zeros are there already; for other padding each place is listed.
      guard let entries = Size.product([used.count, length]),
        mode == .zeros || entries <= Size.tableLimit
      else { return nil }
      var phases: [Phase] = []
      for phase in used {
        // Place q of the plane is position q * stride + shift of the frame.
        let shift = phase - window.before
        let first = shift >= 0 ? 0 : (-shift + stride - 1) / stride
        let end = shift >= source ? 0 : (source - 1 - shift) / stride + 1
        let inside = first < end && first < length ? first..<min(end, length) : 0..<0
        var edges: [Edge] = []
        if mode != .zeros {
          for place in 0..<length where !inside.contains(place) {
            let position = place * stride + shift
            // Positions beyond the padding belong to no window.
            guard position < source + window.after,
              let from = mode.source(of: position, length: source)
            else { continue }
            edges.append(Edge(place: place, source: from))
          }
        }
        phases.append(Phase(inside: inside, first: first * stride + shift, edges: edges))
      }
      self.phases = phases
      isCopy =
        stride == 1 && window.before == 0 && length == source && phases.count == 1
    }
  }
}
