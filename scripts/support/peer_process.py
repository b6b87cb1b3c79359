"""A network in PyTorch and continual-inference, in a process of its own that is timed in slices.

    python -m support.peer_process CASE BATCH FRAMES THREADS

Takes orders from the standard input, a line each, and answers each with a line of JSON, as
`Tests/StepBenchmark/Orders.swift` does: `figures`, `clip SECONDS`, `step SECONDS`, `walk FRAMES` and
`outputs FILE`. The answer is null where the library has no such steps.
"""

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy
import torch
from torch import Tensor, nn

from support.peer_cases import CASES, PeerCase, in_pytorch
from support.reference_times import measure, time_of, with_steps


def main() -> None:
    warnings.simplefilter("ignore")
    case = CASES[sys.argv[1]]
    batch, frames, threads = (int(word) for word in sys.argv[2:])
    torch.set_num_threads(threads)
    with torch.inference_mode():
        peer = Peer(case, *made(case, batch, frames), time.process_time if threads == 1 else time.perf_counter)
        for line in sys.stdin:
            order, *words = line.split()
            print(json.dumps(getattr(peer, order)(*words)), flush=True)


def made(case: PeerCase, batch: int = 1, frames: int = 0) -> tuple[nn.Module, Tensor]:
    """A network and a clip, with numbers that come out the same each time."""
    torch.manual_seed(0)
    network = case.network().eval()
    shape = (batch, case.shape[1], frames or case.shape[2], *case.shape[3:])
    # Not of a normal distribution, whose numbers depend on the instruction set.
    return network, 4 * torch.rand(shape, generator=torch.Generator().manual_seed(1)) - 2


class Peer:
    """What an order makes; words are those behind it."""

    def __init__(
        self, case: PeerCase, network: nn.Module, clip: Tensor, clock: Callable[[], float]
    ) -> None:
        self.clock = clock
        self.network = network
        self.plain = in_pytorch(network)
        self.frames = [clip[:, :, time].contiguous() for time in range(clip.shape[2])]
        self.whole = clip
        self.stepped = with_steps(network).eval() if case.has_library_steps else None
        self.place = 0
        self.outputs_of_steps: list[Tensor] = []
        if self.stepped:
            made = [self.stepped.forward_step(frame) for frame in self.frames]
            # Before the first output a step does less.
            while not isinstance(made[-1], Tensor):
                made.append(self.stepped.forward_step(self.frames[self.place]))
                self.advance()
            self.outputs_of_steps = [frame for frame in made[: len(self.frames)] if isinstance(frame, Tensor)]

    def advance(self) -> None:
        self.place = (self.place + 1) % len(self.frames)

    def one_step(self) -> None:
        assert self.stepped
        self.stepped.forward_step(self.frames[self.place])
        self.advance()

    def figures(self) -> dict[str, int]:
        return {"weights": 4 * sum(weight.numel() for weight in self.network.parameters())}

    def clip(self, seconds: str) -> dict[str, float]:
        return measure(lambda: self.plain(self.whole), float(seconds), self.clock)

    def step(self, seconds: str) -> dict[str, float] | None:
        return measure(self.one_step, float(seconds), self.clock) if self.stepped else None

    def walk(self, frames: str) -> dict[str, Any] | None:
        if not self.stepped:
            return None
        before = peak()
        each = int(frames) // 10
        times = [time_of(self.one_step, each, self.clock) / each for _ in range(10)]
        return {"times": times, "megabytes": peak() - before}

    def outputs(self, file: str) -> dict[str, list[int]]:
        """Writes (B, C, T, S…) of the clip and then of the steps."""
        whole = self.plain(self.whole)
        if isinstance(whole, tuple):
            # Of recurrence, with the state at the end.
            whole = whole[0]
        steps = torch.stack(self.outputs_of_steps, 2) if self.outputs_of_steps else torch.empty(0)
        parts = {"clip": whole, "step": steps}
        numpy.concatenate([part.flatten().numpy() for part in parts.values()]).tofile(file)
        return {name: list(part.shape) for name, part in parts.items()}


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
