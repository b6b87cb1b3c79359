import Continual
import Tensors
import TestSupport
import Testing

/// A module of `torch.nn`, and what `co.continual` makes of it.
struct ConverterRow: Sendable, CustomTestStringConvertible {
  let node: String
  let frame: Shape

  /// Receptive field, delay, padding and stride that version 1.2.4 reports once it is converted.
  let timing: [Int]

  /// The number of frames of the clip.
  let frames: Int

  /// Whether the clip means another thing than the steps, for PyTorch and the library alike.
  let parts: Bool

  var testDescription: String { node }

  init(
    _ node: String, _ frame: Shape, _ timing: [Int] = [1, 0, 0, 1], frames: Int = 7,
    parts: Bool = false
  ) {
    self.node = node
    self.frame = frame
    self.timing = timing
    self.frames = frames
    self.parts = parts
  }

  /// Classes with a twin in the library.
  static let converted: [ConverterRow] = [
    .init(
      #"{"type": "Conv1d", "in_channels": 4, "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2}"#,
      [2, 4], [3, 1, 1, 2]),
    .init(
      #"{"type": "Conv2d", "groups": 1, "in_channels": 3, "out_channels": 4, "kernel_size": [3, 2], "stride": [1, 2], "padding": [2, 1], "dilation": [1, 2], "padding_mode": "replicate"}"#,
      [2, 3, 5], [3, 0, 2, 1]),
    .init(
      #"{"type": "Conv3d", "groups": 1, "in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": 1, "bias": false}"#,
      [1, 2, 4, 5], [3, 1, 1, 1]),
    .init(#"{"type": "AvgPool1d", "kernel_size": 3}"#, [2, 3], [3, 2, 0, 3]),
    .init(
      #"{"type": "AvgPool1d", "kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": false}"#,
      [1, 2], [3, 1, 1, 2]),
    .init(
      #"{"type": "AvgPool2d", "kernel_size": [3, 2], "stride": [2, 1], "padding": [1, 0]}"#,
      [2, 3, 4], [3, 1, 1, 2]),
    .init(
      #"{"type": "AvgPool2d", "kernel_size": 2, "divisor_override": 3}"#, [2, 3, 4], [2, 1, 0, 2]),
    .init(
      #"{"type": "AvgPool3d", "kernel_size": [2, 3, 2], "stride": 1, "padding": [0, 1, 1]}"#,
      [2, 3, 5, 4], [2, 1, 0, 1]),
    .init(
      #"{"type": "MaxPool1d", "kernel_size": 3, "stride": 1, "padding": 1}"#, [2, 3], [3, 1, 1, 1]),
    .init(
      #"{"type": "MaxPool2d", "kernel_size": [3, 2], "stride": [2, 1], "padding": [1, 0]}"#,
      [2, 3, 4], [3, 1, 1, 2]),
    .init(
      #"{"type": "MaxPool3d", "kernel_size": [2, 3, 2], "stride": 1, "padding": 1, "dilation": [1, 1, 2]}"#,
      [2, 3, 5, 6], [2, 0, 1, 1]),
    // What `build_from` takes as `kernel_size` is the length of the clip.
    .init(#"{"type": "AdaptiveAvgPool2d", "output_size": [1, 3]}"#, [2, 3, 5], [7, 6, 0, 1]),
    .init(
      #"{"type": "AdaptiveAvgPool3d", "output_size": [1, 2, 2]}"#, [2, 3, 5, 4], [5, 4, 0, 1],
      frames: 5),
    .init(#"{"type": "AdaptiveMaxPool2d", "output_size": [1, 3]}"#, [2, 3, 5], [7, 6, 0, 1]),
    .init(
      #"{"type": "AdaptiveMaxPool3d", "output_size": 1}"#, [2, 3, 5, 4], [5, 4, 0, 1], frames: 5),
    .init(#"{"type": "Linear", "in_features": 5, "out_features": 3}"#, [2, 4, 5]),
    // The last axis is time in clips (B, C, T), and the channels in steps.
    .init(#"{"type": "Linear", "in_features": 7, "out_features": 7}"#, [2, 7], parts: true),
    .init(#"{"type": "RNN", "input_size": 3, "hidden_size": 4, "num_layers": 2}"#, [2, 3]),
    .init(#"{"type": "LSTM", "input_size": 3, "hidden_size": 4, "proj_size": 2}"#, [2, 3]),
    // Clips are (B, C, T) whatever batch_first says.
    .init(#"{"type": "GRU", "input_size": 3, "hidden_size": 4, "batch_first": true}"#, [2, 3]),
    .init(
      #"{"type": "Sequential", "modules": [{"type": "Conv1d", "groups": 1, "in_channels": 3, "out_channels": 4, "kernel_size": 3}, {"type": "ReLU"}, {"type": "MaxPool1d", "kernel_size": 2}]}"#,
      [2, 3], [4, 3, 0, 2]),
    .init(#"{"type": "Lambda", "function": "tanh"}"#, [2, 3]),
  ]

  /// Classes that the library extends in place, one of each with its arguments.
  static let passedThrough: [ConverterRow] =
    [
      #""Threshold", "threshold": 0.1, "value": -0.5"#, #""ReLU""#, #""RReLU""#,
      #""Hardtanh", "min_val": -0.5, "max_val": 0.7"#, #""ReLU6""#, #""Sigmoid""#,
      #""Hardsigmoid""#, #""Tanh""#, #""SiLU""#, #""Hardswish""#, #""ELU", "alpha": 0.5"#,
      #""CELU", "alpha": 0.7"#, #""SELU""#, #""GLU", "dim": 1"#, #""GELU", "approximate": "tanh""#,
      #""Hardshrink", "lambd": 0.3"#, #""LeakyReLU", "negative_slope": 0.2"#, #""LogSigmoid""#,
      #""Softplus", "beta": 2, "threshold": 5"#, #""Softshrink", "lambd": 0.2"#,
      #""PReLU", "num_parameters": 4"#, #""Softsign""#, #""Tanhshrink""#, #""Softmin", "dim": 1"#,
      #""Softmax", "dim": 1"#, #""LogSoftmax", "dim": 1"#, #""Dropout""#, #""AlphaDropout""#,
      #""FeatureAlphaDropout""#, #""BatchNorm1d", "num_features": 4, "track_running_stats": true"#,
      #""InstanceNorm1d", "num_features": 4, "affine": true, "track_running_stats": true"#,
    ].map { ConverterRow(#"{"type": \#($0)}"#, [2, 4]) }
    + [
      #""Softmax2d""#, #""Dropout2d""#,
      #""BatchNorm2d", "num_features": 4, "track_running_stats": true"#,
      #""LayerNorm", "normalized_shape": [3]"#,
      #""InstanceNorm2d", "num_features": 4, "affine": true, "track_running_stats": true"#,
    ].map { ConverterRow(#"{"type": \#($0)}"#, [2, 4, 3]) }
    + [
      #""Dropout3d""#, #""BatchNorm3d", "num_features": 4, "track_running_stats": true"#,
      #""LayerNorm", "normalized_shape": [3, 2]"#,
      #""InstanceNorm3d", "num_features": 4, "affine": true, "track_running_stats": true"#,
    ].map { ConverterRow(#"{"type": \#($0)}"#, [2, 4, 3, 2]) }
    + [
      // Statistics or sums over time.
      .init(
        #"{"type": "GroupNorm", "num_groups": 2, "num_channels": 4}"#, [2, 4], parts: true),
      .init(#"{"type": "Softmax", "dim": 2}"#, [2, 4], parts: true),
    ]
}

@Suite("modules of torch.nn mean in steps what co.continual makes of them")
struct ConverterTableTests {
  @Test("a class with a twin in the library", arguments: ConverterRow.converted)
  func converted(_ row: ConverterRow) throws { try check(row) }

  @Test("a class that the library extends in place", arguments: ConverterRow.passedThrough)
  func passedThrough(_ row: ConverterRow) throws { try check(row) }

  private func check(_ row: ConverterRow) throws {
    let module = try LayerCase(row.node, row.frame).module()
    let clip = Tensor.sawtooth(row.frame.clip(frames: row.frames))
    if row.parts { #expect(module.divergence(frame: row.frame) != nil) }
    let run = try ModeRun(module, clip: clip, clipLength: row.frames)
    let timing = run.timing
    #expect([timing.receptiveField, timing.delay, timing.padding, timing.stride] == row.timing)
    #expect(run.differences.isEmpty != row.parts, "\(run.differences)")
  }

  @Test(
    "what the library converts wrongly or not at all is refused",
    arguments: [
      // The library keeps the forward direction without a word.
      #"{"type": "GRU", "input_size": 3, "hidden_size": 4, "bidirectional": true}"#,
      #"{"type": "SyncBatchNorm"}"#,
    ])
  func refused(_ node: String) {
    #expect(throws: Incomplete.self) { try LayerCase(node, [2, 3]).module() }
  }
}
