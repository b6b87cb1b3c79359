"""Networks whose branches have the delays that somebody has written, right ones and wrong ones.

The library joins what comes in the same step, so that its own steps show what such a delay does.
"""

import continual as co
from torch import nn

from .fixture import BESIDE, DIFFERS, DILL, INSIDE, SAME, Builder, Fixture


def side_by_side(*branches: nn.Module) -> nn.Module:
    """Two branches behind a convolution, with these delays and no others."""
    return co.Sequential(
        co.Conv3d(3, 8, 3, padding=1),
        co.Broadcast(2),
        co.Parallel(co.Conv3d(8, 8, 3, padding=1), *branches, auto_delay=False),
        co.Reduce("sum"),
        nn.ReLU(),
    )


def nested(delay: int) -> nn.Module:
    """A branch with a delay where 2 is right, two levels deep."""
    inner = co.BroadcastReduce(
        co.Conv1d(3, 3, 5, padding=2), co.Delay(delay), auto_delay=False, reduce="sum"
    )
    return co.Residual(co.Sequential(co.Residual(inner), co.Conv1d(3, 3, 3, padding=1)))


def behind_a_stride(delay: int, *branches: nn.Module) -> nn.Module:
    """Delays are counted in the frames that are left behind a stride; of the second branch 1 is right."""
    return co.Sequential(
        co.Conv1d(2, 4, 3, stride=2, padding=1),
        co.BroadcastReduce(
            co.Conv1d(4, 4, 5, padding=2),
            co.Sequential(co.Conv1d(4, 3, 3, padding=1), co.Delay(delay)),
            *branches,
            auto_delay=False,
            reduce="concat",
        ),
    )


VIDEO, SERIES = (2, 3, 9, 5, 4), (2, 2, 19)


def _written(
    name: str,
    what: str,
    build: Builder,
    shape: tuple[int, ...],
    form: str,
    verdict: str = DIFFERS,
) -> Fixture:
    return Fixture(
        *("written-" + name, what, build, shape, form),
        verdict=verdict,
        misaligned=verdict == DIFFERS,
    )


FIXTURES = [
    _written(
        *("undelayed", "a branch without the delay of the other"),
        *(lambda: side_by_side(co.Identity()), VIDEO, DILL),
    ),
    _written(
        *("undelayed-described", "the same, described"),
        *(lambda: side_by_side(co.Identity()), VIDEO, BESIDE),
    ),
    _written(
        *("late", "a delay of 2 where 1 is right"),
        *(lambda: side_by_side(co.Delay(2)), VIDEO, DILL),
    ),
    _written(
        *("delayed", "the delay that is right"),
        *(lambda: side_by_side(co.Delay(1)), VIDEO, DILL, SAME),
    ),
    _written(
        *("nested", "an early branch in two residuals, which have no other delay"),
        *(lambda: nested(1), (2, 3, 17), INSIDE),
    ),
    _written(
        *("nested-late", "a late one, which the library leaves out where it delays what is around"),
        *(lambda: nested(3), (2, 3, 17), DILL),
    ),
    _written(
        *("stride", "a late branch behind a stride"),
        *(lambda: behind_a_stride(2), SERIES, INSIDE),
    ),
    _written(
        *("right", "delays that are right behind a stride"),
        *(lambda: behind_a_stride(1, co.Delay(2)), SERIES, DILL, SAME),
    ),
]
