/// Which axes of the input of an exported program are batch, channels, time and space, as its user says.
///
/// Where nothing says it, the first reading is taken under which the network can be stepped.
public struct InputLayout: Hashable, Sendable {
  /// What is said.
  enum Statement: Hashable {
    /// For each axis of PyTorch, the one of a clip (B, C, T, S…).
    case axes([Int])
    /// Which axis of PyTorch is time, as Python counts.
    case time(Int)
  }

  let statement: Statement

  /// As it was given, as in `BTC`.
  public let text: String

  /// The most axes of a clip.
  private static let mostAxes = 5

  /// Says what each axis is; nil where a letter is there twice, none is B or N, or there are too many.
  ///
  /// - Parameter text: a letter for each axis, as in `BTC`, `B,C,T,V` or `NCTHW`: B or N for the batch, C for
  ///   channels, T for time, and any others for space. Without T, no axis is time, and each clip is one
  ///   frame of a stream.
  public init?(_ text: String) {
    let letters = text.uppercased().filter { $0 != "," && $0 != " " }.map { $0 == "N" ? "B" : $0 }
    let known: [Character: Int] = ["B": 0, "C": 1, "T": 2]
    var next = 3
    var axes: [Int] = []
    for letter in letters {
      guard letter.isLetter else { return nil }
      axes.append(known[letter] ?? next)
      if known[letter] == nil { next += 1 }
    }
    guard Set(letters).count == letters.count, letters.contains("B"), letters.count > 1,
      next <= InputLayout.mostAxes
    else { return nil }
    statement = .axes(axes)
    self.text = text
  }

  /// Says which axis is time; of the others, the first is the batch, the second the channels.
  ///
  /// - Parameter timeAxis: its index, as Python counts: -1 is the last.
  public init(timeAxis: Int) {
    statement = .time(timeAxis)
    text = "time on axis \(timeAxis)"
  }
}
