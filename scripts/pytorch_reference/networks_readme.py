"""The networks of the continual library's README and of its paper."""

from collections import OrderedDict

import continual as co
from torch import nn

from .fixture import BESIDE, DILL, INSIDE, INSIDE_DICT, SAFETENSORS, Fixture


def conv3d() -> nn.Module:
    return co.Conv3d(in_channels=1, out_channels=1, kernel_size=(3, 3, 3))


def framewise_lstm() -> nn.Module:
    """An image network applied to every frame, and a recurrent network over its features."""
    image = nn.Sequential(
        nn.Conv2d(3, 4, kernel_size=3, stride=2, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 5, kernel_size=(2, 3)),
        nn.Flatten(),
    )
    return co.Sequential(co.Lambda(image), co.LSTM(5 * 2 * 1, 7))


def mb_conv(channels: int = 32, inner: int = 64) -> nn.Module:
    return co.Residual(
        co.Sequential(
            co.Conv3d(channels, inner, kernel_size=(1, 1, 1)),
            nn.BatchNorm3d(inner),
            nn.ReLU6(),
            co.Conv3d(inner, inner, kernel_size=(3, 3, 3), padding=(1, 1, 1), groups=inner),
            nn.ReLU6(),
            co.Conv3d(inner, channels, kernel_size=(1, 1, 1)),
            nn.BatchNorm3d(channels),
        )
    )


def squeeze_excitation(channels: int = 256, frames: int = 7) -> nn.Module:
    return co.Residual(
        co.Sequential(
            OrderedDict(
                [
                    ("pool", co.AdaptiveAvgPool3d((1, 1, 1), kernel_size=frames)),
                    ("down", co.Conv3d(channels, 16, kernel_size=1)),
                    ("act1", nn.ReLU()),
                    ("up", co.Conv3d(16, channels, kernel_size=1)),
                    ("act2", nn.Sigmoid()),
                ]
            )
        ),
        reduce="mul",
    )


def norm_relu(module: nn.Module, channels: int) -> nn.Module:
    return co.Sequential(module, nn.BatchNorm3d(channels), nn.ReLU())


def inception_branches(pool: type[nn.Module] = co.MaxPool3d) -> list[nn.Module]:
    """The README's branches, with an eighth of the channels."""
    return [
        co.Conv3d(24, 8, kernel_size=1),
        co.Sequential(
            norm_relu(co.Conv3d(24, 12, kernel_size=1), 12),
            norm_relu(co.Conv3d(12, 16, kernel_size=3, padding=1), 16),
        ),
        co.Sequential(
            norm_relu(co.Conv3d(24, 2, kernel_size=1), 2),
            norm_relu(co.Conv3d(2, 4, kernel_size=5, padding=2), 4),
        ),
        co.Sequential(
            pool(kernel_size=(1, 3, 3), padding=(0, 1, 1), stride=1),
            norm_relu(co.Conv3d(24, 4, kernel_size=1), 4),
        ),
    ]


def inception() -> nn.Module:
    return co.BroadcastReduce(*inception_branches(), reduce="concat")


def inception_spelled_out() -> nn.Module:
    return co.Sequential(co.Broadcast(), co.Parallel(*inception_branches()), co.Reduce("concat"))


def residual_conv() -> nn.Module:
    return co.Conv3d(6, 6, kernel_size=3, padding=1)


def residual_spelled_out() -> nn.Module:
    """As in the README, whose Delay(2) is one longer than the convolution needs."""
    return co.Sequential(
        co.Broadcast(2), co.Parallel(residual_conv(), co.Delay(2)), co.Reduce("sum")
    )


def paper() -> nn.Module:
    """The drawing of stride and padding: two layers, an output every second step."""
    return co.Sequential(
        co.Conv1d(3, 4, kernel_size=3, padding=2, stride=2), co.Conv1d(4, 2, kernel_size=3)
    )


def conv_pool_linear() -> nn.Module:
    return co.Sequential(
        co.Conv3d(3, 5, kernel_size=3, padding=(0, 0, 1), bias=False),
        nn.BatchNorm3d(5),
        nn.ReLU(),
        co.AdaptiveAvgPool3d((1, 1, 1), kernel_size=6),
        co.Linear(5, 9, channel_dim=1),
    )


FIXTURES = [
    Fixture("conv3d", "README: Conv3d 3x3x3", conv3d, (1, 1, 5, 3, 3), INSIDE),
    Fixture(
        "framewise-lstm",
        "images through Conv2d layers, one at a time, then an LSTM",
        framewise_lstm,
        (2, 3, 9, 11, 13),
        INSIDE_DICT,
    ),
    Fixture("mbconv", "README: MobileNetV2 inverted residual", mb_conv, (2, 32, 9, 5, 3), BESIDE),
    Fixture(
        "mbconv-dill",
        "the same block, whole, saved with dill",
        lambda: mb_conv(6, 12),
        (2, 6, 9, 5, 7),
        DILL,
    ),
    Fixture(
        "mbconv-wide",
        "the same block, of frames that have more places and fewer channels",
        lambda: mb_conv(2, 28),
        (1, 2, 5, 17, 19),
        INSIDE,
    ),
    Fixture("inception", "README: inception", inception, (2, 24, 9, 5, 3), INSIDE),
    Fixture(
        "inception-spelled-out",
        "the same as Broadcast, Parallel and Reduce",
        inception_spelled_out,
        (1, 24, 9, 3, 5),
        SAFETENSORS,
        suffix=".safetensors",
    ),
    Fixture(
        "inception-dill",
        "the same with an average pool, whole; dill cannot save a MaxPool3d",
        lambda: co.BroadcastReduce(*inception_branches(co.AvgPool3d), reduce="concat"),
        (1, 24, 7, 3, 4),
        DILL,
    ),
    Fixture(
        "squeeze-excitation",
        "README: squeeze and excitation, at its window of 7 frames",
        squeeze_excitation,
        (1, 256, 7, 3, 2),
        INSIDE_DICT,
    ),
    Fixture(
        "residual-short",
        "README: Residual(conv)",
        lambda: co.Residual(residual_conv()),
        (2, 6, 8, 5, 4),
        BESIDE,
    ),
    Fixture(
        "residual-broadcast-reduce",
        "README: BroadcastReduce(conv, Delay(2))",
        lambda: co.BroadcastReduce(residual_conv(), co.Delay(2), reduce="sum"),
        (2, 6, 8, 5, 4),
        INSIDE,
    ),
    Fixture(
        "residual-spelled-out",
        "README: Broadcast(2), Parallel(conv, Delay(2)), Reduce",
        residual_spelled_out,
        (2, 6, 8, 5, 4),
        BESIDE,
    ),
    Fixture("paper", "paper: padding, stride and delay", paper, (2, 3, 17), INSIDE_DICT),
    Fixture(
        "conv-pool-linear",
        "convolution, global pool, Linear(channel_dim=1)",
        conv_pool_linear,
        (2, 3, 8, 7, 5),
        BESIDE,
    ),
]
