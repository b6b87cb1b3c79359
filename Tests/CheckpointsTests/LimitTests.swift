import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Limits")
struct LimitTests {
  @Test("every limit has a name, by which it is read and set", arguments: Limits.names)
  func names(_ name: String) throws {
    var limits = Limits.standard
    let value = try #require(limits[name])
    limits[name] = value + 1
    #expect(limits[name] == value + 1)
    #expect(limits != .standard)
  }

  @Test("every limit has a name, and what is not a limit has no value")
  func allAreNamed() {
    #expect(Limits.names.count == Mirror(reflecting: Limits.standard).children.count)
    #expect(Set(Limits.names).count == Limits.names.count)
    var limits = Limits.standard
    limits["other"] = 5
    #expect(limits == .standard)
    #expect(limits["other"] == nil)
  }

  /// `{"aaa…": ((x, x), (x, x), …)}`, so that each path is long.
  @Test("long paths to values that are shared do not add up to all memory")
  func pathsOfSharedValues() {
    // Found by `scripts/fuzz`: it took minutes.
    let doubled = [[UInt8]](repeating: [0x32, 0x86], count: 13).flatMap(\.self)
    let key = String(repeating: "a", count: 16_384)
    let pickle = Pickle.whole(Pickle.dict([(key, Pickle.tensor([1]) + doubled)]))
    let refusal = Refusal(
      "", .limit, "paths of all values", ZipBuilder.torch(pickle, ["0": little([1])]).data)
    let clock = ContinuousClock()
    #expect(clock.measure { refusal.check() } < .seconds(20))
  }
}
