import TestSupport
import Testing

@testable import Continual

@Suite("pools in vectors")
struct SlidingPoolTests {
  /// A pool of planes with two floats between one and the next.
  private struct Setting {
    var axes: [WindowAxis]
    var lengths: [Int]
    var countsPadding: Bool
    var planes: Int

    var outputs: [Int] { zip(axes, lengths).map { $0.count(along: $1) ?? 0 } }

    /// The places of the window of an output along an axis that are inside.
    func places(_ axis: Int, _ output: Int) -> [Int] {
      (0..<axes[axis].kernel)
        .map { axes[axis].start(of: output) + $0 * axes[axis].dilation }
        .filter { 0..<lengths[axis] ~= $0 }
    }

    func divisor(_ axis: Int, _ output: Int) -> Int {
      countsPadding ? axes[axis].kernel : places(axis, output).count
    }
  }

  private static func setting(_ random: inout SeededRandom, isMaximum: Bool) -> Setting {
    let axes = (0..<2).map { _ in
      let kernel = Int.random(in: 1...5, using: &random)
      let padding = Int.random(in: 0...kernel / 2, using: &random)
      return WindowAxis(
        kernel: kernel, stride: Int.random(in: 1...3, using: &random),
        dilation: isMaximum ? Int.random(in: 1...2, using: &random) : 1, before: padding,
        after: padding)
    }
    let lengths = axes.map { $0.span + Int.random(in: 0...40, using: &random) }
    return Setting(
      axes: axes, lengths: lengths, countsPadding: Bool.random(using: &random),
      planes: Int.random(in: 1...3, using: &random))
  }

  private func pool(
    _ setting: Setting, isMaximum: Bool, _ source: [Float], with set: InstructionSet
  ) throws -> [Float] {
    let factors = (0..<2).map { axis in
      (0..<setting.outputs[axis]).map { 1 / Double(setting.divisor(axis, $0)) }
    }
    let pool = try #require(
      SlidingPool(
        isMaximum: isMaximum, axes: setting.axes, lengths: setting.lengths, factors: factors))
    var scratch = [Float](repeating: .nan, count: pool.scratch)
    var result = [Float](
      repeating: 7, count: setting.planes * (pool.outputCount + 2))
    var work = scratch.mutableSpan
    var target = result.mutableSpan
    DenseLoops.pool(
      source.span, from: 1, plane: pool.inputCount + 2, by: pool, into: &target, from: 1,
      plane: pool.outputCount + 2, planes: setting.planes, scratch: &work, instructionSet: set)
    return result
  }

  @Test("planes of any size are pooled as by hand", arguments: 0..<60)
  func planes(_ seed: UInt64) throws {
    var random = SeededRandom(seed)
    let isMaximum = seed.isMultiple(of: 2)
    let setting = SlidingPoolTests.setting(&random, isMaximum: isMaximum)
    let (height, width) = (setting.lengths[0], setting.lengths[1])
    var source = random.floats(setting.planes * (height * width + 2))
    // Special numbers are rare, so that most windows have none.
    for special in [Float.nan, .infinity, -.infinity] {
      source[Int.random(in: source.indices, using: &random)] = special
    }
    let count = setting.outputs[0] * setting.outputs[1]
    for set in InstructionSet.available {
      let result = try pool(setting, isMaximum: isMaximum, source, with: set)
      for index in result.indices {
        let (plane, place) = (index / (count + 2), index % (count + 2) - 1)
        guard 0..<count ~= place else {
          #expect(result[index] == 7, "outside of the output")
          continue
        }
        let (row, column) = (place / setting.outputs[1], place % setting.outputs[1])
        let window = setting.places(0, row).flatMap { y in
          setting.places(1, column).map { x in
            source[1 + plane * (height * width + 2) + y * width + x]
          }
        }
        if window.contains(where: \.isNaN) {
          #expect(result[index].isNaN)
        } else if isMaximum {
          #expect(result[index] == window.max() ?? -.infinity)
        } else {
          let mean =
            window.reduce(0) { $0 + Double($1) }
            / Double(setting.divisor(0, row) * setting.divisor(1, column))
          let isRight =
            mean.isFinite
            ? abs(Double(result[index]) - mean) <= abs(mean) * 0x1.01p-24
            : mean.isNaN ? result[index].isNaN : result[index] == Float(mean)
          #expect(isRight, "\(set) \(index): \(result[index]), not \(mean)")
        }
      }
    }
  }

  @Test("of equal values the first is the largest", arguments: [1, 4, 20])
  func zerosOfBothSigns(_ width: Int) throws {
    let setting = Setting(
      axes: [WindowAxis(kernel: 2), WindowAxis(kernel: 1)], lengths: [2, width],
      countsPadding: false, planes: 1)
    let row = [Float](repeating: -0.0, count: width + 1)
    let source = row + [Float](repeating: 0, count: width + 1)
    for set in InstructionSet.available {
      let result = try pool(setting, isMaximum: true, source, with: set)
      #expect(result[1...width].allSatisfy { $0.sign == .minus }, "\(set)")
    }
  }

  @Test("frames of a ring are combined in order", arguments: [1, 2, 3, 5, 16, 17, 40], [1, 7, 50])
  func frames(_ count: Int, _ plane: Int) {
    var random = SeededRandom(UInt64(100 * count + plane))
    let rows = FrameRows(rows: 3, plane: plane)
    let ring = FrameRing(slots: count + 2, frameCount: rows.count)
    let memory = random.floats(ring.count)
    let first = 4 * ring.slots + 3
    for set in InstructionSet.available {
      for isMaximum in [false, true] {
        // Into the second of two frames.
        var result = [Float](repeating: 7, count: 2 * rows.count)
        var target = result.mutableSpan
        DenseLoops.combine(
          memory.span, in: ring, first: first, step: 1, count: count, isMaximum: isMaximum,
          divisor: isMaximum ? 1 : Float(count), into: &target, at: 1, frames: 2, rows: rows,
          instructionSet: set)
        for index in result.indices {
          let (row, place) = (index / (2 * plane), index % (2 * plane) - plane)
          guard place >= 0 else {
            #expect(result[index] == 7, "outside of the output")
            continue
          }
          let values = (0..<count).map {
            memory[ring.place(of: first + $0).lowerBound + row * plane + place]
          }
          let sum = values.dropFirst().reduce(values[0], +)
          #expect(result[index] == (isMaximum ? values.max() : sum / Float(count)), "\(set)")
        }
      }
    }
  }

  @Test("a line that would be mostly padding is not pooled in vectors")
  func mostlyPadding() {
    let window = WindowAxis(kernel: 1 << 20, before: 1 << 19, after: 1 << 19)
    #expect(
      SlidingPool(isMaximum: true, axes: [window], lengths: [8], factors: [[1], [1]]) == nil)
  }
}
