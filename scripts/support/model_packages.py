"""Packages of networks that people have: `model_packages.txt`, in a folder of their own.

They are installed without what they need: most of that is for training, for sound files and for downloads,
and stands as empty modules here. Nothing of it runs when a network is made and called.
"""

import importlib.machinery
import os
import re
import subprocess
import sys
import types
from collections.abc import Sequence
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

LIST = Path(__file__).resolve().with_name("model_packages.txt")

VERSIONS = dict(re.findall(r"^([A-Za-z0-9-]+)==(\S+)", LIST.read_text(), re.MULTILINE))

FOLDER_VARIABLE = "COVERIFY_MODELS"

# What the packages import, and networks do not use.
LEFT_OUT = (
    *("librosa", "webrtcvad", "soundfile", "huggingface_hub", "resampy", "requests", "matplotlib"),
    *("pytorch_lightning", "audioread", "numba", "pandas", "h5py", "sklearn", "torchmetrics"),
    *("hydra", "pesq", "pystoi", "av", "cv2"),
)


def version(package: str) -> str:
    """The version that is pinned, by any spelling of the name."""
    names = {name.lower().replace("-", "_"): found for name, found in VERSIONS.items()}
    return names[package.lower().replace("-", "_")]


def enter_packages() -> None:
    """Makes the packages importable; installs them on first use.

    The folder is `~/.cache/coverify/models`, or what COVERIFY_MODELS names.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE, Path.home() / ".cache" / "coverify" / "models"))
    missing = [item for item in VERSIONS.items() if not _is_there(folder, *item)]
    if missing:
        _install(folder, missing)
    # Behind the pinned packages, some of which are needed there too.
    sys.path.append(str(folder))
    sys.meta_path.append(_EmptyModules())
    _import_torchvision()


def _is_there(folder: Path, name: str, wanted: str) -> bool:
    pattern = re.sub("[-_.]+", "[-_.]", name)
    found = [
        path
        for path in folder.glob("*.dist-info")
        if re.fullmatch(pattern + "-.*", path.stem, re.IGNORECASE)
    ]
    return any(PathDistribution(path).version == wanted for path in found)


def _install(folder: Path, packages: Sequence[tuple[str, str]]) -> None:
    print(f"Installing {len(packages)} packages of {LIST} into {folder}", file=sys.stderr)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
    for name, wanted in packages:
        done = subprocess.run([*command, "--target", folder, f"{name}=={wanted}"])
        if done.returncode:
            sys.exit(f"pip could not install {name} {wanted}")
    # Compiled for another build of torch, and needed for sound files alone.
    for library in folder.glob("torchaudio/lib/*.so"):
        library.unlink()


def _import_torchvision() -> None:
    """Its compiled operators are for another build of torch; video networks do not use them."""
    import torch

    register = torch.library.register_fake

    def skipping(name: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(name, str) and name.startswith("torchvision::"):
            return lambda function: function
        return register(name, *arguments, **options)

    torch.library.register_fake = skipping
    try:
        import torchvision  # noqa: F401
    finally:
        torch.library.register_fake = register


class _EmptyModule(types.ModuleType):
    """Has everything, and does nothing."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name[:1].isupper():
            return type(name, (), {"__module__": self.__name__})
        return _EmptyModule(f"{self.__name__}.{name}")

    def __call__(self, *_: Any, **__: Any) -> "_EmptyModule":
        return _EmptyModule(self.__name__)


class _EmptyModules:
    """Finds empty modules in place of packages that are left out."""

    def find_spec(self, name: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        if name.split(".")[0] not in LEFT_OUT:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = _EmptyModule(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, _: types.ModuleType) -> None:
        pass
