import Continual
import Tensors
import Testing

@testable import Verification

@Suite("comparing numbers")
struct ComparisonTests {
  private func compare(_ got: [Double], _ want: [Double], allowed: Double = 0.1) -> Comparison {
    let shape = Shape([1, 1, got.count])
    return Comparison(
      Tensor64(shape, got), Tensor64(shape, want), within: Tolerance(allowed: allowed))
  }

  @Test("the largest difference and its place are found")
  func worst() {
    let comparison = compare([1, 2, 3], [1, 2.5, 2.75])
    #expect(comparison.worst == 0.5)
    #expect(comparison.worstOffset == 1)
    #expect(comparison.exceeding == [1, 2])
    #expect(comparison.measurement.verdict == .fail)
  }

  @Test("a NaN against a number fails, however much is allowed")
  func notANumber() {
    for (got, want) in [(Double.nan, 1.0), (1.0, .nan), (.infinity, .nan), (.infinity, -.infinity)]
    {
      let comparison = compare([0, got], [0, want], allowed: .greatestFiniteMagnitude)
      #expect(comparison.worst == .infinity)
      #expect(comparison.exceeding == [1])
      #expect(comparison.measurement.verdict == .fail)
    }
  }

  @Test("the same NaN and infinity on both sides are the same, but NaN compares nothing")
  func sameNonFinite() {
    let some = compare([.nan, .infinity, 1], [.nan, .infinity, 1])
    #expect(some.worst == 0)
    #expect(some.elements == 2)
    #expect(some.nonFinite == 2)
    #expect(some.measurement.verdict == .ok)
    #expect(compare([.nan], [.nan]).measurement.verdict == .inconclusive)
    #expect(compare([-.infinity], [-.infinity]).measurement.verdict == .ok)
  }

  @Test("what is too large for a float is infinite there")
  func overflow() {
    #expect(compare([.infinity], [1e39]).worst == 0)
    #expect(compare([-.infinity], [1e39]).worst == .infinity)
  }

  @Test("the tolerance grows with the rms and with the largest term")
  func tolerance() {
    let ones = Tensor64([1, 1, 4], repeating: 1)
    let plain = Tolerance(for: ones, scale: 1).allowed
    #expect(plain > 1e-5 && plain < 1.1e-5)
    #expect(Tolerance(for: ones, scale: 1024).allowed > 4 * 1024 * 0x1p-23)
  }

  @Test("an element beyond the screen is rounding within its own bound, and a difference beyond it")
  func bounds() {
    let shape: Shape = [1, 1, 2]
    let want = Tensor64(shape, [100, 100])
    let got = Tensor64(shape, [100.01, 100])
    let screened = Comparison(got, want, within: Tolerance(allowed: 0.001))
    #expect(screened.measurement.verdict == .fail)
    let within = screened.judged(by: Tensor64(shape, repeating: 0.02), got: got, want: want)
    #expect(within.measurement.verdict == .ok)
    let beyond = screened.judged(by: Tensor64(shape, repeating: 0.005), got: got, want: want)
    #expect(beyond.measurement.verdict == .fail)
    #expect(beyond.exceeding == [0])
    let wide = screened.judged(by: Tensor64(shape, repeating: 50), got: got, want: want)
    #expect(wide.measurement.verdict == .inconclusive)
    #expect(wide.openBound.map { $0 > 49 } == true)
    #expect(within.openBound == nil && beyond.openBound == nil)
  }

  @Test(
    "where a bound is too wide, what rounding does by chance decides, but never for a difference")
  func deviations() {
    let shape: Shape = [1, 1, 2]
    let want = Tensor64(shape, [100, 100])
    let got = Tensor64(shape, [100.01, 100])
    let screened = Comparison(got, want, within: Tolerance(allowed: 0.001))
    func verdict(bound: Double, deviation: Double) -> Verdict {
      screened.judged(
        by: Tensor64(shape, repeating: bound), deviation: Tensor64(shape, repeating: deviation),
        got: got, want: want
      ).measurement.verdict
    }
    #expect(verdict(bound: 50, deviation: 0.01 / 7) == .ok)
    #expect(verdict(bound: 50, deviation: 0.01 / 9) == .inconclusive)
    // Deviations of which eight are more than a thousandth of the rms say nothing either.
    #expect(verdict(bound: 50, deviation: 0.02) == .inconclusive)
    // Beyond its bound nothing is rounding.
    #expect(verdict(bound: 0.005, deviation: 1) == .fail)
  }

  @Test("sums in Float are off by the deviation that is told, and never by eight of it")
  func deviationOfSums() {
    var random = RandomSource(seed: 11)
    let (channels, places) = (600, 64)
    let weight = Tensor(
      [1, channels, 1, 1, 1], (0..<channels).map { _ in random.normal() })
    let clip = Tensor64(
      [1, channels, 1, 1, places],
      (0..<channels * places).map { _ in max(Double(random.normal()), 0) })
    let oracle = ConvolutionOracle(
      weight: weight, bias: [0], stride: [1, 1, 1], dilation: [1, 1, 1], groups: 1)
    let exact = oracle.convolve(clip)
    let deviation = oracle.roundingDeviation(clip)
    var squares = 0.0
    for place in 0..<places {
      var sum: Float = 0
      for channel in 0..<channels {
        sum = sum.addingProduct(
          weight.scalars[channel], Float(clip.scalars[channel * places + place]))
      }
      let ratio = (Double(sum) - exact.scalars[place]) / deviation.scalars[place]
      #expect(abs(ratio) < 8)
      squares += ratio * ratio
    }
    let typical = (squares / Double(places)).squareRoot()
    #expect(typical > 0.2 && typical < 1.2, "\(typical)")
  }

  @Test("bits tell zero from minus zero, and all NaN are one")
  func bits() {
    let got = Tensor([1, 1, 3], [0, .nan, 1])
    let want = Tensor([1, 1, 3], [-0.0, -.nan, 1])
    #expect(got.bitsDiffering(from: want) == 1)
    #expect(got.hasSameBits(as: got))
  }
}

@Suite("describing differences")
struct DifferenceTests {
  private func describe(_ change: (Int, Int, Int) -> Double) -> Difference {
    let shape: Shape = [3, 3, 9]
    var random = RandomSource(seed: 5)
    let want = Tensor64(shape, (0..<shape.count).map { _ in Double(random.normal()) })
    let got = Tensor64(
      shape,
      want.scalars.indices.map { index in
        let place = shape.place(ofElement: index)
        return want.scalars[index] + change(place[0], place[1], place[2])
      })
    let comparison = Comparison(got, want, within: Tolerance(allowed: 1e-6))
    return Difference(comparison, got: got, want: want)
  }

  @Test("one channel and a constant offset look like a bias")
  func bias() {
    let difference = describe { _, channel, _ in channel == 2 ? -0.25 : 0 }
    #expect(difference.pattern == "channel 2 only, every frame, constant offset -2.5e-01")
    #expect(difference.cause == .bias(channel: 2))
    #expect(difference.hint == "looks like the bias of channel 2")
  }

  @Test("the first and last frames look like a fill")
  func edges() {
    let first = describe { _, _, time in time < 2 ? 1 : 0 }
    #expect(first.pattern == "the first 2 frames only, constant offset +1")
    #expect(first.cause == .edges(.first))
    #expect(first.hint?.contains("before the first one") == true)
    let last = describe { _, channel, time in time > 7 ? Double(channel) + 1 : 0 }
    #expect(last.pattern == "the last frame only")
    #expect(last.cause == .edges(.last))
    #expect(last.hint?.contains("end padding") == true)
    let both = describe { _, _, time in time == 0 || time == 8 ? 1 : 0 }
    #expect(both.cause == .edges(.both))
    #expect(both.pattern.contains("the first and last frames only"))
  }

  @Test("edges that by chance are right in one entry of the batch are still edges")
  func edgesOfSomeEntries() {
    let some = describe { batch, _, time in batch != 1 && (time == 0 || time == 8) ? 1 : 0 }
    #expect(some.cause == .edges(.both))
    let one = describe { batch, _, time in batch == 1 && time == 0 ? 1 : 0 }
    #expect(one.cause == .batchEntry)
  }

  @Test("one entry of the batch is named")
  func entry() {
    let difference = describe { batch, _, _ in batch == 1 ? 1 : 0 }
    #expect(difference.cause == .batchEntry)
    #expect(difference.pattern == "batch 1 only, every frame, constant offset +1")
  }

  @Test("elements that are not finite are counted")
  func notFinite() {
    let difference = describe { _, _, time in time == 4 ? .nan : 0 }
    #expect(difference.pattern == "frame 4 only, 9 elements are not finite")
  }

  @Test("a shift is found", arguments: [-5, -2, 1, 3])
  func shift(_ frames: Int) throws {
    let shape: Shape = [1, 2, 40]
    var random = RandomSource(seed: 7)
    let numbers = (0..<2).map { _ in (0..<60).map { _ in Double(random.normal()) } }
    let cut = { (start: Int) in
      Tensor64(shape, numbers.flatMap { $0[start..<start + 40] })
    }
    let shift = try #require(Shift.find(cut(10 + frames), cut(10), allowed: 1e-9))
    #expect(shift.frames == frames)
    #expect(Shift.find(cut(10), cut(10), allowed: 1e-9) == nil)
  }
}

@Suite("made-up inputs")
struct InputProfileTests {
  @Test("a seed gives the same clip everywhere", arguments: InputProfile.allCases)
  func repeats(_ profile: InputProfile) {
    let clip = profile.clip(of: [2, 3, 5], frames: 7, seed: 3, clip: 1)
    #expect(clip.shape == [2, 3, 7, 5])
    #expect(clip == profile.clip(of: [2, 3, 5], frames: 7, seed: 3, clip: 1))
    #expect(clip.scalars.allSatisfy { $0.isFinite })
  }

  @Test("other seeds and other clips of a run give other numbers")
  func differ() {
    let clip = InputProfile.normal.clip(of: [1, 4], frames: 9, seed: 1, clip: 0)
    #expect(clip != InputProfile.normal.clip(of: [1, 4], frames: 9, seed: 2, clip: 0))
    #expect(clip != InputProfile.normal.clip(of: [1, 4], frames: 9, seed: 1, clip: 1))
  }

  @Test("the generator is the one it says it is")
  func knownNumbers() {
    // The first numbers of SplitMix64 from 1234567, as its author's program prints them.
    var random = RandomSource(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  @Test("normal numbers have mean 0 and variance 1, bursts one large frame")
  func moments() {
    let clip = InputProfile.normal.clip(of: [1, 100], frames: 100, seed: 1, clip: 0)
    let mean = clip.scalars.reduce(0) { $0 + Double($1) } / 10_000
    #expect(abs(mean) < 0.05)
    #expect(abs(clip.rms - 1) < 0.05)
    let burst = InputProfile.burst.clip(of: [1, 100], frames: 8, seed: 1, clip: 0)
    #expect(burst.frame(4).rms > 15)
    #expect(burst.frame(3).rms < 2)
  }
}
