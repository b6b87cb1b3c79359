#!/usr/bin/env python3
"""Checks that the first page of each library lists all of its public types under "Topics".

    scripts/support/topics.py FOLDER

FOLDER has a folder for each library, named like it, with the symbol graph that the compiler made.
`scripts/docs` calls this.
"""

import json
import re
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "Sources"
KINDS = {f"swift.{kind}" for kind in ("struct", "class", "enum", "protocol", "actor", "typealias")}


def main() -> None:
    graphs = Path(sys.argv[1])
    problems = [problem for folder in sorted(graphs.iterdir()) for problem in check(folder)]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


def check(folder: Path) -> list[str]:
    """What is wrong with the page of a library; nothing for C, and for programs, which have no graph."""
    library = folder.name
    page = SOURCES / library / "Documentation.docc" / f"{library}.md"
    graph = folder / f"{library}.symbols.json"
    if not graph.exists():
        return [f"{library}: the compiler made no symbol graph"] if page.exists() else []
    if not list((SOURCES / library).rglob("*.swift")):
        return []
    topics = page.read_text().partition("\n## Topics\n")[2] if page.exists() else ""
    listed = set(re.findall(r"^- ``(\w+)``", topics, re.MULTILINE))
    return [f"{library}.md: lists no ``{name}``" for name in sorted(types(graph) - listed)]


def types(graph: Path) -> set[str]:
    """The public types that are not inside of others."""
    return {
        symbol["pathComponents"][0]
        for symbol in json.loads(graph.read_text())["symbols"]
        if symbol["kind"]["identifier"] in KINDS and len(symbol["pathComponents"]) == 1
    }


if __name__ == "__main__":
    main()
