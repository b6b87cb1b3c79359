"""Processes that are timed in turn, a slice each, by orders on their standard input."""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from describe_model import describe

from support.environment import REPEATABLE
from support.peer_cases import PeerCase
from support.peer_process import made

# The allocator of glibc gives nothing back and maps no pages anew.
KEEPING = "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=268435456"


@dataclass(frozen=True)
class Settings:
    """How long to measure, and with what."""

    program: Path
    rounds: int
    seconds: float
    threads: int

    @property
    def clock(self) -> str:
        """What times are of, for the pages."""
        if self.threads == 1:
            return "in processor time with one thread on one core"
        return f"by the clock with {self.threads} threads on as many cores"


class Worker:
    """A process that answers orders."""

    def __init__(self, command: list[str], settings: Settings, is_warm: bool) -> None:
        # What makes results repeat also keeps PyTorch from using what the processor has.
        environment = {key: value for key, value in os.environ.items() if key not in REPEATABLE}
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
        environment["OMP_NUM_THREADS"] = str(settings.threads)
        if is_warm:
            environment["GLIBC_TUNABLES"] = KEEPING
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)

    @staticmethod
    def of_coverify(
        case: PeerCase, settings: Settings, folder: Path, is_warm: bool = True, batch: int = 1, frames: int = 0
    ) -> "Worker":
        file = folder / "network.pt"
        with torch.no_grad():
            describe(*made(case, batch, frames), file)
        command = [str(settings.program), str(file), "--orders", "--threads", str(settings.threads)]
        worker = Worker(command, settings, is_warm)
        # Answered when the file is read.
        worker.ask("figures")
        file.unlink()
        return worker

    @staticmethod
    def of_peer(
        case: PeerCase, settings: Settings, is_warm: bool = True, batch: int = 1, frames: int = 0
    ) -> "Worker":
        words = [case.name, str(batch), str(frames), str(settings.threads)]
        return Worker([sys.executable, "-m", "support.peer_process", *words], settings, is_warm)

    def ask(self, order: str) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{order} was not answered; exit code {self.process.wait()}")
        answer = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{order}: {answer['error']}")
        return answer

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@dataclass(frozen=True)
class Pair:
    """Medians in seconds, and the median of the slices' ratios."""

    ours: float
    theirs: float | None
    ratio: float | None


def in_turn(order: str, ours: Worker, theirs: Worker, settings: Settings) -> Pair:
    """What an order takes on both sides, in slices that take turns."""
    own: list[float] = []
    other: list[float | None] = []
    for _ in range(settings.rounds):
        own.append(ours.ask(f"{order} {settings.seconds}")["median"])
        answer = theirs.ask(f"{order} {settings.seconds}")
        other.append(answer["median"] if answer else None)
    known = [time for time in other if time is not None]
    if len(known) < len(own):
        return Pair(statistics.median(own), None, None)
    ratios = [a / b for a, b in zip(own, known)]
    return Pair(statistics.median(own), statistics.median(known), statistics.median(ratios))
