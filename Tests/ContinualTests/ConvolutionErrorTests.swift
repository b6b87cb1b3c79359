import Continual
import Tensors
import Testing

@Suite("what a convolution refuses")
struct ConvolutionErrorTests {
  private func make(
    _ weight: Shape, bias: Shape? = nil, stride: [Int] = [1, 1, 1],
    padding: Convolution.Padding = .valid, dilation: [Int] = [1, 1, 1], groups: Int = 1,
    mode: PaddingMode = .zeros, fill: PaddingMode? = nil
  ) throws(ModuleError) -> Convolution {
    try Convolution(
      weight: Tensor(weight), bias: bias.map { Tensor($0) }, stride: stride, padding: padding,
      dilation: dilation, groups: groups, paddingMode: mode, temporalFill: fill)
  }

  private func reason(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ModuleError)?.description
    }
  }

  @Test("all misfits of the arguments are named at once")
  func arguments() {
    let reason = reason {
      _ = try make(
        [4, 3, 3, 3, 3], bias: [5], stride: [1, 0, 1], padding: .explicit([1, 1]),
        dilation: [1, 1, -1], groups: 3)
    }
    #expect(
      reason == """
        groups is 3, which does not divide 4 output channels; \
        bias has shape (5), expected (4) like the weight (4, 3, 3, 3, 3); \
        stride is [1, 0, 1], expected numbers from 1 to 2147483647; \
        dilation is [1, 1, -1], expected numbers from 1 to 2147483647; \
        padding is [1, 1], expected 3 numbers for the weight (4, 3, 3, 3, 3)
        """)
  }

  @Test("a weight of the wrong rank or without elements is refused")
  func weight() {
    #expect(reason { _ = try make([4, 3]) }?.contains("weight has shape (4, 3)") == true)
    #expect(reason { _ = try make([4, 0, 3, 3, 3]) }?.contains("with nothing in it") == true)
    #expect(reason { _ = try make([4, 3, 0, 3, 3]) }?.contains("with nothing in it") == true)
  }

  @Test("'same' padding needs stride 1")
  func same() {
    let reason = reason { _ = try make([1, 1, 3, 3, 3], stride: [1, 2, 1], padding: .same) }
    #expect(reason == "padding is 'same' with stride [1, 2, 1]; it needs stride 1")
  }

  @Test(
    "padding in time that needs future frames is refused",
    arguments: [PaddingMode.reflect, .circular])
  func notStreamable(_ mode: PaddingMode) throws {
    #expect(
      reason { _ = try make([1, 1, 3, 3, 3], padding: .explicit([1, 1, 1]), mode: mode) }
        == "pads in time with \(mode.rawValue), which needs frames that a stream does not have yet; "
        + "use zeros or replicate")
    _ = try make([1, 1, 3, 3, 3], padding: .explicit([0, 1, 1]), mode: mode)
  }

  @Test("frames with other axes or channels are refused")
  func frames() throws {
    let convolution = try make([4, 3, 3, 3, 3], groups: 2)
    for frame in [[1, 5, 8, 8], [1, 6, 8], [1, 6], [1, 6, 8, 8, 8]] as [Shape] {
      #expect(
        reason { _ = try Plan(convolution, frame: frame) }
          == "takes frames (B, 6, H, W), but gets \(frame); the weight is (4, 3, 3, 3, 3) with groups=2"
      )
    }
  }

  @Test("a kernel larger than the padded plane is refused")
  func kernelTooLarge() throws {
    let convolution = try make([1, 1, 1, 5, 5], padding: .explicit([0, 1, 1]))
    #expect(
      reason { _ = try Plan(convolution, frame: [1, 1, 9, 2]) }
        == "gets frames (1, 1, 9, 2): a kernel that spans 5 does not fit on axis 3 of length 2 with "
        + "padding 2 in all")
    #expect(reason { _ = try Plan(convolution, frame: [1, 1, 0, 9]) } != nil)
  }

  @Test("more mirrored padding than there is to mirror is refused")
  func tooMuchPadding() throws {
    let reflect = try make([1, 1, 1, 3, 3], padding: .explicit([0, 4, 1]), mode: .reflect)
    #expect(reason { _ = try Plan(reflect, frame: [1, 1, 4, 9]) } != nil)
    _ = try Plan(reflect, frame: [1, 1, 5, 9])
    let circular = try make([1, 1, 1, 3, 3], padding: .explicit([0, 4, 1]), mode: .circular)
    #expect(reason { _ = try Plan(circular, frame: [1, 1, 3, 9]) } != nil)
    _ = try Plan(circular, frame: [1, 1, 4, 9])
  }

  @Test(
    "sizes that no machine has are refused, not tried",
    arguments: [
      ([2_000_000_000, 1, 1], [1, 1, 1], [0, 0, 0]),
      ([1, 1, 1], [1, 1, 1], [0, 2_147_483_647, 9]),
      ([1, 1, 1], [1, 1, 1], [2_147_483_647, 0, 0]),
      ([2_147_483_647, 1, 1], [1, 1, 1], [0, 0, 0]),
      ([1_000_000_000, 1, 1], [2_147_483_647, 1, 1], [2_147_483_647, 0, 0]),
    ])
  func huge(_ dilation: [Int], _ stride: [Int], _ padding: [Int]) {
    let reason = reason {
      let convolution = try make(
        [1, 1, 3, 1, 1], stride: stride, padding: .explicit(padding), dilation: dilation)
      _ = try Plan(convolution, frame: [1, 1, 4, 4])
    }
    #expect(reason != nil)
  }
}
