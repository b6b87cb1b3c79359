#!/usr/bin/env python3
"""Measures the error of the activations in C over all floats, on each instruction set of this processor.

    scripts/measure_ulp.py [FUNCTION …] [--stride N] [--arm64]

Prints the largest error of each in units in the last place, and the float that has it. All 2^32 floats of
all functions take some minutes of each core; `--stride 997` takes only each 997th. `--arm64` measures NEON
under emulation: of each 997th float, if no other stride is named, since all of them would take hours. Needs
clang, which comes with Swift.

Exit code: 1 if an error is above the one that Sources/Continual/ActivationLoops.swift says.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.compilers import HERE, KERNELS, MISSING, ROOT, install_arm64

TOOL = ROOT / "scripts/support/measure_ulp.c"
DEFINITIONS = ROOT / "Tests/CKernelsTests"
DOCUMENTED = ROOT / "Sources/Continual/ActivationLoops.swift"


def main() -> None:
    limits = documented()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help=", ".join(limits))
    parser.add_argument("--stride", type=int, help="take only each N-th float")
    parser.add_argument("--arm64", action="store_true", help="on arm64, under emulation")
    arguments = parser.parse_args()
    unknown = set(arguments.functions) - set(limits)
    if unknown:
        parser.error(f"no function is called {', '.join(sorted(unknown))}")
    target = install_arm64() if arguments.arm64 else HERE
    if target is None:
        parser.error(f"arm64 needs {MISSING}")
    stride = arguments.stride or (997 if arguments.arm64 else 1)
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        sources = [TOOL, *sorted(KERNELS.glob("*.c"))]
        includes = [KERNELS / "include", DEFINITIONS]
        command = target.command(target.build("measure_ulp", sources, includes, Path(folder)))
        names = arguments.functions or list(limits)
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            measured = workers.map(lambda name: measure([*command, name, str(stride)]), names)
            exceeded = [show(line, limits) for lines in measured for line in lines]
    sys.exit(1 if any(exceeded) else 0)


def documented() -> dict[str, tuple[float, float]]:
    """The errors in the table of the documentation: with a fused multiply-add, and without."""
    rows = re.findall(r"/// \| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|", DOCUMENTED.read_text())
    return {name: (float(fused), float(baseline)) for name, fused, baseline in rows}


def measure(command: list[str]) -> list[str]:
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return result.stdout.splitlines()


def show(line: str, limits: dict[str, tuple[float, float]]) -> bool:
    """Prints a line of the tool, and whether its error is above the limit."""
    name, instruction_set, error, place = line.split()
    limit = limits[name][1 if instruction_set == "baseline" else 0]
    exceeds = not float(error) <= limit
    print(
        f"{name:14} {instruction_set:9} {error:>8}  at {place:16} of {limit}{'  ABOVE' if exceeds else ''}",
        flush=True,
    )
    return exceeds


if __name__ == "__main__":
    main()
