#!/usr/bin/env python3
"""Writes a PyTorch network as one file that coverify reads: weights, architecture, example, answer.

In Python, where the model is:

    from describe_model import describe
    describe(model, example_input, "model.pt")

or from a shell, with a function that makes the model:

    describe_model.py package.module:function model.pt

A state dict holds tensors and no wiring. This walks the live tree of `torch.nn` and `continual`
modules, takes every class and argument from the objects themselves, and stores them beside the
weights as an architecture (the format `coverify-architecture`), together with the example input
and what PyTorch computes for it in float64. Nothing is guessed: a module whose computation is not
known from its class and attributes is named with its path and the reason, all of them at once, and
no file is written.

The file needs torch only, so it can be copied next to a training script; continual-inference is
used where the model uses it.
"""

import argparse
import functools
import importlib
import inspect
import json
import operator
import os
import re
import sys
import tempfile
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from types import FunctionType
from typing import Any

import torch
import torch.fx
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

    `notes` says what was left out or is special; it is returned too. The model is given back as it
    was: weights, buffers, the state of a stream, modes, and torch's random numbers.

    Raises CannotDescribe with everything that has no description; the file appears whole or not at
    all.
    """
    with _random_numbers_untouched():
        _check(model, example_input)
        describer = Describer(predicates, _recorded_inputs(model, example_input))
        document = _document(model, example_input, name or type(model).__name__, describer)
        state, unused = _state_dict(model, describer.reached)
        reference, notes = _reference(model, example_input, predicates or {}, layers=layers)
        if unused:
            notes.append(f"left out, because forward does not use it: {_listed(unused)}")
    contents = {
        "state_dict": state,
        "architecture": as_text(document),
        "input": example_input.detach().cpu().clone(),
        "reference": reference,
        "notes": notes,
    }
    _save(contents, Path(path))
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
        describer = Describer(predicates, _recorded_inputs(model, example_input))
        return _document(model, example_input, name, describer)


def _document(
    model: nn.Module, example: Tensor, name: str, describer: "Describer"
) -> dict[str, Any]:
    shape: list[Any] = list(example.shape[1:])
    frames = shape[1]
    shape[1] = "T"
    with _temporarily_in_float64(model) if describer.inputs else nullcontext():
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


def _state_dict(model: nn.Module, reached: set[str]) -> tuple[dict[str, Any], list[str]]:
    """The state dict, on the CPU, without what else its tensors' memory holds; and the keys of
    modules that the architecture does not reach, which are left out."""
    state = model.state_dict()
    tensors = list(_named_tensors(model))
    differing = sorted({key for key, _ in tensors} ^ set(state))
    if differing:
        reason = "state_dict() has other keys than the modules (flattened, or hooks?): "
        raise CannotDescribe([("", reason + _listed(differing))])
    copies: dict[int, Tensor] = {}
    unused = []
    for key, tensor in tensors:
        if not _is_reached(key, reached):
            unused.append(key)
            del state[key]
            continue
        if id(tensor) not in copies:
            copies[id(tensor)] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        state[key] = copies[id(tensor)]
    return state, unused


def _is_reached(key: str, reached: set[str]) -> bool:
    parts = key.split(".")
    return any(".".join(parts[:count]) in reached for count in range(len(parts) + 1))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _named_tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Every parameter and persistent buffer, under each of its names."""
    for path, module in model.named_modules(remove_duplicate=False):
        skipped = module._non_persistent_buffers_set
        for name, tensor in [*module._parameters.items(), *module._buffers.items()]:
            if tensor is not None and name not in skipped:
                yield _join(path, name), tensor


def _save(contents: dict[str, Any], path: Path) -> None:
    """Writes beside the file, reads back without running code, and only then takes its name."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save(contents, file)
            file.flush()
            os.fsync(file.fileno())
        if not _reads_as(contents, temporary):
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


def _recorded_inputs(model: nn.Module, example: Tensor) -> dict[nn.Module, Tensor]:
    """What each module with a forward of its own is given, when the model is given the example."""
    unknown = [module for module in model.modules() if _is_traceable(module)]
    inputs: dict[nn.Module, Tensor] = {}
    if not unknown:
        return inputs

    def record(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], Tensor):
            inputs.setdefault(module, arguments[0])

    clip = example.detach().cpu().double()
    with _temporarily_in_float64(model):
        handles = [module.register_forward_pre_hook(record) for module in unknown]
        try:
            _clean_state(model)
            model(clip)
        except Exception as error:
            raise CannotDescribe([("", _failed(error))]) from error
        finally:
            for handle in handles:
                handle.remove()
    return inputs


def _is_traceable(module: nn.Module) -> bool:
    """Whether a module consists of others and has a forward of its own that joins them."""
    if _class_name(module) in _DESCRIBERS or _class_name(module) in _ADVICE:
        return False
    kinds = type(module).__mro__
    library = {kind for kind in kinds if kind.__module__.split(".")[0] in ("torch", "continual")}
    joining = {nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict}
    return type(module) not in library and library <= joining


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
    """The model in float64, in eval mode and on the CPU; afterwards exactly as it was.

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
            tensor.data = copied.double() if copied.is_floating_point() else copied
        for module in modules:
            module.training = False
        with torch.inference_mode(False), torch.no_grad(), torch.autocast("cpu", enabled=False):
            _put_weights_together(modules)
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

    def __init__(
        self,
        predicates: Mapping[str, str] | None = None,
        inputs: Mapping[nn.Module, Tensor] | None = None,
    ) -> None:
        self.problems: list[tuple[str, str]] = []
        self.predicates = predicates or {}
        self.inputs = inputs or {}
        """What modules with a forward of their own are given, by the example."""
        self.reached: set[str] = set()
        """The paths of all that is described."""

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
        if describer is None and module in self.inputs:
            return GraphWriter(self, module, path).write(self.inputs[module])
        if describer is None:
            self.problem(path, _why_unknown(module))
            return {"type": "?"}
        if describer not in _CONTAINERS:
            self.reached.add(path)
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
            kind, names = _FUNCTIONAL.get(_FUNCTIONS.get(function.func, ""), ("", ()))
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
    self.reached.add(path)
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
        "num_heads", "key_size", "value_size",
        "sequence_len", "is_causal", "scale",
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
    "BatchNorm3d", "Broadcast", "CELU", "Constant", "ConvTranspose1d", "ConvTranspose2d",
    "ConvTranspose3d", "CumulativeSum", "DotProductAttention", "Dropout", "Dropout1d", "Dropout2d",
    "Dropout3d", "ELU", "FeatureAlphaDropout", "Flatten", "GELU", "GLU", "GRU", "GroupNorm",
    "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity", "InstanceNorm1d",
    "InstanceNorm2d", "InstanceNorm3d", "LSTM", "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid",
    "LogSoftmax", "MatMul", "Mish", "MultiheadAttention", "Multiply", "Narrow", "One", "PReLU",
    "ParallelDispatch", "PixelShuffle", "PixelShuffle1d", "RNN", "RReLU", "ReLU", "ReLU6",
    "RecyclingPositionalEncoding", "Reshape", "RetroactiveMultiheadAttention", "SELU", "SiLU",
    "Sigmoid", "SingleOutputMultiheadAttention", "Skip", "Softmax", "Softmax2d", "Softmin",
    "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold", "Upsample",
    "UpsamplingBilinear2d", "UpsamplingNearest2d", "Zero",
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

_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


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

# Those whose modules have nodes of their own.
_CONTAINERS = {_sequential, _broadcast_reduce, _parallel, _conditional, _lambda}

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


# Modules with a forward of their own: torch.fx tells which modules and functions they consist of


@dataclass(frozen=True)
class _Value:
    """A tensor in a forward: the node that makes it, and which axis of (B, C, T, …) each of its
    dimensions is. Permuting changes the order of the dimensions only, and makes no node."""

    node: str
    axes: tuple[int, ...]
    shape: tuple[int, ...]
    padded: tuple[tuple[int, int], ...] = ()
    """How many zeros were put before and behind each axis from time on, which the next convolution
    takes over."""

    @property
    def is_in_order(self) -> bool:
        return self.axes == tuple(range(len(self.axes)))


class _Unwritable(Exception):
    """Something in a forward that no architecture can say."""


class _Tracer(torch.fx.Tracer):
    """Records the calls of modules that have a description, and looks into all others."""

    def __init__(self, describer: Describer) -> None:
        super().__init__()
        self.describer = describer

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if isinstance(m, nn.Sequential) and _class_name(m) == "nn.Sequential":
            return all(self.is_leaf_module(child, "") for child in m)
        package = parametrize.type_before_parametrizations(m).__module__.split(".")[0]
        return _class_name(m) in _DESCRIBERS or package in ("torch", "continual")


class _Shapes(torch.fx.Interpreter):
    """Runs a traced forward on an example, and keeps what each node gives: of tensors the shape."""

    def __init__(self, module: torch.fx.GraphModule) -> None:
        super().__init__(module)
        self.values: dict[torch.fx.Node, Any] = {}

    def run_node(self, n: torch.fx.Node) -> Any:
        value = super().run_node(n)
        self.values[n] = tuple(value.shape) if isinstance(value, Tensor) else value
        return value


class GraphWriter:
    """Writes the forward of one module as a Graph, or as a Sequential where it is a chain."""

    def __init__(self, describer: Describer, module: nn.Module, path: str) -> None:
        self.describer = describer
        self.module = module
        self.path = path
        self.nodes: list[Node] = []
        self.values: dict[torch.fx.Node, Any] = {}
        self.longer: dict[torch.fx.Node, Any] = {}
        """The values where there is one clip and one frame more."""
        self.results: dict[torch.fx.Node, Any] = {}

    def write(self, example: Tensor) -> Node:
        """The node; what cannot be said is reported to the describer."""
        try:
            graph = _Tracer(self.describer).trace(self.module)
            traced = torch.fx.GraphModule(self.module, graph)
            shapes = _Shapes(traced)
            shapes.run(example)
            self.longer = _values_of_longer(traced, example)
        except Exception as error:
            text = str(error).strip().split("\n")[0]
            reason = f"torch.fx cannot trace its forward: {type(error).__name__}: {text}"
            self.describer.problem(self.path, reason)
            return {"type": "Graph"}
        self.values = shapes.values
        needed = _needed(graph)
        for node in graph.nodes:
            changed = self.changed(node)
            if node not in needed and changed is None:
                continue
            try:
                if changed is not None:
                    _check_unused(changed, after=node)
                self.results[node] = self.result(node)
            except _Unwritable as error:
                place = _join(self.path, str(node.target) if node.op == "call_module" else "")
                what = "" if node.op == "call_module" else f"{node.name} ({_call(node)}) "
                self.describer.problem(place, f"in its forward, {what}{error}")
                self.results[node] = None
        return self.wired(graph)

    def wired(self, graph: torch.fx.Graph) -> Node:
        """All nodes together."""
        output = next(iter(reversed(graph.nodes)))
        value = self.results[output]
        last = value.node if isinstance(value, _Value) else "x"
        ids = [node["id"] for node in self.nodes]
        chained = [node["inputs"] for node in self.nodes] == [[name] for name in ["x", *ids][:-1]]
        if not chained or last != ["x", *ids][-1]:
            return {"type": "Graph", "output": last, "nodes": self.nodes}
        modules: list[Node] = [] if self.nodes else [{"type": "Identity"}]
        for node in self.nodes:
            kept = {key: item for key, item in node.items() if key not in ("id", "inputs", "name")}
            modules.append(_named(kept, node.get("name", str(len(modules))), str(len(modules))))
        return {"type": "Sequential", "modules": modules}

    # One node of the trace

    def changed(self, node: torch.fx.Node) -> torch.fx.Node | None:
        """What a node of the trace changes in place."""
        if node.op == "call_module":
            inplace = getattr(self.module.get_submodule(str(node.target)), "inplace", False)
        else:
            name = getattr(node.target, "__name__", str(node.target))
            method = name.endswith("_") and not name.endswith("__")
            inplace = method or name in _CHANGING or node.kwargs.get("inplace")
        return node.args[0] if inplace and isinstance(node.args[0], torch.fx.Node) else None

    def result(self, node: torch.fx.Node) -> Any:
        """What a node of the trace gives: a tensor, several, or a constant."""
        if node.op == "placeholder":
            return self.placeholder(node)
        if node.op == "get_attr":
            return torch.fx.graph_module._get_attr(self.module, node.target)
        if node.op == "output":
            return self.output(node)
        if self.is_constant(node):
            return self.values[node]
        arguments = torch.fx.map_arg(node.args, lambda inner: self.results[inner])
        keywords = torch.fx.map_arg(dict(node.kwargs), lambda inner: self.results[inner])
        if any(self.results[inner] is None for inner in node.all_input_nodes):
            return None
        if node.op == "call_module":
            return self.call_module(node, arguments, keywords)
        return self.call(node, arguments, keywords)

    def placeholder(self, node: torch.fx.Node) -> Any:
        shape = self.values[node]
        if any(isinstance(value, _Value) for value in self.results.values()):
            if node.args:
                return node.args[0]
            raise _Unwritable("is a second input")
        return _Value("x", tuple(range(len(shape))), shape)

    def output(self, node: torch.fx.Node) -> Any:
        (value,) = torch.fx.map_arg(node.args, lambda inner: self.results[inner])
        if value is None:
            return None
        if not isinstance(value, _Value):
            raise _Unwritable(f"returns a {type(value).__name__}, not one tensor")
        if value.padded:
            raise _Unwritable("returns what was padded, which only a convolution can take")
        value = self.ordered(node, value)
        if not value.is_in_order:
            raise _Unwritable(f"returns the axes of (B, C, T, …) in the order {value.axes}")
        return value

    def is_constant(self, node: torch.fx.Node) -> bool:
        """Whether a node tells sizes, and is the same for each clip of the example's shape."""
        value = self.values.get(node)
        plain = isinstance(value, int | float | torch.Size | torch.dtype | torch.device)
        listed = isinstance(value, tuple) and all(isinstance(item, int) for item in value)
        sized = str(node.target) in ("size", "dim") or node.target is getattr
        return plain or (
            listed and (sized or node.target is operator.getitem and self.is_constant(node.args[0]))
        )

    def add(self, node: torch.fx.Node, inputs: list[_Value], described: Node) -> str:
        """Adds a node to the architecture, and returns its id."""
        if any(value.padded for value in inputs):
            raise _Unwritable("takes what was padded, which only a convolution can")
        taken = {"x", *(other["id"] for other in self.nodes)}
        identifier = node.name
        while identifier in taken:
            identifier += "_"
        read = [value.node for value in inputs]
        self.nodes.append({"id": identifier, "inputs": read, **described})
        return identifier

    def made(self, node: torch.fx.Node, inputs: list[_Value], described: Node) -> _Value:
        """A node with the axes in the order of its inputs'."""
        return _Value(self.add(node, inputs, described), inputs[0].axes, self.values[node])

    def ordered(self, node: torch.fx.Node, value: _Value) -> _Value:
        """The value with its axes in order, moved where only channels and space are not."""
        if value.is_in_order or len(value.axes) < 4 or value.axes[0] != 0 or value.axes[2] != 2:
            return value
        names = [_AXES[axis] for axis in range(len(value.axes))]
        moved = " ".join(names[axis] for axis in value.axes)
        described = {"type": "Rearrange", "pattern": f"{' '.join(names)} -> {moved}"}
        ordered = f"{value.node}_in_order"
        if not any(other["id"] == ordered for other in self.nodes):
            self.nodes.append({"id": ordered, "inputs": [value.node], **described})
        return replace(value, node=ordered, axes=tuple(range(len(names))))

    # Modules

    def call_module(self, node: torch.fx.Node, arguments: Any, keywords: Any) -> Any:
        target = str(node.target)
        module = self.module.get_submodule(target)
        value = arguments[0] if arguments else None
        if isinstance(module, _TRANSPOSED) and (len(arguments) > 1 or keywords):
            raise _Unwritable("is given an output_size; make it with the output_padding instead")
        if len(arguments) != 1 or keywords or not isinstance(value, _Value):
            raise _Unwritable(_ADVICE.get(_class_name(module), "takes more than one tensor"))
        if isinstance(module, nn.RNNBase):
            return self.recurrent(node, module, value)
        described = self.describer.node(module, _join(self.path, target))
        if described["type"] not in _ELEMENTWISE:
            value = self.ordered(node, value)
        if value.padded:
            described, value = self.widened(module, described, value)
        elif not value.is_in_order:
            described = self.reordered(module, described, value)
        return self.made(node, [value], {"type": described["type"], "name": target, **described})

    def widened(self, module: Any, described: Node, value: _Value) -> tuple[Node, _Value]:
        """A convolution with what was padded in front of it."""
        own = getattr(module, "padding", None)
        if not isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d) or isinstance(own, str):
            raise _Unwritable("takes what was padded, which only a convolution can")
        if any(own) and module.padding_mode != "zeros":
            raise _Unwritable("pads otherwise what was padded with zeros")
        padding = [
            [before + both, behind + both]
            for (before, behind), both in zip(value.padded, own, strict=True)
        ]
        widened = {**described, "padding": padding, "padding_mode": "zeros"}
        return widened, replace(value, padded=())

    def reordered(self, module: nn.Module, described: Node, value: _Value) -> Node:
        """A module on axes in another order, where that is the same as some module in order."""
        kind, last = described["type"], value.axes[-1]
        if kind in _ELEMENTWISE:
            return described
        if kind == "Linear" and last not in (0, 2):
            return {**described, "channel_dim": last}
        if (
            kind == "LayerNorm"
            and value.axes == (0, 2, 1)
            and len(described["normalized_shape"]) == 1
        ):
            return {"type": "Framewise", "modules": [{"type": kind, "name": "", **described}]}
        raise _Unwritable(f"works on the axes of (B, C, T, …) in the order {value.axes}")

    def recurrent(self, node: torch.fx.Node, module: nn.RNNBase, value: _Value) -> Any:
        wanted = (0, 2, 1) if module.batch_first else (2, 0, 1)
        if value.axes != wanted:
            raise _Unwritable(f"works on the axes of (B, C, T) in the order {value.axes}")
        described = _recurrent(self.describer, module, _join(self.path, str(node.target)))
        for reason in _alterations(module):
            raise _Unwritable(reason)
        self.describer.reached.add(_join(self.path, str(node.target)))
        shape = (*value.shape[:2], module.proj_size or module.hidden_size)
        identifier = self.add(
            node, [value], {"type": described["type"], "name": str(node.target), **described}
        )
        return (_Value(identifier, value.axes, shape), None)

    # Functions and methods

    def call(self, node: torch.fx.Node, arguments: Any, keywords: Any) -> Any:
        name = _function_name(node)
        if name in _PASSING:
            return self.passed(name, arguments, keywords)
        if name in _CALLS:
            try:
                inspect.signature(_CALLS[name]).bind(self, node, *arguments, **keywords)
            except TypeError as error:
                raise _Unwritable(
                    f"is called with other arguments than are known: {error}"
                ) from None
            return _CALLS[name](self, node, *arguments, **keywords)
        if _is_global_pool(self, node, name, arguments, keywords):
            dimensions, kind = int(name[-2]), "Avg" if name.startswith("avg") else "Max"
            pool = {"type": f"Adaptive{kind}Pool{dimensions}d", "output_size": 1}
            return self.made(node, [self.ordered(node, arguments[0])], pool)
        self.check_sizes(node)
        bound = _FUNCTIONAL.get(name)
        if bound is None:
            raise _Unwritable("has no description")
        kind, names = bound
        value, *rest = arguments
        if not isinstance(value, _Value):
            raise _Unwritable("takes something other than a tensor")
        given = dict(zip(names, rest, strict=False)) | {
            k: v for k, v in keywords.items() if k in names
        }
        neutral = {*names, "inplace", "_stacklevel", "training"}
        unknown = sorted(key for key, item in keywords.items() if item and key not in neutral)
        if unknown or len(rest) > len(names):
            raise _Unwritable(f"is called with {', '.join(unknown) or 'more arguments'}")
        if kind not in _ELEMENTWISE:
            value = self.ordered(node, value)
        if kind not in _ELEMENTWISE and not value.is_in_order:
            raise _Unwritable(f"works on the axes of (B, C, T, …) in the order {value.axes}")
        kept = {k: v for k, v in given.items() if v not in (None, [], ())}
        kept |= {k: list(v) for k, v in kept.items() if isinstance(v, tuple)}
        kept |= {"function": name} if kind == "Lambda" else {}
        return self.made(node, [value], {"type": kind, **kept})

    def check_sizes(self, node: torch.fx.Node) -> None:
        """Numbers that change with the size of the batch or the clip mean nothing for a frame."""
        for inner in node.all_input_nodes:
            if self.is_constant(inner) and self.longer.get(inner) != self.values[inner]:
                raise _Unwritable("calculates with the size of the batch or the length of the clip")

    def passed(self, name: str, arguments: Any, keywords: Any) -> Any:
        """What leaves the numbers as they are."""
        if "dropout" in name and (*arguments[2:3], keywords.get("training")) not in (
            (False, None),
            (False,),
        ):
            raise _Unwritable(
                "drops numbers at random, in eval mode too; say training=self.training"
            )
        kinds = [item for item in (*arguments, *keywords.values()) if isinstance(item, torch.dtype)]
        if any(not kind.is_floating_point for kind in kinds):
            raise _Unwritable("makes whole numbers")
        return arguments[0]

    def combine(self, node: torch.fx.Node, kind: str, left: Any, right: Any) -> _Value:
        """A sum or a product."""
        if not isinstance(left, _Value):
            left, right = right, left
        if isinstance(right, _Value):
            if left.axes != right.axes:
                left, right = self.ordered(node, left), self.ordered(node, right)
            if left.axes != right.axes:
                raise _Unwritable(f"joins axes in the orders {left.axes} and {right.axes}")
            return self.made(node, [left, right], {"type": kind})
        self.check_sizes(node)
        argument = "constant" if kind == "Add" else "factor"
        if isinstance(right, Tensor):
            left = self.ordered(node, left)
            if not left.is_in_order:
                raise _Unwritable(f"meets axes in the order {left.axes}")
            key = self.key(node)
            return self.made(node, [left], {"type": kind, "name": "", argument: key})
        if isinstance(right, bool) or not isinstance(right, int | float):
            raise _Unwritable(f"takes a {type(right).__name__}")
        if kind == "Add" and right == 0:
            return left
        return self.made(node, [left], {"type": kind, argument: right})

    def key(self, node: torch.fx.Node) -> str:
        """The name of the one tensor of the module that a node reads."""
        held = [str(n.target) for n in node.all_input_nodes if n.op == "get_attr"]
        if len(held) != 1 or held[0] not in self.module.state_dict():
            raise _Unwritable("reads a tensor that the state dict does not have")
        self.describer.reached.add(_join(self.path, held[0]))
        return held[0]

    def subtract(self, node: torch.fx.Node, left: Any, right: Any) -> _Value:
        if isinstance(right, Tensor):
            raise _Unwritable("subtracts a tensor of the module; one that is added can be said")
        if not isinstance(right, _Value):
            return self.combine(node, "Add", left, -right)
        negative = {"type": "Multiply", "factor": -1}
        return self.combine(node, "Add", left, self.made(node, [right], negative))

    def divide(self, node: torch.fx.Node, left: Any, right: Any) -> _Value:
        if isinstance(right, _Value) or not isinstance(right, int | float):
            raise _Unwritable("divides by a tensor")
        return self.combine(node, "Multiply", left, 1 / right)

    def reduce(self, node: torch.fx.Node, how: str, values: list[Any]) -> _Value:
        if not all(isinstance(value, _Value) for value in values):
            raise _Unwritable("takes something other than tensors of the clip")
        if len({value.axes for value in values}) > 1:
            values = [self.ordered(node, value) for value in values]
        if len({value.axes for value in values}) > 1:
            raise _Unwritable("joins axes in different orders")
        if len(values) == 1:
            return values[0]
        return self.made(node, values, {"type": "Reduce", "reduce": how})

    def concatenate(self, node: torch.fx.Node, values: Any, dim: int = 0) -> _Value:
        first = values[0]
        if isinstance(first, _Value) and first.axes[dim] != 1:
            raise _Unwritable(
                f"joins along the axis {first.axes[dim]}, and 1, the channels, can be"
            )
        return self.reduce(node, "concat", list(values))

    def interpolate(
        self,
        node: torch.fx.Node,
        value: _Value,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
        antialias: bool = False,
    ) -> _Value:
        """An enlarged clip; a size that comes from the clip is written as a factor in time."""
        value = self.ordered(node, value)
        if antialias or not value.is_in_order:
            raise _Unwritable("is smoothed, or works on axes in another order")
        arguments = {"mode": mode, "align_corners": align_corners}
        if scale_factor is not None:
            factors = _whole(scale_factor)
            recomputed = {"recompute_scale_factor": True} if recompute_scale_factor else {}
            described = {"scale_factor": factors, **arguments, **recomputed}
            return self.made(node, [value], _typed(None, "Upsample", **described))
        before, after = value.shape[2], self.values[node][2]
        taken = node.args[0] if node.args else node.kwargs["input"]
        longer, longest = self.longer.get(taken), self.longer.get(node)
        told = longer and longest and longest[2] * before == longer[2] * after
        if after % before or not told:
            raise _Unwritable(
                "has a size in time that is not a whole multiple of the clip's; say scale_factor"
            )
        if after > before:
            factors = [after // before, *(1 for _ in value.shape[3:])]
            described = {"type": "Upsample", "scale_factor": factors, "mode": mode}
            shape = (*value.shape[:2], after, *value.shape[3:])
            value = _Value(self.add(node, [value], described), value.axes, shape)
        if value.shape[3:] == self.values[node][3:]:
            return value
        described = {"size": [None, *self.values[node][3:]], **arguments}
        return self.made(node, [value], _typed(None, "Upsample", **described))

    def permute(self, node: torch.fx.Node, value: _Value, *dims: Any) -> _Value:
        order = dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | list) else dims
        axes = tuple(value.axes[dim] for dim in order)
        return replace(value, axes=axes, shape=self.values[node])

    def transpose(self, node: torch.fx.Node, value: _Value, first: int, second: int) -> _Value:
        axes = list(value.axes)
        axes[first], axes[second] = axes[second], axes[first]
        return replace(value, axes=tuple(axes), shape=self.values[node])

    def item(self, node: torch.fx.Node, value: Any, index: Any) -> Any:
        """An element of a tuple, or frames cut off at one end of a clip."""
        if not isinstance(value, _Value):
            if value[index] is None:
                raise _Unwritable("takes the hidden state of a recurrent layer")
            return value[index]
        places = index if isinstance(index, tuple) else (index,)
        whole = slice(None)
        if Ellipsis in places:
            at = places.index(Ellipsis)
            missing = len(value.axes) - len(places) + 1
            places = (*places[:at], *[whole] * missing, *places[at + 1 :])
        cut = [(value.axes[i], place) for i, place in enumerate(places) if place != whole]
        if not cut:
            return value
        (axis, place) = cut[0]
        one_end = isinstance(place, slice) and place.step in (None, 1) and len(cut) == 1
        if not one_end or axis != 2 or not value.is_in_order:
            raise _Unwritable("takes a part; only frames at one end of a clip can be cut off")
        if place.start is None and isinstance(place.stop, int) and place.stop < 0:
            if self.shortened(node, value, -place.stop):
                return replace(value, shape=self.values[node])
            lagging = {"type": "Delay", "delay": -place.stop, "auto_shrink": "lagging"}
            return self.made(node, [value], lagging)
        if place.stop is None and isinstance(place.start, int) and place.start > 0:
            return self.made(node, [value], {"type": "Skip", "steps": place.start})
        raise _Unwritable("takes a part; only frames at one end of a clip can be cut off")

    def shortened(self, node: torch.fx.Node, value: _Value, frames: int) -> bool:
        """Whether the frames that are cut off were made of padding: then the convolution is padded
        less, and what it yields is not held back. A transposed convolution crops them itself."""
        source = node.args[0]
        while source.op != "call_module":
            if len(source.users) > 1 or _function_name(source) not in _PASSING:
                return False
            source = source.args[0]
        made = next((other for other in self.nodes if other["id"] == value.node), {"type": "x"})
        plain = made["type"].startswith("Conv") and isinstance(made["padding"], list)
        if len(source.users) > 1 or not plain:
            return False
        ends = [size if isinstance(size, list) else [size, size] for size in made["padding"]]
        if made["type"].startswith("ConvTranspose"):
            ends[0] = [ends[0][0], ends[0][1] + frames]
            made["padding"] = ends
            return True
        if made["stride"][0] > 1:
            return False
        if ends[0][1] < frames or made["padding_mode"] != "zeros":
            return False
        ends[0] = [ends[0][0], ends[0][1] - frames]
        made["padding"] = ends
        return True

    def pad(
        self,
        node: torch.fx.Node,
        taken: _Value,
        pad: Any,
        mode: str = "constant",
        value: Any = None,
    ) -> _Value:
        """Zeros around a clip, which the convolution behind takes over."""
        taken = self.ordered(node, taken)
        sizes = [tuple(pad[i : i + 2]) for i in range(0, len(pad), 2)]
        sizes += [(0, 0)] * (len(taken.axes) - len(sizes))
        around = tuple(reversed(sizes))
        if any(around[0]) or any(around[1]) or not taken.is_in_order:
            raise _Unwritable("pads; only time and space can be, in front of a convolution")
        negative = any(size < 0 for ends in around for size in ends)
        if negative or mode != "constant" or value or taken.padded:
            raise _Unwritable("pads with something other than zeros, or twice")
        return replace(taken, padded=around[2:], shape=self.values[node])

    def mean(
        self, node: torch.fx.Node, value: _Value, dim: Any = None, keepdim: bool = False
    ) -> _Value:
        value = self.ordered(node, value)
        if dim is None or not value.is_in_order:
            raise _Unwritable("averages; only named axes of (B, C, T, …) in order can be")
        dims = {d % len(value.axes) for d in ([dim] if isinstance(dim, int) else dim)}
        space = set(range(3, len(value.axes)))
        if not dims <= {2} | space or 2 in dims and not keepdim and not space <= dims:
            raise _Unwritable("averages over axes that are neither space nor all of the clip")
        output = [1 if axis in dims else None for axis in range(2, len(value.axes))]
        pool = {"type": f"AdaptiveAvgPool{len(output)}d", "output_size": output}
        shape = tuple(1 if axis in dims else size for axis, size in enumerate(value.shape))
        pooled = _Value(self.add(node, [value], pool), value.axes, shape)
        return pooled if keepdim else self.reshaped(node, pooled, self.values[node])

    def reshape(self, node: torch.fx.Node, value: Any, *_: Any, **__: Any) -> Any:
        return self.reshaped(node, value, self.values[node])

    def reshaped(self, node: torch.fx.Node, value: _Value, shape: tuple[int, ...]) -> _Value:
        """Axes split, joined or of length one put in or taken away: a Rearrange, or a Flatten where
        all that is left of time is one frame."""
        if shape == value.shape:
            return value
        if len(shape) == 2 and value.is_in_order and value.shape[0] == shape[0]:
            flat = {"type": "Flatten", "start_dim": 1}
            return _Value(self.add(node, [value], flat), (0, 1), shape)
        groups = _groups(value.shape, shape)
        names = _AXES[: len(value.axes)]
        left: list[str] = [""] * len(names)
        right: list[str] = []
        sizes: dict[str, int] = {}
        for inside, outside in groups:
            axes = [value.axes[i] for i in inside]
            moved = {0, 2} & set(axes)
            if moved and (len(inside), len(outside)) != (1, 1):
                raise _Unwritable("reshapes the batch or time, which have to stay alone")
            if len(inside) == 1 and len(outside) > 1:
                parts = [f"{names[axes[0]]}{i}" for i in range(len(outside))]
                left[axes[0]] = f"({' '.join(parts)})"
                sizes |= {part: shape[i] for part, i in zip(parts[1:], outside[1:], strict=True)}
                right += parts
            elif len(outside) <= 1:
                for axis in axes:
                    left[axis] = "1" if not outside else names[axis]
                joined = " ".join(names[axis] for axis in axes) or "1"
                right += [] if not outside else [joined if len(axes) < 2 else f"({joined})"]
            else:
                raise _Unwritable(f"makes {shape} of {value.shape}, axes across each other")
        return self.rearranged(node, value, left, right, sizes, shape)

    def rearranged(
        self,
        node: torch.fx.Node,
        value: _Value,
        left: list[str],
        right: list[str],
        sizes: dict[str, int],
        shape: tuple[int, ...],
    ) -> _Value:
        order = [i for i, name in enumerate(right) if name not in ("b", "t")]
        if not order or "b" not in right or "t" not in right:
            raise _Unwritable("leaves no channels")
        places = [right.index("b"), order[0], right.index("t"), *order[1:]]
        pattern = f"{' '.join(left)} -> {' '.join(right[i] for i in places)}"
        axes = tuple(places.index(i) for i in range(len(right)))
        if " ".join(left) == " ".join(right[i] for i in places):
            return replace(value, axes=axes, shape=shape)
        described = {"type": "Rearrange", "pattern": pattern, **sizes}
        return _Value(self.add(node, [value], described), axes, shape)

    def product(self, node: torch.fx.Node, value: Any, matrix: Any) -> _Value:
        """A product with a matrix of the module, along the last axis."""
        held = isinstance(value, _Value) and isinstance(matrix, Tensor) and matrix.dim() == 2
        if not held or value.axes[-1] in (0, 2):
            raise _Unwritable("multiplies by something other than a matrix of the module")
        axis = {"axis": value.axes[-1]}
        return self.made(
            node, [value], {"type": "MatMul", "name": "", "matrix": self.key(node), **axis}
        )


def _values_of_longer(traced: torch.fx.GraphModule, example: Tensor) -> dict[torch.fx.Node, Any]:
    """The values of a trace for one clip and one frame more, as far as it can be run."""
    shapes = _Shapes(traced)
    longer = torch.cat([example, example[:, :, -1:]], dim=2)
    with suppress(Exception):
        shapes.run(torch.cat([longer, longer[:1]]))
    return shapes.values


def _is_global_pool(
    writer: GraphWriter, node: torch.fx.Node, name: str, arguments: Any, keywords: Any
) -> bool:
    """Whether a pool's kernel is taken from the sizes of its input, all of them."""
    if name not in {f"{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2, 3)}:
        return False
    kernel = keywords.get("kernel_size", arguments[1] if len(arguments) > 1 else None)
    written = node.kwargs.get("kernel_size", node.args[1] if len(node.args) > 1 else None)
    others = [item for key, item in keywords.items() if key != "kernel_size"]
    taken = isinstance(written, torch.fx.Node) and isinstance(arguments[0], _Value)
    if not taken or any(others) or len(arguments) > 2:
        return False
    return tuple(kernel) == arguments[0].shape[2:] and writer.longer.get(written) != kernel


def _needed(graph: torch.fx.Graph) -> set[torch.fx.Node]:
    """What the output depends on, and the input."""
    waiting = [node for node in graph.nodes if node.op in ("output", "placeholder")]
    needed = set(waiting)
    while waiting:
        found = [node for node in waiting.pop().all_input_nodes if node not in needed]
        needed |= set(found)
        waiting += found
    return needed


def _check_unused(changed: torch.fx.Node, *, after: torch.fx.Node) -> None:
    """Torch's trace does not know that what was changed in place is another tensor from then on."""
    order = list(changed.graph.nodes)
    chain = [changed]
    while _function_name(chain[-1]) in _VIEWS and isinstance(chain[-1].args[0], torch.fx.Node):
        chain.append(chain[-1].args[0])
    users = [user for node in chain for user in node.users if user not in chain]
    if any(order.index(user) > order.index(after) for user in users) or not after.users:
        raise _Unwritable("changes a tensor in place that is used again")


_AXES = ("b", "c", "t", "h", "w", "v", "u")


def _groups(before: tuple[int, ...], after: tuple[int, ...]) -> list[tuple[list[int], list[int]]]:
    """Which axes of one shape become which of another: the smallest groups of equal product."""
    groups: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(before) or j < len(after):
        # An axis of length one that the other side lacks goes or comes alone.
        if i < len(before) and (j >= len(after) or before[i] == 1 != after[j]):
            groups.append(([i], []))
            i += 1
            continue
        if j < len(after) and (i >= len(before) or after[j] == 1 != before[i]):
            groups.append(([], [j]))
            j += 1
            continue
        left, right = before[i], after[j]
        inside, outside = [i], [j]
        i, j = i + 1, j + 1
        while left != right:
            if left < right:
                left, i = left * before[i], i + 1
                inside.append(i - 1)
            else:
                right, j = right * after[j], j + 1
                outside.append(j - 1)
        groups.append((inside, outside))
    return groups


def _call(node: torch.fx.Node) -> str:
    """A call as it would be written."""
    texts = [str(argument) for argument in node.args]
    texts += [f"{key}={value}" for key, value in node.kwargs.items()]
    return f"{_function_name(node)}({', '.join(texts)})"


def _function_name(node: torch.fx.Node) -> str:
    """`relu` for torch.relu, F.relu, x.relu() and x.relu_()."""
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "?")
    return name.rstrip("_") if name not in _CALLS else name


_PASSING = {
    *("contiguous", "clone", "detach", "float", "double", "to", "type_as", "requires_grad"),
    *("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"),
}

_CALLS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("add", "add_", "iadd"), lambda w, n, a, b: w.combine(n, "Add", a, b)),
    **dict.fromkeys(("mul", "mul_", "imul"), lambda w, n, a, b: w.combine(n, "Multiply", a, b)),
    **dict.fromkeys(("sub", "sub_", "isub"), GraphWriter.subtract),
    **dict.fromkeys(("truediv", "div", "div_", "itruediv"), GraphWriter.divide),
    **dict.fromkeys(("maximum", "max"), lambda w, n, a, b: w.reduce(n, "max", [a, b])),
    **dict.fromkeys(("cat", "concat", "concatenate"), GraphWriter.concatenate),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), GraphWriter.transpose),
    **dict.fromkeys(
        ("view", "reshape", "flatten", "squeeze", "unsqueeze", "unflatten"), GraphWriter.reshape
    ),
    **dict.fromkeys(("matmul",), GraphWriter.product),
    "permute": GraphWriter.permute,
    **dict.fromkeys(("interpolate", "upsample"), GraphWriter.interpolate),
    "getitem": GraphWriter.item,
    "pad": GraphWriter.pad,
    "mean": GraphWriter.mean,
}

_CHANGING = {"iadd", "imul", "isub", "itruediv", "setitem"}

_VIEWS = _PASSING | {
    *("transpose", "swapaxes", "swapdims", "permute", "view", "reshape", "flatten", "squeeze"),
    *("unsqueeze", "unflatten", "getitem"),
}



def _pool_function(kind: str) -> tuple[str, tuple[str, ...]]:
    """The class that a function of pooling is, and the arguments that it takes as well."""
    left_out = ("temporal_fill", "return_indices")
    return kind, tuple(name for name in _ARGUMENTS[kind] if name not in left_out)


_FUNCTIONAL: dict[str, tuple[str, tuple[str, ...]]] = {
    **_FUNCTIONS_OF_CLASSES,
    **{name: ("Lambda", ()) for name in _ELEMENTARY},
    **{f"avg_pool{n}d": _pool_function(f"AvgPool{n}d") for n in (1, 2, 3)},
    **{f"max_pool{n}d": _pool_function(f"MaxPool{n}d") for n in (1, 2, 3)},
    **{
        f"adaptive_{low}_pool{n}d": (f"Adaptive{high}Pool{n}d", ("output_size",))
        for low, high in (("avg", "Avg"), ("max", "Max"))
        for n in (1, 2, 3)
    },
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
        )
    except CannotDescribe as error:
        sys.exit(f"describe_model.py: {arguments.source}: {error}")
    except OSError as error:
        sys.exit(f"describe_model.py: cannot write {arguments.out}: {error.strerror or error}")
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{arguments.out}: {os.path.getsize(arguments.out):,} bytes")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Writes the network that a Python function makes as a file for coverify.",
        epilog="The function takes nothing, and returns the model, or the model and an example "
        "clip (B, C, T, …). It is imported with the current folder on the path.",
    )
    parser.add_argument("source", metavar="MODULE:FUNCTION", help="as in training.models:make_x3d")
    parser.add_argument("out", metavar="OUT.pt", type=Path)
    parser.add_argument(
        "--input-shape",
        metavar="B,C,T,…",
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
    parser.add_argument("--name", help="what the architecture is called (default: the class)")
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
    sizes = tuple(int(size) for size in re.split("[,x]", text))
    if not 3 <= len(sizes) <= 5 or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"expected three to five sizes, as 1,3,16; found {text}")
    return sizes


def _predicate(text: str) -> tuple[str, str]:
    path, separator, said = text.rpartition("=")
    if not separator or said not in (ALWAYS, NEVER):
        raise argparse.ArgumentTypeError(f"expected PATH=always or PATH=never, found {text}")
    return path, said


def _made(arguments: argparse.Namespace) -> tuple[nn.Module, Tensor]:
    """The model and the clip."""
    made = _function(arguments.source)
    made = made if isinstance(made, nn.Module) or not callable(made) else made()
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
    except ModuleNotFoundError as error:
        sys.exit(f"describe_model.py: cannot import {module}: {error}")
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
