"""The coverage-guided part of scripts/fuzz: libFuzzer with the same changes of files.

libFuzzer keeps what reaches new code, and changes that further: by the rules in Tests/Fuzz, and by what
the program compares its input with. The seeds are those of the numbered run, and the files of the hostile
corpus.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from support import tools
from support.tools import ROOT

SCRATCH = ROOT / ".build-guided"
HOSTILE = ROOT / "scripts" / "hostile_corpus"
LONGEST = 32_768
# Of a processor that others use as well; the program itself measures its own time and memory.
PATIENCE = 60
MEGABYTES = 512

TRIAL = """
@_cdecl("LLVMFuzzerTestOneInput")
public func run(_ data: UnsafeRawPointer?, _ count: Int) -> Int32 { 0 }
"""


class Wanted(NamedTuple):
    """How much is to be read, and how."""

    runs: int
    seconds: int
    seed: int
    jobs: int
    sanitizers: list[str]
    corpus: Path | None
    finds: Path


def why_not() -> str:
    """Why libFuzzer does not link here; empty where it does."""
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        source = Path(folder) / "trial.swift"
        source.write_text(TRIAL)
        command = ["swiftc", "-sanitize=fuzzer", "-parse-as-library", str(source), "-o", str(source.with_suffix(""))]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode == 0:
            made = subprocess.run([source.with_suffix(""), "-runs=1"], capture_output=True, text=True)
    lines = [line for line in made.stderr.splitlines() if "error" in line] or made.stderr.splitlines()[-1:]
    return "" if made.returncode == 0 else (lines or ["it ends at once"])[0]


def run(wanted: Wanted) -> int:
    """Reads until the end or the first find of each job; gives the exit code."""
    program = build(wanted.sanitizers)
    wanted.finds.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="coverify-") as name:
        folder = Path(name)
        seeds = write_seeds(program, folder)
        children = [start(program, folder, job, wanted) for job in range(wanted.jobs)]
        codes = [child.wait() for child in children]
        logs = [(folder / f"log-{job}").read_text(errors="replace") for job in range(wanted.jobs)]
        if wanted.corpus:
            keep(folder, wanted)
    return report(seeds, codes, logs, wanted)


def build(sanitizers: list[str]) -> Path:
    """Builds with all run-time checks, and with counters at each branch of the program."""
    scratch = Path(f"{SCRATCH}-{'-'.join(sanitizers)}") if sanitizers else SCRATCH
    options = ["--sanitize", "fuzzer", "-Xswiftc", "-DGUIDED"]
    if sanitizers:
        # Given twice, --sanitize takes the counters away again.
        together = ",".join([*sanitizers, "fuzzer"])
        options += ["-Xswiftc", f"-sanitize={together}", "-Xcc", f"-fsanitize={together}"]
    return tools.build("Fuzz", scratch, options)


def write_seeds(program: Path, folder: Path) -> int:
    """Writes what to begin with, and the dictionary."""
    seeds = folder / "seeds"
    seeds.mkdir()
    subprocess.run([program], check=True, env=environment(COVERIFY_SEEDS=str(seeds)), capture_output=True)
    hostile = folder / "hostile"
    subprocess.run([sys.executable, HOSTILE, hostile], check=True, stdout=subprocess.DEVNULL)
    for file in sorted(hostile.rglob("*")):
        if file.is_file() and file.name != "manifest.json" and file.stat().st_size <= LONGEST:
            shutil.copy(file, seeds / f"hostile-{file.name}")
    return len(list(seeds.iterdir()))


def slowdown(sanitizers: list[str]) -> str:
    """How much slower and larger the program is than without sanitizers, at most."""
    return "8" if sanitizers else "1"


def environment(**more: str) -> dict[str, str]:
    fixed = {
        "COVERIFY_FIXTURES": str(ROOT / "fixtures"),
        "SWIFT_BACKTRACE": "enable=no",
        # What is hashed has the same order on every run.
        "SWIFT_DETERMINISTIC_HASHING": "1",
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    return {**os.environ, **fixed, **more}


def start(program: Path, folder: Path, job: int, wanted: Wanted) -> "subprocess.Popen[bytes]":
    own = folder / f"corpus-{job}"
    own.mkdir()
    if wanted.corpus and wanted.corpus.is_dir():
        for file in wanted.corpus.iterdir():
            shutil.copy(file, own)
    limits = [f"-runs={-(-wanted.runs // wanted.jobs)}"] if wanted.runs else [f"-max_total_time={wanted.seconds}"]
    options = [f"-seed={wanted.seed + job}", f"-dict={folder / 'seeds.dictionary'}", f"-max_len={LONGEST}"]
    options += [f"-timeout={PATIENCE}", f"-rss_limit_mb={MEGABYTES if not wanted.sanitizers else 2048}"]
    options += [f"-artifact_prefix={wanted.finds}/", "-print_final_stats=1"]
    log = (folder / f"log-{job}").open("wb")
    command = [program, own, folder / "seeds", *limits, *options]
    return subprocess.Popen(
        list(map(str, command)), stdout=log, stderr=log,
        env=environment(COVERIFY_SLOWDOWN=slowdown(wanted.sanitizers)),
    )


def keep(folder: Path, wanted: Wanted) -> None:
    """Adds what was found to reach new code to the corpus that was named."""
    assert wanted.corpus
    wanted.corpus.mkdir(parents=True, exist_ok=True)
    for job in range(wanted.jobs):
        for file in (folder / f"corpus-{job}").iterdir():
            shutil.copy(file, wanted.corpus)


def report(seeds: int, codes: list[int], logs: list[str], wanted: Wanted) -> int:
    def last(pattern: str, log: str) -> int:
        return int((re.findall(pattern, log) or ["0"])[-1])

    for job, (code, log) in enumerate(zip(codes, logs)):
        executed = last(r"number_of_executed_units: (\d+)", log)
        branches, features, kept = (last(rf" {name}: (\d+)", log) for name in ("cov", "ft", "corp"))
        print(
            f"guided, seed {wanted.seed + job}: {executed} inputs from {seeds} seeds, {branches} branches, "
            f"{features} features, {kept} kept, peak {last(r'rss: ([0-9]+)', log)} MB"
            + ("" if code == 0 else f"; ended with {code}")
        )
        if code:
            print("\n".join(log.splitlines()[-40:]))
    if any(codes):
        print(f"what did harm is in {wanted.finds}; read one again with scripts/fuzz --guided --again FILE")
    return 1 if any(codes) else 0


def again(file: Path, sanitizers: list[str]) -> int:
    """Reads one input, and shows how it ends."""
    own = environment(COVERIFY_SLOWDOWN=slowdown(sanitizers))
    return subprocess.run([build(sanitizers), file], env=own).returncode
