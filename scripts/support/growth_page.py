"""Writes the page of `bench_peers.py --growth`: tables of how times change with sizes."""

import platform
from collections.abc import Iterable
from pathlib import Path

from support.environment import PACKAGES
from support.peer_growth import BATCHES, LENGTHS, LONGEST_WALK, STREAMS, Growth
from support.slices import Pair, Settings

HEAD = """# Growth

How times and memory change with lengths, batches and streams: measured by one command.

## Overview

`scripts/bench_peers.py --growth` writes this page. It times each network as <doc:SpeedBesidePyTorch> does, in
slices of {seconds} s that take turns with those of PyTorch {torch} and continual-inference {library}, {clock}
of {system}. A dash stands for what the other side does not have; an empty place
for sizes that take more memory than is given to them.

All times are microseconds. They are of one frame of one sample, so that a line that stays the same all along is of
work that grows with the size and no faster.

## Steps of one long stream

Up to {walk:,} steps, as many as take {limit:.0f} s. The growth is the mean time of a step in the last tenth by that in
the second one; memory is by how much the most memory of the process rose.

| network | steps | step, µs | growth | MB more | library: steps | step, µs | growth | MB more |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
{walks}

## Clips by their length

| network | {lengths} | PyTorch: {lengths} |
|---|{length_marks}|
{clip_lengths}

## Clips by their batch

| network | {batches} | PyTorch: {batches} |
|---|{batch_marks}|
{clip_batches}

## Steps by their batch

| network | {batches} | library: {batches} |
|---|{batch_marks}|
{step_batches}

## Streams

Streams that share a plan and a runner, and take steps in turn. State is what one remembers, and memory what the
heap holds for each of the most streams that were measured. What many streams remember does not fit into caches any
more: their steps wait for memory then.

| network | state, bytes | memory, bytes | makeStream, µs | {streams} |
|---|--:|--:|--:|{stream_marks}|
{stream_rows}
"""


def write_growth_page(page: Path, all: list[Growth], settings: Settings) -> None:
    """The page with the networks so far."""
    text = HEAD.format(
        seconds=settings.seconds,
        clock=settings.clock,
        torch=PACKAGES["torch"],
        library=PACKAGES["continual-inference"],
        system=f"{platform.system()} on {platform.machine()}",
        walk=LONGEST_WALK,
        limit=100 * settings.seconds,
        walks=lines(walk_cells(one) for one in all),
        lengths=" | ".join(f"{length:,}" for length in LENGTHS),
        length_marks="|".join(["--:"] * (2 * len(LENGTHS))),
        clip_lengths=lines(sizes(one, one.clip_lengths, LENGTHS) for one in all if one.clip_lengths),
        batches=" | ".join(map(str, BATCHES)),
        batch_marks="|".join(["--:"] * (2 * len(BATCHES))),
        clip_batches=lines(sizes(one, one.clip_batches, BATCHES) for one in all),
        step_batches=lines(sizes(one, one.step_batches, BATCHES) for one in all),
        streams=" | ".join(f"{count:,}" for count in STREAMS),
        stream_marks="|".join(["--:"] * len(STREAMS)),
        stream_rows=lines(stream_cells(one) for one in all),
    )
    page.write_text(text)


def lines(rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def walk_cells(one: Growth) -> list[str]:
    cells = [one.case.name]
    for walk in (one.walk, one.peer_walk):
        if walk is None:
            cells += ["-"] * 4
        else:
            cells += [f"{walk.frames:,}", micro(walk.times[1]), f"{walk.growth:.3f}", str(walk.megabytes)]
    return cells


def sizes(one: Growth, pairs: dict[int, Pair], order: tuple[int, ...]) -> list[str]:
    ours = [micro(pairs[size].ours) if size in pairs else "" for size in order]
    theirs = [micro(pairs[size].theirs) if size in pairs else "" for size in order]
    return [one.case.name, *ours, *theirs]


def stream_cells(one: Growth) -> list[str]:
    steps = [micro(one.streams[count].step) if count in one.streams else "" for count in STREAMS]
    most = one.streams[max(one.streams)] if one.streams else None
    memory = f"{most.bytes:,.0f}" if most else ""
    return [one.case.name, f"{one.state:,}", memory, micro(one.make), *steps]


def micro(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1e6:.3g}" if seconds < 1e-3 else f"{seconds * 1e6:,.0f}"
