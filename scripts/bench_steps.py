#!/usr/bin/env python3
"""Times steps and clips of networks against PyTorch and continual-inference, and against another checkout.

    scripts/bench_steps.py [CASE …] [--against CHECKOUT] [--rounds 5] [--seconds 0.3] [--without-python]

Makes the networks with PyTorch, and prints for each the median time of a step, of a clip and of
making a stream, in processor time on one thread. Behind each are ratios, below one where this checkout
is faster: of a step to that of continual-inference (`co`), of a clip to PyTorch's (`torch`), and with
`--against`, where the tool is built in another checkout of this repository as well, to that one (`other`).

All programs run in turn, each time in a process of its own, so that what else the machine does falls on
them alike. A ratio is the median of the rounds' ratios; in brackets is that of the shortest times of all
rounds, which says more on a machine that is busy. Without CASE, all run.
"""

from support.environment import REPEATABLE, enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

import torch  # noqa: E402
from describe_model import describe  # noqa: E402
from support import tools  # noqa: E402
from support.step_cases import CASES, Case  # noqa: E402

# Figures, and what Python's are called.
FIGURES = {"step": "co", "clip": "torch", "stream": None}

# Of a program and a case: for each figure the median and the least of a round.
Times = dict[str, dict[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--against", type=Path, help="another checkout, or a program built in one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="how long each figure is measured in a round")
    parser.add_argument("--without-python", action="store_true", help="leave out PyTorch and continual-inference")
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no case is called {', '.join(sorted(unknown))}")
    own = tools.build("StepBenchmark")
    other = program(arguments.against) if arguments.against else None
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        for name in arguments.cases or CASES:
            file = make(CASES[name], Path(folder) / f"{name}.pt")
            rounds: dict[str, list[Times]] = {"own": [], "other": [], "python": []}
            for _ in range(arguments.rounds):
                rounds["own"].append(measure(own, file, arguments.seconds))
                if other:
                    rounds["other"].append(measure(other, file, arguments.seconds))
                if not arguments.without_python:
                    rounds["python"].append(measure_python(name, arguments.seconds))
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


def measure(program: Path, file: Path, seconds: float) -> Times:
    return run([str(program), str(file), "--seconds", str(seconds)])


def measure_python(name: str, seconds: float) -> Times:
    # What makes results repeat also keeps PyTorch from using what the processor has.
    environment = {key: value for key, value in os.environ.items() if key not in REPEATABLE}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parent)
    return run([sys.executable, "-m", "support.reference_times", name, str(seconds)], environment)


def run(command: list[str], environment: dict[str, str] | None = None) -> Times:
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(result.stdout)


def line(name: str, rounds: dict[str, list[Times]]) -> str:
    """The medians of a case, and the ratios where there are other programs."""
    parts = [f"{name:12}"]
    for figure, python in FIGURES.items():
        median = statistics.median(times[figure]["median"] for times in rounds["own"])
        parts.append(f"{figure} {median * 1e6:10.2f} us")
        parts.append(ratio("other", figure, rounds["own"], rounds["other"]))
        if python:
            parts.append(ratio(python, figure, rounds["own"], rounds["python"]))
    return "  ".join(part for part in parts if part)


def ratio(label: str, figure: str, own: list[Times], others: list[Times]) -> str:
    if not others:
        return ""
    if not all(times.get(figure) for times in others):
        return f"{label} -"
    ratios = [a[figure]["median"] / b[figure]["median"] for a, b in zip(own, others)]
    least = min(times[figure]["least"] for times in own) / min(times[figure]["least"] for times in others)
    return f"{label} x {statistics.median(ratios):.3f} ({least:.3f})"


if __name__ == "__main__":
    main()
