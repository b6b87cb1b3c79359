import Tensors

/// How far rounding moves each channel of the output of a network.
struct ReferenceNoise: Sendable {
  private let channels: [Double]

  /// Of so many numbers, the largest is an estimate of how far one can be off.
  private static let fewest = 16

  /// The largest of all.
  var largest: Double { channels.max() ?? 0 }

  /// That of a channel.
  subscript(channel: Int) -> Double {
    channels.indices.contains(channel) ? channels[channel] : largest
  }

  /// What outputs that were moved are off at most, channel by channel; nil where there is none.
  init?(of moved: [Tensor64], from exact: Tensor64) {
    guard !moved.isEmpty, moved.allSatisfy({ $0.shape == exact.shape }) else { return nil }
    let block = exact.shape.axes.dropFirst(2).reduce(1, *)
    var channels = [Double](repeating: 0, count: exact.shape[1])
    var squares = 0.0
    for output in moved {
      for index in exact.scalars.indices {
        let difference = abs(output.scalars[index] - exact.scalars[index])
        let channel = index / max(block, 1) % channels.count
        if difference.isFinite {
          channels[channel] = max(channels[channel], difference)
          squares += difference * difference
        }
      }
    }
    // A few numbers can all be near zero by chance. Then a channel is moved about as far as the others.
    if exact.shape[0] * block * moved.count < ReferenceNoise.fewest {
      let usual = (squares / Double(max(exact.shape.count * moved.count, 1))).squareRoot()
      channels = channels.map { max($0, 2 * usual) }
    }
    let peaks = ReferenceNoise.peaks(of: exact, block)
    let parts = zip(channels, peaks).compactMap { $1.largest > 0 ? $0 / $1.largest : nil }.sorted()
    if let usual = parts.isEmpty ? nil : parts[parts.count / 2] {
      // So can those of a channel of which few numbers matter, as the others are far smaller.
      for (channel, peak) in peaks.enumerated()
      where peak.count * Double(moved.count) < Double(ReferenceNoise.fewest) {
        channels[channel] = max(channels[channel], usual * peak.largest)
      }
    }
    self.channels = channels
  }

  /// The largest number of each channel, and how many there are of about that size.
  private static func peaks(
    of output: Tensor64, _ block: Int
  ) -> [(largest: Double, count: Double)] {
    var sums = [(largest: Double, squares: Double, fourths: Double)](
      repeating: (0, 0, 0), count: output.shape[1])
    for (index, value) in output.scalars.enumerated() where value.isFinite {
      let (channel, square) = (index / max(block, 1) % sums.count, value * value)
      sums[channel].largest = max(sums[channel].largest, abs(value))
      sums[channel].squares += square
      sums[channel].fourths += square * square
    }
    return sums.map { ($0.largest, $0.fourths > 0 ? $0.squares * $0.squares / $0.fourths : 0) }
  }

  /// A limit for each element of an output, by its channel and the rms of that.
  ///
  /// None is less than what `Float` makes of numbers that it cannot tell from zero.
  static func limits(for output: Tensor64, _ limit: (_ channel: Int, _ rms: Double) -> Double)
    -> [Double]
  {
    let (count, block) = (output.shape[1], output.shape.axes.dropFirst(2).reduce(1, *))
    var squares = [Double](repeating: 0, count: count)
    var numbers = squares
    for (index, value) in output.scalars.enumerated() where value.isFinite {
      squares[index / max(block, 1) % count] += value * value
      numbers[index / max(block, 1) % count] += 1
    }
    let limits = (0..<count).map { channel in
      limit(channel, (squares[channel] / max(numbers[channel], 1)).squareRoot())
        + Double(Float.leastNormalMagnitude)
    }
    return output.scalars.indices.map { limits[$0 / max(block, 1) % count] }
  }
}
