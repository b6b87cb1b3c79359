"""What the tests must know about a fixture: files, times, and the expected verdict."""

import shlex
from typing import Any

import continual as co
from torch import nn

from .fixture import DIFFERS, EXIT_CODES, Fixture
from .numbers import fill_in, seed_of
from .saving import network_of
from .schedule import schedule


def entry(fixture: Fixture, group: str, names: list[str]) -> dict[str, Any]:
    """The manifest's entry of a fixture, of whose folder these are files."""
    network = network_of(fixture)
    files = [f"{group}/{name}" for name in names]
    return {
        "name": fixture.name,
        "group": group,
        "what": fixture.what,
        "model": files[0],
        "architecture": _with_suffix(files, ".arch.json"),
        "expect": _with_suffix(files, ".expect.safetensors"),
        "source": fixture.form,
        "shape": list(fixture.shape),
        "frames": fixture.shape[2],
        "arguments": shlex.split(fixture.arguments),
        "verdict": fixture.verdict,
        "exit": EXIT_CODES[fixture.verdict],
        "modes_agree": fixture.verdict != DIFFERS,
        "misaligned": fixture.misaligned,
        "steps": fixture.steps,
        "why_no_steps": fixture.why_no_steps,
        "gap": fixture.gap,
        "time": schedule(network, fixture.shape[2]).as_json(),
        "library_time": library_time(fixture),
    }


def _with_suffix(files: list[str], suffix: str) -> str | None:
    return next((name for name in files if name.endswith(suffix)), None)


def library_time(fixture: Fixture) -> dict[str, int] | None:
    """The times by the continual library's own account; None where it takes no such network."""
    network = fill_in(fixture.build(), seed_of(fixture.name))
    try:
        converted: Any = co.continual(network)
    except (AssertionError, TypeError, ValueError):
        return None
    return {
        "receptive_field": converted.receptive_field,
        "delay": converted.delay,
        "padding": _first(converted, "padding"),
        "stride": _first(converted, "stride"),
    }


def _first(module: nn.Module, attribute: str) -> int:
    value: Any = getattr(module, attribute)
    return value[0] if isinstance(value, tuple) else value
