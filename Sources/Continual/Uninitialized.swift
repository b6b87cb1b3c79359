extension Array where Element == Float {
  /// An array of floats that hold anything, for a loop that writes all of them.
  ///
  /// To fill them with zeros first would touch all of the memory once more. Why this is safe: a float has no
  /// invalid bits and nothing to destroy, so that whatever is in the memory is a value.
  init(uninitialized count: Int) {
    guard count > 0 else {
      // The initializer below writes the count of zero into the one empty array that all threads share.
      self = []
      return
    }
    unsafe self.init(unsafeUninitializedCapacity: count) { _, initialized in initialized = count }
  }

  /// Makes room for so many floats, which hold anything where there was not enough.
  mutating func grow(to count: Int) {
    guard self.count < count else { return }
    // The old memory goes first: it may be large.
    self = []
    self = [Float](uninitialized: count)
  }
}
