import Continual
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("states as bytes")
struct StreamStateTests {
  private func plan(_ channels: Int = 2, kernel: Int = 3) throws -> Plan {
    var random = SeededRandom(3)
    let convolution = try Convolution(
      weight: random.tensor([channels, channels, kernel]), bias: nil, stride: [1],
      padding: .explicit([1]), dilation: [1], groups: 1, paddingMode: .zeros)
    return try Plan(Residual(NamedModule("1", convolution)), frame: [1, channels])
  }

  @Test("a stream goes on after a restart as if there had been none")
  func roundTrip() throws {
    let plan = try plan()
    var random = SeededRandom(9)
    let clip = random.tensor([1, 2, 9])
    var stream = plan.makeStream()
    _ = try stream.forwardSteps(clip.frames(0..<4))
    var other = try self.plan().makeStream()
    other.state = try other.plan.state(from: plan.data(of: stream.state))
    #expect(other.state == stream.state)
    #expect(other.state.frames == 4)
    #expect(
      try other.forwardSteps(clip.frames(4..<9), padEnd: true)
        .hasSameBits(as: stream.forwardSteps(clip.frames(4..<9), padEnd: true)))
  }

  @Test("the bits of a NaN and of minus zero are kept")
  func bits() throws {
    let plan = try plan()
    var stream = plan.makeStream()
    _ = try stream.forwardStep(Tensor([1, 2], [.nan, -0.0]))
    #expect(try plan.state(from: plan.data(of: stream.state)) == stream.state)
  }

  @Test("bytes of another plan, another version, another length or damaged are refused")
  func refusals() throws {
    let plan = try plan()
    let data = plan.data(of: plan.initialState)
    #expect(throws: StreamStateError.notAState) { try plan.state(from: Data("CVSTEAM!".utf8)) }
    #expect(throws: StreamStateError.notAState) { try plan.state(from: Data()) }
    #expect(throws: StreamStateError.length(found: 20, expected: data.count)) {
      try plan.state(from: data.prefix(20))
    }
    #expect(throws: StreamStateError.length(found: data.count - 1, expected: data.count)) {
      try plan.state(from: data.dropLast())
    }
    #expect(throws: StreamStateError.length(found: data.count + 1, expected: data.count)) {
      try plan.state(from: data + [0])
    }
    var version = data
    version[8] = 1
    #expect(throws: StreamStateError.version(found: 1, expected: 3)) {
      try plan.state(from: version)
    }
    for offset in 24..<data.count {
      var damaged = data
      damaged[offset] ^= 0x10
      #expect(throws: StreamStateError.damaged) { try plan.state(from: damaged) }
    }
    for other in [try self.plan(3), try self.plan(2, kernel: 2)] {
      let error = #expect(throws: StreamStateError.self) { try other.state(from: data) }
      guard case .otherPlan? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }
}
