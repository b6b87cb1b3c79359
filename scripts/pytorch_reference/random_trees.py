"""Random networks: trees of containers and layers with every option, the same for the same seed.

A tree grows along a trunk. After each layer the next one is told how many channels, frames and
pixels it gets, so that all sizes fit. Layers whose step mode the continual library gets wrong are
grown too; they clear `library_is_right`, and the truth is then the definition alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import continual as co
import torch
from torch import nn

from .numbers import fill_in
from .random_forwards import RandomForward
from .random_layers import Layers, Place
from .schedule import clip_length, schedule


@dataclass
class Tree:
    """A random network and the clip it is for; `build` makes it anew, with the same weights."""

    seed: int
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    library_is_right: bool
    plain: bool
    """Whether it is all of torch.nn, so that it can be saved whole."""

    outputs: int
    """How many outputs a stream of the clip's length yields."""

    traced: bool = False
    """Whether it has a forward of its own, which only the exporter can write down."""

    parametrized: bool = False
    """Whether weights are put together from parts, which no whole module can be saved with."""


def random_tree(seed: int) -> Tree:
    """The tree of a seed; tries until the clip is long enough for several outputs."""
    attempt = 0
    while True:
        tree = _attempt(seed, attempt)
        if tree is not None:
            return tree
        attempt += 1


def _attempt(seed: int, attempt: int) -> Tree | None:
    rng = Random(f"{seed}/{attempt}")
    plain = rng.random() < 0.3
    axes = rng.choice((0, 1, 2, 2))
    place = Place(
        channels=rng.choice((2, 3, 4, 6)),
        frames=rng.randint(13, 34),
        space=tuple(rng.choice((5, 6, 7, 9, 11)) for _ in range(axes)),
    )
    shape = (rng.randint(1, 3), place.channels, place.frames, *place.space)
    grower_seed = rng.random()
    if rng.random() < 0.15:
        return _forward(seed, grower_seed, place, shape)

    def build() -> nn.Module:
        return fill_in(Grower(Random(grower_seed), plain, place).grow(), seed)

    grower = Grower(Random(grower_seed), plain, place)
    try:
        network = grower.grow()
    except TooShort:
        return None
    outputs = len(schedule(network, place.frames).steps(place.frames))
    enough = 1 if grower.layers.pools_clip else 3
    if min(outputs, clip_length(network, place.frames)) < enough:
        return None
    right = grower.layers.library_is_right
    parts = grower.layers.parametrizes
    return Tree(seed, build, shape, right, plain, outputs, parametrized=parts)


def _forward(seed: int, grower_seed: float, place: Place, shape: tuple[int, ...]) -> Tree | None:
    """A module with a forward of its own."""

    def build() -> nn.Module:
        return fill_in(RandomForward(Random(grower_seed), place), seed)

    network = build()
    outputs = len(network.schedule(place.frames).steps(place.frames))
    try:
        after(network, place)
    except TooShort:
        return None
    if outputs < 3:
        return None
    return Tree(seed, build, shape, False, True, outputs, traced=True)


class TooShort(Exception):
    """The clip ran out of frames or pixels."""


@dataclass
class Grower:
    """Grows one tree."""

    rng: Random
    plain: bool
    place: Place
    layers: Layers = field(init=False)

    def __post_init__(self) -> None:
        self.layers = Layers(self.rng, self.plain)

    def grow(self) -> nn.Module:
        """The network; raises TooShort if it does not fit the clip."""
        return self.chain(self.place, self.rng.randint(2, 5), depth=0)

    def chain(self, place: Place, length: int, depth: int) -> nn.Module:
        modules: list[nn.Module] = []
        for _ in range(length):
            module = self.piece(place, depth)
            place = after(module, place)
            modules.append(module)
        if depth == 0 and self.attends(place):
            modules.extend(self.layers.attention(place))
        elif depth == 0 and self.rng.random() < 0.15:
            modules.extend(self.layers.tail(place))
        return self.sequential(modules)

    def attends(self, place: Place) -> bool:
        """Whether the whole clip is attended to, where the stream sees all of it too."""
        return not self.plain and not place.space and place.unpadded and self.rng.random() < 0.5

    def sequential(self, modules: list[nn.Module]) -> nn.Module:
        kind = nn.Sequential if self.plain else co.Sequential
        if self.rng.random() < 0.3:
            names = [f"{type(m).__name__.lower()}{i}" for i, m in enumerate(modules)]
            return kind(OrderedDict(zip(names, modules, strict=True)))
        return kind(*modules)

    def piece(self, place: Place, depth: int) -> nn.Module:
        """A layer or a container that fits behind the trunk so far."""
        if depth < 2 and self.rng.random() < 0.4:
            if self.plain:
                return self.chain(place, self.rng.randint(1, 3), depth + 1)
            growers = [self.residual, self.residual, self.branches, self.branches, self.nested]
            growers += [self.spelled_out, self.excitation]
            return self.rng.choice(growers)(place, depth + 1)
        return self.layers.layer(place)

    def nested(self, place: Place, depth: int) -> nn.Module:
        return self.chain(place, self.rng.randint(1, 3), depth)

    def residual(self, place: Place, depth: int) -> nn.Module:
        """A residual; around what keeps all sizes, or unpadded in time with a shrinking bypass."""
        reduce = self.rng.choice(("sum", "sum", "mul", "max"))
        if self.rng.random() < 0.7:
            return co.Residual(self.keeping(place, place.channels, depth), reduce=reduce)
        shrink = self.rng.choice((True, "centered", "lagging", "leading"))
        inner = self.layers.unpadded_conv(place)
        if place.frames < inner.kernel_size[0] + 3:
            raise TooShort
        return co.Residual(inner, reduce=reduce, residual_shrink=shrink)

    def branches(self, place: Place, depth: int) -> nn.Module:
        """Branches that are joined; the delays are left to the container."""
        count = self.rng.randint(2, 4)
        reduce = self.rng.choice(("sum", "mul", "max", "concat"))
        stride = self.rng.choice((1, 1, 1, 2)) if place.frames > 12 else 1
        common = self.rng.choice((2, 3, 4))
        widths = [self.rng.choice((1, 2, 3)) if reduce == "concat" else common] * count
        if stride > 1:
            self.layers.library_is_right = False
            grown = [self.layers.keeping_conv(place, width, stride) for width in widths]
            return co.BroadcastReduce(*grown, reduce=reduce)
        grown = [self.keeping(place, width, depth) for width in widths]
        return co.BroadcastReduce(*grown, reduce=reduce)

    def spelled_out(self, place: Place, depth: int) -> nn.Module:
        """Branches as Broadcast, Parallel and Reduce, the streams perhaps in another order."""
        width, count = self.rng.choice((2, 3)), self.rng.randint(2, 3)
        modules: list[nn.Module] = [
            co.Broadcast(self.rng.choice((None, count))),
            co.Parallel(*(self.keeping(place, width, depth) for _ in range(count))),
        ]
        if self.rng.random() < 0.3:
            modules.append(co.ParallelDispatch(self.rng.choices(range(count), k=count + 1)))
        modules.append(co.Reduce(self.rng.choice(("sum", "mul", "max", "concat"))))
        return co.Sequential(*modules)

    def excitation(self, place: Place, depth: int) -> nn.Module:
        """Squeeze and excitation over the whole clip, where the stream sees all of it too."""
        if not place.space or not place.unpadded or depth > 1:
            return self.nested(place, depth)
        self.layers.pools_clip = True
        kind = getattr(co, f"AdaptiveAvgPool{1 + len(place.space)}d")
        pool = kind((1,) * (1 + len(place.space)), kernel_size=place.frames)
        gate = [pool, self.layers.pointwise(place, 2), nn.ReLU()]
        back = self.layers.pointwise(place.with_channels(2), place.channels)
        return co.Residual(co.Sequential(*gate, back, nn.Sigmoid()), reduce="mul")

    def keeping(self, place: Place, channels: int, depth: int) -> nn.Module:
        """Something that keeps frames and pixels, and gives so many channels."""
        modules: list[nn.Module] = []
        for _ in range(self.rng.randint(0, 2)):
            if depth < 2 and self.rng.random() < 0.2:
                modules.append(co.Residual(self.keeping(place, place.channels, depth + 1)))
            else:
                modules.append(self.layers.keeping_layer(place))
        modules.append(self.layers.keeping_conv(place, channels, 1))
        modules.extend(
            self.layers.keeping_layer(place.with_channels(channels), cheap=True)
            for _ in range(self.rng.randint(0, 1))
        )
        return modules[0] if len(modules) == 1 else self.sequential(modules)


def after(module: nn.Module, place: Place) -> Place:
    """Where the next layer stands; raises TooShort if this one does not fit."""
    probe = torch.zeros(1, place.channels, place.frames, *place.space)
    module.eval()
    try:
        with torch.no_grad():
            output = module.forward(probe)
    except RuntimeError as error:
        raise TooShort from error
    output = output[0] if isinstance(output, tuple) else output
    if output.shape[2] < 3 or 0 in output.shape:
        raise TooShort
    streamed = len(schedule(module, place.frames).steps(place.frames))
    unpadded = place.unpadded and streamed == clip_length(module, place.frames)
    return Place(output.shape[1], output.shape[2], tuple(output.shape[3:]), unpadded)
