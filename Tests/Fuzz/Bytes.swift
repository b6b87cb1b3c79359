import TestSupport

extension [UInt8] {
  /// One change of bytes that knows nothing of what they mean.
  mutating func changeBytes(using random: inout SeededRandom) {
    #if GUIDED
    if Bool.random(using: &random) {
      changeAsSuggested()
      return
    }
    #endif
    guard !isEmpty else { return }
    let place = Int.random(in: indices, using: &random)
    let end = Swift.min(place + Int.random(in: 1...64, using: &random), count)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: self[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: self[place] = .random(in: .min ... .max, using: &random)
    case 2: removeSubrange(place..<end)
    case 3:
      insert(contentsOf: Array(self[place..<end]), at: Int.random(in: indices, using: &random))
    case 4: removeLast(count - place)
    case 5: append(contentsOf: self[place..<end])
    case 6:
      let width = random.pick([1, 2, 4, 8])
      let number = little(random.pick(RandomPickle.numbers), width)
      replaceSubrange(place..<Swift.min(place + width, count), with: number)
    case 7: for index in place..<end { self[index] = 0 }
    default: for index in place..<end { self[index] = 0xFF }
    }
  }
}
