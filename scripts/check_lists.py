#!/usr/bin/env python3
"""Checks that lists are complete: every script has a line in scripts/README.md, and every line a script.

    scripts/check_lists.py

Needs no packages.
"""

import re
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent


def main() -> None:
    problems = compare(set(listed()), set(present()))
    for problem in problems:
        print(problem)
    print(f"{len(present())} scripts, {len(problems)} problems")
    sys.exit(1 if problems else 0)


def listed() -> list[str]:
    """The names in the first column of the tables."""
    rows = re.findall(r"^\| `([^` ]+)", (SCRIPTS / "README.md").read_text(), re.MULTILINE)
    return [row.rstrip("/") for row in rows]


def present() -> list[str]:
    """What git keeps in the folder, or would keep."""
    command = ["git", "-C", SCRIPTS, "ls-files", "--cached", "--others", "--exclude-standard", "."]
    files = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    names = {file.split("/")[0] for file in files if file and (SCRIPTS / file).exists()}
    return sorted(names - {"README.md"})


def compare(listed: set[str], present: set[str]) -> list[str]:
    return [
        *(f"scripts/README.md has no line for {name}" for name in sorted(present - listed)),
        *(f"scripts/README.md lists {name}, which is not there" for name in sorted(listed - present)),
    ]


if __name__ == "__main__":
    main()
