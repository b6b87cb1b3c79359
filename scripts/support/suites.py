#!/usr/bin/env python3
"""Runs `swift test` and prints one line for each suite; whatever is wrong, in full.

    scripts/support/suites.py [--counts FILE] COMMAND …

The closing line of the test runner, "Test run with N tests …", is added to FILE. Gives the exit code of
the command; a run that printed no closing line has failed.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

# What the runner puts before its lines: passed, failed, skipped, began, and further lines of one.
PASSED, FAILED, SKIPPED, BEGAN, DETAIL = "✔✘➜◇↳"
SUITE = re.compile(r"Suite (.+) (passed|failed) after ")
CLOSING = "Test run with"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--counts", type=Path, help="add the closing line to this file")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    child = subprocess.Popen(
        arguments.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert child.stdout
    printer = Printer()
    for line in child.stdout:
        printer.read(line.rstrip("\n"))
    status = child.wait()
    if status and not (printer.has_shown_a_failure and printer.closing):
        # It did not come to its end: a build that failed, or a crash.
        print("\n".join(printer.others[-60:]))
    if arguments.counts and printer.closing:
        with arguments.counts.open("a") as file:
            file.write(printer.closing + "\n")
    if not printer.closing:
        print(f"no test was counted; {' '.join(arguments.command)} ended with {status}")
    sys.exit(status if status > 0 else 0 if status == 0 and printer.closing else 1)


class Printer:
    """Prints what matters of the runner's output as it comes."""

    def __init__(self) -> None:
        self.closing = ""
        self.others: list[str] = []
        self.has_shown_a_failure = False
        self.continues = False

    def read(self, line: str) -> None:
        mark, text = line[:1], line[1:].strip()
        suite = SUITE.match(text)
        if CLOSING in line:
            self.closing = line
            print(line)
        elif suite:
            print(f"{'ok    ' if suite[2] == 'passed' else 'FAILED'}  {suite[1].strip(chr(34))}")
        elif mark == FAILED or (mark == DETAIL and self.continues):
            self.continues = True
            self.has_shown_a_failure = True
            print(f"  {line}")
            return
        elif mark == SKIPPED:
            print(f"  {line}")
        elif mark not in (PASSED, BEGAN, DETAIL):
            self.others.append(line)
            if self.continues and line:
                # The rest of a message with several lines.
                print(f"  {line}")
                return
        self.continues = False
        sys.stdout.flush()


if __name__ == "__main__":
    main()
