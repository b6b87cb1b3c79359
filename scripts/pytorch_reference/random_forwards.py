"""Random modules with a forward of their own, for torch.export to trace: no trees, but wires that
are joined, used twice, permuted, padded and cut, in the words that people write."""

from collections.abc import Callable
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .random_layers import Layers, Place
from .schedule import Schedule, joined_schedule, schedule

# What a step of a forward does with the wires that it reads.
Operation = Callable[..., Tensor]

_AT_ONCE = Schedule()


class RandomForward(nn.Module):
    """A forward of random steps; every wire has the channels, frames and pixels of the input."""

    def __init__(self, rng: Random, place: Place) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        self.matrix = nn.Parameter(torch.empty(self._last(place), self._last(place)))
        self.gamma = nn.Parameter(torch.empty(place.channels, *(1 for _ in (1, *place.space))))
        self._place = place
        self._rng = rng
        self._made = Layers(rng, plain=True)
        self._steps: list[tuple[list[int], Operation]] = []
        self._times = [_AT_ONCE]
        for _ in range(rng.randint(4, 9)):
            rng.choice(self._makers())()
        unread = set(range(len(self._times))) - {i for read, _ in self._steps for i in read}
        self._join(sorted(unread))

    def forward(self, clip: Tensor) -> Tensor:
        wires = [clip]
        for read, operation in self._steps:
            wires.append(operation(*(wires[index] for index in read)))
        return wires[-1]

    def schedule(self, _frames: int) -> Schedule:
        return self._times[-1]

    @staticmethod
    def _last(place: Place) -> int:
        return (place.channels, *place.space)[-1]

    def _makers(self) -> list[Callable[[], None]]:
        makers = [self._layer, self._layer, self._residual, self._function, self._arithmetic]
        makers += [self._two, self._concatenation, self._causal, self._chomped, self._product]
        makers += [self._transposed] if not self._place.space else [self._gate, self._flattened]
        return makers

    def _add(self, read: list[int], operation: Operation, time: Schedule = _AT_ONCE) -> None:
        self._steps.append((read, operation))
        joined = joined_schedule([self._times[index] for index in read])
        self._times.append(joined.then(time))

    def _wire(self) -> int:
        return self._rng.randrange(len(self._times))

    def _hold(self, layer: nn.Module) -> nn.Module:
        self.layers.append(layer)
        return layer

    def _convolution(self, kernel: int, padding: int, dilation: int = 1) -> Any:
        place = self._place
        layer: Any = self._made.same_in_space(place, place.channels, kernel, 1, padding)
        if dilation > 1:
            layer.dilation = (dilation, *layer.dilation[1:])
        return self._hold(layer)

    # Steps

    def _layer(self) -> None:
        layer = self._hold(self._made.keeping_layer(self._place))
        self._add([self._wire()], layer, schedule(layer, self._place.frames))

    def _residual(self) -> None:
        convolution = self._convolution(3, 1)

        def add(clip: Tensor) -> Tensor:
            inner = convolution(clip)
            inner += clip
            return F.relu(inner, inplace=True)

        self._add([self._wire()], add, schedule(convolution, self._place.frames))

    def _function(self) -> None:
        functions: list[Operation] = [
            *(torch.relu, torch.tanh, torch.sigmoid, F.silu, F.softsign, torch.abs),
            *(lambda clip: F.leaky_relu(clip, 0.2), lambda clip: F.elu(clip, alpha=0.7)),
            *(lambda clip: clip.sigmoid(), lambda clip: F.dropout(clip, 0.5, self.training)),
            *(lambda clip: F.softmax(clip, dim=1), lambda clip: F.gelu(clip, approximate="tanh")),
        ]
        self._add([self._wire()], self._rng.choice(functions))

    def _arithmetic(self) -> None:
        operations: list[Operation] = [
            *(lambda clip: clip * 0.75 + 0.5, lambda clip: 1 - clip, lambda clip: -0.5 * clip),
            *(lambda clip: clip / 3, lambda clip: torch.add(clip, 0.25).mul_(2)),
            *(lambda clip: clip * self.gamma, lambda clip: self.gamma + clip),
        ]
        self._add([self._wire()], self._rng.choice(operations))

    def _two(self) -> None:
        operations: list[Operation] = [
            *(torch.add, torch.mul, torch.maximum, lambda a, b: a - b),
            *(lambda a, b: torch.tanh(a) * b.sigmoid(), lambda a, b: a + b + a),
        ]
        self._add([self._wire(), self._wire()], self._rng.choice(operations))

    def _concatenation(self) -> None:
        place = self._place
        merged = place.with_channels(2 * place.channels)
        back = self._hold(self._made.same_in_space(merged, place.channels, 1, 1, 0))
        self._add([self._wire(), self._wire()], lambda a, b: back(torch.cat([a, b], dim=1)))

    def _causal(self) -> None:
        """Zeros in front of the clip, and a convolution that is not padded."""
        kernel, dilation = self._rng.choice((2, 3)), self._rng.choice((1, 2))
        convolution = self._convolution(kernel, 0, dilation)
        before = dilation * (kernel - 1)
        pad = [0, 0] * len(self._place.space) + [before, 0]
        self._add([self._wire()], lambda clip: convolution(F.pad(clip, pad)), _causal(before))

    def _chomped(self) -> None:
        """A convolution that is padded on both sides, and what lies behind the clip cut off."""
        kernel = self._rng.choice((2, 3, 4))
        convolution = self._convolution(kernel, kernel - 1)
        after = kernel - 1
        cut = self._rng.choice(
            (lambda c: c[:, :, :-after], lambda c: c[:, :, :-after].contiguous())
        )
        self._add([self._wire()], lambda clip: cut(convolution(clip)), _causal(after))

    def _product(self) -> None:
        """A matrix of the module along the last axis of a frame."""
        if self._place.space:
            self._add([self._wire()], lambda clip: torch.matmul(clip, self.matrix))
        else:
            self._add([self._wire()], lambda c: (c.transpose(1, 2) @ self.matrix).permute(0, 2, 1))

    def _transposed(self) -> None:
        """Layers that want the channels last."""
        width = self._place.channels
        norm, linear = self._hold(nn.LayerNorm(width)), self._hold(nn.Linear(width, width))
        recurrent = self._hold(nn.GRU(width, width, batch_first=True))
        chosen: list[Operation] = [
            lambda clip: linear(F.relu(norm(clip.transpose(1, 2)))).transpose(1, 2),
            lambda clip: recurrent(clip.permute(0, 2, 1))[0].permute(0, 2, 1),
        ]
        self._add([self._wire()], self._rng.choice(chosen))

    def _gate(self) -> None:
        """Squeeze and excitation of each frame."""
        gate = self._hold(self._made.same_in_space(self._place, self._place.channels, 1, 1, 0))
        space = tuple(range(3, 3 + len(self._place.space)))
        self._add(
            [self._wire()],
            lambda clip: clip * torch.sigmoid(gate(clip.mean(dim=space, keepdim=True))),
        )

    def _flattened(self) -> None:
        """Space and channels in one axis, a norm over them, and apart again."""
        place, space = self._place, self._place.space
        count = place.channels
        for size in space:
            count *= size
        norm = self._hold(nn.BatchNorm1d(count))
        order = (0, *range(3, 3 + len(space)), 1, 2)
        back = (0, len(order) - 2, len(order) - 1, *range(1, 1 + len(space)))

        def flat(clip: Tensor) -> Tensor:
            batch, channels, frames = clip.size(0), clip.size(1), clip.size(2)
            joined = clip.permute(order).contiguous().view(batch, count, frames)
            return norm(joined).view(batch, *space, channels, frames).permute(back)

        self._add([self._wire()], flat)

    def _join(self, read: list[int]) -> None:
        """What no step reads is added up, in the order in which it was made."""
        if len(read) > 1:
            self._add(read, lambda *wires: sum(wires))


def _causal(frames: int) -> Schedule:
    """A convolution whose padding is all in front: it yields an output for each frame at once."""
    return Schedule(frames + 1, padding=frames)
