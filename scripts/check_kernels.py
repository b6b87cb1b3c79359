#!/usr/bin/env python3
"""Checks the loops in C on each instruction set of this processor, and on arm64 under emulation.

    scripts/check_kernels.py [--here]

Tests/CKernelsTests holds each function of CKernels.h against an oracle in double precision, with the error
that is documented for it, and bit for bit where the header says what is computed. Instruction sets that add
products with one rounding (avx2, avx512 and NEON) then have to agree in all bits, and where a function only
rounds as it is written, all sets. All C of the package is compiled for arm64, with warnings as errors.

For arm64 a cross compiler and an emulator are installed where they are missing and can be; where not, one
line says that NEON is not checked. With `--here` it is left out. Needs clang, which comes with Swift.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from support.compilers import HERE, KERNELS, MISSING, ROOT, Target, install_arm64

CHECKS = ROOT / "Tests/CKernelsTests"
HEADER = KERNELS / "include/CKernels.h"
INCLUDES = (KERNELS / "include", CHECKS)

# Functions that compute nothing.
ASKED = {"ck_highest_instruction_set", "ck_requested_instruction_set"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--here", action="store_true", help="only on this processor")
    arguments = parser.parse_args()
    problems = unchecked()
    other = None if arguments.here else install_arm64()
    made: dict[str, dict[str, Made]] = defaultdict(dict)
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        for target in [HERE, *([other] if other else [])]:
            problems += run(target, Path(folder), made)
        if other:
            compile_others(other, Path(folder))
    problems += [problem for function, sets in made.items() for problem in compare(function, sets)]
    names = list(dict.fromkeys(name for sets in made.values() for name in sets))
    for problem in problems:
        print(problem)
    if "neon" not in names:
        print(f"NOT CHECKED: NEON; it needs {MISSING}")
    print(f"{len(made)} kinds of functions on {', '.join(names)}, {len(problems)} problems")
    sys.exit(1 if problems else 0)


class Made:
    """What a line of the checks says of a function on an instruction set."""

    def __init__(self, sets: str, floats: str, fingerprint: str) -> None:
        self.are_all_the_same = sets == "all"
        self.fingerprint = (floats, fingerprint)


def unchecked() -> list[str]:
    """The functions of the header that no check calls."""
    functions = set(re.findall(r"\b(ck_\w+)\(", HEADER.read_text())) - ASKED
    text = "".join(file.read_text() for file in CHECKS.glob("*.c"))
    # A macro makes the names of some calls.
    made = {f"ck_{name}" for name in re.findall(r"PLAIN\((\w+)\)", text)}
    calls = made.union(re.findall(r"\bck_\w+", text))
    return [f"{CHECKS.relative_to(ROOT)} has no check of {name}" for name in sorted(functions - calls)]


def run(target: Target, folder: Path, made: dict[str, dict[str, Made]]) -> list[str]:
    """Runs the checks on a processor: adds what its lines say to what was made, and gives what is wrong."""
    sources = sorted([*KERNELS.glob("*.c"), *CHECKS.glob("*.c")])
    program = target.build("check_kernels", sources, INCLUDES, folder)
    result = subprocess.run(target.command(program), stdout=subprocess.PIPE, text=True)
    problems = []
    for line in result.stdout.splitlines():
        match = re.fullmatch(r"(ck_\S+) (\w+) (all|fused) (\d+) (\w{16})", line)
        if match:
            made[match[1]][match[2]] = Made(*match.groups()[2:])
        else:
            problems.append(line)
    if result.returncode != 0:
        problems.append(f"the checks on {target.name} ended with {result.returncode}")
    return problems


def compare(function: str, sets: dict[str, Made]) -> list[str]:
    """Sets that should have the same bits and do not."""
    fused = [name for name in sets if name != "baseline"]
    are_all_the_same = any(one.are_all_the_same for one in sets.values())
    names = list(sets) if are_all_the_same else fused
    return [
        f"{function}: {name} has other bits than {names[0]}"
        for name in names[1:]
        if sets[name].fingerprint != sets[names[0]].fingerprint
    ]


def compile_others(target: Target, folder: Path) -> None:
    """Compiles the C of the other targets of the package."""
    for include in sorted(ROOT.glob("Sources/C*/include")):
        if include.parent != KERNELS:
            target.compile(sorted(include.parent.glob("*.c")), [include], folder)
    for include in sorted(ROOT.glob("Tests/C*/include")):
        target.compile(sorted(include.parent.glob("*.c")), [include], folder)


if __name__ == "__main__":
    main()
