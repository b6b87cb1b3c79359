#!/usr/bin/env python3
"""Gives coverify a corpus of odd and hostile checkpoints and compares what becomes of each.

    scripts/check_hostile_corpus.py COVERIFY [--keep FOLDER]

The corpus is written by `scripts/hostile_corpus`. Valid files have to give their tensors, the others
an error that names the file; each within a second of processor time and 256 MB. Needs no packages.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

WRITER = Path(__file__).resolve().parent / "hostile_corpus"
SECONDS = 1.0
MEGABYTES = 256


class Ending(NamedTuple):
    """How one run of coverify ended."""

    status: int
    output: str
    errors: str
    seconds: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--keep", type=Path, help="write the corpus to FOLDER and leave it there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coverify-") as temporary:
        folder = arguments.keep or Path(temporary)
        subprocess.run([sys.executable, WRITER, folder], check=True, stdout=subprocess.DEVNULL)
        cases = json.loads((folder / "manifest.json").read_text())["cases"]
        wrong = check(arguments.coverify.resolve(), folder, cases)
    sys.exit(1 if wrong or not cases else 0)


def check(program: Path, folder: Path, cases: list[dict[str, Any]]) -> int:
    """Runs all cases and prints what is wrong; gives the number of wrong ones."""
    wrong = 0
    slowest, largest = (0.0, ""), (0.0, "")
    for case in cases:
        ending = run(program, folder / case["file"])
        slowest = max(slowest, (ending.seconds, case["name"]))
        largest = max(largest, (ending.megabytes, case["name"]))
        problems = judge(case, ending)
        if problems:
            wrong += 1
            print(f"{case['name']} ({case['what']}): {'; '.join(problems)}")
    print(f"{len(cases) - wrong} right, {wrong} wrong")
    print(f"slowest {slowest[1]}: {slowest[0]:.3f} s; largest {largest[1]}: {largest[0]:.0f} MB")
    return wrong


def run(program: Path, file: Path) -> Ending:
    """Inspects one file, with the time and the memory that it took."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        command = [program, "inspect", file.name, "--sha256", "--format", "json"]
        child = subprocess.Popen(command, cwd=file.parent, stdout=output, stderr=errors)
        # wait4 tells the memory of this child alone.
        _, status, usage = os.wait4(child.pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Ending(
            child.returncode,
            output.read().decode(errors="replace"),
            errors.read().decode(errors="replace"),
            seconds,
            usage.ru_maxrss / 1024,
        )


def judge(case: dict[str, Any], ending: Ending) -> list[str]:
    """What is wrong with the way a case ended."""
    problems = []
    if ending.seconds >= SECONDS:
        problems.append(f"took {ending.seconds:.2f} s")
    if ending.megabytes >= MEGABYTES:
        problems.append(f"took {ending.megabytes:.0f} MB")
    if ending.status < 0:
        return [*problems, f"ended by {signal.Signals(-ending.status).name}"]
    optional = case.get("optional", False)
    if case["expect"] == "accept":
        if ending.status == 0:
            problems += missing(case, json.loads(ending.output))
        elif not optional:
            problems.append("was refused: " + ending.errors.strip())
    elif ending.status == 0:
        # A whole file of another format, which others need not know, may be read after all.
        if not (optional and case["category"] == "other"):
            problems.append("was not refused")
    elif ending.status != 2 or case["file"] not in ending.errors:
        problems.append(f"ended with {ending.status} and no place: {ending.errors.strip()}")
    return problems


def missing(case: dict[str, Any], found: Any) -> list[str]:
    """The tensors of the manifest that were not found, or have other values."""
    document = found[0] if isinstance(found, list) else found
    rows = [(row["path"], row["dtype"], row["shape"], row.get("sha256")) for row in document["tensors"]]
    wanted = [
        (".".join(tensor["path"]), tensor["dtype"], tensor["shape"], tensor["sha256"])
        for tensor in case["tensors"]
    ]
    return [f"has no {tensor}" for tensor in wanted if tensor not in rows]


if __name__ == "__main__":
    main()
