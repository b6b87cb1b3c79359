"""The format of `torch.save` before version 1.6: pickles one after the other, then the numbers.

torch still writes it, but names each storage after its address, so that the file differs each time.
This writes the same format with storages named in the order of their first use.
"""

import pickle
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch.serialization import MAGIC_NUMBER, PROTOCOL_VERSION

SYSTEM = {
    "protocol_version": PROTOCOL_VERSION,
    "little_endian": True,
    "type_sizes": {"short": 2, "int": 4, "long": 4},
}


class _Pickler(pickle.Pickler):
    """Leaves the storages out, and remembers them by name."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, protocol=2)
        self.storages: dict[str, Any] = {}
        self.names: dict[int, str] = {}

    def persistent_id(self, thing: Any) -> tuple[Any, ...] | None:
        if not isinstance(thing, torch.storage.TypedStorage):
            return None
        storage = thing._untyped_storage
        name = self.names.setdefault(storage._cdata, str(len(self.names)))
        self.storages[name] = thing
        kind = getattr(torch, thing._pickle_storage_type())
        return ("storage", kind, name, "cpu", thing._size(), None)


def save_legacy(contents: Any, path: Path) -> None:
    """Writes `contents` as torch 1.5 did; `torch.load` reads it."""
    with path.open("wb") as file:
        for header in (MAGIC_NUMBER, PROTOCOL_VERSION, SYSTEM):
            pickle.dump(header, file, protocol=2)
        pickler = _Pickler(file)
        pickler.dump(contents)
        pickle.dump(list(pickler.storages), file, protocol=2)
        for storage in pickler.storages.values():
            file.write(storage._size().to_bytes(8, "little"))
            file.write(bytes(storage._untyped_storage))
