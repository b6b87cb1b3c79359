/// Collects what is wrong with the arguments of a module, so that all of it is reported at once.
struct ArgumentCheck {
  private var problems: [String] = []

  /// Far beyond any layer, and small enough that products of two such numbers do not overflow.
  static let largest = Int(Int32.max)

  /// Notes a problem unless the condition holds.
  mutating func require(_ condition: Bool, _ problem: @autoclosure () -> String) {
    if !condition { problems.append(problem()) }
  }

  /// Notes each value outside a range.
  mutating func require(_ name: String, _ values: [Int], in range: ClosedRange<Int>) {
    require(
      values.allSatisfy(range.contains),
      "\(name) is \(Arguments.tuple(values)); it must be "
        + (range.upperBound == ArgumentCheck.largest
          ? "at least \(range.lowerBound)"
          : "between \(range.lowerBound) and \(range.upperBound)"))
  }

  /// Throws all problems that were noted, if any.
  func finish() throws(ModuleError) {
    guard problems.isEmpty else {
      throw ModuleError(.argument, problems.joined(separator: "; "))
    }
  }
}

/// How arguments are printed.
enum Arguments {
  /// A list as Python prints a tuple, and a single value without parentheses.
  static func tuple(_ values: [Int]) -> String { tuple(values.map(String.init)) }

  /// A list as Python prints a tuple, where nothing is printed as None.
  static func tuple(_ values: [Int?]) -> String {
    tuple(values.map { $0.map(String.init) ?? "None" })
  }

  private static func tuple(_ words: [String]) -> String {
    words.count == 1 ? words[0] : "(" + words.joined(separator: ", ") + ")"
  }

  /// A number as Python prints a float, but without a needless `.0`.
  static func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? String(value)
  }

  /// A boolean as Python prints it.
  static func bool(_ value: Bool) -> String { value ? "True" : "False" }
}

/// What one stream may remember for one kernel.
enum StreamMemory {
  /// The most floats of one kernel.
  static let largest = Size.limit

  /// The number of floats of `frames` frames of `count` floats each.
  ///
  /// - Throws: ``ModuleError`` where that is above ``largest``.
  static func floats(frames: Int, of count: Int) throws(ModuleError) -> Int {
    // Even frames of nothing are counted one by one.
    guard Size.product([frames, max(count, 1)]) != nil else {
      throw ModuleError(
        .argument,
        "would remember \(frames) frames of \(count) numbers in each stream; at most \(largest) "
          + "numbers are allowed")
    }
    return frames * count
  }
}
