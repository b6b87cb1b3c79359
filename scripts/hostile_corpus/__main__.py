#!/usr/bin/env python3
"""Writes a corpus of odd and hostile PyTorch checkpoint files, and a manifest.

    python3 scripts/hostile_corpus FOLDER [--only TEXT] [--with-torch]
    python3 scripts/hostile_corpus --list

Every file is assembled byte by byte, by a small assembler of zip archives and one of pickles, so that
nothing depends on the clock, on a random source, or on a torch that is installed. Needs no packages.

`manifest.json` holds {"cases": [case, ...], "counts": {...}, "torch": version}. A case has

    name      unique
    file      relative to FOLDER
    category  zip, container, pickle, exec, tensor, legacy or other
    what      what is wrong, or what is odd
    expect    "reject": a loader must end with an error;
              "accept": odd but valid, it must load and give `tensors`
    error     of "reject": the kind of error to report, a suggestion
    optional  true: a loader without the feature may reject the file, with a clear "unsupported"
    policy    where the outcome is a choice of ours and not of the format
    tensors   of "accept": [{path, dtype, shape, sha256}], the digest being over the bytes of the
              contiguous, little-endian tensor with conjugation and negation resolved

`growth` lists files that ask for much, and texts that steer a terminal or fill it, in folders of their
own. A case has `folder`, and `commands`: the arguments of coverify in that folder, the exit codes that
are right, and words that have to be in what it says.

With --with-torch, each file is also given to torch.load(weights_only=True), with and without mmap, in
a child process with a limit on memory and time. What happened becomes two columns of the manifest,
`torch` and `torch_mmap`: {"outcome": accept|reject|crash|timeout|oom, "values":
match|differ|unchecked, "detail": text}. torch.load(weights_only=False) is never called.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from cases import CASES, digest
from container_cases import container_reject
from content_cases import content_accept
from exec_cases import exec_reject
from growth_cases import growth_cases
from legacy_cases import legacy_cases
from pickle_cases import pickle_reject
from tensor_cases import tensor_reject
from zip_cases import zip_accept, zip_reject

FAMILIES = (
    zip_accept,
    content_accept,
    zip_reject,
    container_reject,
    exec_reject,
    pickle_reject,
    tensor_reject,
    legacy_cases,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="hostile_corpus", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases with TEXT in their name")
    parser.add_argument("--list", action="store_true", help="print the cases and write nothing")
    parser.add_argument("--with-torch", action="store_true", help="ask PyTorch about each file as well")
    arguments = parser.parse_args()
    if not arguments.list and not arguments.folder:
        parser.error("needs a folder to write to")
    for family in FAMILIES:
        family()
    cases = [case for case in CASES if arguments.only in case["name"]]
    if arguments.list:
        for case in cases:
            print(f"{case['expect']:7}{case['category']:10}{case['name']:30}{case['what']}")
        return
    torch = load_torch() if arguments.with_torch else None
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = [write(case, arguments.folder, torch) for case in cases]
    counts = count(rows)
    version = getattr(torch, "__version__", None)
    growth = [write_growth(case, arguments.folder) for case in growth_cases() if arguments.only in case["name"]]
    manifest = {"torch": version, "counts": counts, "cases": rows, "growth": growth}
    (arguments.folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    print(json.dumps(counts, indent=1))


def load_torch():
    import torch

    torch.set_num_threads(1)
    # What is set up with the first tensor is not counted against the first file.
    torch.zeros(1).contiguous()
    return torch


def write(case, folder, torch):
    """Writes the file of a case; gives its row in the manifest."""
    data = case["_data"]
    path = folder / case["file"]
    path.write_bytes(data)
    row = {key: value for key, value in case.items() if key[0] != "_" and value not in (None, False)}
    row |= {"bytes": len(data), "sha256": digest(data)}
    if torch is not None:
        from opinion import ask

        row["torch"] = ask(torch, path, case, False)
        row["torch_mmap"] = ask(torch, path, case, True)
    return row


def write_growth(case, folder):
    """Writes the files of a case to a folder of its own; gives its row in the manifest."""
    place = folder / ("growth_" + case["name"])
    place.mkdir(exist_ok=True)
    for name, data in case["files"].items():
        (place / name).write_bytes(data)
    return {key: value for key, value in case.items() if key != "files"} | {"folder": place.name}


def count(rows):
    counts = Counter(cases=len(rows), bytes=sum(row["bytes"] for row in rows))
    for row in rows:
        counts[row["expect"]] += 1
        counts["optional"] += row.get("optional", False)
        counts["category_" + row["category"]] += 1
        for column in ("torch", "torch_mmap"):
            if column in row:
                values = row[column].get("values", "") if row["expect"] == "accept" else ""
                counts[f"{column}: {row['expect']} -> {row[column]['outcome']} {values}".strip()] += 1
    return counts


if __name__ == "__main__":
    main()
