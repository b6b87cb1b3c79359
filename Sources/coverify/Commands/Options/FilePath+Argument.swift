public import ArgumentParser
public import Checkpoints

extension FilePath: ExpressibleByArgument {
  /// Takes an argument as ``Arguments`` gives it to the parser.
  public init?(argument: String) { self.init(fromArgument: argument) }
}

/// What the program was called with.
enum Arguments {
  /// The arguments behind the program's name, as texts that no byte is lost in: names of files need not
  /// be UTF-8, and `CommandLine.arguments` replaces what is not.
  ///
  /// The system gives an array of pointers to texts that end with a zero, as long as its count says, and
  /// keeps both as long as the program runs.
  static var all: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      guard let start = unsafe CommandLine.unsafeArgv[index] else { return nil }
      var bytes: [UInt8] = []
      var place = unsafe start
      while unsafe place.pointee != 0 {
        bytes.append(UInt8(bitPattern: unsafe place.pointee))
        unsafe place += 1
      }
      return FilePath.argument(bytes)
    }
  }
}
