"""The Python environment of the scripts: pinned packages, and settings that make results repeat.

Only the standard library is imported here, because this file runs before the packages are there.
"""

import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

# `torch==2.13.0` also takes the build without CUDA, 2.13.0+cpu, where the package index has it.
PACKAGES = (
    "torch==2.13.0",
    "continual-inference==1.2.4",
    "dill==0.4.1",
    "safetensors==0.8.0",
    "numpy==2.4.6",
)

# Sets are pickled in hash order, and float64 sums depend on the instruction set and on the number
# of threads. These settings take that away, so that a fixture has the same bytes everywhere.
REPEATABLE = {
    "PYTHONHASHSEED": "0",
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "OMP_NUM_THREADS": "1",
}

FOLDER_VARIABLE = "COVERIFY_VENV"


def enter_environment() -> None:
    """Runs the calling script again under the pinned packages, unless it already does.

    The environment is `~/.cache/coverify/venv`, or what COVERIFY_VENV names. It is made on first
    use and reused after that.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE, Path.home() / ".cache" / "coverify" / "venv"))
    python = folder / "bin" / "python"
    inside = Path(sys.prefix).resolve() == folder.resolve()
    if inside and all(os.environ.get(name) == value for name, value in REPEATABLE.items()):
        return
    if not _is_complete(python):
        _install(folder, python)
    os.execve(python, [str(python), *sys.argv], {**os.environ, **REPEATABLE})


def _is_complete(python: Path) -> bool:
    """Whether every pinned package is there, in the pinned version."""
    if not python.exists():
        return False
    pins = [package.split("==") for package in PACKAGES]
    program = (
        "from importlib.metadata import version as v\n"
        f"assert all(v(n).split('+')[0] == w for n, w in {pins!r})"
    )
    return subprocess.run([python, "-c", program], stderr=subprocess.DEVNULL).returncode == 0


def _install(folder: Path, python: Path) -> None:
    print(f"Installing {', '.join(PACKAGES)} into {folder}", file=sys.stderr)
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)


def versions() -> dict[str, str]:
    """The versions that made a result, for the record kept beside it."""
    pinned = dict(package.split("==") for package in PACKAGES)
    return {"python": ".".join(platform.python_version_tuple()[:2]), **pinned}
