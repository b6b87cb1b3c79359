#!/usr/bin/env python3
"""Checks the public types of the libraries: each is on its library's first page, and each is needed.

    scripts/support/topics.py FOLDER

FOLDER has a folder for each library, named like it, with the symbol graph that the compiler made.
`scripts/docs` calls this.

A type is on the page if it is listed under "Topics". It is needed if a user is told of it, in the README,
in an article or in the text above the topics; if the example of a package outside uses it; if it is a
layer or another conformance to a protocol of ours; or if a public declaration of a type that is needed
has it in its signature. What only other targets of this package use is `package`.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "Sources"
KINDS = {f"swift.{kind}" for kind in ("struct", "class", "enum", "protocol", "actor", "typealias")}


def main() -> None:
    folders = sorted(Path(sys.argv[1]).iterdir())
    graphs = {folder.name: graph for folder in folders if (graph := read(folder))}
    problems = [problem for folder in folders for problem in check(folder.name, graphs)]
    unneeded = needless(graphs)
    problems += [f"{name}: is public, and nobody outside is told of it" for name in unneeded]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


def read(folder: Path) -> dict[str, Any] | None:
    """The symbol graph of a library; nothing for C, and for programs, which have none."""
    graph = folder / f"{folder.name}.symbols.json"
    if not graph.exists() or not list((SOURCES / folder.name).rglob("*.swift")):
        return None
    return json.loads(graph.read_text())


def check(library: str, graphs: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the page of a library."""
    page = SOURCES / library / "Documentation.docc" / f"{library}.md"
    if library not in graphs:
        has_code = any((SOURCES / library).rglob("*.swift"))
        missing = page.exists() and has_code
        return [f"{library}: the compiler made no symbol graph"] if missing else []
    topics = page.read_text().partition("\n## Topics\n")[2] if page.exists() else ""
    listed = set(re.findall(r"^- ``(\w+)``", topics, re.MULTILINE))
    names = {symbol["pathComponents"][0] for symbol in types(graphs[library])}
    return [f"{library}.md: lists no ``{name}``" for name in sorted(names - listed)]


def types(graph: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The public types that are not inside of others."""
    for symbol in graph["symbols"]:
        if symbol["kind"]["identifier"] in KINDS and len(symbol["pathComponents"]) == 1:
            yield symbol


def needless(graphs: dict[str, dict[str, Any]]) -> list[str]:
    """The public types that no user is told of, nor has in the signature of anything else."""
    names = {
        symbol["identifier"]["precise"]: symbol["pathComponents"][0]
        for graph in graphs.values()
        for symbol in graph["symbols"]
        if symbol["kind"]["identifier"] in KINDS
    }
    tops = {symbol["pathComponents"][0] for graph in graphs.values() for symbol in types(graph)}
    mentioned: dict[str, set[str]] = defaultdict(set)
    needed = tops & told()
    for graph in graphs.values():
        for symbol in graph["symbols"]:
            for part in symbol.get("declarationFragments", []):
                if name := names.get(part.get("preciseIdentifier", "")):
                    mentioned[symbol["pathComponents"][0]].add(name)
        for relation in graph["relationships"]:
            if relation["kind"] == "conformsTo" and relation["target"] in names:
                needed.add(names.get(relation["source"], ""))
    waiting = list(needed)
    while waiting:
        fresh = (mentioned[waiting.pop()] & tops) - needed
        needed |= fresh
        waiting += fresh
    return sorted(tops - needed)


def told() -> set[str]:
    """The words of what users read: README, articles, and the example of a package outside."""
    texts = [(ROOT / "README.md").read_text()]
    texts += [
        page.read_text().partition("\n## Topics\n")[0]
        for page in SOURCES.glob("*/Documentation.docc/*.md")
    ]
    texts += [file.read_text() for file in (ROOT / "Tests" / "OwnLayerTests").rglob("*.swift")]
    return {word for text in texts for word in re.findall(r"\w+", text)}


if __name__ == "__main__":
    main()
