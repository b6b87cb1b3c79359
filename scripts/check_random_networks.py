#!/usr/bin/env python3
"""Compares a coverify binary with PyTorch on random networks.

    scripts/check_random_networks.py COVERIFY [--seeds 200] [--first 0] [--keep FOLDER]
    scripts/check_random_networks.py --self-test [--seeds 200]

For each seed a random network is saved in one of the formats that users have. PyTorch computes in
float64 what a clip gives and what a stream yields; coverify must compute the same in each mode,
`verify --expect` must exit with 0, for what PyTorch makes in float64 and for what it makes in
float32, and with a wrong architecture it must not. A failure is printed with its seed;
`--first SEED --seeds 1 --keep FOLDER` makes it again and keeps the files.
`--self-test` checks the networks themselves against the continual library, without a binary.

Exit code: 0 if all passed, 1 if not.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Callable  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402

from describe_model import CannotDescribe  # noqa: E402
from pytorch_reference.differential import Judge, prepare  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402


def main() -> None:
    arguments = parse()
    be_quiet()
    judge = None if arguments.self_test else Judge(arguments.coverify.resolve())
    passed: Counter[str] = Counter()
    failed = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        format = in_folder(arguments.keep, seed, partial(examine, judge, seed))
        if format is None:
            failed.append(seed)
        else:
            passed[format] += 1
    by_format = ", ".join(f"{name} {count}" for name, count in sorted(passed.items()))
    print(f"by format: {by_format}")
    print(f"{passed.total()} passed, {len(failed)} failed {failed or ''}")
    sys.exit(1 if failed or not passed else 0)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="keep the files of each seed in FOLDER/SEED")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if not arguments.self_test and (not arguments.coverify or not arguments.coverify.exists()):
        parser.error("needs the path of a coverify binary, or --self-test")
    return arguments


def in_folder(keep: Path | None, seed: int, examine: Callable[[Path], str | None]) -> str | None:
    if keep:
        folder = keep / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        return examine(folder)
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        return examine(Path(folder))


def examine(judge: Judge | None, seed: int, folder: Path) -> str | None:
    """The format of a seed that passed; None for one that failed, after saying why."""
    try:
        case = prepare(seed, folder)
    except AssertionError as error:
        print(f"seed {seed} FAILED: the library contradicts the definition: {error}")
        return None
    except CannotDescribe as error:
        print(f"seed {seed} not compared: {error}")
        return "refused by the exporter"
    problems = judge.judge(case) if judge else []
    for problem in problems:
        print(f"seed {seed} FAILED ({case.format}): {problem}")
    if problems:
        print(f"  again: --first {seed} --seeds 1 --keep FOLDER", flush=True)
    return None if problems else case.format


if __name__ == "__main__":
    main()
