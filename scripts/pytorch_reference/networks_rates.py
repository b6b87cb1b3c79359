"""Networks that raise the rate of a stream: transposed convolutions, decoders and U-Nets."""

from collections.abc import Callable
from typing import Any

import continual as co
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from .fixture import BESIDE, EXPORTED, INSIDE, MODULE, Fixture, without_steps
from .schedule import Schedule, Stage, joined_schedule, raised, schedule


def spread_in_time() -> nn.Module:
    """Each option, and strides that are longer and shorter than the kernel."""
    return nn.Sequential(
        nn.ConvTranspose1d(2, 4, 4, 2, 1),
        nn.ConvTranspose1d(4, 6, 3, 3, 2, 1, groups=2, bias=False),
        nn.ConvTranspose1d(6, 3, 2, 1, 1, 1, dilation=3, groups=3),
        nn.ConvTranspose1d(3, 2, 2, 3),
    )


def spread_in_a_row() -> nn.Module:
    """One space axis, with options of its own."""
    return nn.Sequential(
        nn.ConvTranspose2d(2, 4, (4, 3), (2, 2), (1, 0), (0, 1)),
        nn.ConvTranspose2d(4, 2, (1, 4), (1, 3), (0, 2), groups=2, bias=False),
        nn.ConvTranspose2d(2, 3, (3, 2), 1, (0, 1), 0, dilation=(2, 1)),
    )


def spread_in_a_plane() -> nn.Module:
    """Two space axes, with options of their own."""
    return nn.Sequential(
        nn.ConvTranspose3d(2, 4, (2, 3, 3), (2, 2, 1), (0, 1, 1), (1, 1, 0), groups=2),
        nn.ConvTranspose3d(4, 2, (3, 1, 2), (1, 1, 2), (1, 0, 0)),
    )


def decoded_frames() -> nn.Module:
    """An image decoder on each frame: its axes are those of space."""
    decoder = nn.Sequential(
        nn.ConvTranspose2d(2, 4, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(4, 1, (2, 3), (2, 1))
    )
    return co.Lambda(decoder)


def enlarged_in_time() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(2, 3, 4, 2, 1),
        nn.Upsample(scale_factor=2, mode="linear"),
        nn.Conv1d(3, 3, 3, padding=1),
        nn.Upsample(scale_factor=3),
        nn.Upsample(scale_factor=5, mode="linear"),
    )


def enlarged_rows() -> nn.Module:
    return nn.Sequential(
        nn.Upsample(scale_factor=(2, 1.5), mode="bilinear"),
        nn.Conv2d(2, 2, 3, padding=1),
        nn.Upsample(scale_factor=(1, 2.3), mode="nearest-exact"),
        nn.UpsamplingNearest2d(scale_factor=2),
        nn.Upsample(scale_factor=(1, 1.2), mode="bilinear", align_corners=True),
    )


class SmallUNet(nn.Module):
    """Video: down by two in space, up again to the pixels of what was before, and up in time."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv3d(2, 4, 3, (1, 2, 2), 1)
        self.join = nn.Conv3d(6, 2, 3, padding=1)

    def forward(self, clip: Tensor) -> Tensor:
        small = self.down(clip).relu()
        size = (small.shape[2], clip.shape[3], clip.shape[4])
        wide = nn.functional.interpolate(small, size=size, mode="trilinear")
        joined = self.join(torch.cat([wide, clip], dim=1))
        return nn.functional.interpolate(joined, scale_factor=(2, 1, 1), mode="trilinear")

    def schedule(self, frames: int) -> Schedule:
        wide = joined_schedule([schedule(self.down, frames), Schedule()])
        up = Schedule(counts=((Stage(2, 1, -1),),))
        return wide.then(schedule(self.join, frames)).then(up)


class SubPixels(nn.Module):
    """Channels that become time and a row of space: as a module, and as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(2, 8, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)
        self.mix = nn.Conv2d(2, 9, (3, 1), padding=(1, 0))

    def forward(self, clip: Tensor) -> Tensor:
        enlarged = self.shuffle(self.wide(clip).relu())
        return nn.functional.pixel_shuffle(self.mix(enlarged), 3)

    def schedule(self, frames: int) -> Schedule:
        first = schedule(self.wide, frames).then(raised(2, 0, 2))
        return first.then(schedule(self.mix, frames)).then(raised(3, 0, 3))


class UNet(nn.Module):
    """Two levels down by two, and up again beside what was there before."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Conv1d(2, 4, 3, padding=1)
        self.down1 = nn.Conv1d(4, 6, 4, 2, 1)
        self.down2 = nn.Conv1d(6, 8, 4, 2, 1)
        self.middle = nn.Conv1d(8, 8, 3, padding=1)
        self.up2 = nn.ConvTranspose1d(8, 6, 4, 2, 1)
        self.join2 = nn.Conv1d(12, 6, 3, padding=1)
        self.up1 = nn.ConvTranspose1d(6, 4, 2, 2)
        self.join1 = nn.Conv1d(8, 3, 3, padding=1)

    def forward(self, clip: Tensor) -> Tensor:
        first = self.start(clip).relu()
        second = self.down1(first).relu()
        third = self.middle(self.down2(second).relu())
        joined = self.join2(torch.cat([self.up2(third), second], dim=1)).relu()
        return self.join1(torch.cat([self.up1(joined), first], dim=1))

    def schedule(self, frames: int) -> Schedule:
        def after(*modules: nn.Module) -> Schedule:
            total = Schedule()
            for module in modules:
                total = total.then(schedule(module, frames))
            return total

        first, second = after(self.start), after(self.start, self.down1)
        third = second.then(after(self.down2, self.middle, self.up2))
        joined = joined_schedule([third, second]).then(after(self.join2, self.up1))
        return joined_schedule([joined, first]).then(schedule(self.join1, frames))


class Codec(nn.Module):
    """A causal encoder by 6 and its decoder, as codecs of sound have them: what a transposed
    convolution adds behind the last frame is cut off."""

    def __init__(self) -> None:
        super().__init__()
        norm = parametrizations.weight_norm
        self.encoder = nn.ModuleList(
            [norm(nn.Conv1d(1, 4, 4, 2)), norm(nn.Conv1d(4, 6, 6, 3)), norm(nn.Conv1d(6, 3, 3))]
        )
        self.decoder = nn.ModuleList(
            [norm(nn.ConvTranspose1d(3, 6, 6, 3)), norm(nn.ConvTranspose1d(6, 4, 4, 2))]
        )
        self.last = norm(nn.Conv1d(4, 1, 5))

    def forward(self, clip: Tensor) -> Tensor:
        for layer in self.encoder:
            padded = nn.functional.pad(clip, (layer.kernel_size[0] - layer.stride[0], 0))
            clip = nn.functional.elu(layer(padded))
        for layer in self.decoder:
            clip = nn.functional.elu(layer(clip)[..., : -layer.stride[0]])
        return self.last(nn.functional.pad(clip, (4, 0)))

    def schedule(self, _frames: int) -> Schedule:
        down = Schedule(4, 2, 2, 2, 1).then(Schedule(6, 2, 3, 3, 2)).then(Schedule(3, 0, 2))
        return down.then(raised(3, 0, 3)).then(raised(2, 0, 2)).then(Schedule(5, 0, 4))


def _rate(
    name: str,
    what: str,
    build: Callable[[], nn.Module],
    shape: tuple[int, ...],
    form: str = BESIDE,
    **options: Any,
) -> Fixture:
    """A network whose steps are those of the definition."""
    return without_steps(
        *("has no layers that raise the rate", f"rates-{name}", what, build, shape, form),
        defined=True,
        **options,
    )


FIXTURES = [
    _rate("1d", "transposed convolutions over time", spread_in_time, (2, 2, 7), MODULE),
    _rate("2d", "transposed convolutions over time and a row", spread_in_a_row, (2, 2, 5, 4)),
    _rate("3d", "transposed convolutions over a plane", spread_in_a_plane, (2, 2, 4, 3, 4), INSIDE),
    Fixture(
        *("rates-frames", "an image decoder on each frame", decoded_frames, (2, 2, 5, 3, 4)),
        EXPORTED,
    ),
    _rate("upsample-1d", "enlarged in time", enlarged_in_time, (2, 2, 9), MODULE),
    _rate("upsample-2d", "enlarged in time and a row", enlarged_rows, (2, 2, 4, 5)),
    _rate("upsample-unet", "enlarged to what was before", SmallUNet, (1, 2, 8, 6, 5), INSIDE),
    _rate("sub-pixels", "channels that become time and space", SubPixels, (2, 2, 5, 4)),
    _rate("unet", "two levels down, and up beside what was before", UNet, (2, 2, 24)),
    _rate("codec", "a causal encoder and its decoder", Codec, (2, 1, 36)),
]
