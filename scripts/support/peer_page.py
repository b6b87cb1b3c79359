"""Writes the page of bench_peers.py: the table and its picture."""

import math
import platform
from pathlib import Path

from support.environment import PACKAGES
from support.peer_picture import picture
from support.peer_rows import Machine, Row, told
from support.slices import Settings

PICTURE = "speed-beside-pytorch.svg"

HEAD = """# Speed beside PyTorch

Clips beside PyTorch, and steps beside continual-inference: measured by one command.

## Overview

`scripts/bench_peers.py` writes this page and its picture. It times each network on both sides in turn, {rounds}
slices of {seconds} s each, {clock}, and compares all outputs. Ratios are the
medians of the slices' ratios; below one, coverify is faster, and between 0.95 and 1.05 it is a tie.

A clip needs memory for what its layers make. A *fresh* process gets it from the system each time, and waits
for pages of zeros; a *warm* one keeps what it was given. The first is what a user sees, the second what the
kernels do.

PyTorch {torch} and continual-inference {library}, {system}. What a core can do: {peak:.0f} GFLOP/s,
and it moves {rates}.

![Bars of the ratios of the table, on a logarithmic scale]({picture})

## Geometric means of the ratios

| | networks | clip, fresh | clip, warm | step |
|---|--:|--:|--:|--:|
{means}

## Networks

Times are of coverify, in milliseconds of a clip in a warm process and in microseconds of a step, and beside
them PyTorch's and the library's. Of peak is the part of the products that the core could do in the time of
the clip. The limit of a step is what its operations, or its bytes, take at least; the last column is how many
times as long the step takes.

| network | clip | clip, ms | PyTorch, ms | fresh | warm | of peak | step, µs | library, µs | ratio | limit, µs | limits |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
"""


def write_page(page: Path, rows: list[Row], machine: Machine, settings: Settings) -> None:
    """The page with the rows so far."""
    head = HEAD.format(
        rounds=settings.rounds,
        seconds=settings.seconds,
        clock=settings.clock,
        torch=PACKAGES["torch"],
        library=PACKAGES["continual-inference"],
        system=f"{platform.system()} on {platform.machine()}",
        peak=machine.operations / 1e9,
        rates=", ".join(f"{rate / 1e9:.0f} GB/s of {size(bytes)}" for bytes, rate in machine.rates),
        picture=PICTURE,
        means=means(rows),
    )
    page.write_text(head + "".join(f"| {' | '.join(cells(row, machine))} |\n" for row in rows))
    page.with_name(PICTURE).write_text(picture(rows))


def cells(row: Row, machine: Machine) -> list[str]:
    limit = machine.limit(row.operations, row.bytes)
    share = (row.clip_operations or 0) / row.warm.ours / machine.operations
    return [
        row.case.name,
        " x ".join(map(str, row.case.shape)),
        scaled(row.warm.ours, 1e3),
        scaled(row.warm.theirs, 1e3),
        told(row.fresh.ratio),
        told(row.warm.ratio),
        f"{share:.0%}" if share and row.case.has_products else "",
        scaled(row.step.ours, 1e6),
        scaled(row.step.theirs, 1e6),
        told(row.step.ratio),
        scaled(limit, 1e6),
        told(row.step.ours / limit),
    ]


def means(rows: list[Row]) -> str:
    groups = {
        "all": rows,
        "convolutions, pools, linear, recurrent, attention": [row for row in rows if not row.case.is_pointwise],
        "activations and norms": [row for row in rows if row.case.is_pointwise],
    }
    lines = []
    for name, group in groups.items():
        kinds = [[row.fresh.ratio for row in group], [row.warm.ratio for row in group], [row.step.ratio for row in group]]
        lines.append(f"| {name} | {len(group)} | {' | '.join(told(mean(kind)) for kind in kinds)} |")
    return "\n".join(lines)


def mean(ratios: list[float | None]) -> float | None:
    """The geometric one, of those that are there."""
    known = [math.log(ratio) for ratio in ratios if ratio is not None]
    return math.exp(sum(known) / len(known)) if known else None


def scaled(seconds: float | None, unit: float) -> str:
    return "-" if seconds is None else f"{seconds * unit:.3g}" if seconds * unit < 1000 else f"{seconds * unit:.0f}"


def size(bytes: float) -> str:
    return f"{bytes / 2**20:.0f} MB" if bytes >= 2**20 else f"{bytes / 2**10:.0f} kB"
