#if GUIDED
import TestSupport

/// What libFuzzer puts in here and there: a word of its dictionary for each thing that means something.
enum Words {
  /// The words, with bytes escaped as libFuzzer wants them.
  static var all: [String] {
    let texts =
      RandomPickle.texts + Tokens.words + Tokens.types.map { "\"\($0)\"" }
      + Tokens.arguments.map { "\"\($0)\":" }
    let pickled =
      RandomPickle.globals.map { Pickle.global($0.0, $0.1) } + RandomPickle.texts.map(Pickle.text)
      + RandomPickle.numbers.map(Pickle.int)
    return (texts.map { Array($0.utf8) } + pickled).filter { (1...60).contains($0.count) }
      .map(escaped)
  }

  private static func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return "\\x" + (byte < 16 ? "0" : "") + digits
    }.joined()
  }
}
#endif
