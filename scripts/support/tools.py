"""Builds the tools of Tests/ that a plain `swift build` leaves out: fuzzer and benchmarks."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# As scripts/test builds in release, so that neither build undoes the other.
RELEASE = ROOT / ".build-release"
TESTABLE = ("-Xswiftc", "-enable-testing")


def build(
    product: str, scratch: Path = RELEASE, options: Sequence[str] = TESTABLE, root: Path = ROOT
) -> Path:
    """Builds a tool with optimisation and all run-time checks, as users build the program."""
    command = ["swift", "build", "--package-path", root, "--scratch-path", scratch, "-c", "release"]
    command += [*options, "--product", product]
    # Package.swift declares the tools where this is set.
    environment = {**os.environ, "COVERIFY_TOOLS": "1"}
    subprocess.run(command, check=True, stdout=sys.stderr, env=environment)
    shown = subprocess.run(
        [*command, "--show-bin-path"], check=True, capture_output=True, text=True, env=environment
    )
    return Path(shown.stdout.strip().splitlines()[-1]) / product
