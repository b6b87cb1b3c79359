"""Compiles C for this processor, and for arm64, whose programs an emulator runs here.

arm64 needs a cross compiler of gcc, whose C library and linker clang uses, and an emulator;
`scripts/install --arm64` installs them.
"""

import platform
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ROOT / "Sources/CKernels"

TRIPLE = "aarch64-linux-gnu"
MISSING = "gcc-aarch64-linux-gnu and qemu-user-static, by their names on Debian"
CROSS_ROOT = Path("/usr", TRIPLE)

# As the package is built for a release. What is fused is said by the source, not decided by the compiler.
OPTIONS = ("-std=gnu11", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror")


@dataclass(frozen=True)
class Target:
    """A processor that C is compiled for."""

    name: str
    options: Sequence[str | Path] = ()
    linker: Sequence[str] = ("clang",)
    #: What runs its programs here.
    runner: Sequence[str] = field(default=())

    def compile(self, sources: Sequence[Path], includes: Sequence[Path], folder: Path) -> list[Path]:
        """The object files of sources, each made by a compiler of its own."""
        folder = folder / self.name
        folder.mkdir(exist_ok=True)

        def make(source: Path) -> Path:
            made = folder / f"{source.parent.name}-{source.stem}.o"
            paths = [option for include in includes for option in ("-I", include)]
            command = ["clang", *OPTIONS, *self.options, *paths, "-c", source, "-o", made]
            subprocess.run(command, check=True)
            return made

        with ThreadPoolExecutor() as workers:
            return list(workers.map(make, sources))

    def build(self, name: str, sources: Sequence[Path], includes: Sequence[Path], folder: Path) -> Path:
        """A program."""
        program = folder / f"{name}-{self.name}"
        objects = self.compile(sources, includes, folder)
        subprocess.run([*self.linker, *objects, "-lm", "-o", program], check=True)
        return program

    def command(self, program: Path, *arguments: str) -> list[str]:
        return [*self.runner, str(program), *arguments]


HERE = Target(platform.machine())


def arm64() -> Target | None:
    """arm64, emulated; nothing where this processor is one, or where its tools are not there."""
    if platform.machine() == "aarch64":
        return None
    emulator = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    compiler = shutil.which(f"{TRIPLE}-gcc")
    if not emulator or not compiler or not (CROSS_ROOT / "include").exists():
        return None
    # Behind all others: headers of libraries that are the same for all processors, as zlib's.
    headers = ("-isystem", CROSS_ROOT / "include", "-idirafter", "/usr/include")
    return Target(
        "arm64",
        options=(f"--target={TRIPLE}", f"--sysroot={CROSS_ROOT}", *headers),
        linker=(compiler, "-static"),
        runner=(emulator,),
    )


def install_arm64() -> Target | None:
    """arm64, emulated; what it needs is installed where it can be."""
    target = arm64()
    if target or platform.machine() == "aarch64" or platform.system() != "Linux":
        return target
    subprocess.run([ROOT / "scripts/install", "--arm64"])
    return arm64()
