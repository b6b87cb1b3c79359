import Continual
import Tensors
import TestSupport
import Testing

@Suite("Normalization")
struct NormalizationTests {
  @Test("clip and steps are PyTorch's", arguments: NormRow.all)
  func matchesPyTorch(_ row: NormRow) throws {
    let module = try row.module()
    let run = try ModeRun(module, clip: .sawtooth(row.clip))
    for (value, expected) in zip(run.forward.scalars, row.first) {
      #expect(abs(Double(value) - expected) <= 3e-7 * max(1, abs(expected)))
    }
    let tolerance = 1e-6 * Double(row.clip.count)
    #expect(abs(weightedSum(run.forward) - row.sum) <= tolerance)
    guard row.hasSteps else { return }
    let steps = Tensor(frames: run.steps.map(\.scalars), of: row.clip.frame)
    #expect(abs(weightedSum(steps) - row.steps) <= tolerance)
    let isSame = module.divergence(frame: row.clip.frame) == nil
    #expect(run.differences.isEmpty == isSame)
    #expect(isSame == (row.sum == row.steps))
  }

  @Test("one number a group is its own mean, and leaves the bias")
  func singleNumber() throws {
    let module = try BatchNorm(
      .instance, dimensions: 1, weight: Tensor([2], [3, 4]), bias: Tensor([2], [0.5, 0.25]),
      runningMean: nil, runningVariance: nil)
    let run = try ModeRun(module, clip: .sawtooth([1, 2, 3]))
    #expect(run.steps.allSatisfy { $0.scalars == [0.5, 0.25] })
  }

  @Test("what does not fit is refused")
  func refuses() throws {
    let three = Tensor([3], [1, 2, 3])
    #expect(throws: ModuleError.self) { try GroupNorm(groups: 0, weight: nil, bias: nil) }
    #expect(throws: ModuleError.self) {
      try GroupNorm(groups: 1, weight: three, bias: Tensor([2], [1, 2]))
    }
    let group = try GroupNorm(groups: 2, weight: nil, bias: nil)
    #expect(throws: ModuleError.self) { try Plan(group, frame: [1, 3]) }
    #expect(throws: ModuleError.self) {
      try LayerNorm(normalizedShape: [2], weight: three, bias: nil)
    }
    #expect(throws: ModuleError.self) { try LayerNorm(normalizedShape: [], weight: nil, bias: nil) }
    let layer = try LayerNorm(normalizedShape: [3, 5], weight: nil, bias: nil)
    let error = #expect(throws: ModuleError.self) { try Plan(layer, frame: [1, 2, 5]) }
    #expect(error?.code == .notStreamable)
    #expect(throws: ModuleError.self) { try Plan(layer, frame: [1, 2, 4, 5]) }
  }

  @Test("applied to each frame, both modes take the statistics of frames")
  func framewise() throws {
    let row = try #require(
      NormRow.all.first {
        if case .batch(_, isTracked: false) = $0.kind { $0.clip.rank == 4 } else { false }
      })
    let module = try row.module(isFramewise: true)
    let run = try ModeRun(module, clip: .sawtooth(row.clip))
    #expect(run.differences == [])
    #expect(abs(weightedSum(run.forward) - row.steps) <= 1e-6 * Double(row.clip.count))
    #expect(module.divergence(frame: row.clip.frame) == nil)
  }

  @Test("a normalization of batches refuses tensors and frames that do not fit")
  func refusesBatches() throws {
    let three = Tensor([3], [1, 2, 3])
    let two = Tensor([2], [1, 2])
    let error = #expect(throws: ModuleError.self) {
      try BatchNorm(
        dimensions: 4, weight: three, bias: two, runningMean: three, runningVariance: nil)
    }
    for word in ["dimensions", "bias has the shape (2)", "running_var"] {
      #expect(error?.reason.contains(word) == true)
    }
    let module = try BatchNorm(
      dimensions: 2, weight: three, bias: three, runningMean: three, runningVariance: three)
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 3]) }
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 2, 4]) }
    _ = try Plan(module, frame: [1, 3, 4])
  }
}
