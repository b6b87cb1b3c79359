"""The networks that bench_steps.py times, from single layers to whole networks."""

from collections.abc import Callable
from dataclasses import dataclass

import continual as co
from torch import Tensor, nn


@dataclass(frozen=True)
class Case:
    """A network, and the shape of the clips it gets."""

    network: Callable[[], nn.Module]
    shape: tuple[int, ...]
    # continual-inference misaligns branches with strides in time.
    has_library_steps: bool = True


class Joined(nn.Module):
    """The sum of a network and its input, or of two networks; or a product with the input."""

    def __init__(self, body: nn.Module, short: nn.Module | None = None, is_product: bool = False) -> None:
        super().__init__()
        self.body, self.short, self.is_product = body, short, is_product

    def forward(self, clip: Tensor) -> Tensor:
        short = clip if self.short is None else self.short(clip)
        return short * self.body(clip) if self.is_product else short + self.body(clip)


def mb_conv(channels: int = 32, inner: int = 64) -> nn.Module:
    return Joined(
        nn.Sequential(
            nn.Conv3d(channels, inner, 1, bias=False),
            nn.BatchNorm3d(inner),
            nn.ReLU6(),
            nn.Conv3d(inner, inner, 3, padding=1, groups=inner, bias=False),
            nn.BatchNorm3d(inner),
            nn.ReLU6(),
            nn.Conv3d(inner, channels, 1, bias=False),
            nn.BatchNorm3d(channels),
        )
    )


def tcn(layers: int = 12, channels: int = 64) -> nn.Module:
    def block() -> list[nn.Module]:
        return [nn.Conv1d(channels, channels, 3), nn.ReLU()]

    return nn.Sequential(*(layer for _ in range(layers) for layer in block()))


def codec(channels: int = 4) -> nn.Module:
    """An encoder of sound: many small layers, and strides."""
    layers: list[nn.Module] = [nn.Conv1d(1, channels, 7, padding=3)]
    for stride in (2, 2, 2):
        unit = [nn.ELU(), nn.Conv1d(channels, channels, 3, padding=1), nn.ELU(), nn.Conv1d(channels, channels, 1)]
        layers += [Joined(nn.Sequential(*unit)), nn.ELU()]
        layers.append(nn.Conv1d(channels, 2 * channels, 2 * stride, stride, stride // 2))
        channels *= 2
    return nn.Sequential(*layers, nn.ELU(), nn.Conv1d(channels, channels, 3, padding=1))


def squeeze_excitation(channels: int) -> nn.Module:
    """With the mean of each frame, since that of a whole clip has no step that means the same."""
    inner = max(8, int(channels * 0.0625 + 4) // 8 * 8)
    layers = [
        nn.AdaptiveAvgPool3d((None, 1, 1)),
        nn.Conv3d(channels, inner, 1),
        nn.ReLU(),
        nn.Conv3d(inner, channels, 1),
        nn.Sigmoid(),
    ]
    return Joined(nn.Sequential(*layers), is_product=True)


def x3d_block(channels: int, inner: int, outputs: int, stride: int, has_excitation: bool) -> nn.Module:
    layers: list[nn.Module] = [
        nn.Conv3d(channels, inner, 1, bias=False),
        nn.BatchNorm3d(inner),
        nn.ReLU(),
        nn.Conv3d(inner, inner, 3, (1, stride, stride), 1, groups=inner, bias=False),
        nn.BatchNorm3d(inner),
    ]
    if has_excitation:
        layers.append(squeeze_excitation(inner))
    layers += [nn.SiLU(), nn.Conv3d(inner, outputs, 1, bias=False), nn.BatchNorm3d(outputs)]
    if channels == outputs and stride == 1:
        return nn.Sequential(Joined(nn.Sequential(*layers)), nn.ReLU())
    short = nn.Sequential(
        nn.Conv3d(channels, outputs, 1, (1, stride, stride), bias=False), nn.BatchNorm3d(outputs)
    )
    return nn.Sequential(Joined(nn.Sequential(*layers), short), nn.ReLU())


def x3d_small() -> nn.Module:
    """X3D-S without the pool over the whole clip and the classifier."""
    layers: list[nn.Module] = [
        nn.Conv3d(3, 24, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False),
        nn.Conv3d(24, 24, (5, 1, 1), padding=(2, 0, 0), groups=24, bias=False),
        nn.BatchNorm3d(24),
        nn.ReLU(),
    ]
    before = 24
    for channels, inner, depth in ((24, 54, 3), (48, 108, 5), (96, 216, 11), (192, 432, 7)):
        for index in range(depth):
            stride = 2 if index == 0 else 1
            layers.append(x3d_block(before, inner, channels, stride, index % 2 == 0))
            before = channels
    head = [nn.Conv3d(192, 432, 1, bias=False), nn.BatchNorm3d(432), nn.ReLU(), nn.AdaptiveAvgPool3d((None, 1, 1))]
    return nn.Sequential(*layers, *head)


def encoder() -> nn.Module:
    layer = co.TransformerEncoderLayerFactory(
        d_model=512, nhead=8, dim_feedforward=2048, dropout=0.0, sequence_len=64
    )
    return co.TransformerEncoder(layer, num_layers=1)


CASES = {
    "conv3d": Case(lambda: nn.Conv3d(64, 64, 3, padding=1), (1, 64, 16, 56, 56)),
    "pointwise": Case(lambda: nn.Conv3d(24, 54, 1), (1, 24, 16, 56, 56)),
    "depthwise": Case(lambda: nn.Conv3d(54, 54, 3, padding=1, groups=54), (1, 54, 16, 56, 56)),
    "conv2d-time": Case(lambda: nn.Conv2d(64, 64, (9, 1), padding=(4, 0)), (1, 64, 300, 25)),
    "conv1d": Case(lambda: nn.Conv1d(256, 256, 9), (1, 256, 300)),
    "mbconv": Case(mb_conv, (1, 32, 16, 28, 28)),
    "norm-relu6": Case(lambda: nn.Sequential(nn.BatchNorm3d(64), nn.ReLU6()), (1, 64, 16, 56, 56)),
    "relu": Case(nn.ReLU, (1, 64, 16, 56, 56)),
    "gelu-tanh": Case(lambda: nn.GELU(approximate="tanh"), (1, 64, 16, 56, 56)),
    "linear": Case(lambda: co.Linear(512, 512, channel_dim=1), (1, 512, 64)),
    "lstm": Case(lambda: co.LSTM(256, 256, num_layers=2), (1, 256, 300)),
    "encoder": Case(encoder, (1, 512, 64)),
    "tcn": Case(tcn, (1, 64, 300)),
    "codec": Case(codec, (1, 1, 2400), has_library_steps=False),
    "x3d": Case(x3d_small, (1, 3, 13, 160, 160)),
}
