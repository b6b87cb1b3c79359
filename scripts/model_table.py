#!/usr/bin/env python3
"""Makes the table of networks that work, from the package index alone.

    scripts/model_table.py COVERIFY [--only TEXT] [--output FILE] [--keep FOLDER]

Each network of `models/` is made with the packages that `support/model_packages.txt` pins, exported, and
verified against PyTorch's float64; `coverify bench` times it. The page is written beside the others. With `--keep fixtures/models`, the few small
networks that the tests verify are written as well, each with its clip and PyTorch's output.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from support.model_packages import enter_packages, version  # noqa: E402

enter_packages()

import torch  # noqa: E402
from models.networks import Entry, entries  # noqa: E402
from models.statistics import with_statistics  # noqa: E402
from pytorch_reference.programs import without_folders  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

PAGE = (
    Path(__file__).resolve().parent.parent
    / "Sources" / "TorchModels" / "Documentation.docc" / "NetworksThatWork.md"
)  # fmt: skip

HEAD = """# Networks that work

Networks of packages with random weights, each exported by `torch.export` and verified against PyTorch.

## Overview

This page is written by `scripts/model_table.py`, from the package index alone. Parameters, receptive field and delay
are those of the report; the rate is how many frames go in for one that comes out. Times are medians of
`coverify bench`, on one thread of the machine that made the table, in microseconds: of a clip of the length that is
given, and of a step. The difference is the largest one to PyTorch's float64. What the verdict is, is in the codes:
CV206 is a module whose steps mean something else than its clip, and CV208 one that nothing steps, whose clip was
compared all the same.

PyTorch {torch}, {packages}.

| network | package | clip | parameters | receptive field | delay | rate | clip, µs | step, µs | difference | verdict |
|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--only", default="", help="rows whose name or package has this in it")
    parser.add_argument("--output", type=Path, default=PAGE)
    parser.add_argument("--keep", type=Path, help="a folder for the networks that are checked in")
    options = parser.parse_args()
    be_quiet()
    rows = []
    wanted = [e for e in entries() if options.only.lower() in f"{e.package} {e.name}".lower()]
    with tempfile.TemporaryDirectory() as folder:
        for entry in wanted:
            try:
                row = made(entry, options.coverify.resolve(), Path(folder))
                if options.keep and entry.is_kept:
                    keep(entry, Path(folder), options.keep)
            except Exception as error:
                # Of a package that makes it otherwise, or a network that torch.export refuses.
                sys.exit(f"{entry.package} {entry.name}: {type(error).__name__}: {error}")
            print(f"{entry.package} {entry.name}: {row[-1]}", file=sys.stderr, flush=True)
            rows.append(row)
            write(options.output, wanted, rows)
    failed = [row for row in rows if row[-1] not in KNOWN]
    sys.exit(f"{len(failed)} of {len(rows)} rows have no verdict" if failed else 0)


def write(page: Path, wanted: list[Entry], rows: list[list[str]]) -> None:
    """The page with the rows so far."""
    packages = sorted({entry.package for entry in wanted})
    head = HEAD.format(
        torch=torch.__version__, packages=", ".join(f"{name} {version(name)}" for name in packages)
    )
    page.write_text(head + "".join(f"| {' | '.join(row)} |\n" for row in rows))


KNOWN = ("same", "CV206", "CV208")


def keep(entry: Entry, made: Path, folder: Path) -> None:
    """Puts a network, its clip and PyTorch's output into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(made / "network.pt2", folder / f"{entry.file}.pt2")
    tensors = {"input": load_file(made / "input.safetensors")["input"]}
    tensors["forward"] = load_file(made / "expect.safetensors")["forward"]
    save_file(tensors, folder / f"{entry.file}.expect.safetensors")


def made(entry: Entry, program: Path, folder: Path) -> list[str]:
    """The cells of a row."""
    torch.manual_seed(0)
    network = with_statistics(entry.build()).eval()
    clip = torch.rand(entry.shape)
    file, given, expected = (
        folder / name for name in ("network.pt2", "input.safetensors", "expect.safetensors")
    )
    with torch.no_grad():
        exported = torch.export.export(network, (clip,))
        for node in exported.graph.nodes:
            # Names of files alone, so that the table is the same on each machine.
            if trace := node.meta.get("stack_trace"):
                node.meta["stack_trace"] = without_folders(trace)
        torch.export.save(exported, file)
        output = network.double()(clip.double())
    save_file({"input": clip}, given)
    save_file({"forward": output.contiguous()}, expected)
    told = ["--input", given, "--expect", expected, "--format", "json"]
    report = document([program, file, *told])
    times = document([program, "bench", file, "--seconds", "0.1", "--format", "json"])
    time, model = report.get("time", {}), report.get("model", {})
    return [
        entry.name,
        entry.package,
        str(entry.shape).replace(", ", " x ").strip("()"),
        f"{model.get('parameters', 0):,}",
        *(str(time.get(key, "")) for key in ("receptive_field", "delay", "stride")),
        *(microseconds(times, mode) for mode in ("clip", "step")),
        difference(report),
        verdict(report),
    ]


def document(command: list[Any]) -> dict[str, Any]:
    """What a command prints as JSON; nothing where it prints none."""
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        print(done.stderr.strip(), file=sys.stderr)
        return {}


def microseconds(times: dict[str, Any], mode: str) -> str:
    median = times.get("times", {}).get(mode, {}).get("median")
    return "" if median is None else f"{1e6 * median:.3g}"


def difference(report: dict[str, Any]) -> str:
    worst = [check["worst"] for check in report.get("checks", []) if check["code"] == "CV8"]
    return f"{worst[0]:.1e}" if worst and isinstance(worst[0], float) else ""


def verdict(report: dict[str, Any]) -> str:
    """The verdict of a report: same, the code of what is not, or what it is instead."""
    if not report:
        return "refused"
    summary = report["summary"]["verdict"]
    if summary == "same":
        return "same"
    codes = sorted({found.get("check", found.get("code", "")) for found in report["findings"]})
    return next((code for code in codes if code in KNOWN), f"{summary} {' '.join(codes)}".strip())


if __name__ == "__main__":
    main()
