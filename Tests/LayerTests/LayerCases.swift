import Tensors

// One row or more for each class that can be loaded, with its options. All tests of this target run
// over these rows.
extension LayerCase {
  static let all =
    convolutions + paddedConvolutions + transposedConvolutions + upsamplings + pools + dense
    + recurrent
    + normalizations + activations
    + small + containers + attention

  static let convolutions: [LayerCase] = [
    .init(
      #"{"type": "Conv1d", "groups": 1, "in_channels": 3, "out_channels": 4, "kernel_size": 3, "bias": true}"#,
      [2, 3]),
    .init(
      #"{"type": "Conv1d", "in_channels": 4, "out_channels": 6, "kernel_size": 5, "stride": 2, "padding": 2, "groups": 2}"#,
      [1, 4], frames: 13),
    .init(
      #"{"type": "Conv1d", "groups": 1, "in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": 2, "dilation": 2, "padding_mode": "replicate"}"#,
      [2, 2], frames: 11),
    .init(
      #"{"type": "Conv1d", "groups": 1, "in_channels": 2, "out_channels": 2, "kernel_size": 1, "stride": 3}"#,
      [2, 2]),
    .init(
      #"{"type": "Conv1d", "groups": 1, "in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1, "temporal_fill": "replicate"}"#,
      [2, 2], parts: true),
    .init(
      #"{"type": "Conv2d", "groups": 1, "in_channels": 3, "out_channels": 5, "kernel_size": [3, 2], "stride": [2, 1], "padding": [1, 1], "bias": true}"#,
      [2, 3, 5]),
    .init(
      #"{"type": "Conv2d", "groups": 1, "in_channels": 2, "out_channels": 2, "kernel_size": [2, 3], "padding": "same"}"#,
      [1, 2, 7]),
    .init(
      #"{"type": "Conv3d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1, "groups": 4}"#,
      [2, 4, 5, 3]),
    .init(
      #"{"type": "Conv3d", "groups": 1, "in_channels": 3, "out_channels": 2, "kernel_size": [1, 3, 3], "stride": [1, 2, 2], "padding": [0, 1, 1], "padding_mode": "reflect"}"#,
      [2, 3, 5, 7], frames: 3),
    .init(
      #"{"type": "Conv3d", "groups": 1, "in_channels": 2, "out_channels": 3, "kernel_size": [4, 1, 2], "dilation": [1, 1, 2], "padding": "valid"}"#,
      [1, 2, 2, 5]),
  ]

  static let paddedConvolutions: [LayerCase] = [
    .init(
      #"{"type": "Conv1d", "groups": 1, "in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": [[4, 0]], "dilation": 2}"#,
      [2, 2]),
    .init(
      #"{"type": "Conv2d", "groups": 1, "in_channels": 2, "out_channels": 2, "kernel_size": [3, 2], "padding": [[0, 1], [1, 2]], "stride": [2, 1]}"#,
      [2, 2, 5], frames: 12),
  ]

  static let transposedConvolutions: [LayerCase] = [
    .init(
      #"{"type": "ConvTranspose1d", "in_channels": 4, "out_channels": 6, "kernel_size": 4, "stride": 2, "padding": 1, "groups": 2, "bias": true}"#,
      [2, 4]),
    .init(
      #"{"type": "ConvTranspose1d", "in_channels": 2, "out_channels": 3, "kernel_size": 3, "stride": 3, "padding": 2, "output_padding": 2, "dilation": 2, "bias": false}"#,
      [1, 2]),
    .init(
      #"{"type": "ConvTranspose1d", "in_channels": 2, "out_channels": 2, "kernel_size": 6, "stride": 3, "padding": [[0, 3]]}"#,
      [2, 2], frames: 5),
    .init(
      #"{"type": "ConvTranspose1d", "in_channels": 2, "out_channels": 2, "kernel_size": 2, "stride": 3}"#,
      [2, 2], frames: 5),
    .init(
      #"{"type": "ConvTranspose2d", "in_channels": 3, "out_channels": 2, "kernel_size": [3, 2], "stride": [2, 1], "padding": [1, 0], "output_padding": [1, 0], "bias": true}"#,
      [2, 3, 5]),
    .init(
      #"{"type": "ConvTranspose3d", "in_channels": 2, "out_channels": 4, "kernel_size": [2, 3, 3], "stride": [1, 2, 2], "padding": [0, 1, 1], "output_padding": [0, 1, 1], "groups": 2}"#,
      [1, 2, 3, 4], frames: 5),
    // Rows are stored longer than they come out, and frames have gaps between them.
    .init(
      #"{"type": "ConvTranspose3d", "in_channels": 2, "out_channels": 3, "kernel_size": [3, 4, 1], "padding": [0, 0, 1], "dilation": [2, 1, 1]}"#,
      [1, 2, 3, 3], frames: 7),
    // Down by 6 and up again: as many frames, which come in sixes.
    .init(
      #"{"type": "Sequential", "modules": [{"type": "Conv1d", "groups": 1, "in_channels": 2, "out_channels": 2, "kernel_size": 4, "stride": 2, "padding": [[2, 0]]}, {"type": "Conv1d", "groups": 1, "in_channels": 2, "out_channels": 3, "kernel_size": 6, "stride": 3, "padding": [[3, 0]]}, {"type": "ConvTranspose1d", "in_channels": 3, "out_channels": 2, "kernel_size": 6, "stride": 3, "padding": [[0, 3]]}, {"type": "ConvTranspose1d", "in_channels": 2, "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": [[0, 2]]}]}"#,
      [2, 2], frames: 36),
    .init(
      #"{"type": "Framewise", "modules": [{"type": "ConvTranspose2d", "in_channels": 2, "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1}]}"#,
      [2, 2, 3, 4], frames: 4),
  ]

  static let upsamplings: [LayerCase] = [
    .init(#"{"type": "Upsample", "scale_factor": 3}"#, [2, 2]),
    .init(#"{"type": "Upsample", "scale_factor": 4, "mode": "linear"}"#, [2, 2]),
    .init(
      #"{"type": "Upsample", "scale_factor": [3, 1.5], "mode": "bilinear", "align_corners": false}"#,
      [1, 2, 5]),
    .init(
      #"{"type": "Upsample", "size": [null, 5, 7], "mode": "trilinear", "align_corners": true}"#,
      [1, 2, 3, 4], frames: 4),
    .init(
      #"{"type": "Upsample", "scale_factor": [1, 2, 1.7], "mode": "nearest-exact"}"#, [2, 2, 3, 4],
      frames: 3),
    .init(
      #"{"type": "Framewise", "modules": [{"type": "UpsamplingBilinear2d", "scale_factor": 2}]}"#,
      [2, 2, 3, 4], frames: 3),
    .init(#"{"type": "UpsamplingNearest2d", "scale_factor": 2}"#, [2, 2, 3]),
    .init(#"{"type": "PixelShuffle1d", "upscale_factor": 3}"#, [2, 6]),
    .init(#"{"type": "PixelShuffle", "upscale_factor": 2}"#, [2, 8, 3]),
    .init(
      #"{"type": "Framewise", "modules": [{"type": "PixelShuffle", "upscale_factor": 2}]}"#,
      [2, 8, 3, 2], frames: 3),
    .init(
      #"{"type": "Sequential", "modules": [{"type": "Conv1d", "groups": 1, "in_channels": 2, "out_channels": 4, "kernel_size": 3, "padding": 1}, {"type": "PixelShuffle1d", "upscale_factor": 2}]}"#,
      [1, 2]),
  ]

  static let pools: [LayerCase] = [
    .init(#"{"type": "AvgPool1d", "kernel_size": 3}"#, [2, 3]),
    .init(
      #"{"type": "AvgPool1d", "kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": false}"#,
      [2, 3]),
    .init(#"{"type": "AvgPool1d", "kernel_size": 2, "stride": 1, "dilation": 2}"#, [2, 3]),
    .init(
      #"{"type": "AvgPool2d", "kernel_size": [2, 3], "stride": [1, 2], "padding": [0, 1], "ceil_mode": true}"#,
      [2, 3, 6]),
    .init(
      #"{"type": "AvgPool3d", "kernel_size": [3, 2, 2], "stride": [1, 2, 1], "divisor_override": 5}"#,
      [1, 3, 4, 5]),
    .init(#"{"type": "MaxPool1d", "kernel_size": 3, "stride": 2, "padding": 1}"#, [2, 3]),
    .init(
      #"{"type": "MaxPool1d", "kernel_size": 3, "stride": 1, "dilation": 2, "ceil_mode": true}"#,
      [2, 3]),
    .init(
      #"{"type": "MaxPool1d", "kernel_size": 3, "stride": 1, "padding": 1, "temporal_fill": "zeros"}"#,
      [2, 3], parts: true),
    .init(
      #"{"type": "MaxPool2d", "kernel_size": [2, 2], "stride": [1, 2], "padding": [0, 1], "dilation": [1, 2]}"#,
      [2, 3, 7]),
    .init(
      #"{"type": "MaxPool3d", "kernel_size": [2, 3, 3], "stride": [2, 1, 2], "padding": [1, 1, 1]}"#,
      [2, 2, 5, 4]),
    .init(
      #"{"type": "AdaptiveAvgPool1d", "output_size": 1, "kernel_size": 4}"#, [2, 3], frames: 4),
    .init(
      #"{"type": "AdaptiveMaxPool1d", "output_size": 1, "kernel_size": 4}"#, [2, 3], frames: 7,
      parts: true),
    .init(
      #"{"type": "AdaptiveAvgPool2d", "output_size": [1, 2], "kernel_size": 3}"#, [2, 3, 5],
      frames: 3),
    .init(
      #"{"type": "AdaptiveMaxPool2d", "output_size": [1, null], "kernel_size": 3}"#, [2, 3, 5],
      frames: 3),
    .init(#"{"type": "AdaptiveAvgPool3d", "output_size": [1, 1, 1]}"#, [2, 3, 5, 2], frames: 4),
    .init(
      #"{"type": "AdaptiveMaxPool3d", "output_size": [1, 2, 3], "kernel_size": 5}"#, [2, 3, 5, 4],
      frames: 5),
  ]

  static let dense: [LayerCase] = [
    .init(
      #"{"type": "Linear", "in_features": 3, "out_features": 5, "bias": true, "channel_dim": 1}"#,
      [2, 3, 4]),
    .init(#"{"type": "Linear", "in_features": 4, "out_features": 2}"#, [2, 3, 4]),
    .init(
      #"{"type": "Linear", "in_features": 3, "out_features": 2, "bias": true, "channel_dim": 1}"#,
      [2, 3, 4]),
  ]

  static let recurrent: [LayerCase] = [
    .init(
      #"{"type": "RNN", "input_size": 3, "hidden_size": 4, "bias": true, "num_layers": 2}"#, [2, 3]),
    .init(
      #"{"type": "RNN", "input_size": 3, "hidden_size": 2, "bias": false, "nonlinearity": "relu"}"#,
      [1, 3]),
    .init(
      #"{"type": "LSTM", "input_size": 3, "hidden_size": 4, "bias": true, "num_layers": 2, "proj_size": 2}"#,
      [2, 3]),
    .init(#"{"type": "LSTM", "input_size": 2, "hidden_size": 3, "bias": false}"#, [2, 2]),
    .init(
      #"{"type": "GRU", "input_size": 3, "hidden_size": 5, "bias": true, "num_layers": 3}"#, [2, 3]),
  ]

  static let normalizations: [LayerCase] = [
    .init(
      #"{"type": "BatchNorm1d", "num_features": 3, "affine": true, "track_running_stats": true}"#,
      [2, 3]),
    .init(
      #"{"type": "BatchNorm2d", "num_features": 3, "affine": false, "track_running_stats": true, "eps": 0.01}"#,
      [2, 3, 4]),
    .init(
      #"{"type": "BatchNorm3d", "num_features": 3, "affine": true, "track_running_stats": false}"#,
      [2, 3, 4, 2], parts: true),
    .init(
      #"{"type": "InstanceNorm1d", "num_features": 3, "affine": true, "track_running_stats": true}"#,
      [2, 3]),
    .init(
      #"{"type": "InstanceNorm2d", "num_features": 3, "affine": false, "track_running_stats": false}"#,
      [2, 3, 4], parts: true),
    .init(
      #"{"type": "InstanceNorm3d", "num_features": 3, "affine": true, "track_running_stats": true}"#,
      [2, 3, 4, 2]),
    .init(
      #"{"type": "GroupNorm", "num_groups": 2, "num_channels": 4, "affine": true}"#, [2, 4, 3],
      parts: true),
    .init(
      #"{"type": "Framewise", "modules": [{"type": "GroupNorm", "num_groups": 2, "num_channels": 4, "affine": true}]}"#,
      [2, 4, 3]),
    .init(
      #"{"type": "LayerNorm", "normalized_shape": [3, 4], "elementwise_affine": true, "bias": true}"#,
      [2, 2, 3, 4]),
    .init(
      #"{"type": "LayerNorm", "normalized_shape": 4, "elementwise_affine": false}"#, [2, 3, 4]),
  ]

  static let activations: [LayerCase] =
    [
      #"{"type": "Threshold", "threshold": 0.1, "value": -2}"#, #"{"type": "ReLU"}"#,
      #"{"type": "RReLU"}"#, #"{"type": "Hardtanh", "min_val": -0.5, "max_val": 0.25}"#,
      #"{"type": "ReLU6"}"#, #"{"type": "Sigmoid"}"#, #"{"type": "Hardsigmoid"}"#,
      #"{"type": "Tanh"}"#, #"{"type": "SiLU"}"#, #"{"type": "Hardswish"}"#,
      #"{"type": "ELU", "alpha": 0.5}"#, #"{"type": "CELU", "alpha": 2}"#, #"{"type": "SELU"}"#,
      #"{"type": "GELU"}"#, #"{"type": "GELU", "approximate": "tanh"}"#,
      #"{"type": "Hardshrink"}"#, #"{"type": "LeakyReLU", "negative_slope": 0.2}"#,
      #"{"type": "LogSigmoid"}"#, #"{"type": "Softplus", "beta": 2}"#,
      #"{"type": "Softshrink", "lambd": 0.3}"#, #"{"type": "Softsign"}"#,
      #"{"type": "Tanhshrink"}"#, #"{"type": "Mish"}"#,
      #"{"type": "PReLU", "num_parameters": 4}"#, #"{"type": "PReLU", "num_parameters": 1}"#,
      #"{"type": "GLU", "dim": 1}"#, #"{"type": "Softmax", "dim": 1}"#,
      #"{"type": "Softmin", "dim": -1}"#, #"{"type": "LogSoftmax", "dim": 1}"#,
      #"{"type": "Dropout"}"#, #"{"type": "Dropout1d"}"#, #"{"type": "Dropout2d"}"#,
      #"{"type": "Dropout3d"}"#, #"{"type": "AlphaDropout"}"#,
      #"{"type": "FeatureAlphaDropout", "p": 0.1}"#,
    ].map { LayerCase($0, [2, 4, 3], frames: 5) } + [
      .init(#"{"type": "Softmax2d"}"#, [2, 3, 4], frames: 5),
      .init(#"{"type": "Softmax", "dim": 2}"#, [2, 3, 4], parts: true),
    ]

  static let small: [LayerCase] = [
    .init(#"{"type": "Identity"}"#, [2, 3]),
    .init(#"{"type": "Delay", "delay": 2}"#, [2, 3]),
    .init(#"{"type": "Delay", "delay": 2, "auto_shrink": true}"#, [2, 3]),
    .init(#"{"type": "Delay", "delay": 2, "auto_shrink": "lagging"}"#, [2, 3]),
    .init(#"{"type": "Skip", "steps": 3}"#, [2, 3]),
    .init(#"{"type": "CumulativeSum"}"#, [2, 3, 4]),
    .init(
      #"{"type": "CalculatedLoop", "inputs": ["x"], "outputs": ["y", "z"], "states": ["s"], "made": ["y"], "initial": ["start"], "input_shape": [1, 3], "output_count": 6, "tensors": ["w"], "calls": [{"operator": "mul.Tensor", "arguments": {"self": {"value": "s"}, "other": {"value": "w"}}, "outputs": ["h"], "shapes": [[1, 3]]}, {"operator": "add.Tensor", "arguments": {"self": {"value": "h"}, "other": {"value": "x"}}, "outputs": ["t"], "shapes": [[1, 3]]}, {"operator": "tanh.default", "arguments": {"self": {"value": "t"}}, "outputs": ["y"], "shapes": [[1, 3]]}, {"operator": "neg.default", "arguments": {"self": {"value": "h"}}, "outputs": ["z"], "shapes": [[1, 3]]}]}"#,
      [2, 3], tensors: ["start": [1, 3], "w": [3]]),
    .init(
      #"{"type": "Calculation", "inputs": ["x"], "output": "y", "input_shape": [3], "output_shape": [3], "calls": [{"operator": "flip.default", "arguments": {"self": {"value": "x"}, "dims": [0]}, "outputs": ["y"], "shapes": [[3]]}]}"#,
      [2, 3]),
    .init(
      #"{"type": "FrameSequence", "reverse": true, "modules": [{"type": "GRU", "num_layers": 1}]}"#,
      [2, 3, 5],
      tensors: [
        "fn.weight_ih_l0": [12, 3], "fn.weight_hh_l0": [12, 4], "fn.bias_ih_l0": [12],
        "fn.bias_hh_l0": [12],
      ]),
    .init(
      #"{"type": "FrameSequence", "modules": [{"type": "DotProductAttention", "num_heads": 2, "key_size": 2, "value_size": 3, "sequence_len": 5}]}"#,
      [2, 14, 5]),
    .init(#"{"type": "Add", "constant": 0.5}"#, [2, 3]),
    .init(#"{"type": "Add", "constant": [[[0.5], [1], [2]]]}"#, [2, 3]),
    .init(#"{"type": "Multiply", "factor": -3}"#, [2, 3]),
    .init(#"{"type": "Constant", "constant": 4}"#, [2, 3]),
    .init(#"{"type": "Zero"}"#, [2, 3]),
    .init(#"{"type": "One"}"#, [2, 3]),
    .init(#"{"type": "Reshape", "shape": [2, -1]}"#, [2, 3, 4]),
    .init(
      #"{"type": "Rearrange", "pattern": "b (k c) t v -> b k t (v c)", "k": 2}"#, [2, 6, 3]),
    .init(#"{"type": "Narrow", "dim": 1, "start": 1, "length": 2}"#, [2, 4]),
    .init(#"{"type": "Narrow", "dim": -1, "length": 3}"#, [2, 3, 4, 5]),
    .init(#"{"type": "Narrow", "dim": 3, "start": 2, "length": 2}"#, [2, 3, 4, 5]),
    .init(#"{"type": "MatMul", "matrix": "A"}"#, [2, 3, 5], tensors: ["A": [5, 4]]),
    .init(
      #"{"type": "MatMul", "matrix": ["A", "edge"], "axis": 3, "stack": "sum"}"#, [2, 6, 5, 2],
      tensors: ["A": [3, 5, 4], "edge": [3, 5, 4]]),
    .init(
      #"{"type": "MatMul", "matrix": "A", "stack": "repeat", "transpose": true}"#, [1, 2, 4],
      tensors: ["A": [3, 5, 4]]),
    .init(
      #"{"type": "MatMul", "matrix": "A", "index": 1, "axis": 1}"#, [2, 5],
      tensors: ["A": [3, 5, 4]]),
    .init(#"{"type": "Add", "constant": "bias"}"#, [2, 3, 5], tensors: ["bias": [3, 1, 5]]),
    .init(#"{"type": "Framewise", "modules": [{"type": "Flatten"}]}"#, [2, 3, 4, 2]),
    .init(#"{"type": "Lambda", "function": "sigmoid"}"#, [2, 3]),
    .init(#"{"type": "Lambda", "function": "exp"}"#, [2, 3]),
    .init(#"{"type": "Lambda", "function": "erfc"}"#, [2, 3, 4]),
    .init(#"{"type": "Lambda", "function": "round", "takes_time": true}"#, [2, 3]),
    .init(#"{"type": "Lambda", "function": "pow", "exponent": 3}"#, [2, 3]),
    .init(#"{"type": "Lambda", "function": "softmax", "dim": -1}"#, [2, 3, 4]),
    .init(#"{"type": "Lambda", "function": "clamp", "min": -0.5}"#, [2, 3]),
    .init(#"{"type": "Lambda", "function": "flatten", "start_dim": 1}"#, [2, 3, 2, 2]),
  ]

  private static let conv3 =
    #"{"type": "Conv1d", "groups": 1, "in_channels": 3, "out_channels": 3, "kernel_size": 3, "padding": 1}"#
  private static let conv5 =
    #"{"type": "Conv1d", "groups": 1, "in_channels": 3, "out_channels": 3, "kernel_size": 5, "padding": 2}"#
  private static let short3 =
    #"{"type": "Conv1d", "groups": 1, "in_channels": 3, "out_channels": 3, "kernel_size": 3}"#
  private static let stride5 =
    #"{"type": "Conv1d", "groups": 1, "in_channels": 3, "out_channels": 3, "kernel_size": 5, "padding": 2, "stride": 2}"#
  private static let stride3 =
    #"{"type": "Conv1d", "groups": 1, "in_channels": 3, "out_channels": 3, "kernel_size": 3, "padding": 1, "stride": 2}"#

  static let containers: [LayerCase] = [
    .init(
      #"{"type": "Sequential", "modules": [\#(conv3), {"type": "ReLU"}, \#(stride3)]}"#, [2, 3],
      frames: 12),
    .init(#"{"type": "Residual", "modules": [\#(conv3)]}"#, [2, 3]),
    .init(#"{"type": "Residual", "reduce": "mul", "modules": [\#(conv5)]}"#, [2, 3]),
    .init(#"{"type": "Residual", "residual_shrink": true, "modules": [\#(short3)]}"#, [2, 3]),
    .init(#"{"type": "Residual", "residual_shrink": "lagging", "modules": [\#(short3)]}"#, [2, 3]),
    .init(#"{"type": "Residual", "residual_shrink": "leading", "modules": [\#(short3)]}"#, [2, 3]),
    .init(
      #"{"type": "BroadcastReduce", "reduce": "concat", "modules": [\#(conv5), \#(conv3), {"type": "Identity"}]}"#,
      [2, 3]),
    .init(
      #"{"type": "BroadcastReduce", "reduce": "max", "modules": [\#(conv5), \#(conv3)]}"#, [2, 3]),
    .init(
      #"{"type": "BroadcastReduce", "modules": [\#(stride5), \#(stride3)]}"#, [2, 3], frames: 13),
    .init(
      #"{"type": "Parallel", "aggregation_fn": "sum", "modules": [\#(conv5), \#(conv3)]}"#, [2, 3]),
    .init(
      #"{"type": "Sequential", "modules": [{"type": "Broadcast", "num_streams": 2}, {"type": "Parallel", "modules": [\#(conv5), \#(conv3)]}, {"type": "ParallelDispatch", "dispatch_mapping": [1, 0, 1]}, {"type": "Reduce", "reduce": "concat"}]}"#,
      [2, 3]),
    .init(
      #"{"type": "Conditional", "predicate": "always", "modules": [\#(conv5), \#(conv3)]}"#, [2, 3]),
    .init(
      #"{"type": "Conditional", "predicate": "never", "modules": [\#(conv5), \#(conv3)]}"#, [2, 3]),
    .init(
      #"{"type": "Sequential", "modules": [{"type": "Conditional", "predicate": "never", "modules": [\#(conv5)]}, \#(conv3)]}"#,
      [2, 3]),
    .init(
      #"{"type": "Graph", "output": "sum", "nodes": [{"id": "a", "inputs": ["x"], "name": "0", \#(stride5.dropFirst()), {"id": "b", "inputs": ["x"], "name": "1", \#(stride3.dropFirst()), {"id": "sum", "inputs": ["a", "b"], "type": "Reduce"}]}"#,
      [2, 3], frames: 13),
  ]

  private static let layer =
    #""d_model": 6, "nhead": 2, "dim_feedforward": 5, "bias": true, "sequence_len": 4"#

  static let attention: [LayerCase] = [
    .init(
      #"{"type": "DotProductAttention", "num_heads": 2, "key_size": 3, "value_size": 2, "sequence_len": 4, "is_causal": true}"#,
      [2, 16], frames: 7),
    .init(
      #"{"type": "DotProductAttention", "num_heads": 2, "key_size": 3, "value_size": 2, "sequence_len": 4, "is_causal": true, "relative_bias": true}"#,
      [2, 16], frames: 7, tensors: ["relative_bias": [2, 4]]),
    .init(
      #"{"type": "DotProductAttention", "num_heads": 2, "key_size": 3, "value_size": 2, "sequence_len": 4, "is_causal": true, "relative_bias": true, "relative_size": 5}"#,
      [2, 26], frames: 7, tensors: ["relative_bias": [2, 4], "relative_keys": [2, 4, 5]]),
    .init(
      #"{"type": "DotProductAttention", "key_size": 2, "sequence_len": 3, "is_causal": true, "scale": 0.5}"#,
      [1, 6], frames: 5),
    .init(
      #"{"type": "DotProductAttention", "num_heads": 2, "key_size": 2, "sequence_len": 5}"#,
      [2, 12], frames: 8, parts: true),
    .init(
      #"{"type": "SingleOutputMultiheadAttention", "embed_dim": 6, "num_heads": 3, "bias": true, "sequence_len": 5}"#,
      [2, 6], frames: 5),
    .init(
      #"{"type": "SingleOutputMultiheadAttention", "embed_dim": 4, "num_heads": 1, "bias": false, "sequence_len": 4, "query_index": 1}"#,
      [2, 4], frames: 4),
    .init(
      #"{"type": "SingleOutputMultiheadAttention", "embed_dim": 4, "num_heads": 2, "bias": true, "sequence_len": 4, "single_output_forward": false}"#,
      [2, 4], frames: 7, parts: true),
    .init(
      #"{"type": "SingleOutputMultiheadAttention", "embed_dim": 4, "num_heads": 2, "bias": true, "sequence_len": 4, "query_index": -2}"#,
      [1, 4], frames: 9, parts: true),
    .init(
      #"{"type": "RetroactiveMultiheadAttention", "embed_dim": 6, "num_heads": 2, "bias": true, "sequence_len": 20}"#,
      [2, 6], frames: 20),
    .init(
      #"{"type": "RetroactiveMultiheadAttention", "embed_dim": 6, "num_heads": 2, "bias": true, "sequence_len": 3}"#,
      [2, 6], frames: 9, parts: true),
    .init(
      #"{"type": "MultiheadAttention", "embed_dim": 4, "num_heads": 4, "bias": true}"#,
      [2, 4], frames: 6),
    .init(
      #"{"type": "SingleOutputTransformerEncoderLayer", "single_output_forward": true, \#(layer)}"#,
      [2, 6], frames: 4),
    .init(
      #"{"type": "SingleOutputTransformerEncoderLayer", \#(layer)}"#, [2, 6], frames: 9,
      parts: true),
    .init(
      #"{"type": "TransformerEncoderLayer", "norm_first": true, "activation": "gelu", \#(layer)}"#,
      [2, 6], frames: 4),
    .init(
      #"{"type": "RetroactiveTransformerEncoderLayer", "norm_first": true, \#(layer)}"#, [2, 6],
      frames: 4),
    .init(
      #"{"type": "RetroactiveTransformerEncoderLayer", "activation": "gelu", \#(layer)}"#, [2, 6],
      frames: 4),
    .init(
      #"{"type": "TransformerEncoder", "num_layers": 1, \#(layer)}"#, [2, 6], frames: 9,
      parts: true),
    .init(#"{"type": "TransformerEncoder", "num_layers": 2, \#(layer)}"#, [2, 6], frames: 4),
    .init(
      #"{"type": "TransformerEncoder", "num_layers": 3, "d_model": 4, "nhead": 2, "dim_feedforward": 3, "bias": false}"#,
      [2, 4], frames: 5),
    .init(
      #"{"type": "TransformerEncoder", "num_layers": 2, "norm": true, \#(layer)}"#, [2, 6],
      frames: 9, parts: true),
    .init(
      #"{"type": "TransformerEncoder", "num_layers": 4, "norm": true, "norm_first": true, "activation": "gelu", \#(layer)}"#,
      [2, 6], frames: 4),
    .init(
      #"{"type": "RecyclingPositionalEncoding", "embed_dim": 4, "num_embeds": 7, "learned": true}"#,
      [2, 4], frames: 9),
    .init(
      #"{"type": "RecyclingPositionalEncoding", "embed_dim": 4, "num_embeds": 7, "learned": false}"#,
      [2, 4], frames: 5),
  ]
}
