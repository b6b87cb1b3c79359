#!/usr/bin/env python3
"""Times steps and clips of networks, and compares two builds.

    scripts/bench_steps.py [CASE …] [--against CHECKOUT] [--rounds 5] [--seconds 0.3]

Makes the networks with PyTorch, and prints for each the median time of a step, of a clip and of
making a stream. With `--against`, the tool is built in another checkout of this repository as well, the
two programs run in turn, each time in a process of its own, so that what else the machine does falls on
both alike, and the ratios of this checkout to the other one are printed too: below one is faster here.
A ratio is the median of the rounds' ratios. Without CASE, all run.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

import torch  # noqa: E402
from describe_model import describe  # noqa: E402
from support import tools  # noqa: E402
from support.step_cases import CASES, Case  # noqa: E402

FIGURES = ("step", "clip", "stream")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--against", type=Path, help="another checkout, or a program built in one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="how long each figure is measured in a round")
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no case is called {', '.join(sorted(unknown))}")
    programs = [tools.build("StepBenchmark")]
    if arguments.against:
        programs.append(program(arguments.against))
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        for name in arguments.cases or CASES:
            file = make(CASES[name], Path(folder) / f"{name}.pt")
            rounds = [
                [measure(one, file, arguments.seconds) for one in programs] for _ in range(arguments.rounds)
            ]
            print(line(name, rounds), flush=True)
            file.unlink()


def program(against: Path) -> Path:
    if against.is_file():
        return against
    return tools.build("StepBenchmark", against / tools.RELEASE.name, root=against)


def make(case: Case, file: Path) -> Path:
    """Writes a network with weights that come out the same each time."""
    torch.manual_seed(0)
    network = case.network().eval()
    with torch.no_grad():
        describe(network, torch.randn(*case.shape), file)
    return file


def measure(program: Path, file: Path, seconds: float) -> dict[str, float]:
    command = [str(program), str(file), "--seconds", str(seconds)]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(result.stdout)


def line(name: str, rounds: list[list[dict[str, float]]]) -> str:
    """The medians of a case, and the ratios where there are two programs."""
    parts = [f"{name:14}"]
    for figure in FIGURES:
        median = statistics.median(own[figure] for own, *_ in rounds)
        parts.append(f"{figure} {median * 1e6:10.2f} us")
        ratios = [own[figure] / others[0][figure] for own, *others in rounds if others]
        if ratios:
            parts.append(f"{statistics.median(ratios):5.2f} x ({min(ratios):.2f} to {max(ratios):.2f})")
    return "  ".join(parts)


if __name__ == "__main__":
    main()
