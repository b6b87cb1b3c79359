#!/usr/bin/env python3
"""Checks that lists are complete: scripts/README.md has a line for every script, fixtures/README.md for every
folder, and each line is of something that is there; and that each mutant of the kernels has its place in the
sources.

    scripts/check_lists.py

Needs no packages.
"""

import re
import subprocess
import sys
from pathlib import Path

from support.mutants import MUTANTS, misplaced

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    scripts, fixtures = present("scripts"), present("fixtures") - {"manifest.json"}
    problems = [*compare("scripts", scripts), *compare("fixtures", fixtures), *misplaced(ROOT)]
    for problem in problems:
        print(problem)
    counts = f"{len(scripts)} scripts, {len(fixtures)} folders of fixtures, {len(MUTANTS)} mutants"
    print(f"{counts}, {len(problems)} problems")
    sys.exit(1 if problems else 0)


def listed(folder: str) -> set[str]:
    """The names in the first column of the tables of a folder's README."""
    rows = re.findall(r"^\| `([^` ]+)", (ROOT / folder / "README.md").read_text(), re.MULTILINE)
    return {row.rstrip("/") for row in rows}


def present(folder: str) -> set[str]:
    """What git keeps in a folder, or would keep."""
    command = ["git", "-C", ROOT / folder, "ls-files", "--cached", "--others", "--exclude-standard", "."]
    files = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    names = {file.split("/")[0] for file in files if file and (ROOT / folder / file).exists()}
    return names - {"README.md"}


def compare(folder: str, present: set[str]) -> list[str]:
    lines = listed(folder)
    return [
        *(f"{folder}/README.md has no line for {name}" for name in sorted(present - lines)),
        *(f"{folder}/README.md lists {name}, which is not there" for name in sorted(lines - present)),
    ]


if __name__ == "__main__":
    main()
