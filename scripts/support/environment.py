"""The Python environment of the scripts: pinned packages, and settings that make results repeat.

Only the standard library is imported here, because this file runs before the packages are there.
"""

import os
import platform
import re
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().with_name("requirements.txt")

# By name, the versions that are pinned there.
PACKAGES = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", REQUIREMENTS.read_text(), re.MULTILINE))

# Those that make a result, and are recorded beside it.
RECORDED = ("torch", "continual-inference", "dill", "safetensors", "numpy")

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
    program = (
        "from importlib.metadata import version as v\n"
        f"assert all(v(n) == w for n, w in {PACKAGES!r}.items())"
    )
    return subprocess.run([python, "-c", program], stderr=subprocess.DEVNULL).returncode == 0


def _install(folder: Path, python: Path) -> None:
    print(f"Installing the packages of {REQUIREMENTS} into {folder}", file=sys.stderr)
    if not python.exists():
        venv.create(folder, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", REQUIREMENTS]
    if subprocess.run(command).returncode != 0:
        sys.exit(
            f"pip could not install the pinned files; {REQUIREMENTS} says for which Python and system they "
            f"are. An environment that has these versions already can be named with {FOLDER_VARIABLE}."
        )


def versions() -> dict[str, str]:
    """The versions that made a result, for the record kept beside it."""
    pinned = {name: PACKAGES[name].partition("+")[0] for name in RECORDED}
    return {"python": ".".join(platform.python_version_tuple()[:2]), **pinned}
