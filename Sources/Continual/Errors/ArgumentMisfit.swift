public import Tensors

extension ModuleError {
  /// The length that an axis should have had.
  public enum AxisLength: Hashable, Sendable {
    /// This one.
    case exactly(Int)
    /// Any, which is called so.
    case any(String)
    /// A multiple of a number; the other factor is called so.
    case multiple(of: Int, String)
  }

  /// An argument that a module cannot have; names are those of PyTorch.
  public enum ArgumentMisfit: Hashable, Sendable {
    // MARK: - Numbers

    /// Numbers of which one is out of range; a range that ends with 2^31 - 1 has no end in effect.
    case range(String, [Int], expected: ClosedRange<Int>)
    /// Numbers along the axes of a convolution of which one is out of range.
    case rangeOfAxes(String, [Int], expected: ClosedRange<Int>)
    /// Another number of values than a convolution has axes.
    case count(String, [Int], expected: Int, weight: Shape, ConvolutionKind)
    /// Another number of values than the kernel of a pool has axes.
    case countOfPool(String, Int, expected: Int)
    /// A dropout's probability.
    case probability(Double)
    /// The bounds of a `Hardtanh`, of which the second has to be larger.
    case hardtanh(min: Double, max: Double)
    /// The bounds of an `RReLU`, of which the second must not be smaller.
    case rrelu(lower: Double, upper: Double)
    /// A `CELU` with an alpha of zero.
    case zeroAlpha
    /// The threshold of a `Hardshrink` or `Softshrink`.
    case lambda(Double)
    /// A scale of an upsampling.
    case scaleFactor(Double)
    /// The divisor of an average.
    case divisor(Int)
    /// The length of the clips that a plan is meant for.
    case clipLength(Int)

    // MARK: - Weights

    /// A tensor of another shape.
    case shape(String, Shape, expected: [AxisLength])
    /// A tensor of another shape than the axes that are normalized.
    case normalized(String, Shape, expected: [Int])
    /// Tensors that are not all one number a channel, by name.
    case perChannel([NamedShape])
    /// The slopes of a `PReLU`.
    case slopes(Shape)
    /// A weight of another rank than a convolution's.
    case convolutionWeight(Shape, ConvolutionKind)
    /// A weight without elements.
    case emptyWeight(Shape)
    /// The bias of a `Linear`.
    case linearBias(Shape, weight: Shape)
    /// The bias of a convolution.
    case convolutionBias(Shape, weight: Shape)
    /// The bias of a transposed convolution.
    case transposedBias(Shape, weight: Shape, groups: Int)
    /// The matrices of a `MatMul`.
    case matrices([Shape])
    /// A running mean without a running variance, or the other way round.
    case halfStatistics

    // MARK: - Numbers that do not go together

    /// Groups that do not divide the channels: those that go out of a convolution, or into a
    /// transposed one.
    case groups(Int, channels: Int, ConvolutionKind)
    /// Heads that do not divide the channels.
    case heads(Int, channels: Int)
    /// A padding that keeps the length, with strides.
    case sameWithStride([Int])
    /// A kernel that spans too much.
    case span(kernel: Int, dilation: Int, axis: Int)
    /// An output padding that is not smaller than the stride or the dilation.
    case outputPadding([Int], axis: Int, stride: Int, dilation: Int)
    /// The padding of a pool.
    case poolPadding([Int], kernel: [Int])
    /// An average with a dilation along space.
    case spaceDilation([Int])
    /// The layers of a recurrent network take and make other numbers of channels.
    case layerInputs(layer: Int, Int, expected: Int)
    /// A recurrent layer with a projection that is not an LSTM's.
    case projection(layer: Int)
    /// A layer of an encoder that is not like the first.
    case encoderLayer(Int, EncoderSizes, expected: EncoderSizes)
    /// No layers in a recurrent network.
    case noRecurrentLayers
    /// No layers in an encoder.
    case noEncoderLayers
    /// No branches in a `BroadcastReduce`.
    case noBranches
    /// The number of streams that a `Broadcast` makes.
    case broadcastCount(Int)
    /// A residual that is cut on both sides around a module of odd delay.
    case centeredResidual(delay: Int)

    // MARK: - Axes and modes

    /// A dimension that clips or frames of so many axes do not have.
    case dimension(Axis, rank: Int)
    /// A `Softmax2d` with an axis.
    case softmaxAxis
    /// A `Flatten` that ends before it starts.
    case flattened(start: Int, end: Int)
    /// A `MatMul` along the batch, or of several matrices along the channels.
    case matrixAxis(dimension: Int, isBatch: Bool)
    /// The shape that a `Reshape` makes.
    case newShape([Int])
    /// The number of axes that an upsampling enlarges.
    case enlargedAxes(Int)
    /// An upsampling by a mode that has no corners to align.
    case alignedCorners(Upsample.Mode)
    /// A padding of pools in a convolution.
    case paddingMode(PaddingMode)
    /// What a pool cannot see before the first frame.
    case temporalFill(PaddingMode)

    /// A pattern of a `Rearrange`, or lengths that do not go with it.
    case rearrangement(RearrangementMisfit)
  }

  /// Which way a convolution works.
  public enum ConvolutionKind: Hashable, Sendable {
    /// A `Conv1d`, `Conv2d` or `Conv3d`.
    case convolution
    /// A `ConvTranspose1d`, `ConvTranspose2d` or `ConvTranspose3d`.
    case transposed
  }

  /// A tensor's name and shape.
  public struct NamedShape: Hashable, Sendable {
    /// The name, as `running_mean`.
    public let name: String
    /// The shape.
    public let shape: Shape
  }

  /// The sizes of a layer of an encoder.
  public struct EncoderSizes: Hashable, Sendable {
    /// The number of channels, `d_model`.
    public let channels: Int
    /// The number of hidden channels, `dim_feedforward`.
    public let hidden: Int
    /// The number of heads.
    public let heads: Int
  }
}
