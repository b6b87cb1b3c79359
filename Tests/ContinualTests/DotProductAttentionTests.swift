import Foundation
import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("Attention of frames to frames")
struct DotProductAttentionTests {
  /// The definition, in double precision, of one frame: (heads values).
  private func found(
    _ clip: Tensor, _ entry: Int, _ frame: Int, in range: ClosedRange<Int>, heads: Int, size: Int
  ) -> [Double] {
    func value(_ part: Int, _ head: Int, _ channel: Int, _ time: Int) -> Double {
      Double(clip[entry, (part * heads + head) * size + channel, time])
    }
    return (0..<heads).flatMap { head -> [Double] in
      let powers = range.map { other in
        exp(
          (0..<size).reduce(0) { $0 + value(0, head, $1, frame) * value(1, head, $1, other) }
            / Double(size).squareRoot())
      }
      return (0..<size).map { channel in
        zip(range, powers).reduce(0) { $0 + $1.1 * value(2, head, channel, $1.0) }
          / powers.reduce(0, +)
      }
    }
  }

  @Test("causal, each frame sees itself and those before it, in all modes", arguments: [1, 3, 9])
  func causal(_ length: Int) throws {
    let (heads, size) = (2, 2)
    let clip = Tensor.sawtooth([2, 12, 7])
    let module = try DotProductAttention(
      heads: heads, keySize: size, sequenceLength: length, isCausal: true)
    let run = try ModeRun(module, clip: clip)
    #expect(run.differences == [])
    #expect(run.forward.shape == [2, 4, 7])
    for entry in 0..<2 {
      for frame in 0..<7 {
        let want = found(
          clip, entry, frame, in: max(0, frame + 1 - length)...frame, heads: heads, size: size)
        for channel in 0..<4 {
          #expect(abs(Double(run.forward[entry, channel, frame]) - want[channel]) < 1e-5)
        }
      }
    }
    #expect(module.divergence(frame: [2, 12]) == nil)
  }

  @Test("a bias by distance is added to the scores, head by head, in all modes")
  func bias() throws {
    let clip = Tensor.sawtooth([2, 12, 7])
    let bias = Tensor([2, 3], [0, -1, 2, 0.5, 0, -3])
    let module = try DotProductAttention(
      heads: 2, keySize: 2, sequenceLength: 3, isCausal: true, bias: bias)
    let run = try ModeRun(module, clip: clip)
    #expect(run.differences == [])
    for entry in 0..<2 {
      for frame in 0..<7 {
        for head in 0..<2 {
          func value(_ part: Int, _ channel: Int, _ time: Int) -> Double {
            Double(clip[entry, (part * 2 + head) * 2 + channel, time])
          }
          let seen = max(0, frame - 2)...frame
          let powers = seen.map { other in
            exp(
              (value(0, 0, frame) * value(1, 0, other) + value(0, 1, frame) * value(1, 1, other))
                / 2.0.squareRoot() + Double(bias[head, frame - other]))
          }
          for channel in 0..<2 {
            let want =
              zip(seen, powers).reduce(0) { $0 + $1.1 * value(2, channel, $1.0) }
              / powers.reduce(0, +)
            #expect(abs(Double(run.forward[entry, head * 2 + channel, frame]) - want) < 1e-5)
          }
        }
      }
    }
  }

  @Test("chunks of any length have the bits of the clip, and its numbers are those defined")
  func chunks() throws {
    var random = SeededRandom(7)
    let (heads, size, length) = (3, 17, 21)
    let clip = random.tensor([2, 3 * heads * size, 150])
    let module = try DotProductAttention(
      heads: heads, keySize: size, sequenceLength: length, isCausal: true)
    let plan = try Plan(module, frame: clip.shape.frame)
    let forward = try plan.forward(clip)
    for lengths in [[150], [1, 16, 17, 5, 40, 2, 69], [15, 135]] {
      var stream = plan.makeStream()
      var first = 0
      for count in lengths {
        let times = first..<first + count
        let made = try stream.forwardSteps(clip.frames(times))
        #expect(made.hasSameBits(as: forward.frames(times)), "\(lengths), \(times)")
        first += count
      }
    }
    for frame in [0, 1, 20, 21, 149] {
      let want = found(
        clip, 1, frame, in: max(0, frame + 1 - length)...frame, heads: heads, size: size)
      for channel in want.indices {
        #expect(abs(Double(forward[1, channel, frame]) - want[channel]) < 1e-6)
      }
    }
  }

  @Test("a frame that is not a number is seen by the frames whose window it is in, and no others")
  func notNumbers() throws {
    var random = SeededRandom(7)
    let clip = random.tensor([1, 30, 41])
    var scalars = clip.scalars
    for channel in 0..<30 { scalars[channel * 41 + 9] = channel % 2 == 0 ? .nan : .infinity }
    let module = try DotProductAttention(
      heads: 2, keySize: 5, sequenceLength: 7, isCausal: true)
    let run = try ModeRun(module, clip: Tensor(clip.shape, scalars))
    for (name, made) in [("clip", run.forward), ("chunk", run.chunk)] {
      for frame in 0..<41 {
        let isNaN = (0..<10).map { made[0, $0, frame].isNaN }
        #expect(isNaN == Array(repeating: (9..<16).contains(frame), count: 10), "\(name) \(frame)")
      }
    }
  }

  @Test("a factor of zero or below, and one that is too large, are that of the definition")
  func factors() throws {
    let clip = Tensor.sawtooth([1, 6, 5])
    for scale in [0, -0.5, 1e-30, 300] {
      for isCausal in [true, false] {
        let module = try DotProductAttention(
          heads: 1, keySize: 2, sequenceLength: 5, isCausal: isCausal, scale: scale)
        let forward = try Plan(module, frame: [1, 6]).forward(clip)
        for frame in 0..<5 {
          let seen = 0...(isCausal ? frame : 4)
          let scores = seen.map { other in
            (0..<2).reduce(0) {
              $0 + Double(clip[0, $1, frame]) * Double(clip[0, 2 + $1, other])
            } * scale
          }
          let powers = scores.map { exp($0 - (scores.max() ?? 0)) }
          for channel in 0..<2 {
            let want =
              zip(seen, powers).reduce(0) { $0 + $1.1 * Double(clip[0, 4 + channel, $1.0]) }
              / powers.reduce(0, +)
            // Products are rounded to floats before they are powers.
            #expect(abs(Double(forward[0, channel, frame]) - want) < 1e-5 * max(1, abs(scale)))
          }
        }
      }
    }
  }

  @Test("a whole clip is the definition, for numbers of frames that are not whole groups")
  func wholeClips() throws {
    var random = SeededRandom(7)
    for frames in [1, 7, 8, 29] {
      let clip = random.tensor([2, 42, frames])
      let module = try DotProductAttention(
        heads: 2, keySize: 7, sequenceLength: 4)
      let forward = try Plan(module, frame: [2, 42]).forward(clip)
      for entry in 0..<2 {
        for frame in 0..<frames {
          let want = found(clip, entry, frame, in: 0...frames - 1, heads: 2, size: 7)
          for channel in want.indices {
            #expect(abs(Double(forward[entry, channel, frame]) - want[channel]) < 1e-6)
          }
        }
      }
    }
  }

  @Test("a bias is refused where frames see those to come, or in another shape")
  func biasArguments() throws {
    #expect(throws: ModuleError.self) {
      try DotProductAttention(heads: 2, keySize: 2, sequenceLength: 3, bias: Tensor([2, 3]))
    }
    #expect(throws: ModuleError.self) {
      try DotProductAttention(
        heads: 2, keySize: 2, sequenceLength: 3, isCausal: true, bias: Tensor([3, 2]))
    }
  }

  @Test("a window that is one frame longer is another network")
  func otherWindow() throws {
    let clip = Tensor.sawtooth([1, 6, 7])
    let runs = try [3, 4].map {
      try ModeRun(
        DotProductAttention(heads: 1, keySize: 2, sequenceLength: $0, isCausal: true), clip: clip
      ).forward
    }
    // The first frames have no more than three to see.
    for frame in 0..<7 {
      #expect((runs[0][0, 0, frame] == runs[1][0, 0, frame]) == (frame < 3), "\(frame)")
    }
  }

  @Test("otherwise a clip sees all of itself, and steps give the newest frame of a window")
  func whole() throws {
    let clip = Tensor.sawtooth([1, 6, 5])
    let module = try DotProductAttention(heads: 1, keySize: 2, sequenceLength: 5)
    let plan = try Plan(module, frame: [1, 6])
    let forward = try plan.forward(clip)
    #expect(forward.shape == [1, 2, 5])
    for frame in 0..<5 {
      let want = found(clip, 0, frame, in: 0...4, heads: 1, size: 2)
      for channel in 0..<2 {
        #expect(abs(Double(forward[0, channel, frame]) - want[channel]) < 1e-5)
      }
    }
    var stream = plan.makeStream()
    let steps = try stream.forwardSteps(clip)
    #expect(steps.shape == [1, 2, 1])
    #expect(steps.scalars == (0..<2).map { forward[0, $0, 4] })
    #expect(module.divergence(frame: [1, 6])?.contains("the newest of them") ?? false)
  }

  @Test("channels that are not three parts, and sizes below one, are refused")
  func refused() throws {
    let module = try DotProductAttention(heads: 2, keySize: 2, sequenceLength: 3)
    for frame: Shape in [[1, 11], [1, 12, 2]] {
      let error = #expect(throws: ModuleError.self) { try Plan(module, frame: frame) }
      #expect(error?.code == .shape)
    }
    for (heads, size, length) in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] {
      #expect(throws: ModuleError.self) {
        try DotProductAttention(heads: heads, keySize: size, sequenceLength: length)
      }
    }
  }
}
