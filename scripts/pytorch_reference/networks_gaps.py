"""Networks whose step mode the continual library gets wrong, lacks, or means differently.

The names of the gaps (G-01, …) are those of the register that the manifest refers to.
"""

from typing import Any

import continual as co
from torch import nn

from .fixture import BESIDE, DIFFERS, DILL, INSIDE, INSIDE_DICT, MODULE, Fixture, without_steps
from .networks_readme import squeeze_excitation


def one_frame_strided() -> nn.Module:
    return co.Sequential(co.Conv1d(2, 3, 1, stride=2), co.Conv1d(3, 2, 3))


def overpadded() -> nn.Module:
    return co.Conv1d(2, 3, kernel_size=3, padding=4)


def dilated_pool() -> nn.Module:
    pool = co.MaxPool2d((2, 3), 1, (1, 1), dilation=(2, 1), temporal_fill="neg_inf")
    return co.Residual(pool, reduce="mul")


def partial_window() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 3, 2),
        nn.AvgPool2d((3, 2), stride=2, ceil_mode=True),
        nn.MaxPool2d((2, 1), stride=(2, 1), ceil_mode=True),
    )


def strided_branches() -> nn.Module:
    return co.Sequential(
        co.BroadcastReduce(
            co.Conv1d(2, 3, 5, stride=2, padding=2), co.Conv1d(2, 3, 3, stride=2, padding=1)
        ),
        co.Conv1d(3, 2, 3),
    )


def divisors() -> nn.Module:
    return nn.Sequential(
        nn.AvgPool2d((3, 2), stride=(2, 1), padding=(1, 1), count_include_pad=False),
        nn.AvgPool2d((2, 3), stride=1, padding=(1, 0), divisor_override=4),
    )


def divisors_3d() -> nn.Module:
    return nn.AvgPool3d((3, 2, 2), stride=1, padding=1, count_include_pad=False, divisor_override=5)


def padded_max_pool() -> nn.Module:
    """The default fill of MaxPool2d is zeros, where the clip is padded with minus infinity."""
    return co.Sequential(co.Conv2d(2, 3, (1, 2)), co.Add(-3), co.MaxPool2d(3, 1, padding=1))


def group_norm() -> nn.Module:
    return co.Sequential(co.Conv2d(3, 4, (3, 1)), nn.GroupNorm(2, 4))


def mixed_fill() -> nn.Module:
    return co.Sequential(
        co.Conv2d(2, 3, 3, padding=1, temporal_fill="replicate"), nn.ReLU(), co.Conv2d(3, 2, 2)
    )


def shrinking(shrink: bool | str) -> nn.Module:
    return co.Sequential(
        co.Residual(co.Conv1d(3, 3, 5), residual_shrink=shrink), co.Conv1d(3, 2, 3, padding=1)
    )


def always(_module: nn.Module, _clip: Any) -> bool:
    return True


def never(_module: nn.Module, _clip: Any) -> bool:
    return False


def conditional(predicate: Any) -> nn.Module:
    return co.Sequential(
        co.Conditional(predicate, co.Conv1d(2, 3, 3, padding=1), co.Conv1d(2, 3, 1)),
        nn.Tanh(),
    )


def conditional_node(predicate: str) -> dict[str, Any]:
    wide = {"type": "Conv1d", "kernel_size": 3, "padding": 1}
    branches = [wide, {"type": "Conv1d", "kernel_size": 1}]
    condition = {"type": "Conditional", "predicate": predicate, "modules": branches}
    return {"type": "Sequential", "modules": [condition, {"type": "Tanh"}]}


def _wrong(
    gap: str, name: str, what: str, build: Any, shape: tuple[int, ...], form: str, why: str
) -> Fixture:
    """Both modes mean the same, but the library's steps are wrong or missing."""
    return without_steps(why, name, what, build, shape, form, gap=gap)


def _different(
    gap: str, name: str, what: str, build: Any, shape: tuple[int, ...], form: str
) -> Fixture:
    """The two modes mean different things, so that no implementation can make them equal."""
    return Fixture(name, what, build, shape, form, gap=gap, verdict=DIFFERS)


FIXTURES = [
    _wrong(
        *("G-01", "gap-one-frame-strided", "stride 2 on a kernel of one frame", one_frame_strided),
        *((2, 2, 11), INSIDE, "yields an output at every step"),
    ),
    _wrong(
        *("G-02", "gap-overpadded", "more padding than the window is long", overpadded),
        *((2, 2, 7), BESIDE, "loses the outputs that lie before the first frame"),
    ),
    _wrong(
        *("G-03", "gap-dilated-pool", "a residual around a dilated pool", dilated_pool),
        *((2, 2, 13, 6), BESIDE, "mixes up the frames of its ring"),
    ),
    _wrong(
        *("G-05", "gap-partial-window", "ceil_mode with a last window over the end"),
        *(partial_window, (2, 2, 13, 8), MODULE, "never yields the last window"),
    ),
    _wrong(
        *("G-06", "gap-strided-branches", "strided branches of unequal delay", strided_branches),
        *((2, 2, 23), BESIDE, "delays by outputs what it counted in inputs, and yields nothing"),
    ),
    _wrong(
        *("G-08", "gap-divisors", "averages that leave out the padding", divisors),
        *((2, 2, 12, 7), MODULE, "divides by the whole window"),
    ),
    _wrong(
        *("G-08", "gap-divisors-3d", "an average with a divisor of its own", divisors_3d),
        *((2, 2, 9, 5, 4), INSIDE_DICT, "divides by the window too"),
    ),
    _different(
        *("G-07", "gap-mixed-fill", "padded with zeros, filled with copies", mixed_fill),
        *((2, 2, 9, 5), BESIDE),
    ),
    _different(
        *("G-08", "gap-max-pool-fill", "a padded MaxPool2d filled with zeros", padded_max_pool),
        *((2, 2, 9, 6), BESIDE),
    ),
    _different(
        *("G-09", "gap-group-norm", "normalized over the clip or over a frame", group_norm),
        *((2, 3, 9, 5), INSIDE),
    ),
    _different(
        *("G-09", "gap-softmax-over-time", "a softmax over the clip or over one frame"),
        *(lambda: co.Sequential(co.Conv1d(2, 3, 3), nn.Softmax(dim=2)), (2, 2, 9), INSIDE_DICT),
    ),
    _different(
        *("G-10", "gap-longer-than-window", "squeeze and excitation on a longer clip"),
        *(lambda: squeeze_excitation(8, frames=5), (2, 8, 9, 3, 2), BESIDE),
    ),
    _different(
        *("G-22", "gap-linear-last-axis", "Linear on the last axis: time, or channels"),
        *(lambda: co.Sequential(co.Linear(6, 6), co.Conv1d(6, 3, 2)), (2, 6, 6), INSIDE),
    ),
    *(
        Fixture(
            f"residual-shrink-{'true' if shrink is True else shrink}",
            f"Residual(residual_shrink={shrink!r}) around an unpadded convolution",
            lambda shrink=shrink: shrinking(shrink),
            (2, 3, 14),
            form,
            gap=None if shrink == "leading" else "G-15",
        )
        for shrink, form in (
            *((True, BESIDE), ("centered", DILL), ("lagging", INSIDE), ("leading", DILL)),
        )
    ),
    Fixture(
        "conditional-always",
        "a condition that always holds",
        lambda: conditional(always),
        (2, 2, 8),
        model=conditional_node("always"),
    ),
    Fixture(
        "conditional-never",
        "a condition that never holds; the other branch is delayed to match",
        lambda: conditional(never),
        (2, 2, 8),
        INSIDE,
        model=conditional_node("never"),
    ),
]
