/// Collects what is wrong with the arguments of a module, so that all of it is reported at once.
struct ArgumentCheck {
  private(set) var misfits: [ModuleError.ArgumentMisfit] = []

  /// Far beyond any layer, and small enough that products of two such numbers do not overflow.
  static let largest = Int(Int32.max)

  /// Notes a misfit unless the condition holds.
  mutating func require(
    _ condition: Bool, _ misfit: @autoclosure () -> ModuleError.ArgumentMisfit
  ) {
    if !condition { note(misfit()) }
  }

  /// Notes a misfit.
  mutating func note(_ misfit: ModuleError.ArgumentMisfit) { misfits.append(misfit) }

  /// Notes each value outside a range.
  mutating func require(_ name: String, _ values: [Int], in range: ClosedRange<Int>) {
    require(values.allSatisfy(range.contains), .range(name, values, expected: range))
  }

  /// Throws everything that was noted, if anything.
  func finish() throws(ModuleError) {
    guard misfits.isEmpty else { throw ModuleError(.arguments(misfits)) }
  }
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
      throw ModuleError(.size(.memory(frames: frames, numbers: count)))
    }
    return frames * count
  }
}
