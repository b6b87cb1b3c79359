"""How times of networks change with the length of streams and clips, with batches and with streams."""

from pathlib import Path

from support.peer_cases import PeerCase
from support.slices import Settings, Worker, in_turn

LENGTHS = (100, 1000, 10_000)
BATCHES = (1, 4, 16, 64)
STREAMS = (1, 10, 100, 1000)
# Of a clip and of all states together, beyond which a machine of this size has no room.
MOST_NUMBERS = 1 << 28


def print_growth(cases: list[PeerCase], settings: Settings, folder: Path) -> None:
    for case in cases:
        print(f"{case.name}, {' x '.join(map(str, case.shape))}", flush=True)
        print_walk(case, settings, folder)
        if case.takes_any_length:
            print_sizes(case, settings, folder, "clip, frames", [("clip", 1, frames) for frames in LENGTHS])
        print_sizes(case, settings, folder, "clip, batch", [("clip", batch, 0) for batch in BATCHES])
        print_sizes(case, settings, folder, "step, batch", [("step", batch, 0) for batch in BATCHES])
        print_streams(case, settings, folder)


def print_walk(case: PeerCase, settings: Settings, folder: Path) -> None:
    """Steps of one long stream, whose last ones must not be slower than the first."""
    with Worker.of_coverify(case, settings, folder) as ours, Worker.of_peer(case, settings) as theirs:
        for name, worker in (("ours", ours), ("theirs", theirs)):
            answer = worker.ask("step 0.1")
            # As many as take half a minute, and no more than that.
            frames = min(100_000, int(30 / answer["median"]) // 10 * 10) if answer else 0
            if not frames:
                continue
            walk = worker.ask(f"walk {frames}")
            first, last = walk["times"][0], walk["times"][-1]
            print(
                f"  {name}, {frames:,} steps: {first * 1e6:.1f} us in the first tenth, x {last / first:.3f} in the "
                f"last, {walk['megabytes']} MB more",
                flush=True,
            )


def print_sizes(
    case: PeerCase, settings: Settings, folder: Path, title: str, sizes: list[tuple[str, int, int]]
) -> None:
    """Microseconds for each frame of a clip, or for each sample of a step."""
    cells = []
    for order, batch, frames in sizes:
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
            pair = in_turn(order, ours, theirs, settings)
        each = 1e6 / (count if order == "clip" else batch)
        peer = "-" if pair.theirs is None else f"{pair.theirs * each:.1f}"
        cells.append(f"{frames or batch}: {pair.ours * each:.1f} | {peer}")
    print(f"  {title}, us a frame and sample, ours | theirs: {'; '.join(cells)}", flush=True)


def print_streams(case: PeerCase, settings: Settings, folder: Path) -> None:
    """Streams with one runner, each of which takes a step in turn."""
    cells = []
    with Worker.of_coverify(case, settings, folder) as ours:
        state = ours.ask("figures")["state"]
        for count in STREAMS:
            if state * count > 4 * MOST_NUMBERS:
                continue
            answer = ours.ask(f"streams {count} {settings.seconds}")
            cells.append(f"{count}: {answer['step']['median'] * 1e6:.1f}")
    print(f"  streams, us a step, {state:,} bytes of state each: {'; '.join(cells)}", flush=True)
