import Continual

extension Plan {
  /// After how many frames a stream does the same again, some outputs later: a common multiple of the strides
  /// in front of all wires; nil where that is more than a stream could be judged for.
  ///
  /// A stride of 2 with two upsamplings by 2 behind it yields two outputs a frame, and yet only every second
  /// frame begins anew.
  var period: Int? {
    var period = 1
    for down in Set(nodes.map { timing(of: $0.output).rate.down }) {
      let common = (1...min(down, period)).last { down % $0 == 0 && period % $0 == 0 } ?? 1
      period *= down / common
      if period > 1 << 16 { return nil }
    }
    return period
  }
}
