/// One axis of a transposed convolution, which spreads each input over several outputs.
///
/// Input `i` adds `w[k] * x[i]` to the raw output `i * stride + k * dilation`. Of the raw outputs,
/// `before` are cropped at the low end and `after` at the high end, once `extra` places, to which no
/// input adds anything, were put behind the last.
///
/// The sum is turned around, so that each output is made by itself: the raw output
/// `r = q * stride + phase` gets `w[k] * x[q - m]` from each tap `k` with
/// `k * dilation = m * stride + phase`. Which taps these are depends on the phase only, so the layer
/// is `stride` ordinary convolutions whose outputs take turns.
///
/// An example, kernel 3, stride 2: raw output 4 (q = 2, phase 0) is `w[2] x[1] + w[0] x[2]`, and raw
/// output 5 (q = 2, phase 1) is `w[1] x[2]`.
public struct TransposedAxis: Hashable, Sendable {
  /// How many outputs one input adds to.
  public var kernel = 1
  /// The distance of the outputs of neighbouring inputs.
  public var stride = 1
  /// The distance of neighbouring outputs of one input.
  public var dilation = 1
  /// The outputs that are cropped at the low end.
  public var before = 0
  /// The outputs that are cropped at the high end.
  public var after = 0
  /// The outputs that are appended at the high end, as `output_padding`.
  public var extra = 0

  /// The distance from the first to the last output of one input, counting both.
  var span: Int { dilation * (kernel - 1) + 1 }

  /// How many inputs before the newest one an output can depend on.
  var reach: Int { (span - 1) / stride }

  /// The longest row of outputs whose length leaves room for a sum.
  private static let widest = 1 << 60

  /// How many outputs an axis of this length makes; nil where none are left.
  func outputLength(of length: Int) -> Int? {
    let (spread, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
    guard length > 0, !overflow, spread <= TransposedAxis.widest else { return nil }
    let count = spread + span + extra - before - after
    return count > 0 ? count : nil
  }

  /// How many raw outputs that no later input adds to are held back all the same: they would be
  /// cropped if the clip ended now.
  var heldBack: Int { max(0, stride + after - span - extra) }

  /// How the time of the outputs relates to that of the inputs, where this is the time axis.
  var timing: Timing {
    // What is appended makes up for what is cropped.
    .transposedWindow(
      span: span, stride: stride, padding: before, outputPadding: extra - after + before)
  }

  /// Whether each output is made of the one input at the same place.
  var isIdentity: Bool { self == TransposedAxis() }

  /// The outputs that a residue of the stride makes.
  struct Phase: Hashable, Sendable {
    /// A place of the kernel, and how far before the newest input the one is that it multiplies.
    struct Tap: Hashable, Sendable {
      var place: Int
      var back: Int
    }

    /// The residue.
    var residue: Int
    /// The taps, that of the oldest input first.
    var taps: [Tap]
  }

  /// The phases to which any input adds something, by their residue.
  var phases: [Phase] {
    var taps: [Int: [Phase.Tap]] = [:]
    for place in (0..<kernel).reversed() {
      let (back, residue) = (place * dilation).quotientAndRemainder(dividingBy: stride)
      taps[residue, default: []].append(Phase.Tap(place: place, back: back))
    }
    return taps.keys.sorted().map { Phase(residue: $0, taps: taps[$0] ?? []) }
  }
}
