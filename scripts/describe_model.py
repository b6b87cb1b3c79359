#!/usr/bin/env python3
"""Writes a PyTorch network as one file that coverify reads: the network, an example, PyTorch's answer.

In Python, where the model is:

    from describe_model import describe
    describe(model, example_input, "model.pt2")

or from a shell, with a function that makes the model:

    describe_model.py package.module:function model.pt2

A network of torch.nn is exported by torch.export, whatever its forward does that torch can trace. Beside
the program the file has notes of what PyTorch computes for the example in float64, and of each module
inside where that is small or asked for.

Networks of continual-inference, which torch.export refuses, are described by their modules: this walks
the live tree, takes every class and argument from the objects themselves, and stores them beside the
weights as an architecture (the format `coverify-architecture`). Nothing is guessed: what cannot be told is
named with its path and the reason, all of it at once, and no file is written.

The file needs torch only, so it can be copied next to a training script; continual-inference is
used where the model uses it.
"""

import argparse
import base64
import ctypes
import functools
import importlib
import io
import json
import logging
import operator
import os
import re
import shlex
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from math import isfinite
from pathlib import Path
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

Node = dict[str, Any]

FORMAT = "coverify-architecture"
VERSION = 1

ALWAYS, NEVER = "always", "never"

# Hooks that put a weight together from parts that are saved, as coverify does.
_FOLDED = (WeightNorm, SpectralNorm, BasePruningMethod)


class CannotDescribe(Exception):
    """Some of a network cannot be written down; `problems` has (path, reason) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        lines = "\n".join(f"  {path or '(the network)'}: {reason}" for path, reason in problems)
        count = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
        super().__init__(f"{count} cannot be described, and nothing was written:\n{lines}")


def describe(
    model: nn.Module,
    example_input: Tensor | tuple[Tensor, ...],
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    predicates: Mapping[str, str] | None = None,
    layers: bool | None = None,
    layout: str | None = None,
) -> list[str]:
    """Writes `model` to `path`: as a program where it is of torch.nn, by its modules where it is of
    continual-inference, with `example_input` and what PyTorch makes of it.

    `layers` says whether what each module makes of the example is stored too, with which the verifier
    names the first module that differs; by default it is where all of it together is small. `layout`
    says what the axes of a program's input are, as in "BTC"; without it coverify finds it out. `name` and
    `predicates` are for networks of continual-inference; see `describe_tree`.

    Returns what is to be said of the file. The model is given back as it was: weights, buffers, the state
    of a stream, modes, and torch's random numbers. Raises CannotDescribe with everything that cannot be
    told; the file appears whole or not at all.
    """
    if isinstance(model, nn.Module) and not is_continual(model):
        return export(model, example_input, path, layers=layers, layout=layout)
    if layout is not None:
        raise CannotDescribe([("", "networks of continual-inference take (B, C, T, …); no layout")])
    return describe_tree(
        *(model, example_input, path), name=name, predicates=predicates, layers=layers
    )


def is_continual(model: nn.Module) -> bool:
    """Whether a network has modules of continual-inference, or some that it gave steps."""
    return any(
        type(module).__module__.split(".")[0] == "continual" or "forward_step" in vars(module)
        for module in model.modules()
    )


# By torch.export

NOTES, REFERENCE = "coverify.json", "coverify.reference"


def export(
    model: nn.Module,
    example_input: Tensor | tuple[Tensor, ...],
    path: str | os.PathLike[str],
    *,
    layers: bool | None = None,
    layout: str | None = None,
) -> list[str]:
    """Writes what torch.export makes of `model`, with notes; see `describe`.

    `example_input` can have any axes; of several tensors the first is the clip. The notes are extra files
    of the archive: `coverify.json`, and `coverify.reference`, which is a safetensors file in base64, as
    torch reads extra files as texts.
    """
    inputs = example_input if isinstance(example_input, tuple) else (example_input,)
    _check_program(model, inputs, layout)
    notes: list[str] = []
    with _random_numbers_untouched():
        # What works in place must not change the example.
        given = tuple(tensor.detach().cpu().clone() for tensor in inputs)
        outputs = program_outputs(model, given, notes, layers=layers)
        with _temporarily(model):
            program = _program(model, tuple(tensor.clone() for tensor in given))
    extra = extra_files(outputs, notes, layout=layout, shape=given[0].shape)
    buffer = io.BytesIO()
    with _silent_torch():
        torch.export.save(program, buffer, extra_files=extra)
    _write(Path(path), buffer.getvalue(), _is_whole_archive)
    return notes


def extra_files(
    outputs: dict[str, Tensor],
    notes: list[str],
    *,
    layout: str | None = None,
    shape: tuple[int, ...] = (),
) -> dict[str, str]:
    """The notes, for `extra_files` of torch.export.save."""
    document: dict[str, Any] = {"format": "coverify-notes", "version": 1}
    if layout is not None:
        axes = re.sub("[, ]", "", layout).upper()
        document["layout"] = layout
        document |= {"frames": shape[axes.index("T")]} if "T" in axes else {}
    document["versions"] = {"torch": torch.__version__}
    document |= {"notes": notes, "reference": REFERENCE}
    return {
        NOTES: json.dumps(document, indent=1),
        REFERENCE: base64.b64encode(safetensors(outputs)).decode(),
    }


def _check_program(model: nn.Module, inputs: tuple[Any, ...], layout: str | None) -> None:
    problem = None
    for tensor in inputs:
        if not isinstance(tensor, Tensor):
            problem = f"is a {type(tensor).__name__}, not a tensor"
        elif 0 in tensor.shape or tensor.dim() < 2 and tensor is inputs[0]:
            problem = f"has the shape {tuple(tensor.shape)}; a clip has a batch, and time"
        elif tensor.is_floating_point() and not torch.isfinite(tensor).all():
            problem = "holds numbers that are not finite"
    if problem:
        raise CannotDescribe([("", f"the example input {problem}")])
    if layout is not None:
        axes = re.sub("[, ]", "", layout).upper().replace("N", "B")
        if not axes.isalpha() or len(set(axes)) != len(axes) or "B" not in axes:
            raise CannotDescribe([("", f"the layout {layout} is not one letter an axis, as BTC")])
        if len(axes) != inputs[0].dim():
            shape = tuple(inputs[0].shape)
            raise CannotDescribe([("", f"the layout {layout} is not that of an input {shape}")])
    kind = _WRAPPERS.get(type(model).__name__)
    if kind is not None:
        raise CannotDescribe([("", f"{type(model).__name__} {kind}")])
    _check_devices(model)


def _program(model: nn.Module, inputs: tuple[Tensor, ...]) -> Any:
    """What torch.export makes of a network, as it is."""
    if not hasattr(torch, "export") or not hasattr(torch.export, "save"):
        raise CannotDescribe([("", f"torch {torch.__version__} has no torch.export: {_NO_EXPORT}")])
    failure: Exception | None = None
    with _silent_torch():
        # Without Python's bytecode first: what fails so can work with it, and its reason is the better one.
        for strict in (False, True):
            try:
                return torch.export.export(model, inputs, strict=strict)
            except Exception as error:
                failure = failure or error
    raise CannotDescribe([_unexportable(failure)]) from failure


@contextmanager
def _silent_torch() -> Iterator[None]:
    """What torch warns of and logs is longer than what is said of it here."""
    log = logging.getLogger("torch")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), redirect_stdout(None), redirect_stderr(None):
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


_NO_EXPORT = (
    "use torch 2.1 or later, or say the network in an architecture file, "
    "which `coverify draft WEIGHTS` begins"
)


def _line(error: Exception | None) -> str:
    """The innermost line of the user's that an error came from; empty where there is none."""
    library = str(Path(torch.__file__).parent)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__ if error else None)
        if not frame.filename.startswith((library, "<")) and frame.filename != __file__
    ]
    if not frames:
        return ""
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: {frames[-1].line}"


def _text(error: Exception | None) -> str:
    """The first line of what an error says."""
    return next((line for line in str(error).splitlines() if line.strip()), "").strip()


def _unexportable(error: Exception | None) -> tuple[str, str]:
    """The line of the user's that torch.export stops at, and why."""
    text = _text(error)
    kind = type(error).__name__
    reasons = {
        "GuardOnDataDependentSymNode": "asks for numbers of a tensor, on which a graph cannot depend",
        "UserError": f"is not for torch.export: {text}",
    }
    reason = reasons.get(kind, f"fails in torch.export: {kind}: {text}")
    advice = "; change it, or say the network in an architecture file, which coverify draft begins"
    return _line(error), reason[:400] + advice


def program_outputs(
    model: nn.Module, inputs: tuple[Tensor, ...], notes: list[str], *, layers: bool | None
) -> dict[str, Tensor]:
    """What PyTorch computes of an example, in float64 where the network can."""
    wide = tuple(t.double() if t.is_floating_point() else t for t in inputs)
    outputs: dict[str, Tensor] = {}
    try:
        with _temporarily_in_float64(model), _plain_attention():
            with nullcontext() if layers is False else _recorded_outputs(model, outputs):
                forward = _tensors(model(*(tensor.clone() for tensor in wide)))
            again = _tensors(model(*(tensor.clone() for tensor in wide)))
    except CannotDescribe:
        raise
    except Exception as error:
        outputs.clear()
        notes.append(
            "PyTorch's output is stored in float32: in float64 its forward fails: "
            f"{type(error).__name__}: {_text(error)}"
        )
        with _temporarily(model), torch.no_grad():
            forward = _tensors(_called(model, inputs))
            again = _tensors(_called(model, inputs))
    if not all(torch.equal(_as_bits(a), _as_bits(b)) for a, b in zip(forward, again, strict=True)):
        reason = "its forward gives another output each time, so nothing can be compared with it"
        raise CannotDescribe([("", reason)])
    if not all(torch.isfinite(output).all() for output in forward):
        notes.append("forward has outputs that are not finite")
    small = sum(output.numel() for output in outputs.values()) <= _SMALL
    kept = outputs if layers or small else {}
    # Of several outputs each is kept, and coverify judges all that have frames.
    names = ["forward", *(f"forward_{number}" for number in range(1, len(forward)))]
    return dict(zip(names, forward, strict=True)) | {f"layer.{path}": output for path, output in kept.items()}


def _called(model: nn.Module, inputs: tuple[Tensor, ...]) -> Any:
    try:
        return model(*(tensor.clone() for tensor in inputs))
    except Exception as error:
        raise CannotDescribe([("", _failed(error))]) from error


def _tensors(output: Any) -> list[Tensor]:
    """The tensors that a forward returns, as torch.export lists them."""
    tensors = [x for x in torch.utils._pytree.tree_leaves(output) if isinstance(x, Tensor)]
    if not tensors:
        raise CannotDescribe([("", f"its output is a {type(output).__name__} without a tensor")])
    return [tensor.detach() for tensor in tensors]


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Transformers by their modules, so that these can be watched."""
    backend = getattr(torch.backends, "mha", None)
    if backend is None:
        yield
        return
    before = backend.get_fastpath_enabled()
    backend.set_fastpath_enabled(False)
    try:
        yield
    finally:
        backend.set_fastpath_enabled(before)


_SAFETENSORS = {
    **{torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"},
    **{torch.int64: "I64", torch.int32: "I32", torch.uint8: "U8", torch.bool: "BOOL"},
}


def safetensors(tensors: dict[str, Tensor]) -> bytes:
    """The tensors in the format of Hugging Face, which needs no package."""
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    end = 0
    for name, tensor in tensors.items():
        if tensor.is_complex():
            tensor = torch.view_as_real(tensor)
        plain = tensor.detach().cpu().contiguous()
        plain = plain if plain.dtype in _SAFETENSORS else plain.double()
        parts.append(ctypes.string_at(plain.data_ptr(), plain.numel() * plain.element_size()))
        header[name] = {
            "dtype": _SAFETENSORS[plain.dtype],
            "shape": list(plain.shape),
            "data_offsets": [end, end + len(parts[-1])],
        }
        end += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def _is_whole_archive(path: str) -> bool:
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None and any(n.endswith(NOTES) for n in archive.namelist())


# By the modules themselves


def describe_tree(
    model: nn.Module,
    example_input: Tensor,
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    predicates: Mapping[str, str] | None = None,
    layers: bool | None = None,
) -> list[str]:
    """Writes `model` to `path`: `state_dict`, `architecture`, `input`, `reference` and `notes`.

    `example_input` is a clip (B, C, T, ...); its length becomes the clip length for verification.
    `predicates` says for each `co.Conditional`, by its path, whether its predicate, which is Python
    code, is meant to be "always" or "never" true; the example must agree.

    `reference` has tensors in float64, computed in eval mode:

    - `forward`, the output of the clip;
    - `steps` and `steps_index`, for a continual network: what `forward_step` gives on a fresh
      stream, and the index of the frame that each output came with. They are left out where they
      would mislead: if they are not the first outputs of `forward` and the network contains a layer
      whose steps version 1.2.4 of the continual library is known to get wrong.

    - `layer.PATH`, what the module at that path makes of the clip in `forward`, in the order in
      which they are done. With these the verifier names the first module that differs. By default
      they are stored where all of them together are small; `layers` says yes or no.

    `notes` says what was left out or is special; it is returned too.
    """
    with _random_numbers_untouched():
        _check(model, example_input)
        document = _document(
            model, example_input, name or type(model).__name__, Describer(predicates)
        )
        state = _state_dict(model)
        reference, notes = _reference(model, example_input, predicates or {}, layers=layers)
    contents = {
        "state_dict": state,
        "architecture": as_text(document),
        "input": example_input.detach().cpu().clone(),
        "reference": reference,
        "notes": notes,
    }
    buffer = io.BytesIO()
    torch.save(contents, buffer)
    _write(Path(path), buffer.getvalue(), functools.partial(_reads_as, contents))
    return notes


def architecture(
    model: nn.Module,
    example_input: Tensor,
    *,
    name: str,
    predicates: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The architecture document of a live network."""
    _check(model, example_input)
    with _random_numbers_untouched():
        return _document(model, example_input, name, Describer(predicates))


def _document(
    model: nn.Module, example: Tensor, name: str, describer: "Describer"
) -> dict[str, Any]:
    shape: list[Any] = list(example.shape[1:])
    frames = shape[1]
    shape[1] = "T"
    node = describer.describe(model)
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "input": {"shape": shape, "frames": frames},
        "model": node,
    }


def as_text(document: dict[str, Any]) -> str:
    """The document as JSON to read and to correct: what is short stands on one line."""
    text = json.dumps(document, indent=1, default=operator.index)
    for flat, width in ((r"\[\n[^\[\]{}]*\]", 60), (r"\{\n[^{}]*\}", 100)):
        text = re.sub(flat, functools.partial(_on_one_line, width=width), text)
    return text + "\n"


def _on_one_line(match: re.Match[str], width: int) -> str:
    joined = re.sub(r"\n\s*", " ", match[0])
    joined = joined[0] + joined[2:-2] + joined[-1]
    return joined if len(joined) <= width else match[0]


def _check(model: nn.Module, example: Tensor) -> None:
    if not isinstance(model, nn.Module):
        raise CannotDescribe([("", f"{type(model).__name__} is not a torch.nn.Module")])
    problem = None
    if not isinstance(example, Tensor):
        problem = f"is a {type(example).__name__}, not a tensor"
    elif not example.is_floating_point():
        problem = f"holds {example.dtype}; a clip holds floating point numbers"
    elif not 3 <= example.dim() <= 5 or 0 in example.shape:
        shapes = "(B, C, T), (B, C, T, S) or (B, C, T, H, W)"
        problem = f"has the shape {tuple(example.shape)}; a clip is {shapes}"
    elif not torch.isfinite(example).all():
        problem = "holds numbers that are not finite"
    if problem:
        raise CannotDescribe([("", f"the example input {problem}")])
    _check_devices(model)


# The weights and the file


def _state_dict(model: nn.Module) -> dict[str, Any]:
    """The state dict, on the CPU, without what else its tensors' memory holds."""
    state = model.state_dict()
    tensors = list(_named_tensors(model))
    differing = sorted({key for key, _ in tensors} ^ set(state))
    if differing:
        reason = "state_dict() has other keys than the modules (flattened, or hooks?): "
        raise CannotDescribe([("", reason + _listed(differing))])
    copies: dict[int, Tensor] = {}
    for key, tensor in tensors:
        if id(tensor) not in copies:
            copies[id(tensor)] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        state[key] = copies[id(tensor)]
    return state


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _named_tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Every parameter and persistent buffer, under each of its names."""
    for path, module in model.named_modules(remove_duplicate=False):
        skipped = module._non_persistent_buffers_set
        for name, tensor in [*module._parameters.items(), *module._buffers.items()]:
            if tensor is not None and name not in skipped:
                yield _join(path, name), tensor


def _write(path: Path, contents: bytes, is_right: Callable[[str], bool]) -> None:
    """Writes beside the file, reads back without running code, and only then takes its name."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        if not is_right(temporary):
            raise RuntimeError(f"what was written for {path} is not what is read back")
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _reads_as(contents: dict[str, Any], path: str) -> bool:
    try:
        return _same(torch.load(path, map_location="cpu", weights_only=True), contents)
    except Exception:
        return False


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Tensor):
        return left.dtype == right.dtype and torch.equal(_as_bits(left), _as_bits(right))
    if isinstance(left, Mapping):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return left == right


def _as_bits(tensor: Tensor) -> Tensor:
    """Bytes, so that what is not a number equals itself."""
    return tensor.contiguous().flatten().view(torch.uint8)


# What PyTorch computes


def forward_in_float64(model: nn.Module, example_input: Tensor) -> Tensor:
    """What the network computes for a clip, in float64 and eval mode."""
    with _random_numbers_untouched():
        reference, _ = _reference(model, example_input, {}, steps=False)
    return reference["forward"]


def _reference(
    model: nn.Module,
    example: Tensor,
    predicates: Mapping[str, str],
    *,
    steps: bool = True,
    layers: bool | None = False,
) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of `reference`, and what is to be said about them."""
    clip = example.detach().cpu().double()
    notes: list[str] = []
    with _temporarily_in_float64(model), _watched_predicates(model, predicates):
        _clean_state(model)
        outputs: dict[str, Tensor] = {}
        with nullcontext() if layers is False else _recorded_outputs(model, outputs):
            forward = _forward(model, clip)
        reference = {"forward": forward}
        if layers or sum(output.numel() for output in outputs.values()) <= _SMALL:
            reference |= {f"layer.{path}": output for path, output in outputs.items()}
        if steps and _is_continual(model):
            _clean_state(model)
            reference |= _steps(model, clip, forward, notes)
    if not torch.isfinite(forward).all():
        notes.append("forward has outputs that are not finite")
    return {name: tensor.contiguous() for name, tensor in reference.items()}, notes


# So many numbers of all modules together are stored without being asked for: two megabytes.
_SMALL = 1 << 18


@contextmanager
def _recorded_outputs(model: nn.Module, outputs: dict[str, Tensor]) -> Iterator[None]:
    """Fills `outputs` with what the modules inside make, by path, in the order they are done.

    What runs more than once, or makes no tensor, is left out. Hooks would not do: the containers of
    the continual library call `forward` itself.
    """
    calls: dict[str, int] = {}

    def recorded(forward: Callable[..., Any], path: str) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            output = forward(*arguments, **keywords)
            calls[path] = calls.get(path, 0) + 1
            first = output[0] if isinstance(output, tuple) and output else output
            if isinstance(first, Tensor) and first.dtype == torch.float64:
                outputs[path] = first.detach().clone(memory_format=torch.contiguous_format)
            return output

        return call

    wrapped = [(path, module) for path, module in model.named_modules() if path]
    before = [vars(module).get("forward") for _, module in wrapped]
    for path, module in wrapped:
        module.forward = recorded(module.forward, path)
    try:
        yield
    finally:
        for (_, module), own in zip(wrapped, before, strict=True):
            del vars(module)["forward"]
            if own is not None:
                module.forward = own
    for path, count in calls.items():
        if count > 1:
            outputs.pop(path, None)


def _forward(model: nn.Module, clip: Tensor) -> Tensor:
    order = _order_of_axes(model)
    try:
        # What works in place must not change the clip that the steps are taken from.
        output = model.forward(clip.clone().permute(order) if order else clip.clone())
    except Exception as error:
        raise CannotDescribe([("", _failed(error))]) from error
    output = output[0] if isinstance(output, tuple) and output else output
    if not isinstance(output, Tensor):
        raise CannotDescribe([("", f"its output is a {type(output).__name__}, not a tensor")])
    if order:
        output = output.permute([order.index(axis) for axis in range(3)])
    return output.double()


def _order_of_axes(model: Any) -> list[int] | None:
    """Where a single attention takes the axes of a clip (B, E, T) from, if it has an order of its own.

    Inside of a network it gets the clips that the other modules make, in their order.
    """
    if _class_name(model) not in _ATTENTIONS:
        return None
    if not model.batch_first:
        return [2, 0, 1]
    return None if model.embed_dim_second else [0, 2, 1]


def _failed(error: Exception) -> str:
    return f"its forward fails on the example input: {type(error).__name__}: {error}"


def _steps(model: Any, clip: Tensor, forward: Tensor, notes: list[str]) -> dict[str, Tensor]:
    """The library's own steps, unless they are wrong; `notes` says what is special."""
    index, outputs = [], []
    order, windows = _order_of_axes(model), _yields_windows(model)
    try:
        for step in range(clip.shape[2]):
            output = model.forward_step(clip[:, :, step].clone())
            if isinstance(output, Tensor):
                if order and output.dim() == 3:
                    output = output.permute([order.index(axis) for axis in range(3)])
                # A network that raises the rate yields several frames at once, as a clip.
                several = output.dim() == forward.dim() and not windows
                frames = output.unbind(dim=2) if several else [output]
                index.extend([step] * len(frames))
                outputs.extend(frame.double() for frame in frames)
        steps = torch.stack(outputs, dim=2) if outputs else None
    except Exception as error:
        notes.append(f"no steps are stored: forward_step fails: {type(error).__name__}: {error}")
        return {}
    if steps is None:
        notes.append(f"no steps are stored: a stream of {clip.shape[2]} frames yields no output")
        return {}
    if not torch.isfinite(steps).all() and torch.isfinite(forward).all():
        notes.append("no steps are stored: those of the continual library are not finite")
        return {}
    if not _is_beginning(steps, forward.unsqueeze(2) if windows else forward):
        wrong = list(wrong_steps(model, clip.shape[2]))
        if wrong:
            named = "; ".join(f"{path or '(the network)'}: {reason}" for path, reason in wrong)
            notes.append(f"no steps are stored: the continual library gets them wrong. {named}")
            return {}
        notes.append("the steps are not the first outputs of forward: they mean something else")
    return {"steps": steps, "steps_index": torch.tensor(index, dtype=torch.int64)}


def _yields_windows(model: nn.Module) -> bool:
    """Whether each step yields all positions of a window, (B, E, L), where forward has (B, E, T)."""
    if _class_name(model) == "co.RetroactiveMultiheadAttention":
        return True
    last = list(model.children())[-1:] if _class_name(model) == "co.Sequential" else []
    return any(
        _is_of(child, "transformer", "RetroactiveLambda") or _yields_windows(child) for child in last
    )


def _is_beginning(steps: Tensor, forward: Tensor) -> bool:
    if steps.dim() != forward.dim() or steps.shape[2] > forward.shape[2]:
        return False
    beginning = forward[:, :, : steps.shape[2]]
    if steps.shape != beginning.shape:
        return False
    size = max(1.0, beginning.abs().max().item()) if beginning.numel() else 1.0
    return torch.allclose(steps, beginning, rtol=0, atol=1e-9 * size)


def _check_devices(model: nn.Module) -> None:
    problems = []
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if tensor.is_meta:
            problems.append((name, "it is on the device meta, and has no values"))
        elif not torch._has_compatible_shallow_copy_type(tensor, torch.empty(0)):
            problems.append((name, f"it is on {tensor.device}; move the model to the CPU first"))
    if problems:
        raise CannotDescribe(problems)


@contextmanager
def _temporarily_in_float64(model: nn.Module) -> Iterator[None]:
    """The model in float64, in eval mode and on the CPU, and new tensors in float64 too."""
    before = torch.get_default_dtype()
    with _temporarily(model, widen=True):
        torch.set_default_dtype(torch.float64)
        try:
            with torch.inference_mode(False), torch.no_grad():
                with torch.autocast("cpu", enabled=False):
                    _put_weights_together(list(model.modules()))
                    yield
        finally:
            torch.set_default_dtype(before)


@contextmanager
def _temporarily(model: nn.Module, *, widen: bool = False) -> Iterator[None]:
    """The model in eval mode and on the CPU; afterwards exactly as it was.

    Every tensor keeps its identity and gets its own memory back. A copy of the model would not do,
    because the continual library leaves closures on a module that keep pointing at the original.
    """
    modules = list(model.modules())
    attributes = [dict(vars(module)) for module in modules]
    tables = ("_parameters", "_buffers", "_modules")
    contents = [{name: dict(vars(module)[name]) for name in tables} for module in modules]
    tensors = {id(tensor): tensor for module in modules for tensor in _tensors_of(vars(module))}
    memory = {identity: tensor.data for identity, tensor in tensors.items()}
    try:
        for tensor in tensors.values():
            copied = tensor.data.to("cpu", copy=True)
            tensor.data = copied.double() if widen and copied.is_floating_point() else copied
        for module in modules:
            module.training = False
        yield
    finally:
        for module, before, tabled in zip(modules, attributes, contents, strict=True):
            vars(module).clear()
            vars(module).update(before)
            for name, entries in tabled.items():
                vars(module)[name].clear()
                vars(module)[name].update(entries)
        for identity, tensor in tensors.items():
            tensor.data = memory[identity]


def _put_weights_together(modules: list[nn.Module]) -> None:
    """Weight norm, spectral norm and pruning by hooks, which the continual library passes over."""
    for module in modules:
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, _FOLDED):
                hook(module, ())


def _tensors_of(value: Any, depth: int = 0) -> Iterator[Tensor]:
    """The tensors in a module's attributes: parameters, buffers, and the state of a stream."""
    if isinstance(value, Tensor):
        yield value
    elif depth < 4 and isinstance(value, Mapping):
        for item in value.values():
            yield from _tensors_of(item, depth + 1)
    elif depth < 4 and isinstance(value, list | tuple):
        for item in value:
            yield from _tensors_of(item, depth + 1)


@contextmanager
def _random_numbers_untouched() -> Iterator[None]:
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)


@contextmanager
def _watched_predicates(model: nn.Module, predicates: Mapping[str, str]) -> Iterator[None]:
    """Checks what a Conditional's predicate says against what it is said to say."""
    problems: dict[str, str] = {}

    def watched(predicate: Callable[..., Any], path: str) -> Callable[..., Any]:
        def call(module: nn.Module, clip: Tensor) -> Any:
            said = bool(predicate(module, clip))
            if said != (predicates[path] == ALWAYS):
                problems[path] = f'its predicate is {said}, not "{predicates[path]}" true'
            return said

        return call

    # `_temporarily_in_float64`, around this, takes the wrappers away again.
    for path, module in model.named_modules():
        if _class_name(module) == "co.Conditional" and path in predicates:
            module.predicate = watched(module.predicate, path)
    yield
    if problems:
        raise CannotDescribe(list(problems.items()))


def _clean_state(model: nn.Module) -> None:
    """A fresh stream. Some containers do not reach all modules inside, so each is asked."""
    for module in model.modules():
        if _class_name(module).startswith("co.") or "forward_step" in vars(module):
            module.clean_state()


def _is_continual(model: nn.Module) -> bool:
    return _class_name(model).startswith("co.") or hasattr(model, "forward_step")


def wrong_steps(model: nn.Module, frames: int) -> Iterator[tuple[str, str]]:
    """The layers whose `forward_step` is wrong in version 1.2.4 of the continual library."""
    for path, module in model.named_modules():
        name = _class_name(module)
        reason = None
        if name in ("co.Conv1d", "co.Conv2d", "co.Conv3d"):
            kernel, padding, stride = module.kernel_size[0], module.padding[0], module.stride[0]
            if kernel == 1 and (padding or stride > 1):
                reason = "a kernel of one frame with a stride or padding in time"
            elif padding > kernel - 1:
                reason = "more padding in time than the kernel has frames before its last"
        elif name.startswith(("co.AvgPool", "co.MaxPool")):
            if module.dilation[0] > 1:
                reason = "a pool with a dilation in time"
            elif getattr(module, "divisor_override", None):
                reason = "a pool with divisor_override"
            elif not getattr(module, "count_include_pad", True) and module.padding[0]:
                reason = "an average over padded frames that does not count them"
        elif name.startswith("co.Adaptive") and module.dilation[0] > 1:
            reason = "a pool with a dilation in time"
        elif name in ("co.BroadcastReduce", "co.Parallel"):
            delays = {branch.delay for branch in branches_as_written(module)}
            if module.stride[0] > 1 and len(delays) > 1:
                reason = "branches of unequal delay with a stride in time"
        elif name == "co.Delay" and module.auto_shrink == "centered":
            reason = "a Delay with auto_shrink yields what forward drops"
        elif name == "co.Conditional":
            reason = "a Conditional without an else does not delay, and hides its padding"
        elif _is_of(module, "transformer", "RetroactiveUnity") and frames > 2 * module.delay:
            reason = f"after {module.delay} outputs a retroactive residual keeps an old frame"
        if reason:
            yield path, reason


# The architecture


class Describer:
    """Turns a module tree into nodes, collecting everything that has no description."""

    def __init__(self, predicates: Mapping[str, str] | None = None) -> None:
        self.problems: list[tuple[str, str]] = []
        self.predicates = predicates or {}

    def describe(self, module: nn.Module) -> Node:
        """The node of a whole network; raises CannotDescribe if any part has none."""
        for hooks in ("_global_forward_hooks", "_global_forward_pre_hooks"):
            if getattr(nn.modules.module, hooks):
                self.problem("", f"torch has {hooks.strip('_').replace('_', ' ')}, on all modules")
        node = self.node(module, "")
        if self.problems:
            raise CannotDescribe(self.problems)
        return node

    def node(self, module: nn.Module, path: str) -> Node:
        """The node of the module at `path`."""
        for reason in _alterations(module):
            self.problem(path, reason)
        describer = _DESCRIBERS.get(_class_name(module))
        if describer is None:
            self.problem(path, _why_unknown(module))
            return {"type": "?"}
        node = describer(self, module, path)
        for argument, value in node.items():
            if isinstance(value, float) and not isfinite(value):
                self.problem(path, f"{argument} is {value}, which JSON cannot hold")
        return node

    def children(self, module: nn.Module, path: str) -> list[Node]:
        """The nodes of the children, named where the name is not the index."""
        nodes = []
        for index, (name, child) in enumerate(module._modules.items()):
            nodes.append(_named(self.node(child, _join(path, name)), name, str(index)))
        return nodes

    def branches(self, module: Any, path: str) -> Node:
        """The arguments of a container of parallel branches: its modules, and auto_delay if off."""
        nodes, delays = [], set()
        names = module._modules.keys()
        for index, (name, inner) in enumerate(zip(names, branches_as_written(module), strict=True)):
            wrapped = inner is not module[index]
            inner_path = _join(path, name + ".0") if wrapped else _join(path, name)
            nodes.append(_named(self.node(inner, inner_path), name, str(index)))
            delays |= set() if wrapped else {inner.delay}
        return {"modules": nodes} if len(delays) <= 1 else {"auto_delay": False, "modules": nodes}

    def framewise(self, module: Any, path: str) -> Node:
        """A Lambda around a module, which it calls once a frame, or with all frames at once."""
        if any(isinstance(inner, _co().CoModule) for inner in module.fn.modules()):
            self.problem(path, "a continual module inside what is applied to each frame")
        node = self.node(module.fn, _join(path, "fn"))
        timed = {"takes_time": True} if module.takes_time else {}
        return {"type": "Lambda" if timed else "Framewise", **timed, "modules": [node]}

    def closure(self, module: Any, path: str) -> Node:
        """A Lambda around a function: one of the library's own, or a named one of torch."""
        function, library = module.fn, _co().closure
        constants = {library._add: "Add", library._multiply: "Multiply"}
        if isinstance(function, functools.partial) and function.func in constants:
            ((argument, value),) = function.keywords.items()
            return _typed(module, constants[function.func], **{argument: self.number(value, path)})
        if function is library._unity:
            return _typed(module, "Identity")
        if function in (torch.zeros_like, torch.ones_like):
            return _typed(module, "Zero" if function is torch.zeros_like else "One")
        if getattr(function, "__code__", None) is _code_of_constant():
            (value,) = (cell.cell_contents for cell in function.__closure__)
            return _typed(module, "Constant", constant=self.number(value, path))
        if isinstance(function, functools.partial) and not function.args:
            kind, names = _FUNCTIONS_OF_CLASSES.get(_FUNCTIONS.get(function.func, ""), ("", ()))
            if kind in _ELEMENTWISE - {"Lambda"} and set(function.keywords) <= set(names):
                return _typed(module, kind, **function.keywords)
        name = _FUNCTIONS.get(function) if isinstance(function, Hashable) else None
        if name is None:
            self.problem(path, f"its function is {_name_of(function)}, which has no description")
        return _typed(module, "Lambda", function=name)

    def number(self, value: Any, path: str) -> Any:
        """A constant: a number, or a small tensor as nested lists."""
        if isinstance(value, bool) or not isinstance(value, int | float | Tensor):
            self.problem(path, f"its constant is a {type(value).__name__}")
            return 0
        if not isinstance(value, Tensor):
            return value
        if value.numel() > 65536 or value.is_complex() or not torch.isfinite(value).all():
            self.problem(path, "its constant is a tensor that is too large or not finite")
        return value.tolist()

    def problem(self, path: str, reason: str) -> None:
        self.problems.append((path, reason))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _named(node: Node, name: str, default: str) -> Node:
    return node if name == default else {"type": node["type"], "name": name, **node}


def _typed(module: nn.Module | None, /, _type: str | None = None, **arguments: Any) -> Node:
    """A node without the arguments that are None; tuples become lists, which is what JSON has."""
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in arguments.items()}
    kept = {k: v for k, v in plain.items() if v is not None}
    return {"type": sys.intern(_type or _class_name(module).split(".")[1]), **kept}


# Classes


def _co() -> Any:
    """The continual library, which is there if the model has modules of it."""
    return sys.modules["continual"]


def _class_name(module: nn.Module) -> str:
    """`nn.Conv3d` or `co.Conv3d` for what these libraries define, and what only adds methods to
    it; empty for anything else."""
    kind = parametrize.type_before_parametrizations(module)
    base = kind
    while base.__module__.split(".")[0] not in ("torch", "continual"):
        if len(base.__bases__) != 1 or _changed_names(base, module):
            return ""
        (base,) = base.__bases__
    for prefix, library in (("nn", nn), ("co", sys.modules.get("continual"))):
        if getattr(library, base.__name__, None) is base:
            # A bare Module computes nothing; whoever derives from it defines what it computes.
            return "" if base is nn.Module else f"{prefix}.{base.__name__}"
    return ""


# What a class may define without changing what its base computes.
_HARMLESS = {
    *("__init__", "__module__", "__qualname__", "__doc__", "__annotations__", "__firstlineno__"),
    *("__static_attributes__", "__repr__", "__parameters__", "__orig_bases__", "_abc_impl"),
    *("__abstractmethods__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
    *("extra_repr", "_get_name", "reset_parameters", "train", "eval"),
}


def _changed_names(kind: type, module: nn.Module) -> list[str]:
    """What a class defines that can change what its base computes.

    What has a name that the base does not know is never looked at by it; a property, which stands
    in for an attribute of an object, is the exception.
    """
    known = {name for base in kind.__mro__[1:] for name in (*vars(base), *_annotations(base))}
    known |= {*vars(module), *module._parameters, *module._buffers, *module._modules}
    return [
        name
        for name, value in vars(kind).items()
        if name not in _HARMLESS and (name in known or not _is_plain(value))
    ]


def _annotations(kind: type) -> dict[str, Any]:
    return vars(kind).get("__annotations__") or {}


def _is_plain(value: Any) -> bool:
    plain = bool | int | float | str | tuple | list | dict | set | None
    return isinstance(value, FunctionType | staticmethod | classmethod | plain)


def _why_unknown(module: nn.Module) -> str:
    kind = parametrize.type_before_parametrizations(module)
    name = f"{kind.__module__}.{kind.__qualname__}"
    advice = _ADVICE.get(_class_name(module)) or _WRAPPERS.get(kind.__name__)
    if advice:
        return f"{name}: {advice}"
    changed = _changed_names(kind, module)
    for base in kind.__mro__[1:]:
        if base.__module__.startswith(("torch.nn.modules.", "continual.")) and changed:
            if base is nn.Module or base.__name__ == "CoModule":
                return f"{name} has a forward of its own"
            return f"{name} is a {base.__name__} with its own {', '.join(sorted(changed))}"
    return f"{name} is not a class of torch.nn or continual that has a description"


def _is_of(module: Any, submodule: str, name: str) -> bool:
    """Whether this is a class that the continual library keeps to itself."""
    library = sys.modules.get(f"continual.{submodule}")
    return library is not None and type(module) is getattr(library, name, None)


def _alterations(module: nn.Module) -> Iterator[str]:
    """What on the object itself changes what its class computes."""
    for kind in ("_forward_hooks", "_forward_pre_hooks"):
        for hook in getattr(module, kind).values():
            if not isinstance(hook, _FOLDED):
                yield f"it has a forward hook, {_name_of(hook)}, which no attribute tells"
    replaced = [
        name for name in ("forward", "forward_step", "forward_steps") if name in vars(module)
    ]
    if replaced and not _is_converted(module):
        yield f"its {', '.join(replaced)} is replaced on the object"
    if parametrize.is_parametrized(module):
        for name, chain in module.parametrizations.items():
            steps = [type(step) for step in chain]
            if steps not in ([parametrizations._WeightNorm], [parametrizations._SpectralNorm]):
                listed = ", ".join(step.__name__ for step in steps)
                advice = "remove_parametrizations makes it plain"
                yield f"its {name} is parametrized by {listed}: {advice}"


def _is_converted(module: nn.Module) -> bool:
    """Whether co.continual gave the object its steps: its class's forward, a frame at a time."""
    library = sys.modules.get("continual")
    if library is None or "forward_step" not in vars(module):
        return False
    cells = [_cells(vars(module)[name]) for name in ("forward", "forward_step", "forward_steps")]
    inner = [cells[0].get("orig_forward"), cells[1].get("func"), cells[2].get("func")]
    own = [getattr(function, "__func__", None) is type(module).forward for function in inner]
    return all(own) and cells[1].get("dim") == 2


def _cells(function: Any) -> dict[str, Any]:
    """The variables that a function took with it."""
    closure = getattr(function, "__closure__", None) or ()
    return dict(zip(function.__code__.co_freevars, (c.cell_contents for c in closure), strict=True))


@functools.cache
def _code_of_constant() -> Any:
    return _co().Constant(1.0).fn.__code__


def _name_of(function: Any) -> str:
    named = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{getattr(function, '__module__', None) or type(function).__module__}.{named}"


# One function a family of classes


def _convolution(_: Describer, module: Any, __: str) -> Node:
    fill = getattr(module, "t_padding_mode", None)
    return _typed(
        module,
        in_channels=module.in_channels,
        out_channels=module.out_channels,
        kernel_size=module.kernel_size,
        stride=module.stride,
        padding=module.padding,
        dilation=module.dilation,
        groups=module.groups,
        bias=module.bias is not None,
        padding_mode=module.padding_mode,
        temporal_fill=None if fill == module.padding_mode else fill,
    )


def _transposed_convolution(_: Describer, module: Any, __: str) -> Node:
    return _typed(
        module,
        in_channels=module.in_channels,
        out_channels=module.out_channels,
        kernel_size=module.kernel_size,
        stride=module.stride,
        padding=module.padding,
        output_padding=module.output_padding,
        dilation=module.dilation,
        groups=module.groups,
        bias=module.bias is not None,
    )


def _upsample(_: Describer, module: Any, __: str) -> Node:
    return _typed(
        module,
        size=module.size,
        scale_factor=_whole(module.scale_factor),
        mode=module.mode,
        align_corners=module.align_corners,
        recompute_scale_factor=module.recompute_scale_factor or None,
    )


def _whole(factor: Any) -> Any:
    """A factor, or one for each axis, as an integer where it is one."""
    if isinstance(factor, tuple | list):
        return [_whole(each) for each in factor]
    return int(factor) if isinstance(factor, float) and factor.is_integer() else factor


def _fill(module: Any) -> str | None:
    """How the continual library fills the time before the first frame."""
    if not _class_name(module).startswith("co."):
        return None
    fills = {torch.zeros_like: "zeros", torch.clone: "replicate"}
    return fills.get(module._make_padding, "neg_inf")


def _pool(self: Describer, module: Any, path: str) -> Node:
    average = _class_name(module).split(".")[1].startswith("Avg")
    dilated = not average or _class_name(module).startswith("co.")
    padding = module.padding
    padded_in_time = (padding[0] if isinstance(padding, tuple) else padding) != 0
    if getattr(module, "return_indices", False):
        self.problem(path, "it returns indices")
    return _typed(
        module,
        kernel_size=module.kernel_size,
        stride=module.stride,
        padding=padding,
        dilation=module.dilation if dilated else None,
        ceil_mode=module.ceil_mode,
        count_include_pad=module.count_include_pad if average else None,
        divisor_override=getattr(module, "divisor_override", None),
        temporal_fill=_fill(module) if padded_in_time else None,
    )


def _adaptive_pool(self: Describer, module: Any, path: str) -> Node:
    continual = _class_name(module).startswith("co.")
    padded = continual and module.padding[0] != 0
    if getattr(module, "return_indices", False):
        self.problem(path, "it returns indices")
    return _typed(
        module,
        output_size=module.output_size,
        kernel_size=module.kernel_size[0] if continual else None,
        stride=module.stride[0] if continual else None,
        padding=module.padding[0] if continual else None,
        dilation=module.dilation[0] if continual else None,
        temporal_fill=_fill(module) if padded else None,
    )


def _linear(_: Describer, module: Any, __: str) -> Node:
    return _typed(
        module,
        in_features=module.in_features,
        out_features=module.out_features,
        bias=module.bias is not None,
        channel_dim=getattr(module, "channel_dim", None),
    )


def _recurrent(self: Describer, module: Any, path: str) -> Node:
    if module.bidirectional:
        self.problem(path, "it is bidirectional: it needs the future, and cannot be stepped")
    return _typed(
        module,
        input_size=module.input_size,
        hidden_size=module.hidden_size,
        num_layers=module.num_layers,
        nonlinearity=getattr(module, "nonlinearity", None),
        bias=module.bias,
        proj_size=module.proj_size if isinstance(module, nn.LSTM) else None,
    )


def _with(*names: str) -> Callable[[Describer, Any, str], Node]:
    """A class whose arguments are the attributes of the same names."""
    return lambda _, module, __: _typed(module, **{name: getattr(module, name) for name in names})


def _layer_norm(_: Describer, module: Any, __: str) -> Node:
    return _typed(
        module,
        normalized_shape=module.normalized_shape,
        eps=module.eps,
        elementwise_affine=module.elementwise_affine,
        bias=False if module.elementwise_affine and module.bias is None else None,
    )


def _delay(_: Describer, module: Any, __: str) -> Node:
    return _typed(module, delay=module.delay, auto_shrink=module.auto_shrink or None)


def _reshape(_: Describer, module: Any, __: str) -> Node:
    return _typed(module, shape=tuple(module.shape))


def _attention(self: Describer, module: Any, path: str) -> Node:
    if not module._qkv_same_embed_dim or module.bias_k is not None or module.add_zero_attn:
        self.problem(path, "attention with kdim, vdim, add_bias_kv or add_zero_attn has no steps")
    single = _class_name(module) == "co.SingleOutputMultiheadAttention"
    return _typed(
        module,
        embed_dim=module.embed_dim,
        num_heads=module.num_heads,
        bias=module.in_proj_bias is not None,
        batch_first=module.batch_first,
        sequence_len=module.sequence_len,
        forward_returns_attn_mask=module.forward_returns_attn_mask,
        embed_dim_second=module.embed_dim_second,
        query_index=module.query_index if single else None,
        single_output_forward=module.single_output_forward if single else None,
    )


_ATTENTIONS = ("co.SingleOutputMultiheadAttention", "co.RetroactiveMultiheadAttention")


def _positional_encoding(_: Describer, module: Any, __: str) -> Node:
    return _typed(
        module,
        embed_dim=module.pe.embedding_dim,
        num_embeds=module.pe.num_embeddings,
        learned=isinstance(module.pe, nn.Embedding),
        forward_update_index_steps=module.forward_update_index_steps,
    )


def _lambda(self: Describer, module: Any, path: str) -> Node:
    specific = (module.forward_only_fn, module.forward_step_only_fn, module.forward_steps_only_fn)
    if any(function is not None for function in specific):
        self.problem(path, "a Lambda with one function a mode")
        return {"type": "Lambda"}
    if isinstance(module.fn, nn.Module):
        return self.framewise(module, path)
    return self.closure(module, path)


# Containers


def _sequential(self: Describer, module: nn.Module, path: str) -> Node:
    layer = _encoder_layer(self, module, path) if _class_name(module).startswith("co.") else None
    return layer or {"type": "Sequential", "modules": self.children(module, path)}


def _reduction(self: Describer, module: Any, path: str) -> str:
    names = {f"reduce_{name}": name for name in ("sum", "concat", "mul", "max")}
    function = getattr(module.reduce, "__wrapped__", None)
    for attribute, name in names.items():
        if function is getattr(_co().container, attribute):
            return name
    self.problem(path, f"its reduce function is {_name_of(function)}, which has no description")
    return "?"


def _broadcast_reduce(self: Describer, module: Any, path: str) -> Node:
    reduce = _reduction(self, module, path)
    if is_residual(module):
        inner = self.node(module[1], _join(path, "1"))
        shrink = _residual_shrink(module[0])
        return _typed(module, "Residual", reduce=reduce, residual_shrink=shrink, modules=[inner])
    return {"type": "BroadcastReduce", "reduce": reduce, **self.branches(module, path)}


def _parallel(self: Describer, module: Any, path: str) -> Node:
    return {"type": "Parallel", **self.branches(module, path)}


def _reduce(self: Describer, module: Any, path: str) -> Node:
    return _typed(module, reduce=_reduction(self, module, path))


def _dispatch(_: Describer, module: Any, __: str) -> Node:
    return _typed(module, dispatch_mapping=_as_lists(module.dispatch_mapping))


def _as_lists(mapping: Any) -> Any:
    return mapping if isinstance(mapping, int) else [_as_lists(item) for item in mapping]


def _conditional(self: Describer, module: Any, path: str) -> Node:
    predicate = self.predicates.get(path)
    if predicate not in (ALWAYS, NEVER):
        found = "" if predicate is None else f', not "{predicate}"'
        self.problem(
            path,
            "its predicate is Python code; say which branch is meant, with "
            f'predicates={{"{path}": "{ALWAYS}"}} or "{NEVER}"{found}',
        )
    modules = []
    for name, child in module._modules.items():
        # The library puts a delay in front of the faster branch.
        delayed = _class_name(child) == "co.Sequential" and list(child._modules) == ["0", "1"]
        wrapped = delayed and _class_name(child[0]) == "co.Delay" and _is_even(module, child)
        inner = child[1] if wrapped else child
        modules.append(self.node(inner, _join(path, name + ".1" if wrapped else name)))
    return {"type": "Conditional", "predicate": predicate, "modules": modules}


def _is_even(conditional: Any, wrapped: Any) -> bool:
    """Whether a delay is what evens out the branches of a Conditional."""
    delay, inner = wrapped
    return not delay.auto_shrink and delay.delay == conditional.delay - inner.delay > 0


def is_residual(module: Any) -> bool:
    """Whether this is what `co.Residual` makes: a delay or a skip beside one module, unaligned."""
    if [name for name, _ in module.named_children()] != ["0", "1"]:
        return False
    bypass, inner = module[0], module[1]
    if _class_name(bypass) == "co.Skip":
        return bypass.steps == inner.delay
    if _class_name(bypass) != "co.Delay" or _class_name(inner) == "co.Delay":
        return False
    halved = bypass.auto_shrink is True or bypass.auto_shrink == "centered"
    return bypass.delay * (2 if halved else 1) == inner.delay


def _residual_shrink(bypass: Any) -> bool | str | None:
    return "leading" if _class_name(bypass) == "co.Skip" else (bypass.auto_shrink or None)


def branches_as_written(module: Any) -> list[nn.Module]:
    """The branches of a container without the delays that auto-delay put behind them.

    Whoever reads the architecture aligns the branches again, and finds the weights one level down.
    Auto-delay puts none behind the slowest branch; where that has one, somebody has written them all.
    """
    split = [_split_delay(branch) for branch in module]
    longest = max(inner.delay + delay for inner, delay in split)
    if longest > max(inner.delay for inner, _ in split):
        return list(module)
    return [
        inner if inner.delay + delay == longest else branch
        for branch, (inner, delay) in zip(module, split, strict=True)
    ]


def _split_delay(branch: Any) -> tuple[Any, int]:
    """A branch that auto-delay may have wrapped, as what is inside and the delay behind it."""
    wrapped = _class_name(branch) == "co.Sequential" and list(branch._modules) == ["0", "1"]
    if not wrapped or _class_name(branch[1]) != "co.Delay" or branch[1].auto_shrink:
        return branch, 0
    return branch[0], branch[1].delay


# The layers of a transformer, which functions of the library put together from other modules


def _encoder_layer(self: Describer, module: Any, path: str) -> Node | None:
    """The node of a transformer encoder layer, if that is what made this Sequential."""
    join, after = module if len(module) == 2 else (None, None)
    if getattr(join, "_modules", {}).keys() != {"residual", "self_attn"}:
        return None
    retroactive = _is_of(after, "transformer", "RetroactiveLambda")
    parts = after.fn if retroactive else after
    if list(getattr(parts, "_modules", ())) != ["norm1", "_ff_block", "norm2"]:
        return None
    attention = join.self_attn
    feed_forward = parts[1].fn if retroactive else parts[1][1]
    arguments = {
        "d_model": attention.embed_dim,
        "nhead": attention.num_heads,
        "dim_feedforward": feed_forward.linear1.out_features,
        "layer_norm_eps": (parts[0] if retroactive else parts[0].fn).eps,
        "sequence_len": attention.sequence_len,
    }
    if not retroactive:
        arguments["single_output_forward"] = attention.single_output_forward
        arguments["query_index"] = attention.query_index
    inner = feed_forward.activation
    activation = inner.fn if _class_name(inner) == "co.Lambda" else inner
    name = _activation(activation)
    if name is None:
        self.problem(path, f"its activation is {_name_of(activation)}, which has no description")
    kind = "Retroactive" if retroactive else "SingleOutput"
    make = getattr(_co(), f"{kind}TransformerEncoderLayer")
    fresh = type(activation)() if isinstance(activation, nn.Module) else activation
    made = functools.partial(make, **arguments, dropout=feed_forward.dropout.p, activation=fresh)
    reasons = list(_attention_differs(attention))
    if name is not None and not _is_made_by(module, made):
        reasons.append("its modules were changed after it was made")
    for reason in [*reasons, *(r for part in module.modules() for r in _alterations(part))]:
        self.problem(path, f"a transformer encoder layer, but {reason}")
    return {"type": f"{kind}TransformerEncoderLayer", **arguments, "activation": name}


def _attention_differs(attention: Any) -> Iterator[str]:
    if attention.in_proj_weight is None or attention.in_proj_bias is None:
        yield "its attention has no bias, or separate projections"
    if attention.bias_k is not None or attention.add_zero_attn:
        yield "its attention has add_bias_kv or add_zero_attn"
    if not (attention.batch_first and attention.embed_dim_second):
        yield "its attention has the axes in another order"


def _is_made_by(module: nn.Module, make: Callable[[], nn.Module]) -> bool:
    """Whether a constructor of the library makes the same tree: classes, names and arguments."""
    with _random_numbers_untouched(), torch.device("meta"):
        return repr(make()) == repr(module)


def _activation(function: Any) -> str | None:
    """The name of an activation, given as a function or as a module with the usual arguments."""
    if isinstance(function, nn.Module):
        usual = repr(type(function)()) if _class_name(function) in _FUNCTION_OF_CLASS else None
        return _FUNCTION_OF_CLASS[_class_name(function)] if repr(function) == usual else None
    return _FUNCTIONS[function].rstrip("_") if function in _FUNCTIONS else None


def _encoder(self: Describer, module: Any, path: str) -> Node:
    """A TransformerEncoder, by its first layer; the library gives all layers the same arguments.

    One of a single layer makes all frames of a clip, as that layer does, and is written as its parts.
    """
    if len(module.layers) == 1:
        return {"type": "Sequential", "modules": self.children(module, path)}
    first = _encoder_layer(self, module.layers[0], _join(path, "layers.0"))
    if first is None or "norm" not in module._modules and len(module._modules) != 1:
        self.problem(path, "its modules were changed after it was made")
        return {"type": "TransformerEncoder"}
    shared = ("d_model", "nhead", "dim_feedforward", "layer_norm_eps", "sequence_len", "activation")
    arguments = {name: first[name] for name in shared}
    norm = module._modules.get("norm")
    library = _co()

    def make() -> nn.Module:
        inner = module.layers[0][1].fn[1].fn
        function = inner.activation.fn
        fresh = type(function)() if isinstance(function, nn.Module) else function
        given = arguments | {"activation": fresh, "dropout": inner.dropout.p}
        factory = library.TransformerEncoderLayerFactory(**given)
        last = nn.LayerNorm(norm.fn.normalized_shape, eps=norm.fn.eps) if norm else None
        return library.TransformerEncoder(factory, 2, last)

    if norm is not None and _class_name(getattr(norm, "fn", None)) != "nn.LayerNorm":
        self.problem(path, "its norm is not a LayerNorm")
    elif arguments["activation"] is not None and not _is_made_by(module, make):
        self.problem(path, "its modules were changed after it was made")
    for reason in _attention_differs(module.layers[1].fn[0].self_attn):
        self.problem(path, f"a transformer encoder layer, but {reason}")
    eps = {"norm": True, "norm_eps": norm.fn.eps} if norm else {}
    return {"type": "TransformerEncoder", "num_layers": 2, **arguments, **eps}


# The classes. Names of torch's functions are those that coverify's `Lambda` knows.

# Begin of what the definitions of coverify give.
# Written by `COVERIFY_UPDATE=1 swift test --filter Exporter`, and compared by that test.
# fmt: off

# The arguments of classes whose attributes tell them, and of pools, in order.
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"),
        ("output_size", "kernel_size", "stride", "padding", "dilation", "temporal_fill"),
    ),
    **dict.fromkeys(
        ("AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"),
        (
            "output_size", "kernel_size", "stride", "padding",
            "dilation", "temporal_fill", "return_indices",
        ),
    ),
    "Add": ("constant",),
    "AlphaDropout": ("p",),
    **dict.fromkeys(
        ("AvgPool1d", "AvgPool2d", "AvgPool3d"),
        (
            "kernel_size", "stride", "padding", "ceil_mode",
            "count_include_pad", "divisor_override", "dilation", "temporal_fill",
        ),
    ),
    **dict.fromkeys(
        ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"),
        ("num_features", "eps", "affine", "track_running_stats"),
    ),
    "Broadcast": ("num_streams",),
    "CELU": ("alpha",),
    "CalculatedLoop": (
        "calls", "inputs", "outputs", "states", "made",
        "initial", "input_shape", "output_count", "tensors",
    ),
    "Calculation": (
        "calls", "inputs", "output", "input_shape",
        "output_shape", "samples", "tensors",
    ),
    "Constant": ("constant",),
    **dict.fromkeys(
        ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
        (
            "in_channels", "out_channels", "kernel_size", "stride", "padding",
            "output_padding", "dilation", "groups", "bias", "padding_mode",
        ),
    ),
    "CumulativeSum": (),
    "DotProductAttention": (
        "num_heads", "key_size", "value_size", "sequence_len",
        "is_causal", "scale", "relative_bias", "relative_size",
    ),
    "Dropout": ("p",),
    "Dropout1d": ("p",),
    "Dropout2d": ("p",),
    "Dropout3d": ("p",),
    "ELU": ("alpha",),
    "FeatureAlphaDropout": ("p",),
    "Flatten": ("start_dim", "end_dim"),
    "GELU": ("approximate",),
    "GLU": ("dim",),
    "GRU": ("input_size", "hidden_size", "num_layers", "bias", "bidirectional"),
    "GroupNorm": ("num_groups", "num_channels", "eps", "affine"),
    "Hardshrink": ("lambd",),
    "Hardsigmoid": (),
    "Hardswish": (),
    "Hardtanh": ("min_val", "max_val"),
    "Identity": (),
    **dict.fromkeys(
        ("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"),
        ("num_features", "eps", "affine", "track_running_stats"),
    ),
    "LSTM": ("input_size", "hidden_size", "num_layers", "bias", "bidirectional", "proj_size"),
    "LayerNorm": ("normalized_shape", "eps", "elementwise_affine", "bias"),
    "LeakyReLU": ("negative_slope",),
    "Linear": ("in_features", "out_features", "bias", "channel_dim"),
    "LogSigmoid": (),
    "LogSoftmax": ("dim",),
    "MatMul": ("matrix", "axis", "index", "stack", "transpose"),
    **dict.fromkeys(
        ("MaxPool1d", "MaxPool2d", "MaxPool3d"),
        (
            "kernel_size", "stride", "padding", "dilation",
            "ceil_mode", "temporal_fill", "return_indices",
        ),
    ),
    "Mish": (),
    "Multiply": ("factor",),
    "Narrow": ("dim", "start", "length"),
    "One": (),
    "PReLU": ("num_parameters",),
    "ParallelDispatch": ("dispatch_mapping",),
    "PixelShuffle": ("upscale_factor",),
    "PixelShuffle1d": ("upscale_factor",),
    "RNN": ("input_size", "hidden_size", "num_layers", "bias", "bidirectional", "nonlinearity"),
    "RReLU": ("lower", "upper"),
    "ReLU": (),
    "ReLU6": (),
    "RecyclingPositionalEncoding": ("embed_dim", "num_embeds", "learned"),
    "Reshape": ("shape",),
    "RetroactiveMultiheadAttention": (
        "embed_dim", "num_heads", "bias", "add_bias_kv",
        "add_zero_attn", "kdim", "vdim", "sequence_len",
    ),
    "SELU": (),
    "SiLU": (),
    "Sigmoid": (),
    **dict.fromkeys(
        ("SingleOutputMultiheadAttention", "MultiheadAttention"),
        (
            "embed_dim", "num_heads", "bias", "add_bias_kv", "add_zero_attn",
            "kdim", "vdim", "sequence_len", "query_index", "single_output_forward",
        ),
    ),
    "Skip": ("steps",),
    "Softmax": ("dim",),
    "Softmax2d": (),
    "Softmin": ("dim",),
    "Softplus": ("beta", "threshold"),
    "Softshrink": ("lambd",),
    "Softsign": (),
    "Tanh": (),
    "Tanhshrink": (),
    "Threshold": ("threshold", "value"),
    **dict.fromkeys(
        ("Upsample", "UpsamplingNearest2d"),
        ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor"),
    ),
    "UpsamplingBilinear2d": (
        "size", "scale_factor", "mode",
        "align_corners", "recompute_scale_factor",
    ),
    "Zero": (),
}

# Those that a module of PyTorch has as attributes of the same names.
_BY_ATTRIBUTES = {
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "Add", "AlphaDropout", "BatchNorm1d", "BatchNorm2d",
    "BatchNorm3d", "Broadcast", "CELU", "CalculatedLoop", "Calculation", "Constant",
    "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "CumulativeSum", "DotProductAttention",
    "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "ELU", "FeatureAlphaDropout", "Flatten",
    "GELU", "GLU", "GRU", "GroupNorm", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh",
    "Identity", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LSTM", "LayerNorm",
    "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MatMul", "Mish", "MultiheadAttention",
    "Multiply", "Narrow", "One", "PReLU", "ParallelDispatch", "PixelShuffle", "PixelShuffle1d",
    "RNN", "RReLU", "ReLU", "ReLU6", "RecyclingPositionalEncoding", "Reshape",
    "RetroactiveMultiheadAttention", "SELU", "SiLU", "Sigmoid", "SingleOutputMultiheadAttention",
    "Skip", "Softmax", "Softmax2d", "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh",
    "Tanhshrink", "Threshold", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d", "Zero",
}

# Those that treat each element alike, and a `Lambda` of a function that does.
_ELEMENTWISE = {
    "AlphaDropout", "CELU", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "ELU",
    "FeatureAlphaDropout", "GELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity",
    "Lambda", "LeakyReLU", "LogSigmoid", "Mish", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU",
    "Sigmoid", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
}

# Functions of one tensor that work on each element and have no class.
_ELEMENTARY = {
    "abs", "absolute", "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctanh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg2rad", "erf", "erfc",
    "exp", "exp2", "expm1", "fix", "floor", "frac", "log", "log10", "log1p", "log2", "logit", "neg",
    "negative", "rad2deg", "reciprocal", "round", "rsqrt", "sgn", "sign", "sin", "sinc", "sinh",
    "sqrt", "square", "tan", "trunc",
}

# Functions, by the class that does the same and its arguments in order.
_FUNCTIONS_OF_CLASSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "threshold": ("Threshold", ("threshold", "value")),
    "relu": ("ReLU", ()),
    "relu_": ("ReLU", ()),
    "rrelu": ("RReLU", ("lower", "upper")),
    "hardtanh": ("Hardtanh", ("min_val", "max_val")),
    "relu6": ("ReLU6", ()),
    "sigmoid": ("Sigmoid", ()),
    "expit": ("Sigmoid", ()),
    "hardsigmoid": ("Hardsigmoid", ()),
    "tanh": ("Tanh", ()),
    "silu": ("SiLU", ()),
    "hardswish": ("Hardswish", ()),
    "elu": ("ELU", ("alpha",)),
    "celu": ("CELU", ("alpha",)),
    "selu": ("SELU", ()),
    "gelu": ("GELU", ("approximate",)),
    "hardshrink": ("Hardshrink", ("lambd",)),
    "leaky_relu": ("LeakyReLU", ("negative_slope",)),
    "logsigmoid": ("LogSigmoid", ()),
    "softplus": ("Softplus", ("beta", "threshold")),
    "softshrink": ("Softshrink", ("lambd",)),
    "softsign": ("Softsign", ()),
    "tanhshrink": ("Tanhshrink", ()),
    "mish": ("Mish", ()),
    "glu": ("GLU", ("dim",)),
    "softmax": ("Softmax", ("dim",)),
    "softmin": ("Softmin", ("dim",)),
    "log_softmax": ("LogSoftmax", ("dim",)),
    "interpolate": ("Upsample", ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor")),
    "upsample": ("Upsample", ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor")),
    "pixel_shuffle": ("PixelShuffle", ("upscale_factor",)),
    "clone": ("Identity", ()),
    "positive": ("Identity", ()),
    "zeros_like": ("Zero", ()),
    "ones_like": ("One", ()),
}
# fmt: on
# End of what the definitions of coverify give.

# What has no place in a chain of clips (B, C, T, …), and what to do instead.
_ADVICE = {
    **dict.fromkeys(
        ("nn.RNN", "nn.LSTM", "nn.GRU"),
        "yields a tuple and takes (B, T, C); convert it with co.continual",
    ),
    "nn.TransformerEncoder": "takes (B, T, E); convert it with co.TransformerEncoder.build_from("
    "module, sequence_len=…)",
    "nn.TransformerEncoderLayer": "takes (B, T, E); use co.SingleOutputTransformerEncoderLayer",
    "nn.MultiheadAttention": "takes three inputs; use co.SingleOutputMultiheadAttention",
    "nn.Embedding": "takes token numbers, and a clip holds numbers of channels",
    "nn.Unflatten": "makes new axes, and a clip has channels, time and space; use co.Reshape",
    "nn.ModuleList": "holds modules and says nothing of their order",
    "nn.ModuleDict": "holds modules and says nothing of their order",
}


def _in_each(names: str, dimensions: str = "123") -> list[str]:
    """`nn.Conv1d` … `nn.Conv3d` for `nn.Conv`."""
    return [f"{name}{n}d" for name in names.split() for n in dimensions]


_DESCRIBERS: dict[str, Callable[[Describer, Any, str], Node]] = {
    **{
        f"nn.{kind}": _with(*_ARGUMENTS[kind])
        for kind in sorted(_BY_ATTRIBUTES)
        if hasattr(nn, kind) and f"nn.{kind}" not in _ADVICE
    },
    **dict.fromkeys(_in_each("nn.Conv co.Conv"), _convolution),
    **dict.fromkeys(_in_each("nn.ConvTranspose"), _transposed_convolution),
    **dict.fromkeys(_in_each("nn.AvgPool co.AvgPool nn.MaxPool co.MaxPool"), _pool),
    **dict.fromkeys(_in_each("nn.AdaptiveAvgPool nn.AdaptiveMaxPool"), _adaptive_pool),
    **dict.fromkeys(_in_each("co.AdaptiveAvgPool co.AdaptiveMaxPool", "23"), _adaptive_pool),
    **dict.fromkeys(("nn.Linear", "co.Linear"), _linear),
    **dict.fromkeys(("co.RNN", "co.LSTM", "co.GRU"), _recurrent),
    **dict.fromkeys(("nn.Sequential", "co.Sequential"), _sequential),
    **dict.fromkeys(
        ("nn.Upsample", "nn.UpsamplingNearest2d", "nn.UpsamplingBilinear2d"), _upsample
    ),
    "nn.LayerNorm": _layer_norm,
    "co.RetroactiveMultiheadAttention": _attention,
    "co.SingleOutputMultiheadAttention": _attention,
    "co.TransformerEncoder": _encoder,
    "co.RecyclingPositionalEncoding": _positional_encoding,
    "co.Delay": _delay,
    "co.Skip": _with(*_ARGUMENTS["Skip"]),
    "co.Reshape": _reshape,
    "co.Lambda": _lambda,
    "co.BroadcastReduce": _broadcast_reduce,
    "co.Broadcast": _with("num_streams"),
    "co.Parallel": _parallel,
    "co.ParallelDispatch": _dispatch,
    "co.Reduce": _reduce,
    "co.Conditional": _conditional,
}

_WRAPPERS = {
    "OptimizedModule": "was made by torch.compile; describe its _orig_mod",
    "DataParallel": "wraps a model; describe its .module",
    "DistributedDataParallel": "wraps a model; describe its .module",
}

# Those of one tensor that work on each element.
_CLASS_OF_FUNCTION = {
    name: kind for name, (kind, _) in _FUNCTIONS_OF_CLASSES.items() if kind in _ELEMENTWISE
}

_FUNCTION_OF_CLASS = {f"nn.{kind}": name for name, kind in reversed(_CLASS_OF_FUNCTION.items())}

_FUNCTIONS: dict[Any, str] = {
    getattr(library, name): name
    for library in (torch.Tensor, torch, nn.functional)
    for name in (
        *_CLASS_OF_FUNCTION,
        *_ELEMENTARY,
    )
    if hasattr(library, name)
}


# The command line


def main() -> None:
    """Describes what a function makes."""
    arguments = _parse()
    try:
        model, example = _made(arguments)
        notes = describe(
            *(model, example, arguments.out),
            name=arguments.name,
            predicates=arguments.predicates,
            layers=arguments.layers,
            layout=arguments.layout,
        )
    except CannotDescribe as error:
        sys.exit(f"describe_model.py: {arguments.source}: {error}")
    except OSError as error:
        sys.exit(f"describe_model.py: cannot write {arguments.out}: {error.strerror or error}")
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{arguments.out}: {os.path.getsize(arguments.out):,} bytes")
    print(f"now: {_command(model, example, arguments)}")


def _command(model: nn.Module, example: Any, arguments: argparse.Namespace) -> str:
    """What to type next."""
    command = f"coverify {shlex.quote(str(arguments.out))}"
    clip = example[0] if isinstance(example, tuple) else example
    if is_continual(model) or arguments.layout or clip.dim() != 4:
        return command
    # (B, C, T, S) and a picture look alike.
    shape = tuple(clip.shape)
    return f"{command} --time-axis 2   (or another axis of {shape}; --layout says it in the file)"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Writes the network that a Python function makes as a file for coverify.",
        epilog="The function takes nothing, and returns the model, or the model and an example "
        "clip. It is imported with the current folder on the path.",
    )
    parser.add_argument("source", metavar="MODULE:FUNCTION", help="as in training.models:make_x3d")
    parser.add_argument("out", metavar="OUT.pt2", type=Path)
    parser.add_argument(
        "--input-shape",
        metavar="N,…",
        type=_shape,
        help="the shape of a random clip, where the function returns no example: 2,3,16,112,112",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random clip (default: 0)")
    parser.add_argument("--weights", type=Path, help="a state dict to load into the model")
    parser.add_argument(
        "--layers",
        action=argparse.BooleanOptionalAction,
        help="store what each module makes, so that one that differs is named (default: if small)",
    )
    parser.add_argument(
        "--layout", metavar="BTC", help="what the axes of the clip are, where coverify is not to find it out"
    )
    parser.add_argument(
        "--name", help="what the architecture of a network of continual is called (default: the class)"
    )
    parser.add_argument(
        "--predicate",
        dest="predicates",
        metavar="PATH=always|never",
        action="append",
        type=_predicate,
        default=[],
        help="which branch of the co.Conditional at PATH is meant; may be repeated",
    )
    arguments = parser.parse_args()
    arguments.predicates = dict(arguments.predicates)
    if arguments.source.count(":") != 1 or not all(arguments.source.split(":")):
        parser.error(f"expected MODULE:FUNCTION, found {arguments.source}")
    return arguments


def _shape(text: str) -> tuple[int, ...]:
    parts = re.split("[,x]", text)
    sizes = tuple(int(part) for part in parts) if all(p.isdecimal() for p in parts) else ()
    if not 2 <= len(sizes) <= 5 or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"expected two to five sizes, as 1,3,16; found {text}")
    return sizes


def _predicate(text: str) -> tuple[str, str]:
    path, separator, said = text.rpartition("=")
    if not separator or said not in (ALWAYS, NEVER):
        raise argparse.ArgumentTypeError(f"expected PATH=always or PATH=never, found {text}")
    return path, said


def _made(arguments: argparse.Namespace) -> tuple[nn.Module, Any]:
    """The model and the clip."""
    made = _function(arguments.source)
    try:
        made = made if isinstance(made, nn.Module) or not callable(made) else made()
    except Exception as error:
        said = f"{type(error).__name__}: {_text(error)} ({_line(error)})"
        sys.exit(f"describe_model.py: {arguments.source} fails: {said}")
    model, example = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    if not isinstance(model, nn.Module):
        sys.exit(
            f"describe_model.py: {arguments.source} returned an object of type "
            f"{type(model).__name__}, not a torch.nn.Module, nor a module and an example"
        )
    if arguments.weights is not None:
        _load(model, arguments.weights)
    if arguments.input_shape:
        generator = torch.Generator().manual_seed(arguments.seed)
        example = torch.randn(arguments.input_shape, generator=generator)
    if example is None:
        sys.exit(
            f"describe_model.py: {arguments.source} returned no example clip; "
            "say its shape, as --input-shape 1,3,16,112,112"
        )
    return model, example


def _function(source: str) -> Any:
    module, _, attribute = source.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        said = f"{_text(error)} ({_line(error)})" if _line(error) else _text(error)
        sys.exit(f"describe_model.py: cannot import {module}: {type(error).__name__}: {said}")
    for name in attribute.split("."):
        if not hasattr(found, name):
            sys.exit(f"describe_model.py: {module} has no {attribute}")
        found = getattr(found, name)
    return found


def _load(model: nn.Module, path: Path) -> None:
    try:
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        sys.exit(f"describe_model.py: cannot load {path} into the model: {error}")


if __name__ == "__main__":
    main()
