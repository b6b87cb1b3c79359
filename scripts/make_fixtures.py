#!/usr/bin/env python3
"""Writes `fixtures/`: networks saved by PyTorch, and what PyTorch computes with them in float64.

    scripts/make_fixtures.py [FOLDER]

Needs Python 3.11 and a package index; torch, continual-inference and the rest are installed into an
environment of their own (see environment.py). Every file has the same bytes each time. What the
files are, and what is expected of them, is in `manifest.json`.
"""

from support.environment import enter_environment, versions

enter_environment()

import argparse  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from describe_model import as_text  # noqa: E402
from pytorch_reference.catalogue import GROUPS  # noqa: E402
from pytorch_reference.damaged import write_damaged  # noqa: E402
from pytorch_reference.manifest import entry  # noqa: E402
from pytorch_reference.programs import write_programs  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from pytorch_reference.saving import hide_machine_paths, write  # noqa: E402

LIMIT = 8_000_000


def main() -> None:
    standard = Path(__file__).resolve().parent.parent / "fixtures"
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=standard)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    be_quiet()
    hide_machine_paths()
    entries = []
    for group, fixtures in GROUPS.items():
        (folder / group).mkdir(exist_ok=True)
        for fixture in fixtures:
            entries.append(entry(fixture, group, write(fixture, folder / group)))
    manifest = {
        "made_by": versions(),
        "fixtures": entries,
        "bad": write_damaged(folder / "bad"),
        "programs": write_programs(folder / "exported"),
    }
    (folder / "manifest.json").write_text(as_text(manifest))
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{len(entries)} networks, {len(manifest['bad'])} bad files, {total:,} bytes in {folder}")
    if total > LIMIT:
        sys.exit(f"more than the {LIMIT:,} bytes that a repository should carry")


if __name__ == "__main__":
    main()
