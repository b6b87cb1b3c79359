#!/usr/bin/env python3
"""Gives coverify a corpus of odd and hostile checkpoints and compares what becomes of each.

    scripts/check_hostile_corpus.py COVERIFY [--keep FOLDER]

The corpus is written by `scripts/hostile_corpus`. Valid files have to give their tensors, the others
an error that names the file; each within a second of processor time and 256 MB. Files that ask for much
get two seconds each and 512 MB in every command, and nothing of a file that could steer a terminal is
printed. A command that took too long runs once more, since other programs disturb; the shorter time
counts. Needs no packages.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

WRITER = Path(__file__).resolve().parent / "hostile_corpus"
SECONDS = 1.0
MEGABYTES = 256
# Of files that ask for much.
MORE_SECONDS = 2.0
MORE_MEGABYTES = 512
# Of what a command says to people.
MOST_CHARACTERS = 20_000


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
        manifest = json.loads((folder / "manifest.json").read_text())
        cases, growth = manifest["cases"], manifest["growth"]
        program = arguments.coverify.resolve()
        wrong = check(program, folder, cases) + check_growth(program, folder, growth)
        wrong += not growth
    sys.exit(1 if wrong or not cases else 0)


def check(program: Path, folder: Path, cases: list[dict[str, Any]]) -> int:
    """Runs all cases and prints what is wrong; gives the number of wrong ones."""
    wrong = 0
    slowest, largest = (0.0, ""), (0.0, "")
    for case in cases:
        file = folder / case["file"]
        command = [program, "inspect", file.name, "--sha256", "--format", "json"]
        ending = undisturbed(SECONDS, lambda: run(command, file.parent))
        slowest = max(slowest, (ending.seconds, case["name"]))
        largest = max(largest, (ending.megabytes, case["name"]))
        problems = judge(case, ending)
        if problems:
            wrong += 1
            print(f"{case['name']} ({case['what']}): {'; '.join(problems)}")
    print(f"{len(cases) - wrong} right, {wrong} wrong")
    print(f"slowest {slowest[1]}: {slowest[0]:.3f} s; largest {largest[1]}: {largest[0]:.0f} MB")
    return wrong


def check_growth(program: Path, folder: Path, cases: list[dict[str, Any]]) -> int:
    """Runs all commands on the files that ask for much; gives the number of wrong ones."""
    right = wrong = 0
    slowest, largest = (0.0, ""), (0.0, "")
    for case in cases:
        place = folder / case["folder"]
        for command in case["commands"]:
            left: list[str] = []

            def once() -> Ending:
                with tempfile.TemporaryDirectory(prefix="coverify-") as temporary:
                    arguments = [
                        str(Path(temporary) / word[:-1]) if word.endswith("~") else word
                        for word in command["arguments"]
                    ]
                    ending = run([program, *arguments], place)
                    left.extend(name for name in os.listdir(temporary) if name.startswith("."))
                    return ending

            ending = undisturbed(MORE_SECONDS, once)
            label = f"{case['name']}: {' '.join(command['arguments'])}"
            slowest = max(slowest, (ending.seconds, label))
            largest = max(largest, (ending.megabytes, label))
            problems = judge_growth(command, ending) + [f"left {name} behind" for name in left]
            right, wrong = right + (not problems), wrong + bool(problems)
            if problems:
                print(f"{label} ({case['what']}): {'; '.join(problems)}")
    print(f"{right} commands right, {wrong} wrong")
    print(f"slowest {slowest[1]}: {slowest[0]:.3f} s; largest {largest[1]}: {largest[0]:.0f} MB")
    return wrong


def judge_growth(command: dict[str, Any], ending: Ending) -> list[str]:
    """What is wrong with the way a command ended that was asked for much."""
    problems = excess(ending, MORE_SECONDS, MORE_MEGABYTES)
    if ending.status < 0:
        return [*problems, f"ended by {signal.Signals(-ending.status).name}"]
    if ending.status not in command["codes"]:
        problems.append(f"ended with {ending.status}: {ending.errors.strip()[:300]}")
    if command["words"] not in ending.output + ending.errors:
        problems.append(f"does not say {command['words']!r}: {ending.errors.strip()[:300]}")
    steering = {
        character
        for character in ending.output + ending.errors
        if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn")
    }
    if steering:
        problems.append("prints " + ", ".join(f"U+{ord(character):04X}" for character in steering))
    if len(ending.errors) > MOST_CHARACTERS:
        problems.append(f"{len(ending.errors)} characters of errors")
    longest = max(map(len, ending.output.split("\n")))
    if longest > MOST_CHARACTERS and not for_programs(command["arguments"]):
        problems.append(f"a line of {longest} characters")
    return problems


def for_programs(arguments: list[str]) -> bool:
    """Whether the output is a document in which every name is whole."""
    return any(word in ("json", "jsonl", "draft") for word in arguments)


def excess(ending: Ending, seconds: float, megabytes: float) -> list[str]:
    """What is too much of the time and the memory."""
    problems = []
    if ending.seconds >= seconds:
        problems.append(f"took {ending.seconds:.2f} s")
    if ending.megabytes >= megabytes:
        problems.append(f"took {ending.megabytes:.0f} MB")
    return problems


def undisturbed(seconds: float, once: Callable[[], Ending]) -> Ending:
    """Runs a command, and once more where it took longer; gives the run that took less time."""
    ending = once()
    return ending if ending.seconds < seconds else min(ending, once(), key=lambda each: each.seconds)


def run(command: list[str | Path], folder: Path) -> Ending:
    """Runs the program in a folder, with the time and the memory that it took."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, cwd=folder, stdout=output, stderr=errors)
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
    problems = excess(ending, SECONDS, MEGABYTES)
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
