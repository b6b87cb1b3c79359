"""One fixture: a network, the clip it is given, how it is saved, and what is expected of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

Builder = Callable[[], nn.Module]

# The ways a network is saved; see `saving.py`.
INSIDE = "inside"
INSIDE_DICT = "inside-dict"
BESIDE = "beside"
SAFETENSORS = "safetensors"
MODULE = "module"
DILL = "dill"
BARE = "bare"
LEGACY = "legacy"
EXPORTED = "exported"

SAME, DIFFERS, INCONCLUSIVE = "same", "differs", "inconclusive"
EXIT_CODES = {SAME: 0, DIFFERS: 1, INCONCLUSIVE: 3}


@dataclass(frozen=True)
class Fixture:
    """A network and everything the tests must know about it.

    `build` makes a fresh network each time, because a network that has run, or that was widened to
    float64, is not saved as it was.
    """

    name: str
    what: str
    build: Builder
    shape: tuple[int, ...]
    """The clip's shape (B, C, T, ...)."""

    form: str = BESIDE
    arguments: str = ""
    """Options that the command line needs for the expected verdict."""

    model: dict[str, Any] | None = None
    """The `model` of the architecture where it is not to be the description of the live network."""

    weights: dict[str, Any] | None = None
    """The `weights` of the architecture."""

    wrap: Callable[[dict[str, Any]], Any] | None = None
    """What is saved instead of the state dict."""

    adjust: Callable[[nn.Module], None] = lambda network: None
    """What is done to the network once it has its weights."""

    suffix: str = ".pt"
    verdict: str = SAME
    gap: str | None = None
    """The entry of the gap register, where the library's step mode is not right."""

    steps: bool = True
    """Whether the library's own steps are right, and so are part of the fixture."""

    why_no_steps: str | None = None

    misaligned: bool = False
    """Whether delays are written that do not line up branches, which single steps alone show."""

    defined: bool = False
    """Whether the fixture's steps are those of the definition, which the library does not have."""


def without_steps(why: str, *arguments: Any, **options: Any) -> Fixture:
    """A fixture of the clip form alone; `why` continues "the library"."""
    return Fixture(*arguments, steps=False, why_no_steps=f"the library {why}", **options)
