"""Small networks, each for one family of layers and its options."""

from functools import partial

import continual as co
import torch
from torch import nn

from .fixture import BESIDE, DILL, INSIDE, INSIDE_DICT, MODULE, SAFETENSORS, Fixture, without_steps


def strided() -> nn.Module:
    """Strides 2, 2 and 3 in time: an output every twelfth frame."""
    return co.Sequential(
        co.Conv2d(2, 4, kernel_size=(5, 3), stride=2, padding=(2, 1)),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        co.MaxPool2d(kernel_size=2, stride=(2, 1)),
        co.Conv2d(4, 3, kernel_size=(3, 2), stride=(3, 1), padding=(1, 0)),
    )


def dilated() -> nn.Module:
    """A temporal convolutional network; the continual library takes no temporal dilation."""
    return nn.Sequential(
        nn.Conv1d(3, 6, kernel_size=3, padding=2),
        nn.LeakyReLU(0.1),
        nn.Conv1d(6, 6, kernel_size=3, dilation=2, padding=2),
        nn.BatchNorm1d(6),
        nn.ELU(),
        nn.Conv1d(6, 2, kernel_size=2, dilation=4, padding=1),
    )


def dilated_in_space_and_time() -> nn.Module:
    return nn.Sequential(
        nn.Conv3d(2, 4, 3, dilation=(2, 1, 2), padding=(2, 1, 2), stride=(1, 2, 1)),
        nn.Hardswish(),
        nn.Conv3d(4, 3, (3, 2, 2), dilation=(3, 2, 1)),
    )


def replicate() -> nn.Module:
    copies = {"padding_mode": "replicate", "temporal_fill": "replicate"}
    return co.Sequential(
        co.Conv3d(2, 3, 3, padding=1, **copies),
        nn.SiLU(),
        co.Conv3d(3, 2, (5, 3, 1), padding=(2, 1, 0), stride=(2, 1, 1), **copies),
    )


def grouped() -> nn.Module:
    return co.Sequential(
        co.Conv3d(6, 12, (3, 3, 1), padding=(1, 1, 0), groups=3, bias=False),
        co.Conv3d(12, 12, 3, stride=(1, 2, 3), padding=1, dilation=(1, 2, 1), groups=12),
        co.Conv3d(12, 4, (2, 1, 1), groups=2),
    )


def spatially_padded_otherwise() -> nn.Module:
    """The modes that need no fill in time: reflect and circular, in space only."""
    return nn.Sequential(
        nn.Conv3d(2, 3, 3, padding=(0, 1, 2), padding_mode="reflect"),
        nn.Conv3d(3, 2, (2, 3, 3), padding=(0, 2, 1), padding_mode="circular"),
    )


def same_padding() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 3, (4, 3), padding="same"),
        nn.Tanh(),
        nn.Conv2d(3, 2, (3, 2), padding="valid", dilation=(2, 1)),
    )


def pools_1d() -> nn.Module:
    return co.Sequential(
        co.AvgPool1d(3, stride=1, padding=1),
        co.MaxPool1d(3, stride=2, padding=1),
        co.AvgPool1d(2, stride=1),
    )


def pools_2d() -> nn.Module:
    return co.Sequential(
        co.AvgPool2d((3, 2), stride=(1, 2), padding=(1, 0), ceil_mode=True),
        co.MaxPool2d((2, 3), stride=1, padding=(1, 1), dilation=(1, 2), temporal_fill="neg_inf"),
        co.AvgPool2d((2, 3), stride=(2, 1), padding=(0, 1), count_include_pad=False),
    )


def pools_3d() -> nn.Module:
    return co.Sequential(
        co.MaxPool3d(3, stride=(1, 2, 1), padding=1, temporal_fill="neg_inf"),
        co.AvgPool3d((2, 3, 2), stride=(1, 1, 2), padding=(1, 1, 0)),
        co.MaxPool3d((2, 2, 2), stride=(3, 1, 1), ceil_mode=False),
    )


def adaptive_pools() -> nn.Module:
    """Two global pools over the same window of 5 frames, one with bins of unequal size."""
    return co.BroadcastReduce(
        co.AdaptiveAvgPool3d((1, 3, 2), kernel_size=5),
        co.AdaptiveMaxPool3d((1, 3, 2), kernel_size=5),
        reduce="concat",
    )


def adaptive_pools_2d() -> nn.Module:
    return co.Sequential(
        co.Conv2d(3, 4, (3, 1)),
        co.BroadcastReduce(
            co.AdaptiveAvgPool2d((1, 3), kernel_size=6),
            co.AdaptiveMaxPool2d((1, 3), kernel_size=6),
            reduce="mul",
        ),
    )


def pools_for_dill() -> nn.Module:
    """The pools that dill can save: not those of maximum in 2d and 3d."""
    return co.Sequential(
        co.AvgPool3d((3, 2, 2), stride=(1, 2, 1), padding=(0, 1, 0)),
        nn.ReLU(),
        co.AdaptiveAvgPool3d((1, 2, 1), kernel_size=4),
        co.Reshape(-1, 4),
        co.MaxPool1d(1),
    )


def activations() -> list[nn.Module]:
    """Every element-wise one that the library's documentation names, with arguments."""
    return [
        *(nn.Threshold(0.3, -1.25), nn.ReLU(), nn.RReLU(0.1, 0.4), nn.Hardtanh(-1.5, 0.75)),
        *(nn.ReLU6(), nn.Sigmoid(), nn.Hardsigmoid(), nn.Tanh(), nn.SiLU(), nn.Hardswish()),
        *(nn.ELU(0.7), nn.CELU(1.3), nn.SELU(), nn.GELU(), nn.GELU(approximate="tanh")),
        *(nn.Hardshrink(0.8), nn.LeakyReLU(0.2), nn.LogSigmoid(), nn.Softplus(beta=3, threshold=5)),
        *(nn.Softshrink(0.25), nn.PReLU(), nn.PReLU(num_parameters=2), nn.Softsign()),
        *(nn.Tanhshrink(), nn.Softplus()),
    ]


def every_activation() -> nn.Module:
    """Inputs up to 10, so that ReLU6 and the saturated ends are met too.

    Each is in a Sequential, because the library cannot call a bare torch.nn branch.
    """
    branches = [co.Sequential(module) for module in activations()]
    return co.Sequential(co.Multiply(4), co.BroadcastReduce(*branches, reduce="concat"))


def activations_along_axes() -> nn.Module:
    return co.Sequential(
        co.Conv2d(2, 6, 1),
        nn.GLU(dim=1),
        nn.Softmax(dim=1),
        nn.LogSoftmax(dim=-1),
        nn.Softmin(dim=3),
        nn.Softmax2d(),
    )


def dropouts() -> nn.Module:
    return co.Sequential(
        co.Conv3d(2, 4, 2),
        nn.Dropout(0.3),
        nn.Dropout3d(0.4),
        nn.AlphaDropout(0.2),
        nn.FeatureAlphaDropout(0.1),
        co.Conv3d(4, 2, 2),
        nn.Dropout2d(0.6),
    )


def dropouts_1d() -> nn.Module:
    """Dropout1d is documented as supported, but the library converts none."""
    return nn.Sequential(nn.Conv1d(2, 3, 2), nn.Dropout1d(0.4), nn.Mish(), nn.Conv1d(3, 2, 3))


def norms_1d() -> nn.Module:
    return co.Sequential(
        nn.BatchNorm1d(3), co.Conv1d(3, 4, 3, padding=1), nn.BatchNorm1d(4, affine=False)
    )


def norms_2d() -> nn.Module:
    return co.Sequential(nn.BatchNorm2d(3, eps=1e-3), co.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def norms_3d() -> nn.Module:
    return co.Sequential(nn.BatchNorm3d(3, eps=0.1), co.Conv3d(3, 4, 2), nn.BatchNorm3d(4))


def gru() -> nn.Module:
    return co.Sequential(co.Conv1d(4, 5, 3, padding=1), nn.ReLU(), co.GRU(5, 6, num_layers=2))


def projected_lstm() -> nn.Module:
    return co.LSTM(4, 7, num_layers=2, proj_size=3)


def recurrent_mix() -> nn.Module:
    return co.Sequential(
        co.RNN(3, 5, nonlinearity="relu", bias=False), co.Conv1d(5, 4, 3), co.RNN(4, 3)
    )


def small_operations() -> nn.Module:
    return co.Sequential(
        co.Add(0.75),
        co.BroadcastReduce(
            co.Conv2d(3, 3, (3, 1), padding=(1, 0)),
            co.Identity(),
            co.Multiply(-0.5),
            co.Constant(2),
            co.One(),
            reduce="sum",
        ),
        co.Residual(co.Conv2d(3, 3, (3, 1)), reduce="max", residual_shrink="leading"),
        co.Reshape(-1, 12),
        co.Linear(12, 5, channel_dim=1),
    )


def dispatched() -> nn.Module:
    """Streams reordered, copied and grouped."""
    return co.Sequential(
        co.Broadcast(2),
        co.Parallel(co.Conv1d(2, 3, 3, padding=1), co.Conv1d(2, 3, 1)),
        co.ParallelDispatch([1, [0, 1], 0]),
        co.Parallel(co.Multiply(2), co.Reduce("mul"), co.Add(-1)),
        co.Reduce("max"),
    )


def framewise_linear() -> nn.Module:
    """torch.nn modules applied to each frame, whose last axis is the channels."""
    frame = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 3, bias=False))
    return co.Sequential(co.Conv1d(3, 4, 3), co.Lambda(frame))


def other_norms() -> nn.Module:
    """Those that mean the same in clip and stream: over space, or with tracked statistics."""
    return co.Sequential(
        nn.LayerNorm(5),
        co.Conv2d(3, 4, (3, 1)),
        nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
        nn.LayerNorm((5,), elementwise_affine=False),
    )


def pooled_space_kept() -> nn.Module:
    """Adaptive pools with open sizes: per frame first, then over the whole clip."""
    return nn.Sequential(
        nn.Conv3d(2, 3, (2, 1, 1)),
        nn.AdaptiveAvgPool3d((None, 4, None)),
        nn.ReLU6(),
        nn.AdaptiveMaxPool3d((1, None, 2)),
    )


def picklable() -> nn.Module:
    """Of the library's modules, those that torch.save can save whole."""
    return co.Sequential(
        co.Conv1d(3, 4, 3, padding=1),
        co.Add(0.5),
        co.Conv1d(4, 4, 5, padding=2, padding_mode="replicate", temporal_fill="replicate"),
        co.Delay(2),
        co.Multiply(1.5),
        co.Lambda(nn.Tanh()),
        co.Linear(4, 3, channel_dim=1),
        co.Skip(1),
    )


def functions() -> nn.Module:
    """Functions of torch, builtins among them, with and without arguments."""
    softmax = partial(nn.functional.softmax, dim=1)
    leak = partial(nn.functional.leaky_relu, negative_slope=0.3)
    return co.Sequential(
        co.Conv2d(3, 4, (3, 2), padding=(1, 0)),
        *(co.Lambda(torch.sin), co.Lambda(leak), co.Lambda(nn.functional.gelu)),
        *(co.Lambda(torch.expm1, takes_time=True), co.Lambda(softmax), co.Multiply(3)),
        co.Add(torch.arange(4).reshape(4, 1, 1) / 8),
    )


def run_a_little(network: nn.Module) -> None:
    """Leaves the traces of a stream in the network's buffers."""
    with torch.no_grad():
        for step in range(7):
            network.forward_step(torch.full((1, 3), step / 8))


FIXTURES = [
    Fixture("framewise-linear", "Linear on frames", framewise_linear, (2, 3, 9), INSIDE),
    Fixture("other-norms", "LayerNorm and InstanceNorm", other_norms, (2, 3, 9, 5), BESIDE),
    without_steps(
        "refuses an open size in time",
        *("adaptive-open-sizes", "adaptive pools with open sizes"),
        *(pooled_space_kept, (2, 2, 8, 6, 5), MODULE),
    ),
    Fixture("module-continual", "whole co modules", picklable, (2, 3, 15), MODULE),
    Fixture(
        "module-continual-warm",
        "whole co modules, saved in the middle of a stream",
        picklable,
        (2, 3, 15),
        MODULE,
        adjust=run_a_little,
    ),
    Fixture("strided", "strides in time: 2, 2, 3", strided, (2, 2, 41, 13), BESIDE),
    without_steps(
        "refuses temporal dilation",
        *("dilated", "temporal dilation", dilated, (2, 3, 23), MODULE),
    ),
    without_steps(
        "refuses temporal dilation",
        *("dilated-3d", "dilation in space and time"),
        *(dilated_in_space_and_time, (2, 2, 15, 7, 9), INSIDE),
    ),
    Fixture("replicate", "replicated borders", replicate, (2, 2, 11, 5, 4), INSIDE_DICT),
    Fixture("grouped", "grouped and depthwise convolutions", grouped, (2, 6, 7, 9, 8), BESIDE),
    without_steps(
        "refuses these padding modes",
        *("reflect-and-circular", "reflected and circular borders in space"),
        *(spatially_padded_otherwise, (2, 2, 7, 5, 6), MODULE),
    ),
    without_steps(
        "cannot run padding given by name",
        *("same-padding", "padding by the names same and valid"),
        *(same_padding, (2, 2, 13, 7), MODULE),
    ),
    Fixture("pools-1d", "average and maximum pools", pools_1d, (2, 3, 17), INSIDE),
    Fixture("pools-2d", "pools with options", pools_2d, (2, 3, 12, 11), BESIDE),
    Fixture("pools-3d", "pools with options", pools_3d, (2, 2, 13, 9, 8), BESIDE),
    Fixture("adaptive-pools-3d", "global pools", adaptive_pools, (2, 3, 5, 7, 5), BESIDE),
    Fixture("adaptive-pools-2d", "global pools", adaptive_pools_2d, (2, 3, 8, 7), INSIDE),
    Fixture("pools-dill", "pools, saved with dill", pools_for_dill, (2, 2, 6, 4, 3), DILL),
    without_steps(
        "has no AdaptiveAvgPool1d",
        *("adaptive-pool-1d", "a global pool over time alone, as torch.nn has it"),
        *(
            lambda: nn.Sequential(nn.Conv1d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1)),
            (2, 3, 9),
            MODULE,
        ),
    ),
    Fixture("activations", "every activation", every_activation, (2, 2, 7, 5), BESIDE),
    Fixture("activations-dill", "every activation", every_activation, (2, 2, 5, 3, 2), DILL),
    Fixture("activations-axes", "along an axis", activations_along_axes, (2, 2, 6, 5), INSIDE),
    Fixture("dropouts", "dropouts, which do nothing", dropouts, (2, 2, 7, 5, 4), BESIDE),
    without_steps(
        "converts neither Dropout1d nor Mish",
        *("dropout-1d", "Dropout1d and Mish", dropouts_1d, (2, 2, 9), MODULE),
    ),
    Fixture("batchnorm-1d", "batch normalization", norms_1d, (2, 3, 11), INSIDE_DICT),
    Fixture(
        "batchnorm-2d",
        "batch normalization",
        norms_2d,
        (2, 3, 9, 5),
        SAFETENSORS,
        suffix=".safetensors",
    ),
    Fixture("batchnorm-3d", "batch normalization", norms_3d, (3, 3, 7, 4, 5), DILL),
    Fixture("gru", "convolution and two layers of GRU", gru, (2, 4, 13), BESIDE),
    Fixture("lstm", "two layers of LSTM with projection", projected_lstm, (2, 4, 11), MODULE),
    Fixture("rnn", "RNN, convolution, RNN", recurrent_mix, (2, 3, 12), INSIDE),
    Fixture("small-operations", "Add, Multiply, Skip, …", small_operations, (2, 3, 9, 4), BESIDE),
    Fixture(
        *("functions", "functions of torch, some with arguments", functions, (2, 3, 9, 4), MODULE),
        # Not written: the file itself tells it.
        model={},
    ),
    without_steps(
        "fails in steps on two Parallel stages in a row",
        *("dispatch", "streams reordered and grouped", dispatched, (2, 2, 9), BESIDE),
        gap="G-17",
    ),
]
