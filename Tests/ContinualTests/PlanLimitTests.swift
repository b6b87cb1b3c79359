import Continual
import Tensors
import Testing

/// Numbers of a file of a few kilobytes must not decide how much memory is taken, nor overflow.
///
/// Found by changing files at random (`scripts/fuzz`).
@Suite("Plans for sizes that no network has")
struct PlanLimitTests {
  private func convolution(dilation: Int = 1) throws -> Convolution {
    try Convolution(
      weight: Tensor([1, 1, 3]), bias: nil, stride: [1], padding: .explicit([1]),
      dilation: [dilation], groups: 1, paddingMode: .zeros)
  }

  private func pool(kernel: Int, padding: Int) throws -> Pooling {
    try Pooling(
      kind: .maximum, kernelSize: [1, kernel], stride: [1, 1], padding: [0, padding],
      dilation: [1, 1])
  }

  @Test(
    "the length of a clip cannot overflow, of a convolution or of a pool",
    arguments: [Int.max, Int.max - 1, 1 << 32, -1])
  func lengthOfClip(_ frames: Int) throws {
    let pool = try Pooling(
      kind: .maximum, kernelSize: [3], stride: [1], padding: [1], dilation: [1])
    for module in [try convolution(), pool] as [any Module] {
      let error = #expect(throws: ModuleError.self) {
        try Plan(module, frame: [1, 1], clipLength: frames)
      }
      #expect(error?.finding == .arguments([.clipLength(frames)]))
    }
    _ = try Plan(convolution(), frame: [1, 1], clipLength: 1 << 30)
  }

  @Test("a table of the places of a window in time stays small", arguments: [1 << 24, 67_108_864])
  func dilation(_ dilation: Int) throws {
    let module = try convolution(dilation: dilation)
    let error = #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 1]) }
    #expect(error?.reason.contains("\(2 * dilation + 1) frames") ?? false)
    _ = try Plan(try convolution(dilation: 1 << 16), frame: [1, 1])
  }

  @Test("padding that is listed place by place stays small", arguments: [1 << 24, 1 << 30])
  func replicatedPadding(_ padding: Int) throws {
    let module = try Convolution(
      weight: Tensor([1, 1, 1, 3]), bias: nil, stride: [1, 1], padding: .explicit([0, padding]),
      dilation: [1, 1], groups: 1, paddingMode: .replicate)
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 1, 5]) }
  }

  @Test("padding that makes more outputs than can be is refused before they are listed")
  func outputsOfPadding() throws {
    let module = try pool(kernel: 2_147_483_647, padding: 1_073_741_823)
    let error = #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 1, 1 << 28]) }
    #expect(error?.finding == .size(.pooledAxis(outputs: 268_435_456, length: 268_435_456)))
  }
}
