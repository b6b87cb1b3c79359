"""When the outputs of a clip appear in a stream: the true schedule, from the definition alone.

Output j of a clip appears at step `first + j * stride`, the first step at which every input frame
it needs has been seen. Where a module raises the rate, several appear in one step: after n frames
`due(n)` outputs have appeared. The continual library computes the same numbers in most cases; where it
does not (dilated pools, strided branches of unequal delay, convolutions of one frame), these are
the right ones, so that the two can be told apart.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any

import continual as co
from torch import nn

from describe_model import branches_as_written, is_residual


@dataclass(frozen=True)
class Stage:
    """A module that has yielded `floor((n * up + offset) / down)` outputs after n frames."""

    up: int
    down: int
    offset: int

    def __call__(self, frames: int) -> int:
        return max(0, (frames * self.up + self.offset) // self.down)


@dataclass(frozen=True)
class Schedule:
    """How output time relates to input time, in input frames."""

    receptive_field: int = 1
    delay: int = 0
    padding: int = 0
    stride: int = 1
    first: int = 0
    counts: tuple[tuple["Stage", ...], ...] = ()
    """Where any module raises the rate: for each branch that is joined, the modules one after the
    other. The other numbers mean nothing then."""

    def then(self, following: "Schedule") -> "Schedule":
        """The schedule of this module followed by another."""
        return Schedule(
            self.receptive_field + self.stride * (following.receptive_field - 1),
            self.delay + self.stride * following.delay,
            self.padding + self.stride * following.padding,
            self.stride * following.stride,
            self.first + self.stride * following.first,
            tuple(mine + its for mine in self.stages for its in following.stages)
            if self.counts or following.counts
            else (),
        )

    @property
    def stages(self) -> tuple[tuple["Stage", ...], ...]:
        plain = Stage(1, self.stride, self.stride - 1 - self.first)
        return self.counts or ((plain,),)

    def due(self, frames: int) -> int:
        """How many outputs have appeared after so many frames."""
        if frames == 0:
            return 0
        return min(reduce(lambda n, stage: stage(n), chain, frames) for chain in self.stages)

    def steps(self, frames: int) -> list[int]:
        """The step of each output that a stream of `frames` frames yields."""
        due = [self.due(n) for n in range(frames + 1)]
        return [step for step in range(frames) for _ in range(due[step + 1] - due[step])]

    def as_json(self) -> dict[str, int] | None:
        """None where one stride and one first step do not tell all."""
        numbers = asdict(self)
        return None if numbers.pop("counts") else numbers


def schedule(module: nn.Module, frames: int) -> Schedule:
    """The schedule of a live module that is given clips of `frames` frames.

    The clip length matters where torch.nn pools a whole clip: its window is the clip.
    """
    if hasattr(module, "schedule"):
        # A network that is written as its `forward` says it itself.
        return module.schedule(frames)
    if isinstance(module, co.BroadcastReduce | co.Parallel):
        return joined_schedule([schedule(branch, frames) for branch in _as_written(module)])
    if isinstance(module, co.Conditional):
        return joined_schedule([schedule(branch, frames) for branch in module._modules.values()])
    if isinstance(module, nn.Sequential):
        return _chained(module, frames)
    if isinstance(module, co.Delay):
        return _delayed(module)
    if isinstance(module, co.Skip):
        return Schedule(first=module.steps)
    if isinstance(module, co.SingleOutputMultiheadAttention | co.RetroactiveMultiheadAttention):
        frames = module.sequence_len
        return Schedule(frames, frames - 1, first=frames - 1)
    if isinstance(module, TRANSPOSED):
        return _spread(module)
    if isinstance(module, nn.Upsample):
        return _enlarged(module)
    return _windowed(module, frames)


TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def _spread(module: Any) -> Schedule:
    """A transposed convolution: an output appears when no later frame is added to it, but not before
    a clip that ended there would have it."""
    return raised(
        module.stride[0],
        module.padding[0],
        (module.kernel_size[0] - 1) * module.dilation[0] + 1 + module.output_padding[0],
    )


def _enlarged(module: nn.Upsample) -> Schedule:
    """Of what is mixed, the half of a frame's outputs that lies behind it waits for the next."""
    factor = int(_in_time(module.scale_factor))
    waiting = factor // 2 if "linear" in module.mode else 0
    return Schedule(counts=((Stage(factor, 1, -waiting),),))


def raised(stride: int, padding: int, span: int) -> Schedule:
    """Frames that are spread over `span` outputs each, `padding` of which are cropped at both ends."""
    offset = -padding + min(0, span - stride - padding)
    return Schedule(counts=((Stage(stride, 1, offset),),))


def _as_written(module: Any) -> list[nn.Module]:
    """The branches without the delays that the library put in to align them.

    What aligns them is the schedule, and the library's own delays are not always right.
    """
    if isinstance(module, co.BroadcastReduce) and is_residual(module):
        bypass, inner = module
        aligned = isinstance(bypass, co.Delay) and not bypass.auto_shrink
        return [inner] if aligned else [bypass, inner]
    return branches_as_written(module)


def joined_schedule(branches: list[Schedule]) -> Schedule:
    """Branches on one input: an output needs the slowest of them."""
    return Schedule(
        max(branch.receptive_field for branch in branches),
        max(branch.delay for branch in branches),
        max(branch.padding for branch in branches),
        branches[0].stride,
        max(branch.first for branch in branches),
        tuple(dict.fromkeys(chain for branch in branches for chain in branch.stages))
        if any(branch.counts for branch in branches)
        else (),
    )


def _chained(modules: Iterable[nn.Module], frames: int) -> Schedule:
    total = Schedule()
    for module in modules:
        step = schedule(module, frames)
        total = total.then(step)
        frames = clip_length(module, frames)
    return total


def _delayed(module: co.Delay) -> Schedule:
    centred = module.auto_shrink is True or module.auto_shrink == "centered"
    first = module.delay * (2 if centred else 1)
    return Schedule(module.delay + 1, module.delay, 0, 1, first)


def _windowed(module: nn.Module, frames: int) -> Schedule:
    window = _window(module, frames)
    if window is None:
        return Schedule()
    kernel, stride, padding, dilation = window
    span = dilation * (kernel - 1) + 1
    first = max(span - 1 - padding, 0)
    return Schedule(span, first, padding, stride, first)


def _window(module: Any, frames: int) -> tuple[int, int, int, int] | None:
    """Kernel, stride, padding and dilation in time, of what looks at several frames."""
    adaptive = (
        *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
        *(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
    )
    windowed = (
        *(nn.Conv1d, nn.Conv2d, nn.Conv3d, co.Conv1d, co.Conv2d, co.Conv3d),
        *(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d),
    )
    if isinstance(module, adaptive) and not isinstance(module, co.CoModule):
        return (frames, 1, 0, 1) if _in_time(module.output_size) == 1 else None
    if not isinstance(module, adaptive + windowed):
        return None
    kernel, stride = _in_time(module.kernel_size), _in_time(module.stride)
    padding = _padding(module, kernel)
    return kernel, stride, padding, _in_time(getattr(module, "dilation", 1))


def _padding(module: Any, kernel: int) -> int:
    if isinstance(module.padding, str):
        total = _in_time(module.dilation) * (kernel - 1)
        return total // 2 if module.padding == "same" else 0
    return _in_time(module.padding)


def _in_time(size: Any) -> int:
    return size[0] if isinstance(size, tuple | list) else size


def clip_length(module: nn.Module, frames: int) -> int:
    """How many frames the clip form of a module makes of a clip of `frames` frames."""
    if isinstance(module, co.BroadcastReduce):
        return max(clip_length(branch, frames) for branch in module)
    if isinstance(module, nn.Sequential) and not isinstance(module, co.Parallel):
        for child in module:
            frames = clip_length(child, frames)
        return frames
    if isinstance(module, co.Parallel):
        return max(clip_length(branch, frames) for branch in module)
    if isinstance(module, co.Delay):
        times = {False: 0, "lagging": 1}.get(module.auto_shrink, 2)
        return frames - times * module.delay
    if isinstance(module, co.Skip):
        return frames - module.steps
    return _windowed_length(module, frames)


def _windowed_length(module: Any, frames: int) -> int:
    if isinstance(module, nn.Upsample):
        return frames * int(_in_time(module.scale_factor))
    if isinstance(module, TRANSPOSED):
        span = (module.kernel_size[0] - 1) * module.dilation[0] + 1 + module.output_padding[0]
        return (frames - 1) * module.stride[0] + span - 2 * module.padding[0]
    window = _window(module, frames)
    if window is None:
        return frames
    if isinstance(module, nn.Module) and hasattr(module, "output_size"):
        return 1
    kernel, stride, padding, dilation = window
    room = frames + 2 * padding - dilation * (kernel - 1) - 1
    if not getattr(module, "ceil_mode", False):
        return room // stride + 1
    # One more window, which begins in the clip or in the padding before it.
    length = -(-room // stride) + 1
    return length - 1 if (length - 1) * stride >= frames + padding else length
