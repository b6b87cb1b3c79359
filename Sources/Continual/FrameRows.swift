public import Tensors

/// Where the frames of a chunk (B, C, n, S…) are: one row of `plane` floats for each batch entry and
/// channel, `n` planes apart.
public struct FrameRows: Hashable, Sendable {
  /// The number of rows of a frame: its batch entries times its channels.
  public let rows: Int

  /// The floats of a row of a frame: the product of its space axes.
  public let plane: Int

  /// The rows of frames (B, C, S…).
  public init(_ frame: Shape) {
    rows = frame[0] * frame[1]
    plane = frame.plane
  }

  init(rows: Int, plane: Int) {
    self.rows = rows
    self.plane = plane
  }

  /// The floats of a frame.
  public var count: Int { rows * plane }

  /// Copies frame `time` of a chunk of `frames` to the front of `frame`.
  public func read(
    _ time: Int, of chunk: Span<Float>, frames: Int, into frame: inout MutableSpan<Float>
  ) {
    if frames == 1 {
      var own = frame._mutatingExtracting(0..<count)
      return Continual.copy(chunk.extracting(0..<count), into: &own)
    }
    DenseLoops.copyRows(
      chunk.extracting((time * plane)...), .init(stride: frames * plane), into: &frame,
      .init(stride: plane), rows: rows, columns: plane)
  }

  /// Copies the frame at the front of `frame` to frame `time` of a chunk of `frames`.
  public func write(
    _ frame: Span<Float>, to time: Int, of chunk: inout MutableSpan<Float>, frames: Int
  ) {
    if frames == 1 {
      var own = chunk._mutatingExtracting(0..<count)
      return Continual.copy(frame.extracting(0..<count), into: &own)
    }
    var own = chunk._mutatingExtracting((time * plane)...)
    DenseLoops.copyRows(
      frame, .init(stride: plane), into: &own, .init(stride: frames * plane), rows: rows,
      columns: plane)
  }

  /// Copies frames of one chunk to another.
  func copy(
    _ times: Range<Int>, of chunk: Span<Float>, frames: Int, to place: Int,
    of target: inout MutableSpan<Float>, frames total: Int
  ) {
    guard !times.isEmpty, count > 0 else { return }
    var own = target._mutatingExtracting((place * plane)...)
    DenseLoops.copyRows(
      chunk.extracting((times.lowerBound * plane)...), .init(stride: frames * plane), into: &own,
      .init(stride: total * plane), rows: rows, columns: times.count * plane)
  }
}
