"""How times of networks change with the length of streams and clips, with batches and with streams."""

from dataclasses import dataclass
from pathlib import Path

from support.peer_cases import PeerCase
from support.slices import Pair, Settings, Worker, in_turn

# Of all kinds, with frames small enough for long clips and many streams.
NETWORKS = (
    "Conv1d 256-256 k9",
    "LSTM 2x256",
    "Single-output attention 512",
    "MBConv 32-64-32, 28x28",
    "TCN 12x64",
    "TCN 12x64, dilated",
    "Linear 512-512",
    "Encoder x2 512-2048",
)
LENGTHS = (100, 1000, 10_000)
BATCHES = (1, 4, 16, 64)
STREAMS = (1, 10, 100, 1000)
LONGEST_WALK = 100_000
# Of a clip and of all states together, beyond which a machine of this size has no room.
MOST_NUMBERS = 1 << 28


@dataclass(frozen=True)
class Walk:
    """Steps of one long stream: how many, what one takes in each tenth of them, and the memory they took."""

    frames: int
    times: list[float]
    megabytes: int

    @property
    def growth(self) -> float:
        """The last tenth by the first but one: in the first one, caches and the clock still warm up."""
        return self.times[-1] / self.times[1]


@dataclass(frozen=True)
class Streams:
    """What a step of each of so many streams takes, and the bytes of the heap that each has."""

    step: float
    bytes: float


@dataclass(frozen=True)
class Growth:
    """All that is measured of a network; seconds are those of a frame and sample."""

    case: PeerCase
    walk: Walk
    peer_walk: Walk | None
    clip_lengths: dict[int, Pair]
    clip_batches: dict[int, Pair]
    step_batches: dict[int, Pair]
    state: int
    make: float
    streams: dict[int, Streams]

    @property
    def line(self) -> str:
        """What is said while the others are measured."""
        return (
            f"{self.case.name}: {self.walk.frames:,} steps, x {self.walk.growth:.3f}, {self.walk.megabytes} MB more; "
            f"a stream {self.state:,} bytes in {self.make * 1e6:.1f} us"
        )


def measured_growth(case: PeerCase, settings: Settings, folder: Path) -> Growth:
    with Worker.of_coverify(case, settings, folder) as ours, Worker.of_peer(case, settings) as theirs:
        own_walk, peer_walk = walk(ours, settings), walk(theirs, settings)
        state = ours.ask("figures")["state"]
        make = ours.ask(f"make {settings.seconds}")["median"]
        streams = {
            count: Streams(answer["step"]["median"], answer["bytes"])
            for count in STREAMS
            if state * count <= 4 * MOST_NUMBERS
            for answer in [ours.ask(f"streams {count} {settings.seconds}")]
        }
    assert own_walk
    lengths = {frames: (1, frames) for frames in LENGTHS if case.takes_any_length}
    by_length = by_size(case, settings, folder, ("clip",), lengths)
    by_batch = by_size(case, settings, folder, ("clip", "step"), {batch: (batch, 0) for batch in BATCHES})
    return Growth(
        case, own_walk, peer_walk, by_length["clip"], by_batch["clip"], by_batch["step"], state, make, streams
    )


def walk(worker: Worker, settings: Settings) -> Walk | None:
    answer = worker.ask("step 0.1")
    if not answer:
        return None
    # As many as take a hundred slices, and no more than that.
    frames = min(LONGEST_WALK, int(100 * settings.seconds / answer["median"]) // 10 * 10)
    if frames == 0:
        return None
    made = worker.ask(f"walk {frames}")
    return Walk(frames, made["times"], made["megabytes"])


def by_size(
    case: PeerCase, settings: Settings, folder: Path, orders: tuple[str, ...], sizes: dict[int, tuple[int, int]]
) -> dict[str, dict[int, Pair]]:
    """Seconds for each frame and sample of clips, or each sample of steps, of batches of so many frames."""
    pairs: dict[str, dict[int, Pair]] = {order: {} for order in orders}
    for name, (batch, frames) in sizes.items():
        count = batch * (frames or case.shape[2])
        numbers = count * case.shape[1]
        for axis in case.shape[3:]:
            numbers *= axis
        if numbers * 8 > MOST_NUMBERS:
            continue
        with (
            Worker.of_coverify(case, settings, folder, True, batch, frames) as ours,
            Worker.of_peer(case, settings, True, batch, frames) as theirs,
        ):
            for order in orders:
                pair = in_turn(order, ours, theirs, settings)
                parts = count if order == "clip" else batch
                other = None if pair.theirs is None else pair.theirs / parts
                pairs[order][name] = Pair(pair.ours / parts, other, pair.ratio)
    return pairs
