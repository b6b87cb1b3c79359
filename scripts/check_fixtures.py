#!/usr/bin/env python3
"""Runs a coverify binary on every fixture and compares with the manifest.

    scripts/check_fixtures.py COVERIFY [NAME …]

Good fixtures: each mode must compute what PyTorch computed, and `verify` must end with the exit
code that the manifest names. Bad ones: the exit code, and the words that the message must contain.
Exit code: 0 if all is as it should be, 1 if not.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from torch import Tensor  # noqa: E402

from pytorch_reference.differential import Failure, Judge, compare  # noqa: E402
from pytorch_reference.saving import save_tensors  # noqa: E402

FOLDER = Path(__file__).resolve().parent.parent / "fixtures"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("names", nargs="*", help="only these fixtures")
    arguments = parser.parse_args()
    judge = Judge(arguments.coverify.resolve())
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    failed = total = 0
    for kind, check in (("fixtures", check_good), ("bad", check_bad)):
        for entry in manifest[kind]:
            if arguments.names and entry["name"] not in arguments.names:
                continue
            total += 1
            problems = list(check(judge, entry))
            failed += bool(problems)
            for problem in problems:
                print(f"{entry['name']}: {problem}")
    print(f"{total - failed} passed, {failed} failed")
    sys.exit(1 if failed or not total else 0)


def check_good(judge: Judge, entry: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a fixture that loads."""
    model = FOLDER / entry["model"]
    known = expected(entry)
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        sample = Path(folder) / "input.safetensors"
        save_tensors({"input": known["input"]}, sample)
        for mode in modes(entry):
            try:
                check_mode(judge, model, sample, mode, known, entry["arguments"])
            except Failure as failure:
                yield str(failure)
    options = ["--expect", FOLDER / entry["expect"]] if entry["expect"] else []
    result = judge.call("verify", model, *options, *entry["arguments"])
    if result.returncode != entry["exit"]:
        said = (result.stdout + result.stderr).strip()
        yield f"verify: exit {result.returncode}, expected {entry['exit']}\n{said}"


def modes(entry: dict[str, Any]) -> list[str]:
    """The modes that PyTorch's answer says something about: chunks always match frames by their index."""
    return ["forward", *([] if entry["misaligned"] else ["forward-steps"]), "forward-step"]


def expected(entry: dict[str, Any]) -> dict[str, Tensor]:
    """The input and PyTorch's answer, from beside the model or from inside."""
    if entry["expect"]:
        return load_file(FOLDER / entry["expect"])
    contents = torch.load(FOLDER / entry["model"], weights_only=True)
    return {"input": contents["input"], **contents["reference"]}


def check_mode(
    judge: Judge,
    model: Path,
    sample: Path,
    mode: str,
    known: dict[str, Tensor],
    arguments: list[str],
) -> None:
    output = sample.with_name(f"{mode}.safetensors")
    result = judge.call(
        *("run", model, "--input", sample, "--mode", mode, "--force", "--output", output, *arguments)
    )
    if result.returncode != 0:
        raise Failure(f"run {mode}: exit {result.returncode}: {result.stderr.strip()}")
    found = load_file(output)
    wanted = known["forward"] if mode == "forward" else known.get("steps")
    if wanted is not None:
        compare(mode, found["output"], wanted)
    if mode == "forward-step" and "steps" in known:
        index, due = found["steps"].tolist(), known["steps_index"].tolist()
        if index != due:
            raise Failure(f"{mode}: outputs at {index}, due at {due}")


def check_bad(judge: Judge, entry: dict[str, Any]) -> Iterator[str]:
    """What is wrong with how a bad input is refused."""
    options = [FOLDER / a if a.startswith("bad/") else a for a in entry["arguments"]]
    result = judge.call("verify", FOLDER / entry["model"], *options)
    said = result.stdout + result.stderr
    if result.returncode not in entry["exits"]:
        yield f"exit {result.returncode}, expected {entry['exits']}\n{said.strip()}"
    missing = [word for word in entry["words"] if word.lower() not in said.lower()]
    if missing:
        yield f"does not say {missing}:\n{said.strip()}"


if __name__ == "__main__":
    main()
