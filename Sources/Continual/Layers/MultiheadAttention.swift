public import Tensors

/// Attention of one position of the last L frames to all of them, as
/// `continual.SingleOutputMultiheadAttention`; queries, keys and values are all made of the input.
///
/// Takes frames (B, E) and makes frames (B, E), the first one in step L - 1. With
/// `single_output_forward`, `forward` makes one frame of a clip, which attends to all of it; both mean
/// the same for clips of L frames. Without, `forward` makes all T frames, as
/// `torch.nn.MultiheadAttention` does.
///
/// Clips are (B, E, T), the order of `batch_first=True, embed_dim_second=True`; the other orders of
/// PyTorch only permute the axes of the same numbers. A step costs 4 E² + 2 L E products.
public struct SingleOutputMultiheadAttention: Module {
  /// The weights.
  public let weights: AttentionWeights

  /// `sequence_len`: the number of frames that are attended to, L; nil for the length of a clip.
  public let sequenceLength: Int?

  /// `query_index`: which frame of the window attends, as Python counts; -1 is the newest.
  public let queryIndex: Int

  /// `single_output_forward`: whether `forward` gives that frame only.
  public let singleOutputForward: Bool

  /// The order of the axes of clips in PyTorch's `forward`.
  package var axes = AttentionAxes.channelsSecond

  /// Makes an attention of one position.
  ///
  /// - Parameters:
  ///   - weights: the weights.
  ///   - sequenceLength: at least one; nil for the length of a clip.
  ///   - queryIndex: from -L to L - 1.
  ///   - singleOutputForward: whether `forward` gives one frame instead of all.
  /// - Throws: ``ModuleError`` that names all arguments that cannot be.
  public init(
    weights: AttentionWeights, sequenceLength: Int?, queryIndex: Int = -1,
    singleOutputForward: Bool = true
  ) throws(ModuleError) {
    self.weights = weights
    self.sequenceLength = sequenceLength
    self.queryIndex = queryIndex
    self.singleOutputForward = singleOutputForward
    try AttentionWindow.check(length: sequenceLength, query: queryIndex)
  }

  public var typeName: String { "SingleOutputMultiheadAttention" }

  public var summary: String {
    "embed_dim=\(weights.size), num_heads=\(weights.heads)"
      + AttentionWindow.summary(length: sequenceLength)
      + AttentionWindow.summary(query: queryIndex)
      + (singleOutputForward ? "" : ", single_output_forward=False")
  }

  public var parameterCount: Int { weights.count }

  public func divergence(frame: Shape) -> String? {
    AttentionWindow.divergence(
      length: sequenceLength, singleOutputForward: singleOutputForward, query: queryIndex)
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try AttentionWindow.append(
      [TransformerBlock(weights)], window: sequenceLength,
      mode: .single(query: queryIndex, forwardsAll: !singleOutputForward), to: input,
      of: typeName, into: &plan)
  }
}

extension SingleOutputMultiheadAttention: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    var attention = try SingleOutputMultiheadAttention(
      weights: weights, sequenceLength: windowLength, queryIndex: queryIndex,
      singleOutputForward: singleOutputForward)
    attention.axes = axes
    return attention
  }
}

/// Attention of each of the last L frames to all of them, as
/// `continual.RetroactiveMultiheadAttention`.
///
/// Takes frames (B, E) and makes frames (B, E, L), the oldest position first, from step L - 1 on: each
/// step updates what all positions of the window attend to. `forward` makes one frame of all T positions
/// of a clip, (B, E, 1, T) where PyTorch has (B, E, T); both mean the same for clips of L frames.
///
/// Results are exact to rounding after any number of steps and for inputs of any size (`continual`
/// overflows for large ones). A step costs 3 E² + 2 L² E + L E² products.
public struct RetroactiveMultiheadAttention: Module {
  /// The weights.
  public let weights: AttentionWeights

  /// `sequence_len`: the number of frames that are attended to, L; nil for the length of a clip.
  public let sequenceLength: Int?

  /// The order of the axes of clips in PyTorch's `forward`.
  package var axes = AttentionAxes.channelsSecond

  /// Makes an attention of all positions.
  ///
  /// - Parameters:
  ///   - weights: the weights.
  ///   - sequenceLength: at least one; nil for the length of a clip.
  /// - Throws: ``ModuleError`` where the length is smaller.
  public init(weights: AttentionWeights, sequenceLength: Int?) throws(ModuleError) {
    self.weights = weights
    self.sequenceLength = sequenceLength
    try AttentionWindow.check(length: sequenceLength, query: -1)
  }

  public var typeName: String { "RetroactiveMultiheadAttention" }

  public var summary: String {
    "embed_dim=\(weights.size), num_heads=\(weights.heads)"
      + AttentionWindow.summary(length: sequenceLength)
  }

  public var parameterCount: Int { weights.count }

  public func divergence(frame: Shape) -> String? {
    AttentionWindow.divergence(length: sequenceLength)
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try AttentionWindow.append(
      [TransformerBlock(weights)], window: sequenceLength, mode: .all, to: input, of: typeName,
      into: &plan)
  }
}

extension RetroactiveMultiheadAttention: ClipWindowed {
  public var windowLength: Int? { sequenceLength }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    var attention = try RetroactiveMultiheadAttention(
      weights: weights, sequenceLength: windowLength)
    attention.axes = axes
    return attention
  }
}

/// In which order PyTorch's `forward` of an attention takes the axes of a clip; its steps take frames
/// (B, E) in any case.
package enum AttentionAxes: String, Hashable, Sendable {
  /// With `batch_first` and `embed_dim_second`: the order of all other modules.
  case channelsSecond = "(B, E, T)"
  /// With `batch_first` alone.
  case batchFirst = "(B, T, E)"
  /// Without `batch_first`.
  case timeFirst = "(T, B, E)"
}

/// An attention whose clips can have another order of axes.
package protocol AttentionModule: Module {
  /// The order of the axes of clips in PyTorch's `forward`.
  var axes: AttentionAxes { get }
}

extension SingleOutputMultiheadAttention: AttentionModule {}
extension RetroactiveMultiheadAttention: AttentionModule {}

/// What all modules that attend over a window have in common.
enum AttentionWindow {
  /// Throws where a window or the place of a query in it cannot be.
  static func check(length: Int?, query: Int) throws(ModuleError) {
    var check = ArgumentCheck()
    if let length {
      check.require("sequence_len", [length], in: 1...ArgumentCheck.largest)
      if length > 0 { check.require("query_index", [query], in: -length...length - 1) }
    }
    try check.finish()
  }

  static func summary(length: Int?) -> String { length.map { ", sequence_len=\($0)" } ?? "" }

  static func summary(query: Int) -> String { query == -1 ? "" : ", query_index=\(query)" }

  /// Why `forward` can mean something other than the steps.
  static func divergence(
    length: Int?, singleOutputForward: Bool = true, query: Int = -1
  ) -> String {
    let frames = length.map { $0 == 1 ? "frame" : "\($0) frames" } ?? "frames of a clip's length"
    guard singleOutputForward else {
      let position = query == -1 ? "the newest of them" : "position \(query) of them"
      return
        "makes all frames of a clip, each attending to the whole clip, and in steps, over the last "
        + "\(frames), only \(position); single_output_forward=True makes only that of a clip too"
    }
    return
      "attends to the whole clip, and in steps to the last \(frames): the same only for clips of "
      + (length.map { $0 == 1 ? "one frame" : frames } ?? "that length")
  }

  /// Appends a stack of blocks.
  static func append(
    _ blocks: [TransformerBlock], norm: ChannelNorm? = nil, window: Int?,
    mode: WindowAttentionKernel.Mode, to input: Wire, of typeName: String,
    into plan: inout PlanBuilder
  ) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == 2 else {
      throw ModuleError(.frame(.axes(frame: frame, type: typeName, expected: 2)))
    }
    guard frame[1] == blocks[0].size else {
      throw ModuleError(
        .frame(.channels(frame: frame, expected: blocks[0].size, of: .attention)))
    }
    guard let length = window ?? plan.clipLength(of: input) else {
      throw ModuleError(.stream(.wholeAttention))
    }
    if case .single(let query, let forwardsAll) = mode {
      try check(length: length, query: query)
      if forwardsAll, window == nil {
        throw ModuleError(.stream(.unknownSequence))
      }
    }
    return plan.append(
      try WindowAttentionKernel(
        frame: frame, window: length, mode: mode, blocks: blocks, norm: norm),
      to: input)
  }
}
