"""Tests of what the exporter says of each class, and of a forward; `scripts/check_scripts.py` runs them."""

import unittest
from functools import partial
from typing import Any

import continual as co
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import describe_model
from tests.test_describe_model import described, exported, refused

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


class Block(nn.Module):
    """A residual block, as everybody writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, (1, 3), padding=(0, 1))
        self.unused = nn.Linear(2, 2)

    def forward(self, clip: Tensor) -> Tensor:
        inner = self.conv2(F.relu(self.bn(self.conv1(clip)), inplace=True))
        inner += clip
        return torch.cat([inner.relu_(), clip * 0.5], dim=1)


class Recurrent(nn.Module):
    """Causal padding, a cut, and a recurrent layer with the time in front of the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 4, 3, dilation=2)
        self.chomped = nn.Conv1d(4, 4, 3, padding=2)
        self.norm = nn.LayerNorm(4)
        self.gru = nn.GRU(4, 3, batch_first=True)
        self.matrix = nn.Parameter(torch.randn(3, 2))

    def forward(self, clip: Tensor) -> Tensor:
        hidden = self.chomped(torch.tanh(self.conv(F.pad(clip, (4, 0)))))[:, :, :-2]
        hidden, _ = self.gru(self.norm(hidden.transpose(1, 2)))
        return F.dropout(hidden @ self.matrix, 0.5, self.training).permute(0, 2, 1)


class Forwards(unittest.TestCase):
    def test_a_forward_becomes_a_graph_and_unused_weights_stay_out(self) -> None:
        contents = exported(nn.Sequential(Block()), torch.randn(2, *S[1:]))
        self.assertIn("0.unused.weight", contents["notes"][0])
        self.assertNotIn("0.unused.weight", contents["state_dict"])
        (graph,) = described(nn.Sequential(Block()), *S)["modules"]
        wired = [(node["id"], node["type"], node["inputs"]) for node in graph["nodes"]]
        self.assertEqual(
            wired,
            [
                ("conv1", "Conv2d", ["x"]),
                ("bn", "BatchNorm2d", ["conv1"]),
                ("relu", "ReLU", ["bn"]),
                ("conv2", "Conv2d", ["relu"]),
                ("add", "Add", ["conv2", "x"]),
                ("relu_", "ReLU", ["add"]),
                ("mul", "Multiply", ["x"]),
                ("cat", "Reduce", ["relu_", "mul"]),
            ],
        )
        self.assertEqual(graph["output"], "cat")

    def test_axes_in_another_order_and_causal_padding(self) -> None:
        modules = described(Recurrent(), *C)["modules"]
        kinds = [module["type"] for module in modules]
        self.assertEqual(kinds, ["Conv1d", "Tanh", "Conv1d", "Framewise", "GRU", "MatMul"])
        self.assertEqual([modules[i]["padding"] for i in (0, 2)], [[[4, 0]], [[2, 0]]])
        self.assertEqual(modules[-1]["axis"], 1)

    def test_a_decoder_that_cuts_off_what_lies_behind_crops_it(self) -> None:
        class Decoder(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.up = nn.ConvTranspose1d(4, 2, 4, 2)

            def forward(self, clip: Tensor) -> Tensor:
                return F.relu(self.up(clip)[..., :-2])

        up, relu = described(Decoder(), *C)["modules"]
        self.assertEqual((up["padding"], relu["type"]), ([[0, 2]], "ReLU"))

    def test_what_is_interpolated_to_the_size_of_another_clip_has_a_factor_in_time(self) -> None:
        class Skip(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.down = nn.Conv2d(4, 4, 1, (2, 2))

            def forward(self, clip: Tensor) -> Tensor:
                small = F.avg_pool2d(clip, (1, 2))
                return clip + F.interpolate(small, size=clip.shape[2:]) + F.interpolate(
                    small, scale_factor=(1, 2.4), mode="bilinear"
                )

        nodes = described(Skip(), *S)["nodes"]
        ups = [node for node in nodes if node["type"] == "Upsample"]
        self.assertEqual([node.get("size") for node in ups], [[None, 7], None])
        self.assertEqual([node.get("scale_factor") for node in ups], [None, [1, 2.4]])

    def test_an_output_size_is_refused(self) -> None:
        class Sized(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.up = nn.ConvTranspose1d(4, 2, 3, 2)

            def forward(self, clip: Tensor) -> Tensor:
                return self.up(clip, output_size=[20])

        self.assertIn("output_padding", refused(Sized(), *C)["up"])

    def test_reshapes_become_rearrangements(self) -> None:
        class Joined(nn.Module):
            def forward(self, clip: Tensor) -> Tensor:
                batch, channels, frames, joints = clip.size()
                flat = clip.permute(0, 3, 1, 2).contiguous().view(batch, joints * channels, frames)
                split = flat.view(batch, joints, channels, frames).permute(0, 2, 3, 1)
                return F.avg_pool2d(split, split.shape[2:]).flatten(1)

        patterns = [node.get("pattern") for node in described(Joined(), *S)["modules"]]
        self.assertEqual(patterns[:2], ["b c t h -> b (h c) t", "b (c0 c1) t -> b c0 t c1"])

    def test_tensors_of_the_module_are_named(self) -> None:
        class Scaled(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.gamma = nn.Parameter(torch.randn(4, 1, 1))
                self.register_buffer("shift", torch.randn(7))

            def forward(self, clip: Tensor) -> Tensor:
                return self.shift + clip * self.gamma

        nodes = described(Scaled(), *S)["modules"]
        self.assertEqual([node.get("factor") for node in nodes], ["gamma", None])
        self.assertEqual([node.get("constant") for node in nodes], [None, "shift"])

    def test_what_a_forward_does_that_no_architecture_says_is_named(self) -> None:
        def network(function: Any) -> nn.Module:
            class Network(nn.Module):
                def forward(self, clip: Tensor) -> Tensor:
                    return function(clip)

            return Network()

        cases = {
            "control flow": lambda x: x if x.mean() > 0 else -x,
            "sum_1": lambda x: x.sum(1, keepdim=True),
            "at random": lambda x: F.dropout(x),
            "is used again": lambda x: x.relu_() + x,
            "not one tensor": lambda x: (x, x),
            "length of the clip": lambda x: x / x.shape[2],
            "order (0, 2, 1)": lambda x: x.transpose(1, 2),
            "only frames at one end": lambda x: x[:, 1:],
            "something other than zeros": lambda x: F.pad(x, (1, 1), mode="replicate"),
            "only time and space": lambda x: F.pad(x, (0, 0, 1, 0)),
            "only a convolution can take": lambda x: F.pad(x, (1, 0)),
            "the batch or time": lambda x: x.reshape(-1, 4),
        }
        for words, function in cases.items():
            with self.subTest(words):
                self.assertIn(words, refused(network(function), *C)[""])
