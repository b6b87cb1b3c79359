import Tensors

/// Moves channels into time and space, as `torch.nn.PixelShuffle`: an upsampling without arithmetic.
///
/// Takes (B, C * r0 * r1 …, T, S…) and makes (B, C, T * r0, S * r1 …), where the channels of one output
/// channel follow one another, the last axis fastest. With two factors, of time and one axis of space:
///
///     y[b, c, t * r0 + i, s * r1 + j] = x[b, (c * r0 + i) * r1 + j, t, s]
///
/// A step makes `r0` frames of each frame; nothing is remembered, and elements are moved and not
/// changed, so clip and step have the same bits.
public struct PixelShuffle: Module {
  /// By how much each axis is enlarged, time first; all channels that are needed for it are moved.
  public let factors: [Int]

  /// Whether the axes are those of each frame, which has no time.
  public let isFramewise: Bool

  /// Makes a shuffle.
  ///
  /// - Parameters:
  ///   - factors: one an axis, time first; PyTorch has two that are the same.
  ///   - isFramewise: whether the axes are those of each frame.
  /// - Throws: ``ModuleError`` where a factor is not positive, or there are none or more than three.
  public init(factors: [Int], isFramewise: Bool = false) throws(ModuleError) {
    self.factors = factors
    self.isFramewise = isFramewise
    var check = ArgumentCheck()
    check.require(
      (1...3).contains(factors.count), .enlargedAxes(factors.count))
    check.require("upscale_factor", factors, in: 1...ArgumentCheck.largest)
    try check.finish()
  }

  public var typeName: String { "PixelShuffle" }

  public var summary: String { Arguments.tuple(factors) }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let count = frame.rank - (isFramewise ? 2 : 1)
    guard factors.count == count else {
      throw ModuleError(
        .frame(
          .shuffled(
            frame: frame, axes: count, expected: factors.count, isFramewise: isFramewise)))
    }
    let spaceFactors = isFramewise ? factors[...] : factors.dropFirst()
    guard let group = Size.product(factors), frame[1].isMultiple(of: group) else {
      throw ModuleError(.frame(.shuffledChannels(frame: frame, factors: factors)))
    }
    // As many elements go out as come in, so that sizes cannot overflow.
    let space = frame.axes.dropFirst(2).indices.map {
      frame[$0] * spaceFactors[spaceFactors.startIndex + $0 - 2]
    }
    return plan.append(
      PixelShuffleKernel(
        frame: frame, outputFrame: Shape([frame[0], frame[1] / group] + space),
        timeFactor: isFramewise ? 1 : factors[0], spaceFactors: Array(spaceFactors)), to: input)
  }
}

/// Copies elements of several channels to their places in one.
private struct PixelShuffleKernel: Kernel {
  let outputFrame: Shape
  let timing: Timing
  /// How many frames are made of one.
  private let timeFactor: Int
  /// How many channels become one.
  private let group: Int
  private let inputPlane: Int
  /// For each element of the frames that are made of one: its channel among those of the group, and
  /// its place in the plane.
  private let sources: [Source]

  private struct Source: Sendable {
    var channel: Int
    var place: Int
  }

  init(frame: Shape, outputFrame: Shape, timeFactor: Int, spaceFactors: [Int]) {
    self.outputFrame = outputFrame
    self.timeFactor = timeFactor
    timing = .transposedWindow(span: timeFactor, stride: timeFactor)
    group = spaceFactors.reduce(timeFactor, *)
    inputPlane = frame.plane
    let (axes, lengths) = (outputFrame.axes.dropFirst(2), frame.axes.dropFirst(2))
    var sources: [Source] = []
    sources.reserveCapacity(timeFactor * outputFrame.plane)
    for phase in 0..<timeFactor {
      for element in 0..<outputFrame.plane {
        var (rest, source) = (element, Source(channel: 0, place: 0))
        var (channelStep, placeStep) = (1, 1)
        for axis in spaceFactors.indices.reversed() {
          let place = rest % axes[axis + 2]
          rest /= axes[axis + 2]
          source.channel += place % spaceFactors[axis] * channelStep
          source.place += place / spaceFactors[axis] * placeStep
          channelStep *= spaceFactors[axis]
          placeStep *= lengths[axis + 2]
        }
        source.channel += phase * channelStep
        sources.append(source)
      }
    }
    self.sources = sources
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    try Size.length(ofClip: frames, enlargedBy: timeFactor)
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    var next = 0
    for row in 0..<outputFrame[0] * outputFrame[1] {
      for frame in 0..<frames {
        for source in sources.indices {
          let channel = row * group + sources[source].channel
          output[next] = input[(channel * frames + frame) * inputPlane + sources[source].place]
          next += 1
        }
      }
    }
  }
}
