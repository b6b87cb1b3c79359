"""Tests of what the exporter says of each class; `scripts/check_scripts.py` runs them."""

import unittest
from functools import partial
from typing import Any

import continual as co
import torch
from torch import nn
from torch.nn import functional as F

import describe_model
from tests.test_describe_model import described, refused

C, S, V = (1, 4, 9), (1, 4, 9, 7), (1, 4, 9, 7, 6)


def encoder(layers: int, norm: nn.Module | None = None) -> nn.Module:
    factory = co.TransformerEncoderLayerFactory(4, 2, 8, sequence_len=9)
    return co.TransformerEncoder(factory, layers, norm)


def attention(kind: Any, **options: Any) -> nn.Module:
    options = {"sequence_len": 9, "embed_dim_second": True, **options}
    return kind(4, 2, batch_first=True, forward_returns_attn_mask=False, **options)


def by_attributes(*arguments: str) -> list[str]:
    """The classes of torch.nn whose attributes tell their arguments, of those that have just these."""
    return sorted(
        kind
        for kind in describe_model._BY_ATTRIBUTES
        if hasattr(nn, kind) and describe_model._ARGUMENTS[kind] == arguments
    )


# A module of each class, its clip, and arguments that are not the usual ones.
CASES: list[tuple[nn.Module, tuple[int, ...], dict[str, Any]]] = [
    *(
        (getattr(library, f"Conv{n}d")(4, 6, 3, 2, 1, groups=2, bias=False), shape,
         {"kernel_size": [3] * n, "stride": [2] * n, "padding": [1] * n, "groups": 2,
          "bias": False})
        for library in (nn, co)
        for n, shape in ((1, C), (2, S), (3, V))
    ),
    (nn.Conv2d(4, 4, 3, padding="same", dilation=2), S, {"padding": "same", "dilation": [2, 2]}),
    (nn.Conv1d(4, 4, 3, padding=1, padding_mode="circular"), C, {"padding_mode": "circular"}),
    (co.Conv1d(4, 4, 3, padding=1, temporal_fill="replicate"), C, {"temporal_fill": "replicate"}),
    (nn.Upsample(scale_factor=2), C, {"scale_factor": 2, "mode": "nearest"}),
    (nn.Upsample(scale_factor=(2, 1.5), mode="bilinear"), S,
     {"scale_factor": [2, 1.5], "mode": "bilinear"}),
    (nn.PixelShuffle(2), S, {"upscale_factor": 2}),
    (nn.UpsamplingNearest2d(scale_factor=3), S, {"scale_factor": 3, "mode": "nearest"}),
    (nn.UpsamplingBilinear2d(scale_factor=2), S, {"scale_factor": 2, "align_corners": True}),
    *(
        (getattr(nn, f"ConvTranspose{n}d")(4, 6, 3, 2, 1, 1, 2, False, 3), shape,
         {"kernel_size": [3] * n, "stride": [2] * n, "padding": [1] * n, "dilation": [3] * n,
          "output_padding": [1] * n, "groups": 2, "bias": False})
        for n, shape in ((1, C), (2, S), (3, V))
    ),
    (nn.AvgPool1d(3, 2, 1, True, False), C, {"ceil_mode": True, "count_include_pad": False}),
    (nn.AvgPool2d((3, 2), divisor_override=5), S, {"kernel_size": [3, 2], "divisor_override": 5}),
    (nn.AvgPool3d(2, (1, 2, 2)), V, {"stride": [1, 2, 2]}),
    (nn.MaxPool1d(3, 1, dilation=2), C, {"dilation": 2, "stride": 1}),
    (nn.MaxPool2d(3, padding=1), S, {"padding": 1}),
    (nn.MaxPool3d(2, ceil_mode=True), V, {"ceil_mode": True}),
    (co.AvgPool1d(3, 1, 1), C, {"padding": [1], "temporal_fill": "zeros"}),
    (co.AvgPool2d((2, 3)), S, {"kernel_size": [2, 3]}),
    (co.AvgPool3d(2, temporal_fill="replicate", padding=1), V, {"temporal_fill": "replicate"}),
    (co.MaxPool1d(3, 1, 1), C, {"temporal_fill": "neg_inf"}),
    (co.MaxPool2d(3, 1, (0, 1)), S, {"padding": [0, 1]}),
    (co.MaxPool3d(3, padding=1), V, {"temporal_fill": "zeros"}),
    *(
        (getattr(nn, f"Adaptive{kind}Pool{n}d")((1,) * n), shape, {"output_size": [1] * n})
        for kind in ("Avg", "Max")
        for n, shape in ((1, C), (2, S), (3, V))
    ),
    *(
        (getattr(co, f"Adaptive{kind}Pool{n}d")((1,) * n, 5), shape, {"kernel_size": 5})
        for kind in ("Avg", "Max")
        for n, shape in ((2, S), (3, V))
    ),
    (nn.Linear(9, 3, bias=False), C, {"out_features": 3, "bias": False}),
    (co.Linear(4, 3, channel_dim=1), C, {"channel_dim": 1}),
    (co.RNN(4, 3, 2, nonlinearity="relu"), C, {"nonlinearity": "relu", "num_layers": 2}),
    (co.LSTM(4, 3, proj_size=2), C, {"proj_size": 2}),
    (co.GRU(4, 3, bias=False), C, {"bias": False}),
    *((getattr(nn, f"BatchNorm{n}d")(4, 0.1, affine=False), s, {"eps": 0.1, "affine": False})
      for n, s in ((1, C), (2, S), (3, V))),
    *((getattr(nn, f"InstanceNorm{n}d")(4, track_running_stats=True), s,
       {"track_running_stats": True})
      for n, s in ((1, C), (2, S), (3, V))),
    (nn.LayerNorm(7, bias=False), S, {"normalized_shape": [7], "bias": False}),
    (nn.GroupNorm(2, 4, affine=False), C, {"num_groups": 2, "affine": False}),
    (nn.Threshold(0.1, 2.0), C, {"threshold": 0.1, "value": 2.0}),
    (nn.RReLU(0.1, 0.3), C, {"lower": 0.1}),
    (nn.Hardtanh(-2, 3), C, {"max_val": 3}),
    (nn.ELU(0.5), C, {"alpha": 0.5}),
    (nn.CELU(0.5), C, {"alpha": 0.5}),
    (nn.GLU(1), C, {"dim": 1}),
    (nn.Softmax(1), C, {"dim": 1}),
    (nn.Softmin(1), C, {"dim": 1}),
    (nn.LogSoftmax(1), C, {"dim": 1}),
    (nn.GELU("tanh"), C, {"approximate": "tanh"}),
    (nn.Hardshrink(0.2), C, {"lambd": 0.2}),
    (nn.Softshrink(0.2), C, {"lambd": 0.2}),
    (nn.LeakyReLU(0.2), C, {"negative_slope": 0.2}),
    (nn.Softplus(2, 5), C, {"beta": 2, "threshold": 5}),
    (nn.PReLU(4), C, {"num_parameters": 4}),
    (nn.Flatten(3), V, {"start_dim": 3, "end_dim": -1}),
    *((getattr(nn, kind)(), S, {}) for kind in by_attributes()),
    *((getattr(nn, kind)(0.3), C, {"p": 0.3}) for kind in by_attributes("p")),
    (nn.Sequential(nn.ReLU()), C, {"modules": [{"type": "ReLU"}]}),
    (co.Sequential(nn.ReLU()), C, {"modules": [{"type": "ReLU"}]}),
    (attention(co.SingleOutputMultiheadAttention, query_index=-2), C, {"query_index": -2}),
    (attention(co.RetroactiveMultiheadAttention, bias=False), C, {"bias": False}),
    (co.SingleOutputTransformerEncoderLayer(4, 2, 8, activation=nn.GELU(), sequence_len=9), C,
     {"type": "SingleOutputTransformerEncoderLayer", "activation": "gelu", "sequence_len": 9}),
    (co.SingleOutputTransformerEncoderLayer(4, 2, 8, activation=nn.ReLU(), sequence_len=9), C,
     {"type": "SingleOutputTransformerEncoderLayer", "activation": "relu", "sequence_len": 9}),
    (co.RetroactiveTransformerEncoderLayer(4, 2, 8, activation=torch.relu_, sequence_len=9), C,
     {"type": "RetroactiveTransformerEncoderLayer", "activation": "relu", "sequence_len": 9}),
    (co.RetroactiveTransformerEncoderLayer(4, 1, 8, layer_norm_eps=0.1, sequence_len=5), C,
     {"type": "RetroactiveTransformerEncoderLayer", "nhead": 1, "layer_norm_eps": 0.1}),
    (encoder(1, nn.LayerNorm(4)), C, {"type": "Sequential"}),
    (encoder(2, nn.LayerNorm(4, eps=0.1)), C, {"num_layers": 2, "norm": True, "norm_eps": 0.1}),
    (co.RecyclingPositionalEncoding(4, 17, learned=False), C, {"num_embeds": 17, "learned": False}),
    (co.Delay(2, auto_shrink="lagging"), C, {"delay": 2, "auto_shrink": "lagging"}),
    (co.Skip(2), C, {"steps": 2}),
    (co.Reshape(1, 28), S, {"shape": [1, 28]}),
    (co.Add(torch.tensor([1.0, 2, 3, 4, 5, 6, 7])), S, {"constant": [1, 2, 3, 4, 5, 6, 7]}),
    (co.Multiply(0.5), C, {"type": "Multiply", "factor": 0.5}),
    (co.Constant(2.5), C, {"type": "Constant", "constant": 2.5}),
    (co.Zero(), C, {"type": "Zero"}),
    (co.One(), C, {"type": "One"}),
    (co.Identity(), C, {"type": "Identity"}),
    (co.Lambda(F.gelu), C, {"function": "gelu"}),
    (co.Lambda(partial(F.leaky_relu, negative_slope=0.3)), C,
     {"type": "LeakyReLU", "negative_slope": 0.3}),
    (co.Lambda(nn.Conv2d(4, 2, 3)), V, {"type": "Framewise"}),
    (co.Lambda(nn.BatchNorm1d(4), takes_time=True), C, {"takes_time": True}),
    (co.BroadcastReduce(co.Conv1d(4, 2, 1), co.Conv1d(4, 3, 1), reduce="concat"), C,
     {"reduce": "concat"}),
    (co.Residual(co.Conv1d(4, 4, 5), reduce="mul", residual_shrink=True), C,
     {"type": "Residual", "reduce": "mul", "residual_shrink": True}),
    (co.Sequential(co.Broadcast(2), co.Parallel(co.Add(1), co.Delay(1)),
                   co.ParallelDispatch([1, [0, 0]]), co.Parallel(co.Add(1), co.Reduce("mul")),
                   co.Reduce("max")), C,
     {"modules": [
         {"type": "Broadcast", "num_streams": 2},
         {"type": "Parallel", "modules": [{"type": "Add", "constant": 1},
                                          {"type": "Delay", "delay": 1}]},
         {"type": "ParallelDispatch", "dispatch_mapping": [1, [0, 0]]},
         {"type": "Parallel", "modules": [{"type": "Add", "constant": 1},
                                          {"type": "Reduce", "reduce": "mul"}]},
         {"type": "Reduce", "reduce": "max"}]}),
]  # fmt: skip


class Classes(unittest.TestCase):
    def test_each_class_is_described_with_its_arguments(self) -> None:
        for module, shape, wanted in CASES:
            with self.subTest(repr(module)):
                node = described(module, *shape)
                self.assertEqual({key: node.get(key) for key in wanted}, wanted)

    def test_no_class_is_without_a_case(self) -> None:
        inside = {describe_model._class_name(m) for case in CASES for m in case[0].modules()}
        self.assertEqual(set(describe_model._DESCRIBERS) - inside, {"co.Conditional"})

    def test_a_layer_that_was_changed_after_it_was_made_is_not_what_it_was(self) -> None:
        changed = encoder(2)
        changed.layers[0][1].fn.norm1 = nn.LayerNorm(4, eps=0.5)
        self.assertIn("changed", refused(changed, *C)[""])
