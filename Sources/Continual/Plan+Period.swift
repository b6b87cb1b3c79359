extension Plan {
  /// After how many frames a stream does the same again, some outputs later: a common multiple of the strides
  /// in front of all wires; nil where that is more than a stream could be judged for.
  ///
  /// A stride of 2 with two upsamplings by 2 behind it yields two outputs a frame, and yet only every second
  /// frame begins anew.
  package var period: Int? {
    var period = 1
    for down in Set(nodes.map { timing(of: $0.output).rate.down }) {
      let factor = down / CountStage.commonDivisor(down, period)
      guard factor <= (1 << 16) / period else { return nil }
      period *= factor
    }
    return period
  }
}
