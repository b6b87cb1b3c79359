"""What is measured of a network for the table of bench_peers.py."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from support.peer_cases import PeerCase
from support.slices import Pair, Settings, Worker, in_turn

# Sums of a thousand products in another order differ by so much of the largest output.
AGREEMENT = 2e-5


class Machine:
    """What one core can do at most."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.operations: float = answer["operations"]
        # By the size of a block, the bytes a second that a copy reads and writes, or reading alone if that is faster.
        self.rates: list[tuple[int, float]] = answer["bytes"]

    def rate(self, bytes: float) -> float:
        """The bytes a second of the level that holds so many."""
        return next((rate for size, rate in self.rates if size >= bytes), self.rates[-1][1])

    def limit(self, operations: float, bytes: float) -> float:
        """The seconds that so many operations on so many bytes take at least."""
        return max(operations / self.operations, bytes / self.rate(bytes))


@dataclass(frozen=True)
class Row:
    """The measurements of a network."""

    case: PeerCase
    fresh: Pair
    warm: Pair
    step: Pair
    # Of a step.
    operations: float
    bytes: float
    # The largest difference of the outputs, of the largest output; None where there is nothing beside it.
    differences: dict[str, float | None]

    @property
    def agrees(self) -> bool:
        return all(difference is None or difference <= AGREEMENT for difference in self.differences.values())

    @property
    def clip_operations(self) -> float | None:
        return None if self.case.step_operations else self.operations * self.case.shape[2]

    def line(self, machine: Machine) -> str:
        """For who watches."""
        limit = machine.limit(self.operations, self.bytes)
        return (
            f"{self.case.name:32} clip {self.warm.ours * 1e3:9.3f} ms, x {told(self.fresh.ratio)} fresh, "
            f"x {told(self.warm.ratio)} warm; step {self.step.ours * 1e6:9.1f} us, x {told(self.step.ratio)}, "
            f"{self.step.ours / limit:6.2f} limits; differences "
            + ", ".join(f"{value:.1e}" if value is not None else "-" for value in self.differences.values())
        )


def told(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.3g}" if ratio < 10 else f"{ratio:.0f}"


def measured(case: PeerCase, settings: Settings, folder: Path) -> Row:
    """Times a network on both sides."""
    with Worker.of_coverify(case, settings, folder, False) as ours, Worker.of_peer(case, settings, False) as theirs:
        fresh = in_turn("clip", ours, theirs, settings)
    with Worker.of_coverify(case, settings, folder) as ours, Worker.of_peer(case, settings) as theirs:
        differences = compared(case, ours, theirs, folder)
        figures = ours.ask("figures")
        weights = theirs.ask("figures")["weights"]
        warm = in_turn("clip", ours, theirs, settings)
        step = in_turn("step", ours, theirs, settings)
    bytes = figures["frames"] + figures["state"] + weights
    operations = case.step_operations or figures["operations"]
    return Row(case, fresh, warm, step, operations, bytes, differences)


def compared(case: PeerCase, ours: Worker, theirs: Worker, folder: Path) -> dict[str, float | None]:
    """How far the outputs are apart."""
    files = [folder / "ours", folder / "theirs"]
    counts = ours.ask(f"outputs {files[0]}")
    shapes = theirs.ask(f"outputs {files[1]}")
    own, other = (numpy.fromfile(file, dtype=numpy.float32).astype(numpy.float64) for file in files)
    places = {"clip": (0, 0), "step": (counts["clip"], int(numpy.prod(shapes["clip"])))}
    skipped = {"clip": 0, "step": case.foreign_steps}
    return {
        name: difference(own[a : a + counts[name]], other[b:], shapes[name], skipped[name])
        for name, (a, b) in places.items()
    }


def difference(own: numpy.ndarray, other: numpy.ndarray, shape: list[int], skipped: int) -> float | None:
    """The largest difference, of the largest output; of the last frames, where one side makes fewer."""
    if shape == [0]:
        return None
    other = other[: int(numpy.prod(shape))].reshape(shape)
    frames = own.size // max(1, other.size // shape[2])
    own = own.reshape(shape[0], shape[1], frames, *shape[3:])
    count = min(frames, shape[2]) - skipped
    own, other = own[:, :, frames - count :], other[:, :, shape[2] - count :]
    return float(numpy.abs(own - other).max() / numpy.abs(other).max())
