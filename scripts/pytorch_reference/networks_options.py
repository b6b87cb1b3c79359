"""Options that no other network has, many in one small network, and forwards."""

from collections.abc import Callable
from typing import Any

import continual as co
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .fixture import BESIDE, DIFFERS, DILL, EXPORTED, INSIDE, INSIDE_DICT, Fixture, without_steps
from .schedule import Schedule, joined_schedule, schedule


def beside(*branches: nn.Module, reduce: str = "concat") -> nn.Module:
    """Branches of `continual`, for options that cannot stand behind one another."""
    return co.BroadcastReduce(*branches, reduce=reduce)


class Beside(nn.Module):
    """Branches of torch.nn, joined by their channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, clip: Tensor) -> Tensor:
        return torch.cat([branch(clip) for branch in self.branches], dim=1)

    def schedule(self, frames: int) -> Schedule:
        return joined_schedule([schedule(branch, frames) for branch in self.branches])


# Convolutions


def convolution_modes() -> nn.Module:
    """Every padding mode in space, for one space axis; padding by name where it is odd."""
    modes = ("zeros", "reflect", "replicate", "circular")
    padded = [nn.Conv2d(2, 2, (2, 3), padding=(0, 2), padding_mode=mode) for mode in modes]
    strided = [nn.Conv2d(2, 2, (2, 3), (1, 2), (0, 1), padding_mode=mode) for mode in modes]
    return nn.Sequential(Beside(*padded), nn.Conv2d(8, 2, 1, bias=False), Beside(*strided))


def convolution_modes_in_time() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(2, 4, 4, padding="same", groups=2, bias=False),
        nn.Conv1d(4, 4, 3, padding="same", dilation=3, groups=4),
        nn.Conv1d(4, 4, 3, padding=2, padding_mode="replicate", dilation=2, bias=False),
        nn.Conv1d(4, 2, 2, padding="valid", dilation=2, stride=2),
    )


def convolutions_filled() -> nn.Module:
    """The library's fills in time, and groups, strides and dilations in space."""
    return co.Sequential(
        co.Conv2d(
            2, 4, (3, 3), padding=(2, 1), padding_mode="replicate", temporal_fill="replicate"
        ),
        co.Conv2d(4, 4, (2, 3), (2, 1), (1, 2), dilation=(1, 2), groups=4, bias=False),
        co.Conv2d(4, 2, (4, 1), stride=(3, 2), padding=(3, 0), groups=2),
    )


# Pools


def average_options() -> nn.Module:
    """Averages of 3 frames, in steps of 2, with each way to count."""
    pools = [
        nn.AvgPool2d((3, 2), (2, 1), (1, 1), False, counted, divisor)
        for counted in (False, True)
        for divisor in (None, 3)
    ]
    return Beside(*pools)


def average_options_with_a_partial_window() -> nn.Module:
    return Beside(
        nn.AvgPool3d((3, 3, 2), 2, (1, 1, 0), True, False),
        nn.AvgPool3d((3, 3, 2), 2, (1, 1, 0), True, True, 7),
        nn.MaxPool3d((3, 3, 2), 2, (1, 1, 0), ceil_mode=True),
    )


def averages_in_time() -> nn.Module:
    return nn.Sequential(
        nn.AvgPool1d(3, 1, 1, count_include_pad=False),
        nn.MaxPool1d(3, 2, 1, dilation=2, ceil_mode=True),
        nn.AvgPool1d(2, 1, ceil_mode=True),
    )


def maximum_options() -> nn.Module:
    """Largest of dilated windows in space; the fill of time is minus infinity, as in torch.nn."""
    fill = {"temporal_fill": "neg_inf"}
    return beside(
        co.MaxPool3d((2, 2, 3), (1, 2, 1), (1, 1, 1), (1, 2, 1), **fill),
        co.MaxPool3d((2, 3, 1), (1, 2, 1), (1, 1, 0), ceil_mode=False, **fill),
    )


def pools_filled() -> nn.Module:
    """Pools whose fill is not what the clip is padded with."""
    return co.Sequential(
        co.Add(-2),
        beside(
            co.AvgPool1d(3, 1, 1, temporal_fill="replicate"),
            co.MaxPool1d(3, 1, 1, temporal_fill="zeros"),
        ),
    )


def adaptive_windows() -> nn.Module:
    """Windows of adaptive pools with a stride and with open sizes in space."""
    return co.Sequential(
        co.AdaptiveMaxPool3d((1, None, 2), kernel_size=4),
        co.Conv3d(2, 3, 1),
    )


def adaptive_windows_padded() -> nn.Module:
    return beside(
        co.AdaptiveMaxPool2d((1, 2), kernel_size=4, stride=2, padding=1),
        co.AdaptiveAvgPool2d((1, 2), kernel_size=4, stride=2, padding=1),
    )


def adaptive_maximum_in_time() -> nn.Module:
    return nn.Sequential(nn.Conv1d(3, 2, 2), nn.AdaptiveMaxPool1d(1))


# Normalizations


def norm_options() -> nn.Module:
    """Those that mean the same for a clip and a frame: tracked, or over space alone."""
    return nn.Sequential(
        nn.BatchNorm2d(3, affine=False),
        nn.InstanceNorm2d(3, eps=1e-2, affine=False, track_running_stats=True),
        nn.LayerNorm(5, bias=False),
        nn.Conv2d(3, 4, (2, 1)),
        nn.LayerNorm(5, eps=1e-3, elementwise_affine=False),
    )


def norm_options_3d() -> nn.Module:
    return nn.Sequential(
        nn.BatchNorm3d(3, affine=False),
        nn.InstanceNorm3d(3, affine=True, track_running_stats=True),
        nn.LayerNorm((5, 4), bias=False),
    )


def norm_options_1d() -> nn.Module:
    return nn.Sequential(
        nn.InstanceNorm1d(3, affine=True, track_running_stats=True),
        nn.Conv1d(3, 4, 3, padding=1),
        nn.InstanceNorm1d(4, track_running_stats=True),
    )


def statistics_of_the_clip() -> nn.Module:
    """Statistics that are those of the clip, and in a stream those of a frame."""
    untracked = nn.BatchNorm2d(4, track_running_stats=False)
    return co.Sequential(co.Conv2d(3, 4, (3, 1)), untracked, nn.GroupNorm(4, 4, affine=False))


def instances_of_the_clip() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, (3, 1)), nn.InstanceNorm2d(4, affine=True))


# Activations


def activations_of_channels() -> nn.Module:
    """Those along an axis, on each axis that a frame has; PReLU with a slope for each channel."""
    return co.Sequential(
        co.Conv3d(2, 8, 1),
        nn.PReLU(8),
        nn.GLU(dim=1),
        nn.Softmin(dim=1),
        nn.LogSoftmax(dim=1),
        nn.Softmax(dim=-1),
        nn.GLU(dim=3),
    )


def softmax_by_rank() -> nn.Module:
    """`dim=None` is the channels for five axes."""
    return co.Sequential(nn.Softmax(), nn.LogSoftmax(), nn.Softmin())


def named_functions() -> nn.Module:
    """Functions of torch by name, each on values where it is defined."""
    return co.Sequential(
        beside(
            *(co.Lambda(function) for function in (torch.abs, torch.cos, torch.exp, torch.neg)),
            *(co.Lambda(function) for function in (torch.sin, torch.square, F.softsign, F.mish)),
            co.Sequential(co.Lambda(torch.abs), co.Add(0.5), co.Lambda(torch.sqrt)),
            co.Sequential(co.Lambda(torch.square), co.Add(0.25), co.Lambda(torch.log)),
        ),
        co.Lambda(F.leaky_relu, takes_time=True),
    )


# Recurrent layers


def recurrent_options() -> nn.Module:
    return co.Sequential(
        co.RNN(3, 4, num_layers=2, bias=False, dropout=0.5),
        co.GRU(4, 5, bias=False),
        co.LSTM(5, 4, num_layers=2, bias=False),
        co.GRU(4, 3, num_layers=3),
        co.LSTM(3, 4, proj_size=2),
    )


# Small modules and containers


def constants() -> nn.Module:
    """Constants that are tensors: one number for each channel, place, or both."""
    return co.Sequential(
        co.Add(torch.tensor([0.5, -1.0, 2.0]).reshape(3, 1, 1, 1)),
        co.Multiply(torch.tensor([1.0, -2.0, 0.5, 3.0])),
        beside(
            co.Constant(-0.75), co.Zero(), co.One(), co.Identity(), co.Multiply(0.25), reduce="sum"
        ),
    )


def delays() -> nn.Module:
    return co.Sequential(
        co.Delay(0),
        co.Delay(2, temporal_fill="replicate"),
        co.Conv1d(3, 3, 3),
        co.Delay(1, auto_shrink="lagging"),
        co.Skip(2),
        co.Delay(1, auto_shrink=True),
    )


def joined() -> nn.Module:
    """Every reduction, of branches that are delayed to match, of which one has names."""
    return co.Sequential(
        beside(
            co.Conv2d(2, 2, 3, padding=1),
            co.Sequential(co.Conv2d(2, 2, (5, 1), padding=(2, 0)), nn.Tanh()),
            co.Residual(co.Conv2d(2, 2, (3, 1), padding=(1, 0)), reduce="mul"),
            reduce="mul",
        ),
        beside(co.Conv2d(2, 3, (2, 1)), co.Conv2d(2, 3, (2, 3), padding=(0, 1)), reduce="max"),
        co.Broadcast(),
        co.Parallel(co.Conv2d(3, 2, (3, 1), padding=(1, 0)), co.Identity(), co.Delay(1)),
        co.Reduce("concat"),
    )


def grouped_streams() -> nn.Module:
    """Streams grouped, and groups joined into what is joined again."""
    return co.Sequential(
        co.Broadcast(3),
        co.Parallel(co.Conv1d(2, 3, 3), co.Conv1d(2, 3, 3), co.Conv1d(2, 3, 3), auto_delay=False),
        co.ParallelDispatch([[0, 1], 2, [2, 0, 1]]),
        co.Parallel(co.Reduce("mul"), co.Identity(), co.Reduce("concat")),
        co.Reduce("concat"),
    )


def bypasses() -> nn.Module:
    """Residuals with each reduction but the sum."""
    return co.Sequential(
        co.Residual(co.Conv1d(2, 3, 3, padding=1), reduce="concat"),
        co.Residual(co.Conv1d(5, 5, 5, padding=2, groups=5), reduce="max"),
        co.Residual(co.Conv1d(5, 5, 3), reduce="mul", residual_shrink="leading"),
    )


def along_axes() -> nn.Module:
    """Linear along the channels and along space; Reshape that splits and joins."""
    return co.Sequential(
        co.Linear(3, 6, channel_dim=1, bias=False),
        co.Linear(4, 2, channel_dim=-1),
        co.Reshape(-1, 4, 15),
        co.Reshape((-1, 60)),
        co.Linear(60, 5, channel_dim=1),
    )


def framewise_images() -> nn.Module:
    """A network of images, applied to frames one by one."""
    convolution = nn.Conv2d(3, 2, 3, padding=1)
    frame = nn.Sequential(convolution, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))
    return co.Sequential(co.Conv3d(2, 3, 2), co.Lambda(frame))


def flat_space() -> nn.Module:
    return nn.Sequential(
        nn.Conv3d(2, 3, 2), nn.Flatten(3), nn.Conv2d(3, 2, (3, 4)), nn.Flatten(3, -1)
    )


# Attention, over clips of one window, where clip and steps mean the same


def encoder() -> nn.Module:
    """Two layers, the first of which says again what it made of older frames."""
    factory = co.TransformerEncoderLayerFactory(8, 2, 12, sequence_len=6)
    return co.Sequential(
        co.Conv1d(3, 8, 1),
        co.RecyclingPositionalEncoding(8, 11, learned=False),
        co.TransformerEncoder(factory, 2, nn.LayerNorm(8)),
        co.Linear(8, 3, channel_dim=1),
    )


def attention() -> nn.Module:
    """One layer, and attention that looks from a frame in the middle."""
    layer = co.SingleOutputTransformerEncoderLayer(
        6, 3, 10, activation=nn.GELU(), sequence_len=5, single_output_forward=True
    )
    return co.Sequential(co.RecyclingPositionalEncoding(6, 7), layer)


def attention_from_the_middle() -> nn.Module:
    return co.SingleOutputMultiheadAttention(
        *(6, 2),
        bias=False,
        sequence_len=5,
        query_index=2,
        embed_dim_second=True,
        forward_returns_attn_mask=False,
    )


# Forwards that the exporter traces


class Bottleneck(nn.Module):
    """A block with a shortcut of its own, and squeeze and excitation of each frame."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_a = nn.Conv3d(inputs, outputs, (3, 1, 1), padding=(1, 0, 0), bias=False)
        self.norm_a = nn.BatchNorm3d(outputs)
        self.conv_b = nn.Conv3d(outputs, outputs, (1, 3, 3), (1, 2, 2), (0, 1, 1), groups=outputs)
        self.act = nn.ReLU(inplace=True)
        self.gate = nn.Sequential(nn.Conv3d(outputs, 2, 1), nn.ReLU(), nn.Conv3d(2, outputs, 1))
        self.shortcut = nn.Conv3d(inputs, outputs, 1, stride=(1, 2, 2))

    def forward(self, clip: Tensor) -> Tensor:
        inner = self.conv_b(self.act(self.norm_a(self.conv_a(clip))))
        scale = self.gate(inner.mean(dim=(3, 4), keepdim=True))
        inner = inner * torch.sigmoid(scale)
        inner += self.shortcut(clip)
        return F.relu(inner, inplace=True)


class Classifier(nn.Module):
    """Blocks, a pool of the whole clip, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv3d(2, 3, 3, padding=1), nn.Hardswish())
        self.blocks = nn.Sequential(Bottleneck(3, 4), Bottleneck(4, 4))
        self.head = nn.Linear(4, 3)

    def forward(self, clip: Tensor) -> Tensor:
        features = self.blocks(self.stem(clip))
        pooled = F.adaptive_avg_pool3d(features, (1, 1, 1)).flatten(1)
        return self.head(F.dropout(pooled, 0.5, self.training))

    def schedule(self, frames: int) -> Schedule:
        convolution = Schedule(3, 1, 1, 1, 1)
        pool = Schedule(frames, frames - 1, 0, 1, frames - 1)
        return convolution.then(convolution).then(convolution).then(pool)


class Causal(nn.Module):
    """A temporal network of everyday spelling: padding, chomping, transposing, weight norm."""

    def __init__(self) -> None:
        super().__init__()
        self.padded = nn.utils.parametrizations.weight_norm(nn.Conv1d(3, 4, 3, dilation=2))
        self.chomped = nn.Conv1d(4, 4, 3, padding=2)
        self.norm = nn.LayerNorm(4)
        self.gru = nn.GRU(4, 5, num_layers=2, batch_first=True)
        self.mix = nn.Parameter(torch.empty(5, 3))
        self.head = nn.Linear(3, 2)

    def forward(self, clip: Tensor) -> Tensor:
        hidden = torch.tanh(self.padded(F.pad(clip, (4, 0))))
        hidden = (hidden - self.chomped(hidden)[:, :, :-2] / 2).transpose(1, 2)
        hidden, _ = self.gru(self.norm(hidden))
        return self.head(F.elu(hidden @ self.mix, 0.5)).permute(0, 2, 1)

    def schedule(self, _frames: int) -> Schedule:
        return Schedule(5, padding=4).then(Schedule(3, padding=2))


class Skeleton(nn.Module):
    """Joints and channels in one axis and apart again, as graph networks of skeletons do."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(15)
        self.register_buffer("adjacency", torch.empty(5, 4))
        self.conv = nn.Conv2d(3, 4, (3, 1), padding=(1, 0))

    def forward(self, clip: Tensor) -> Tensor:
        batch, channels, frames, joints = clip.shape
        flat = clip.permute(0, 3, 1, 2).contiguous().view(batch, joints * channels, frames)
        split = self.norm(flat).view(batch, joints, channels, frames).permute(0, 2, 3, 1)
        mixed = torch.matmul(split.contiguous(), self.adjacency)
        mixed = F.max_pool2d(F.leaky_relu(self.conv(mixed), 0.2), (2, 1), stride=(1, 1))
        return mixed.mean(dim=3)

    def schedule(self, _frames: int) -> Schedule:
        return Schedule(3, 1, 1, 1, 1).then(Schedule(2, 1, 0, 1, 1))


def _option(
    name: str,
    what: str,
    build: Callable[[], nn.Module],
    shape: tuple[int, ...],
    form: str = EXPORTED,
    **arguments: Any,
) -> Fixture:
    return Fixture(f"options-{name}", what, build, shape, form, **arguments)


def _plain(name: str, *arguments: Any, **options: Any) -> Fixture:
    """A network of torch.nn, which has no steps of its own."""
    return without_steps("is not used", f"options-{name}", *arguments, EXPORTED, **options)


FIXTURES = [
    _plain("convolution-modes", "padding modes in space", convolution_modes, (2, 2, 5, 7)),
    _plain("convolution-time", "padding in time by name", convolution_modes_in_time, (2, 2, 17)),
    _option("convolution-fill", "fills, groups and dilation", convolutions_filled, (2, 2, 17, 9)),
    _plain("average", "averages with each option", average_options, (2, 2, 11, 5)),
    _plain(
        *("partial-windows", "pools with windows over the end"),
        *(average_options_with_a_partial_window, (2, 2, 10, 6, 5)),
    ),
    _plain("average-time", "pools over time with each option", averages_in_time, (2, 3, 16)),
    _option("maximum", "maximum pools dilated in space", maximum_options, (2, 2, 7, 5, 4)),
    _option(
        *("pool-fill", "pools filled with what the clip is not padded with"),
        *(pools_filled, (2, 2, 9)),
        gap="G-08",
        verdict=DIFFERS,
    ),
    _option("adaptive", "adaptive pools, open in space", adaptive_windows, (2, 2, 4, 5, 3)),
    _option(
        *("adaptive-stride", "adaptive pools with stride and padding"),
        *(adaptive_windows_padded, (2, 2, 9, 5)),
        gap="G-10",
        verdict=DIFFERS,
    ),
    _plain("adaptive-time", "a maximum over all time", adaptive_maximum_in_time, (2, 3, 8)),
    _plain("norms-2d", "norms without weights or bias", norm_options, (2, 3, 7, 5)),
    _plain("norms-3d", "norms without weights or bias", norm_options_3d, (2, 3, 6, 5, 4)),
    _plain("norms-1d", "tracked instance norms", norm_options_1d, (2, 3, 9)),
    _option(
        *("statistics", "statistics of the clip or of a frame", statistics_of_the_clip),
        *((2, 3, 8, 5),),
        gap="G-09",
        verdict=DIFFERS,
    ),
    _plain(
        *("instances", "instance norm over the clip or a frame", instances_of_the_clip),
        *((2, 3, 8, 5),),
        gap="G-09",
        verdict=DIFFERS,
    ),
    _option("activations", "along each axis", activations_of_channels, (2, 2, 5, 6, 4)),
    _option("softmax", "a softmax without a dim", softmax_by_rank, (2, 3, 4, 3, 2), INSIDE_DICT),
    _option("functions", "functions of torch by name", named_functions, (2, 2, 7, 3)),
    _option("recurrent", "layers, bias and projections", recurrent_options, (2, 3, 9)),
    _option("constants", "constants that are tensors", constants, (2, 3, 6, 1, 4)),
    _option("delays", "delays with fills, and skips", delays, (2, 3, 15), BESIDE),
    _option("joined", "branches joined in each way", joined, (2, 2, 11, 5)),
    without_steps(
        "fails in steps on two Parallel stages in a row",
        *("options-streams", "streams grouped and joined", grouped_streams, (2, 2, 9), INSIDE),
        gap="G-17",
    ),
    _option("bypasses", "residuals with each reduction", bypasses, (2, 2, 13)),
    _option("axes", "Linear along each axis, Reshape", along_axes, (2, 3, 5, 5, 4)),
    _option("frames", "an image network on each frame", framewise_images, (2, 2, 5, 5, 6)),
    _plain("flat-space", "space in one axis", flat_space, (2, 2, 7, 4, 3)),
    _option("encoder", "an encoder of two layers", encoder, (2, 3, 6)),
    _option("encoder-whole", "an encoder of two layers, saved whole", encoder, (2, 3, 6), DILL),
    _option("attention", "a layer of attention", attention, (2, 6, 5)),
    _option("attention-middle", "attention from the middle", attention_from_the_middle, (2, 6, 5)),
    _plain("classifier", "blocks with a forward of their own", Classifier, (2, 2, 6, 7, 5)),
    _plain("causal", "a forward in the words of torch", Causal, (2, 3, 12)),
    _plain("skeleton", "a forward that moves axes", Skeleton, (2, 3, 7, 5)),
]
