import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

@Suite("judging at the speed of the processor")
struct PassingTests {
  private func fingerprints(_ frames: [Float], count: Int, _ plan: Plan) -> Fingerprints {
    var fingerprints = Fingerprints(plan)
    fingerprints.add(frames.span, of: 0, frame: plan.output.frame, count: count)
    return fingerprints
  }

  @Test("a fingerprint changes with each bit, and with the order of numbers", arguments: 1...40)
  func fingerprint(size: Int) throws {
    let activated = try Plan(Activation(.relu), frame: [1, 1, size])
    var random = RandomSource(seed: UInt64(size))
    let frame = (0..<size).map { _ in Float.random(in: -1...1, using: &random) }
    let own = fingerprints(frame, count: 1, activated)
    #expect(own.agree(with: fingerprints(frame, count: 1, activated), on: 0))
    for place in 0..<size {
      var other = frame
      other[place] = Float(bitPattern: frame[place].bitPattern ^ (1 << UInt32.random(in: 0...31)))
      #expect(!own.agree(with: fingerprints(other, count: 1, activated), on: 0))
      other = frame
      other[place] = -frame[place]
      other[(place + 1) % size] = -frame[(place + 1) % size]
      #expect(!own.agree(with: fingerprints(other, count: 1, activated), on: 0))
      other = frame
      other.swapAt(place, (place + 1) % size)
      #expect(
        own.agree(with: fingerprints(other, count: 1, activated), on: 0) == (other == frame))
    }
  }

  @Test("frames have the same fingerprints in a chunk as one by one, and all NaN are the same")
  func chunks() throws {
    let plan = try Plan(Activation(.relu), frame: [2, 3, 5])
    var random = RandomSource(seed: 1)
    var clip = Tensor(
      [2, 3, 4, 5], (0..<120).map { _ in Float.random(in: -1...1, using: &random) })
    var scalars = clip.scalars
    scalars[7] = .nan
    clip = Tensor(clip.shape, scalars)
    let whole = fingerprints(clip.scalars, count: 4, plan)
    scalars[7] = Float(bitPattern: 0xFFC0_0001)
    clip = Tensor(clip.shape, scalars)
    var single = Fingerprints(plan)
    for time in 0..<4 {
      single.add(clip.frame(time).scalars.span, of: 0, frame: plan.output.frame, count: 1)
    }
    #expect(whole.agree(with: single, on: 0))
  }

  @Test("quiet blocks change nothing about a comparison", arguments: [0, 1, 511, 512, 513, 5000])
  func quietBlocks(size: Int) {
    var random = RandomSource(seed: UInt64(size))
    let shape = Shape([1, 1, size])
    let want = Tensor64(shape, (0..<size).map { _ in Double.random(in: -1...1, using: &random) })
    let limits = (0..<size).map { _ in Float.random(in: 1e-7...2e-7, using: &random) }
    for mistakes in [[], [0], [size - 1], [size / 2, size / 3]] {
      var got = want.narrowed.scalars
      for (index, place) in mistakes.enumerated() where got.indices.contains(place) {
        got[place] = [got[place] + 1, .nan, .infinity][index]
      }
      let (narrow, wide) = (Tensor(shape, got), Tensor(shape, got).widened)
      let fast = Comparison(narrow, want, limits: limits, times: 2)
      let plain = Comparison(wide, want, limits: limits.map { Double($0) * 2 })
      #expect(fast.worst == plain.worst || (fast.worst.isNaN && plain.worst.isNaN))
      #expect(fast.worstOffset == plain.worstOffset)
      #expect(fast.exceeding == plain.exceeding)
      #expect(fast.allowed == plain.allowed)
      #expect(fast.screen == plain.screen)
      #expect(abs(fast.mean - plain.mean) <= 1e-12 * plain.mean)
      #expect(abs(fast.rms - plain.rms) <= 1e-12 * plain.rms)
      #expect(fast.nonFinite == plain.nonFinite)
      #expect(fast.elements == plain.elements)
    }
  }

  @Test("all axes are padded in one pass as one after the other", arguments: 0..<40)
  func padding(seed: Int) {
    var random = RandomSource(seed: UInt64(seed))
    let modes: [PaddingMode] = [.zeros, .replicate, .reflect, .circular]
    let shape = Shape((0..<5).map { _ in Int.random(in: 1...5, using: &random) })
    let clip = Tensor64(
      shape, (0..<shape.count).map { _ in Double.random(in: -1...1, using: &random) })
    let margins = (2..<5).map { axis in
      let most = max(shape[axis] - 1, 0)
      return PaddingOracle.Margin(
        before: Int.random(in: 0...most, using: &random),
        after: Int.random(in: 0...most, using: &random), mode: modes[seed % 4])
    }
    var want = clip
    for (axis, margin) in margins.enumerated() {
      want = PaddingOracle.pad(
        want, axis: axis + 2, before: margin.before, after: margin.after, with: margin.mode)
    }
    #expect(PaddingOracle.pad(clip, margins) == want)
  }

  @Test("of a few numbers, the noise of a channel is at least about that of the others")
  func fewNumbers() throws {
    let exact = Tensor64([1, 3, 1], [1, 2, 3])
    let noise = try #require(
      ReferenceNoise(of: [Tensor64([1, 3, 1], [1.001, 2, 3.001])], from: exact))
    #expect(noise[1] > 1e-3)
    let many = Tensor64([1, 2, 20], repeating: 1)
    var scalars = many.scalars
    scalars[0] = 1.001
    let exactly = try #require(
      ReferenceNoise(of: [Tensor64(many.shape, scalars)], from: many))
    #expect(exactly[1] == 0)
  }

  @Test("numbers that Float cannot tell from zero are as good as zero")
  func underflow() {
    let limits = ReferenceNoise.limits(for: Tensor64([1, 2, 1], [1, 1e-110])) { $1 * 1e-6 }
    #expect(limits[0] < 1.1e-6)
    #expect(limits[1] > 1e-40)
  }

  @Test("of a channel with one large frame, the noise is a part of that frame")
  func oneLargeFrame() throws {
    // Of the last channel the large number is hardly moved, by chance.
    let exact = Tensor64([1, 3, 20], (0..<60).map { $0 < 40 || $0 == 50 ? 1 : 1e-6 })
    let moved = Tensor64(
      exact.shape, exact.scalars.enumerated().map { $1 * ($0 == 50 ? 1 : 1 + 1e-4) })
    let noise = try #require(ReferenceNoise(of: [moved], from: exact))
    #expect(abs(noise[0] - 1e-4) < 1e-9)
    #expect(abs(noise[2] - 1e-4) < 1e-9)
  }
}
