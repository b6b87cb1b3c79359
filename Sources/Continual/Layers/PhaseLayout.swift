/// How a plane is stored, and how its outputs are laid out, for a transposed convolution.
///
/// A transposed convolution of stride (a, b) is `a * b` ordinary ones of stride one, whose outputs
/// take turns (``TransposedAxis``). All of them read the same plane, with zeros around it, so a plane
/// is stored once. The taps of one phase are runs of it that are as long as the outputs of the phase;
/// output (y, x) of the phase is number `y * width + x` of the product, where `width` is the length of
/// a stored row, and goes to row `first + y * a` and column `first + x * b` of the output.
///
/// An example: a row x0 x1 x2, kernel 3, stride 2, `before` 1. It is stored as 0 x0 x1 x2, and makes
/// five outputs. Phase 1 has the tap `w[1]` with the run x0 x1 x2, for the outputs 0, 2 and 4; phase 0
/// has `w[2]` with the run x0 x1 and `w[0]` with the run x1 x2, for the outputs 1 and 3.
struct PhaseLayout: Sendable {
  /// The outputs of one phase of both axes.
  struct Phase: Sendable {
    /// Where the runs of the taps start, in the order of the axes' phases.
    var taps: [Int]
    /// How many outputs there are along each axis.
    var rows: Int
    var columns: Int
    /// Where the first of them goes in the output.
    var target: Int
  }

  private let rows: Axis
  private let columns: Axis

  /// The phases that make any output, those of the rows outside; nil for one that makes none.
  let phases: [Phase?]

  /// The floats of a stored plane.
  let channelCount: Int

  /// The floats of an output plane.
  let outputCount: Int

  /// The floats of a stored row.
  var width: Int { columns.length }

  /// The floats of an output row.
  var outputWidth: Int { columns.outputs }

  /// The outputs from one row of a phase to the next, and from one column to the next.
  var steps: (rows: Int, columns: Int) { (rows.stride, columns.stride) }

  /// Whether a stored plane is the plane itself.
  var isCopy: Bool { rows.isCopy && columns.isCopy }

  /// Whether a plane is one row, stored and as output.
  var isFlat: Bool { rows.length == 1 && rows.outputs == 1 }

  /// Whether every output belongs to some phase.
  var isComplete: Bool { rows.isComplete && columns.isComplete }

  /// Whether the only phase makes all outputs of a plane, in order and without a gap in its product.
  var isGapless: Bool {
    rows.stride == 1 && columns.stride == 1 && isComplete && width == outputWidth
  }

  /// Plans the layout of planes of the given height and width.
  ///
  /// - Returns: nil where nothing is left of an axis, or where the result is too large to count.
  init?(
    rows rowAxis: TransposedAxis, of height: Int, columns columnAxis: TransposedAxis, of width: Int
  ) {
    guard let rows = Axis(rowAxis, length: height), let columns = Axis(columnAxis, length: width),
      let stored = Size.product([rows.length, columns.length]),
      let output = Size.product([rows.outputs, columns.outputs])
    else { return nil }
    self.rows = rows
    self.columns = columns
    channelCount = stored
    outputCount = output
    var phases: [Phase?] = []
    for row in rows.phases {
      for column in columns.phases {
        guard row.count > 0, column.count > 0 else {
          phases.append(nil)
          continue
        }
        phases.append(
          Phase(
            taps: row.starts.flatMap { start in
              column.starts.map { start * columns.length + $0 }
            },
            rows: row.count, columns: column.count,
            target: row.target * columns.outputs + column.target))
      }
    }
    self.phases = phases
  }

  /// Stores planes.
  ///
  /// - Parameters:
  ///   - planes: how many.
  ///   - source: what holds them; the first one starts at its beginning.
  ///   - stride: the floats from one plane of the source to the next.
  ///   - target: all zeros, or what this function has left there before; receives
  ///     `planes * channelCount` floats from its beginning.
  func store(
    _ planes: Int, from source: Span<Float>, stride: Int, into target: inout MutableSpan<Float>
  ) {
    guard planes > 0, !rows.inside.isEmpty, !columns.inside.isEmpty else { return }
    var part = target._mutatingExtracting((rows.first * width + columns.first)...)
    DenseLoops.copyRows(
      source.extracting((rows.inside.lowerBound * columns.source + columns.inside.lowerBound)...),
      .init(plane: stride, stride: columns.source), into: &part,
      .init(plane: channelCount, stride: width), planes: planes, rows: rows.inside.count,
      columns: columns.inside.count)
  }
}

extension PhaseLayout {
  /// One axis of the layout.
  fileprivate struct Axis: Sendable {
    /// The outputs of one phase.
    struct Phase: Sendable {
      /// How many there are.
      var count: Int
      /// Where the first one goes.
      var target: Int
      /// Where the runs of the taps start.
      var starts: [Int]
    }

    /// The length of the axis in the plane.
    let source: Int
    let stride: Int
    /// The length of the stored axis.
    let length: Int
    let outputs: Int
    let phases: [Phase]
    /// The places that are stored, and where the first of them goes.
    let inside: Range<Int>
    let first: Int

    var isCopy: Bool { first == 0 && inside == 0..<length && length == source }

    var isComplete: Bool { phases.reduce(0) { $0 + $1.count } == outputs }

    init?(_ axis: TransposedAxis, length source: Int) {
      guard let outputs = axis.outputLength(of: source), outputs <= Size.limit else { return nil }
      self.source = source
      self.outputs = outputs
      stride = axis.stride
      // Raw outputs from `before` on are made of inputs from `low` to `high`.
      let last = axis.before + outputs - 1
      let low = axis.before / axis.stride - axis.reach
      let high = last / axis.stride
      length = high - low + 1
      guard length <= Size.limit else { return nil }
      phases = axis.phases.map { phase in
        let start = max(0, (axis.before - phase.residue + axis.stride - 1) / axis.stride)
        let end = last < phase.residue ? 0 : (last - phase.residue) / axis.stride + 1
        return Phase(
          count: max(end - start, 0), target: start * axis.stride + phase.residue - axis.before,
          starts: phase.taps.map { start - $0.back - low })
      }
      inside = min(max(low, 0), source)..<max(min(high + 1, source), min(max(low, 0), source))
      first = inside.lowerBound - low
    }
  }
}
