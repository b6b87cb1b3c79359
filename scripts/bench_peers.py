#!/usr/bin/env python3
"""Times clips beside PyTorch and steps beside continual-inference, and writes the page of the table.

    scripts/bench_peers.py [--only TEXT] [--quick] [--threads 1] [--core 0] [--output FILE] [--growth]

Each network of `support/peer_cases.py` runs in processes of its own, ours and theirs, which are timed in turn
in slices (A B A B …), in processor time on one core, so that what else the machine does falls on them
alike. A ratio is the median of the slices' ratios; below one, coverify is faster.

A clip needs memory for what its layers make. In a fresh process the system gives and takes it back each
time, and the clip waits for pages of zeros; in a warm one, that keeps what it was given, it does not. Both
are measured, since they say different things: `fresh` what a user sees, `warm` what the kernels do.

What the core can do at most is measured at the start: multiplications with their sums, and the bytes that it
reads and writes, by the size of the block they are in. The limit of a step is the longer of what its operations
and what its bytes (of frames, weights and state, each once) take at these rates.

With `--growth` another page is written: how times and memory change over 100,000 frames of a stream, clips of up
to 10,000 frames, batches of up to 64, and up to 1,000 streams. By default of some networks of all kinds.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

from support import tools  # noqa: E402
from support.growth_page import write_growth_page  # noqa: E402
from support.peer_cases import CASES  # noqa: E402
from support.peer_growth import NETWORKS, Growth, measured_growth  # noqa: E402
from support.peer_page import PICTURE, write_page  # noqa: E402
from support.peer_rows import Machine, Row, measured  # noqa: E402
from support.slices import Settings, Worker  # noqa: E402

PAGES = tools.ROOT / "Sources" / "Continual" / "Documentation.docc"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="networks whose name has this in it; several with commas")
    parser.add_argument("--quick", action="store_true", help="few and short slices")
    parser.add_argument("--threads", type=int, default=1, help="on each side; several are timed by the clock")
    parser.add_argument("--core", type=int, default=0, help="the first core to run on")
    parser.add_argument("--output", type=Path, help="the page; the picture of the table is written beside it")
    parser.add_argument("--program", type=Path, help="a StepBenchmark that is built already")
    parser.add_argument("--growth", action="store_true", help="how times change with length, batch and streams")
    options = parser.parse_args()
    words = [word.strip().lower() for word in options.only.split(",")]
    cases = [case for case in CASES.values() if any(word in case.name.lower() for word in words)]
    if options.growth and not options.only:
        cases = [CASES[name] for name in NETWORKS]
    page = options.output or PAGES / ("Growth.md" if options.growth else "SpeedBesidePyTorch.md")
    if not cases:
        parser.error(f"no network has {options.only} in its name; there are {', '.join(CASES)}")
    program = options.program or tools.build("StepBenchmark")
    rounds, seconds = (3, 0.1) if options.quick else (7, 0.3)
    settings = Settings(program.resolve(), rounds, seconds, options.threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(options.core, options.core + options.threads))
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        if options.growth:
            grown: list[Growth] = []
            for case in cases:
                grown.append(measured_growth(case, settings, Path(folder)))
                print(grown[-1].line, file=sys.stderr, flush=True)
                write_growth_page(page, grown, settings)
            return
        with Worker.of_coverify(cases[0], settings, Path(folder)) as worker:
            machine = Machine(worker.ask("machine"))
        rows: list[Row] = []
        for case in cases:
            rows.append(measured(case, settings, Path(folder)))
            print(rows[-1].line(machine), file=sys.stderr, flush=True)
            write_page(page, rows, machine, settings)
    print(f"{page} and {PICTURE} beside it are written", file=sys.stderr)
    apart = [row.case.name for row in rows if not row.agrees]
    sys.exit(f"outputs differ: {', '.join(apart)}" if apart else 0)


if __name__ == "__main__":
    main()
