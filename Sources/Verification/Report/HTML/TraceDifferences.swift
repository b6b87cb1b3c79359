import Foundation
import TextLayout

/// How far lines are from what they should be, frame by frame and on a logarithmic scale, for most
/// differences are much smaller than the values.
struct TraceDifferences {
  /// The differences of one line.
  private struct Line {
    let source: Trace.Source
    let points: [(frame: Int, error: Double)]
  }

  private let lines: [Line]
  private let allowed: Double
  /// The first power of ten below all of them, and the first one above.
  private let decades: (low: Double, high: Double)
  private let top: Double

  private static let inner = 76.0

  /// How many pixels it takes.
  static let height = 104.0

  /// How many powers of ten are shown at most, from the largest one.
  private static let mostDecades = 9.0

  /// Nil where nothing differs.
  init?(_ trace: Trace, top: Double) {
    let known = Dictionary(trace.lines.map { ($0.source, $0) }, uniquingKeysWith: { one, _ in one })
    lines = trace.lines.compactMap { line in
      guard let base = TraceDifferences.base(of: line.source, known) else { return nil }
      let points = line.values.enumerated().compactMap { offset, value -> (Int, Double)? in
        let frame = line.first + offset
        guard base.values.indices.contains(frame - base.first) else { return nil }
        let error = abs(value - base.values[frame - base.first])
        return error > 0 && error.isFinite ? (frame, error) : nil
      }
      return Line(source: line.source, points: points)
    }
    allowed = trace.allowed.isFinite ? trace.allowed : 0
    let errors = lines.flatMap { $0.points.map(\.error) }
    guard let largest = errors.max(), let smallest = errors.min() else { return nil }
    let bounds = allowed > 0 ? [allowed] : []
    let high = log10((bounds + [largest]).max() ?? largest).rounded(.up)
    let low = log10((bounds + [smallest]).min() ?? smallest).rounded(.down)
    decades = (max(min(low, high - 1), high - TraceDifferences.mostDecades), high)
    self.top = top
  }

  /// What a line should be; nil for that itself.
  private static func base(
    of source: Trace.Source, _ known: [Trace.Source: Trace.Line]
  ) -> Trace.Line? {
    switch source {
    case .definition, .pytorch, .pytorchSteps: return nil
    case .step, .written:
      return known[.definition] ?? known[.pytorchSteps] ?? known[.pytorch] ?? known[.clip]
    case .clip: return known[.definition] ?? known[.pytorch]
    }
  }

  private func y(_ error: Double) -> Double {
    let (low, high) = decades
    let place = (log10(error) - low) / (high - low)
    return top + TraceDifferences.inner * (1 - min(max(place, 0), 1))
  }

  /// The drawing.
  ///
  /// - Parameters:
  ///   - left: where its axis is.
  ///   - right: where it ends.
  ///   - x: where a frame is.
  /// - Returns: the part of an svg.
  func markup(left: Double, right: Double, x: (_ frame: Int) -> Double) -> Markup {
    let ticks = [decades.low, decades.high].map { decade -> Markup in
      let value = pow(10, decade)
      return """
        <path class="grid" d="M\(left) \(y(value))H\(right)"/>\
        <text class="tick end" x="\(left - 8)" y="\(y(value) + 4)">\(Number.power(decade))</text>
        """
    }
    let bound: Markup =
      allowed > 0
      ? """
      <path class="bound" d="M\(left) \(y(allowed))H\(right)"/>\
      <text class="label end" x="\(right - 4)" y="\(y(allowed) - 4)">allowed</text>
      """ : .nothing
    let points = lines.flatMap { line in
      line.points.map { line.source.marker(x: x($0.frame), y: y($0.error)) }
    }
    return """
      <text class="label" x="\(left)" y="\(top - 8)">difference from what it should be, logarithmic</text>
      \(ticks)
      \(bound)
      \(points)
      """
  }
}

extension Number {
  /// A power of ten, as in `1e-06`.
  fileprivate static func power(_ exponent: Double) -> String {
    short(pow(10, exponent))
  }
}
