#!/usr/bin/env python3
"""Measures how much more than the real rounding error each kind of layer is allowed.

    scripts/measure_bounds.py COVERIFY [--seeds 100] [--first 0] [--no-fixtures] [--json FILE]

Each fixture that is right and a random network for each seed are verified. Of each layer in each
mode, the report has the error that came closest to what was allowed, over all elements and inputs,
and what was allowed there. Their quotient is 1 where the bound could not be any closer, and a wrong
layer hides behind a large one. Layers without an error are counted apart: they are compared bit for
bit, or rounding did nothing.

Exit code: 0 if no network failed, 1 if one did: all of them are right, so that is a false alarm.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections import defaultdict  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from describe_model import CannotDescribe  # noqa: E402
from pytorch_reference.differential import TIMEOUT, prepare  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def main() -> None:
    arguments = parse()
    be_quiet()
    quotients: dict[str, list[float]] = defaultdict(list)
    exact: dict[str, int] = defaultdict(int)
    exits: dict[int, list[str]] = defaultdict(list)
    for name, report in reports(arguments):
        exits[report["summary"]["exit"]].append(name)
        for layer in report["layers"]:
            if layer["allowed"] and layer["max_abs"]:
                quotients[layer["class"]].append(layer["allowed"] / layer["max_abs"])
            else:
                exact[layer["class"]] += 1
    print_table(quotients, exact)
    counts = [f"{code}: {len(names)}" for code, names in sorted(exits.items())]
    print(f"exit codes: {', '.join(counts)}")
    for code in (1, 3):
        if exits[code]:
            print(f"exit {code}: {', '.join(exits[code])}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"quotients": quotients, "exact": exact}))
    sys.exit(1 if exits[1] else 0)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--no-fixtures", action="store_true")
    parser.add_argument("--json", type=Path, help="write all quotients there")
    return parser.parse_args()


def reports(arguments: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """The reports of all networks, each with its name."""
    binary = arguments.coverify.resolve()
    manifest = json.loads((FIXTURES / "manifest.json").read_text())
    for entry in [] if arguments.no_fixtures else manifest["fixtures"]:
        if entry["exit"] != 0:
            continue
        report = verify(binary, [str(FIXTURES / entry["model"]), *entry["arguments"]])
        if report:
            yield entry["name"], report
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
            try:
                case = prepare(seed, Path(folder))
            except (AssertionError, CannotDescribe) as error:
                print(f"seed {seed} not measured: {error}")
                continue
            report = verify(binary, [str(case.saved.model), *map(str, case.saved.options)])
            if report:
                yield f"seed {seed}", report


def verify(binary: Path, arguments: list[str]) -> dict[str, Any] | None:
    command = [str(binary), "verify", *arguments, "--format", "json"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    return json.loads(result.stdout) if result.stdout.startswith("{") else None


def print_table(quotients: dict[str, list[float]], exact: dict[str, int]) -> None:
    print(f"{'class':36} {'rows':>6} {'exact':>6} {'lowest':>8} {'median':>8} {'90 %':>8}")
    everything = [quotient for group in quotients.values() for quotient in group]
    rows = sorted(quotients.items(), key=lambda row: -statistics.median(row[1]))
    for name, group in [*rows, ("all", everything)]:
        if not group:
            continue
        count = sum(exact.values()) if name == "all" else exact[name]
        tenth = sorted(group)[min(len(group) * 9 // 10, len(group) - 1)]
        print(
            f"{name:36} {len(group):6} {count:6} {min(group):8.2f} {statistics.median(group):8.1f}"
            f" {tenth:8.1f}"
        )
    only = sorted(set(exact) - set(quotients))
    print(f"without any error: {', '.join(f'{name} {exact[name]}' for name in only)}")


if __name__ == "__main__":
    main()
