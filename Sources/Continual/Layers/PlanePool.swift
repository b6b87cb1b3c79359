/// Pools the space axes of single frames, plane by plane.
///
/// A plane is one channel of one frame, H x W; without space axes it is one number, and with one
/// space axis H is one. Each output is made of the windows of its row and its column.
///
/// * A maximum first takes that of each column over the rows of the window, then that over the
///   columns: both in order of the indices, so that the first of equal values and any NaN wins.
/// * A mean is a sum in double precision, divided and rounded once. Windows that slide are summed as
///   ``SlidingPool`` says, others row after row.
struct PlanePool: Sendable {
  /// One window along one axis, as far as it is inside.
  struct Taps: Hashable, Sendable {
    /// The first place.
    var first: Int
    /// How many places there are.
    var count: Int
    /// How many places the mean counts, with the padding if that is counted.
    var divisor: Int
  }

  private let isMaximum: Bool
  private let rows: [Taps]
  private let columns: [Taps]
  private let rowStep: Int
  private let columnStep: Int
  private let width: Int
  private let planeCount: Int
  private let isIdentity: Bool
  /// The mean of a window divides by nothing; whoever sums further does.
  private let onlySums: Bool
  /// The same windows where they slide over the plane.
  private let sliding: SlidingPool?

  /// The number of places of a pooled plane.
  var outputCount: Int { rows.count * columns.count }

  /// How many floats of work space it needs.
  var scratch: Int {
    if isIdentity { return 0 }
    return sliding?.scratch ?? (isMaximum ? width : 0)
  }

  /// Pools planes of `lengths` (none, W, or H and W) by the windows along these axes.
  ///
  /// - Parameters:
  ///   - isMaximum: maximum or mean.
  ///   - windows: for each axis, its windows.
  ///   - steps: for each axis, the number of places from one place of a window to the next.
  ///   - lengths: the axes of a plane.
  ///   - onlySums: whether means are left as sums.
  ///   - sliding: for each axis, the window that slides along it; none where there are other windows.
  init(
    isMaximum: Bool, windows: [[Taps]], steps: [Int], lengths: [Int], onlySums: Bool = false,
    sliding: [WindowAxis] = []
  ) {
    let one = [Taps(first: 0, count: 1, divisor: 1)]
    let rows = windows.count == 2 ? windows[0] : one
    let columns = windows.last ?? one
    self.rows = rows
    self.columns = columns
    self.isMaximum = isMaximum
    self.onlySums = onlySums
    rowStep = steps.count == 2 ? steps[0] : 1
    columnStep = steps.last ?? 1
    width = lengths.last ?? 1
    planeCount = lengths.reduce(1, *)
    isIdentity =
      rows.count * columns.count == planeCount
      && (rows + columns).allSatisfy { $0.count == 1 && $0.divisor == 1 }
      && zip(windows, lengths).allSatisfy { windows, length in
        windows.map(\.first) == Array(0..<length)
      }
    self.sliding = SlidingPool(
      isMaximum: isMaximum, axes: sliding, lengths: lengths,
      factors: [rows, columns].map { axis in
        axis.map { onlySums ? 1 : $0.divisor == 0 ? 0 : 1 / Double($0.divisor) }
      })
  }

  /// The windows along one axis that slide.
  static func sliding(
    _ window: WindowAxis, along length: Int, countIncludePad: Bool
  ) -> [Taps]? {
    guard let count = window.count(along: length) else { return nil }
    return (0..<count).map { index in
      let start = window.start(of: index)
      // The places in front of the axis are skipped by whole steps.
      let skipped = start < 0 ? (-start + window.dilation - 1) / window.dilation : 0
      let first = start + skipped * window.dilation
      let left = first < length ? (length - 1 - first) / window.dilation + 1 : 0
      let inside = min(window.kernel - skipped, left)
      // PyTorch counts padding, but not what a last window has beyond it.
      let padded = min(window.kernel, (length + window.after - 1 - start) / window.dilation + 1)
      return Taps(
        first: first, count: max(inside, 0), divisor: countIncludePad ? padded : max(inside, 0))
    }
  }

  /// The windows along one axis that divide it into `count` parts, by PyTorch's rule: part `i`
  /// begins at `floor(i * length / count)` and ends before `ceil((i + 1) * length / count)`.
  static func adaptive(_ count: Int, along length: Int) -> [Taps] {
    (0..<count).map { index in
      let first = index * length / count
      let end = ((index + 1) * length + count - 1) / count
      return Taps(first: first, count: end - first, divisor: end - first)
    }
  }

  /// Pools all planes of one frame of a clip.
  ///
  /// - Parameters:
  ///   - time: which frame.
  ///   - clip: (B, C, T, S…).
  ///   - frames: the number T of frames of the clip.
  ///   - place: which frame of the target it becomes.
  ///   - target: (B, C, T', S'…).
  ///   - outputs: the number T' of frames of the target.
  ///   - scratch: at least ``scratch`` floats.
  func pool(
    frame time: Int, of clip: Span<Float>, frames: Int, to place: Int,
    of target: inout MutableSpan<Float>, frames outputs: Int, scratch: inout MutableSpan<Float>
  ) {
    let channels = outputCount == 0 ? 0 : target.count / (outputCount * outputs)
    if let sliding, !isIdentity {
      return DenseLoops.pool(
        clip, from: time * planeCount, plane: frames * planeCount, by: sliding, into: &target,
        from: place * outputCount, plane: outputs * outputCount, planes: channels,
        scratch: &scratch)
    }
    for channel in 0..<channels {
      let start = (channel * frames + time) * planeCount
      let plane = clip.extracting(start..<start + planeCount)
      let first = (channel * outputs + place) * outputCount
      var pooled = target._mutatingExtracting(first..<first + outputCount)
      if isIdentity {
        copy(plane, into: &pooled)
      } else if isMaximum {
        takeMaximum(plane, into: &pooled, scratch: &scratch)
      } else {
        takeMean(plane, into: &pooled)
      }
    }
  }

  private func takeMaximum(
    _ plane: Span<Float>, into pooled: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    var line = scratch._mutatingExtracting(0..<width)
    var output = 0
    for row in rows {
      fill(&line, with: -.infinity)
      for tap in 0..<row.count {
        let start = (row.first + tap * rowStep) * width
        DenseLoops.maximum(plane.extracting(start..<start + width), into: &line)
      }
      for column in columns {
        var largest = -Float.infinity
        for tap in 0..<column.count {
          largest = maximum(largest, line[column.first + tap * columnStep])
        }
        pooled[output] = largest
        output += 1
      }
    }
  }

  private func takeMean(_ plane: Span<Float>, into pooled: inout MutableSpan<Float>) {
    var output = 0
    for row in rows {
      for column in columns {
        var total = 0.0
        if column.count == width {
          // Whole rows are one run of places.
          let start = row.first * width
          total = sum(plane.extracting(start..<start + row.count * width))
        } else {
          for tap in 0..<row.count {
            let start = (row.first + tap) * width + column.first
            total += sum(plane.extracting(start..<start + column.count))
          }
        }
        let divisor = onlySums ? 1 : row.divisor * column.divisor
        pooled[output] = divisor == 0 ? 0 : Float(total / Double(divisor))
        output += 1
      }
    }
  }
}
