import Continual

extension Rate {
  /// As in `stride 2`, and where several outputs come of so many frames, as in `rate 3/2`.
  var words: String { up == 1 ? "stride \(down)" : "rate \(self)" }
}
