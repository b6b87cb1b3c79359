#!/usr/bin/env python3
"""Changes architecture files at random and watches that coverify neither crashes nor hangs.

    scripts/check_random_architectures.py COVERIFY [--seeds 500] [--first 0] [--keep FOLDER]

Takes the fixtures with an architecture beside them, and puts other values, types, classes and
arguments into it. Any verdict and any error is right; a signal, more than a minute, or more than
four gigabytes is not. Needs no packages.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "fixtures"
SECONDS = 60
MEMORY = 4 << 30

NUMBERS = [-1, 0, 1, 2, 7, 64, 10**6, 2**31, 2**63 - 1, 2**63, 10**30, 1.5, -0.0, 1e308, 1e-320]
WORDS = ("", "x", "zeros", "replicate", "same", "concat", "max", "A", "b (c d) t -> b c t d", "pow")
OTHERS = [*WORDS, True, False, None]
SHAPES = [[], {}, [1], [1, 2], [0, 0, 0], [2**31] * 3, [-1] * 3, [10**9] * 3, [1, "a"], [[1]]]
VALUES = [*NUMBERS, *OTHERS, *SHAPES]

Place = tuple[str | int, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="keep the files that did harm in FOLDER")
    arguments = parser.parse_args()
    words = Words(arguments.coverify)
    endings: Counter[str] = Counter()
    harmful = []
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            model, changed = mutant(seed, words)
            path = Path(folder) / f"{seed}.json"
            path.write_text(json.dumps(changed))
            ending = run(arguments.coverify, seed, model, path)
            endings[ending] += 1
            if not ending.startswith("exit"):
                harmful.append(seed)
                print(f"seed {seed}: {ending}: {model.name}", flush=True)
                if arguments.keep:
                    arguments.keep.mkdir(parents=True, exist_ok=True)
                    (arguments.keep / path.name).write_text(path.read_text())
    print(", ".join(f"{ending}: {count}" for ending, count in sorted(endings.items())))
    print(f"{endings.total() - len(harmful)} passed, {len(harmful)} failed {harmful or ''}")
    sys.exit(1 if harmful or not endings else 0)


class Words:
    """The words of the format: those that the program knows, and those that nodes have besides."""

    def __init__(self, coverify: Path) -> None:
        listed = subprocess.run([coverify, "types", "--json"], check=True, capture_output=True)
        classes = json.loads(listed.stdout)["classes"]
        self.types = sorted({name for entry in classes for name in entry["types"]})
        names = {argument["name"] for entry in classes for argument in entry["arguments"]}
        self.arguments = sorted(names | {"modules", "nodes", "name", "inputs", "id", "frames"})


def mutant(seed: int, words: Words) -> tuple[Path, Any]:
    """A model and a changed copy of its architecture."""
    rng = Random(seed)
    entries = json.loads((FOLDER / "manifest.json").read_text())["fixtures"]
    entry = rng.choice([entry for entry in entries if entry["architecture"]])
    document = json.loads((FOLDER / entry["architecture"]).read_text())
    for _ in range(rng.randint(1, 3)):
        change(document, rng, words)
    return FOLDER / entry["model"], document


def change(document: Any, rng: Random, words: Words) -> None:
    """One change anywhere in the document."""
    path = rng.choice([path for path in paths(document) if path])
    parent, key = at(document, path[:-1]), path[-1]
    kind = rng.choice(("value", "value", "value", "remove", "repeat", "type", "argument"))
    if kind == "remove":
        del parent[key]
    elif kind == "repeat" and isinstance(parent, list):
        parent.insert(key, json.loads(json.dumps(parent[key])))
    elif kind == "type" and isinstance(parent[key], dict):
        parent[key]["type"] = rng.choice(words.types)
    elif kind == "argument" and isinstance(parent, dict):
        parent[rng.choice(words.arguments)] = deepcopy(rng.choice(VALUES))
    else:
        parent[key] = deepcopy(rng.choice(VALUES))


def paths(value: Any, path: Place = ()) -> Iterator[Place]:
    """The places in a document, each as the keys and indices that lead to it."""
    yield path
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(child, (*path, key))


def at(value: Any, path: Place) -> Any:
    for key in path:
        value = value[key]
    return value


def run(coverify: Path, seed: int, model: Path, architecture: Path) -> str:
    """How the program ended."""
    verb = ("verify", "verify", "inspect")[seed % 3]
    command = [coverify.resolve(), verb, model, "--arch", architecture]
    try:
        result = subprocess.run(command, capture_output=True, timeout=SECONDS, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return f"no end in {SECONDS} s"
    code = result.returncode
    return f"signal {-code}" if code < 0 else f"exit {code}"


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
