/// How many frames come out of how many, in the long run and in lowest terms.
public struct Rate: Hashable, Sendable {
  /// How many come out of ``down`` frames.
  public let up: Int

  /// How many go in for ``up`` frames.
  public let down: Int

  /// As many come out as go in.
  public static let one = Rate(up: 1, down: 1)

  /// Makes a rate; it is put in lowest terms.
  public init(up: Int, down: Int) {
    let common = CountStage.commonDivisor(up, down)
    self.up = up / common
    self.down = down / common
  }

  /// This rate and then another one; numbers that a file makes up stop at 2^40.
  func then(_ next: Rate) -> Rate {
    let (cross, other) = (Rate(up: up, down: next.down), Rate(up: next.up, down: down))
    return Rate(
      up: Rate.bounded(cross.up, other.up), down: Rate.bounded(other.down, cross.down))
  }

  /// How many frames come out of so many, rounded towards zero.
  func count(of frames: Int) -> Int {
    let (product, overflows) = frames.multipliedReportingOverflow(by: up)
    return overflows ? CountStage.limit * frames.signum() : product / down
  }

  private static func bounded(_ a: Int, _ b: Int) -> Int {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? CountStage.limit : min(product, CountStage.limit)
  }
}

extension Rate: CustomStringConvertible {
  /// As in `1`, `1/2` and `3/2`.
  public var description: String { down == 1 ? "\(up)" : "\(up)/\(down)" }
}

/// A number of frames that need not be whole, at most 2^40.
struct FrameSpan: Hashable, Sendable {
  private let numerator: Int
  private let denominator: Int

  init(_ numerator: Int, over denominator: Int = 1) {
    let common = max(CountStage.commonDivisor(denominator, abs(numerator)), 1)
    self.numerator = numerator / common
    self.denominator = denominator / common
  }

  private var value: Double { Double(numerator) / Double(denominator) }

  /// This many frames, and `other` frames of something that comes at a rate.
  func adding(_ other: FrameSpan, at rate: Rate) -> FrameSpan {
    let distance = FrameSpan.product(
      Rate(up: max(abs(other.numerator), 1), down: rate.up),
      Rate(up: rate.down, down: other.denominator))
    guard other.numerator != 0 else { return self }
    guard let distance,
      let mine = FrameSpan.multiplied(numerator, distance.down),
      let theirs = FrameSpan.multiplied(distance.up, denominator),
      let common = FrameSpan.multiplied(denominator, distance.down)
    else { return FrameSpan(CountStage.limit * other.numerator.signum()) }
    let sum = mine + theirs * other.numerator.signum()
    let result = FrameSpan(sum, over: common)
    return abs(result.value) > Double(CountStage.limit)
      ? FrameSpan(CountStage.limit * sum.signum()) : result
  }

  private static func product(_ a: Rate, _ b: Rate) -> Rate? {
    let (cross, other) = (Rate(up: a.up, down: b.down), Rate(up: b.up, down: a.down))
    guard let up = multiplied(cross.up, other.up), let down = multiplied(cross.down, other.down)
    else { return nil }
    return Rate(up: up, down: down)
  }

  /// The largest product that leaves room for a sum.
  private static let largest = 1 << 61

  /// A product that leaves room for a sum; nil where it is too large.
  private static func multiplied(_ a: Int, _ b: Int) -> Int? {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows || abs(product) > largest ? nil : product
  }

  /// The whole number of frames that is not less.
  var roundedUp: Int { -CountStage.floor(-numerator, by: denominator) }

  static func largest(_ spans: [FrameSpan]) -> FrameSpan {
    spans.max { $0.value < $1.value } ?? FrameSpan(0)
  }
}
