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
import os
import re
import sys
import tempfile
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils.weight_norm import WeightNorm

Node = dict[str, Any]

FORMAT = "coverify-architecture"
VERSION = 1

ALWAYS, NEVER = "always", "never"


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

    `notes` says what was left out or is special; it is returned too. The model is given back as it
    was: weights, buffers, the state of a stream, modes, and torch's random numbers.

    Raises CannotDescribe with everything that has no description; the file appears whole or not at
    all.
    """
    with _random_numbers_untouched():
        document = architecture(
            model, example_input, name=name or type(model).__name__, predicates=predicates
        )
        _check_devices(model)
        state = _state_dict(model)
        reference, notes = _reference(model, example_input, predicates or {})
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
    _check_example(example_input)
    shape: list[Any] = list(example_input.shape[1:])
    frames = shape[1]
    shape[1] = "T"
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "input": {"shape": shape, "frames": frames},
        "model": Describer(predicates).describe(model),
    }


def as_text(document: dict[str, Any]) -> str:
    """The document as JSON to read and to correct: what is short stands on one line."""
    text = json.dumps(document, indent=1)
    for flat, width in ((r"\[\n[^\[\]{}]*\]", 60), (r"\{\n[^{}]*\}", 100)):
        text = re.sub(flat, functools.partial(_on_one_line, width=width), text)
    return text + "\n"


def _on_one_line(match: re.Match[str], width: int) -> str:
    joined = re.sub(r"\n\s*", " ", match[0])
    joined = joined[0] + joined[2:-2] + joined[-1]
    return joined if len(joined) <= width else match[0]


def _check_example(example: Tensor) -> None:
    problem = None
    if not isinstance(example, Tensor):
        problem = f"is a {type(example).__name__}, not a tensor"
    elif not example.is_floating_point():
        problem = f"holds {example.dtype}; a clip holds floating point numbers"
    elif not 3 <= example.dim() <= 5 or 0 in example.shape:
        problem = f"has the shape {tuple(example.shape)}; a clip is (B, C, T), (B, C, T, S) or (B, C, T, H, W)"
    elif not torch.isfinite(example).all():
        problem = "holds numbers that are not finite"
    if problem:
        raise CannotDescribe([("", f"the example input {problem}")])


# The weights and the file


def _state_dict(model: nn.Module) -> dict[str, Any]:
    """The state dict, on the CPU, without what else its tensors' memory holds."""
    state = model.state_dict()
    tensors = list(_named_tensors(model))
    missing = sorted({key for key, _ in tensors} ^ set(state))
    if missing:
        listed = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        raise CannotDescribe(
            [("", f"state_dict() has other keys than the modules (flattened, or hooks?): {listed}")]
        )
    copies: dict[int, Tensor] = {}
    for key, tensor in tensors:
        if id(tensor) not in copies:
            copies[id(tensor)] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        state[key] = copies[id(tensor)]
    return state


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
        found = torch.load(temporary, map_location="cpu", weights_only=True)
        if not _same(found, contents):
            raise RuntimeError(f"what was written for {path} is not what is read back")
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


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
    model: nn.Module, example: Tensor, predicates: Mapping[str, str], *, steps: bool = True
) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of `reference`, and what is to be said about them."""
    clip = example.detach().cpu().double()
    notes: list[str] = []
    with torch.inference_mode(False), torch.no_grad(), torch.autocast("cpu", enabled=False):
        with _temporarily_in_float64(model), _watched_predicates(model, predicates):
            _clean_state(model)
            forward = _forward(model, clip)
            reference = {"forward": forward}
            if steps and _is_continual(model):
                _clean_state(model)
                reference |= _steps(model, clip, forward, notes)
    if not torch.isfinite(forward).all():
        notes.append("forward has outputs that are not finite")
    return {name: tensor.contiguous() for name, tensor in reference.items()}, notes


def _forward(model: nn.Module, clip: Tensor) -> Tensor:
    try:
        output = model.forward(clip)
    except Exception as error:
        reason = f"its forward fails on the example input: {type(error).__name__}: {error}"
        raise CannotDescribe([("", reason)]) from error
    output = output[0] if isinstance(output, tuple) and output else output
    if not isinstance(output, Tensor):
        raise CannotDescribe([("", f"its output is a {type(output).__name__}, not a tensor")])
    return output.double()


def _steps(
    model: Any, clip: Tensor, forward: Tensor, notes: list[str]
) -> dict[str, Tensor]:
    """The library's own steps, unless they are wrong; `notes` says what is special."""
    index, outputs = [], []
    try:
        for step in range(clip.shape[2]):
            output = model.forward_step(clip[:, :, step])
            if isinstance(output, Tensor):
                index.append(step)
                outputs.append(output.double())
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
    if not _is_beginning(steps, forward):
        wrong = list(wrong_steps(model, clip.shape[2]))
        if wrong:
            named = "; ".join(f"{path or '(the network)'}: {reason}" for path, reason in wrong)
            notes.append(f"no steps are stored: the continual library gets them wrong. {named}")
            return {}
        notes.append("the steps are not the first outputs of forward: they mean something else")
    return {"steps": steps, "steps_index": torch.tensor(index, dtype=torch.int64)}


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
        elif _is_of(module, "transformer", "RetroactiveUnity"):
            if frames > 2 * module.delay:
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
        if not isinstance(module, nn.Module):
            reason = f"{type(module).__name__} is not a torch.nn.Module"
            raise CannotDescribe([("", reason)])
        for hooks in ("_global_forward_hooks", "_global_forward_pre_hooks"):
            if getattr(nn.modules.module, hooks):
                self.problem("", f"torch has {hooks.strip('_').replace('_', ' ')}, on all modules")
        node = self.node(module, "")
        if self.problems:
            raise CannotDescribe(self.problems)
        return node

    def node(self, module: nn.Module, path: str) -> Node:
        """The node of the module at `path`."""
        describer = _DESCRIBERS.get(_class_name(module))
        if describer is None:
            self.problem(path, _why_unknown(module))
            return {"type": "?"}
        for reason in _alterations(module):
            self.problem(path, reason)
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
    *("__static_attributes__", "__repr__", "__parameters__", "__orig_bases__", "__abstractmethods__"),
    *("_abc_impl", "extra_repr", "_get_name", "reset_parameters", "__annotate__"),
    *("__annotate_func__", "__annotations_cache__", "train", "eval"),
}


def _changed_names(kind: type, module: nn.Module) -> list[str]:
    """What a class defines that can change what its base computes.

    What has a name that the base does not know is never looked at by it; a property, which stands in
    for an attribute of an object, is the exception.
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
    advice = _ADVICE.get(_class_name(module))
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
            if type(hook) is not WeightNorm:
                yield f"it has a forward hook, {_name_of(hook)}, which no attribute tells"
    replaced = [name for name in ("forward", "forward_step", "forward_steps") if name in vars(module)]
    if replaced and not _is_converted(module):
        yield f"its {', '.join(replaced)} is replaced on the object"
    if parametrize.is_parametrized(module):
        for name, chain in module.parametrizations.items():
            steps = [type(step) for step in chain]
            if steps != [parametrizations._WeightNorm]:
                listed = ", ".join(step.__name__ for step in steps)
                yield f"its {name} is parametrized by {listed}: remove_parametrizations makes it plain"
        for name in module._non_persistent_buffers_set & {"weight", "bias"}:
            yield f"its {name} is not saved"


def _is_converted(module: nn.Module) -> bool:
    """Whether co.continual gave the object its steps: the class's own forward, a frame at a time."""
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
    """
    split = [_split_delay(branch) for branch in module]
    longest = max(inner.delay + delay for inner, delay in split)
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
    return _FUNCTIONS.get(function)


def _encoder(self: Describer, module: Any, path: str) -> Node:
    """A TransformerEncoder, by its first layer; the library gives all layers the same arguments."""
    count = min(len(module.layers), 2)
    first = _encoder_layer(self, module.layers[0], _join(path, "layers.0"))
    if first is None or "norm" not in module._modules and len(module._modules) != 1:
        self.problem(path, "its modules were changed after it was made")
        return {"type": "TransformerEncoder"}
    shared = ("d_model", "nhead", "dim_feedforward", "layer_norm_eps", "sequence_len", "activation")
    arguments = {name: first[name] for name in shared}
    norm = module._modules.get("norm")
    library = _co()

    def make() -> nn.Module:
        inner = module.layers[0][1].fn if count == 2 else module.layers[0][1]
        parts = inner[1].fn if count == 2 else inner[1][1]
        function = parts.activation.fn if _class_name(parts.activation) == "co.Lambda" else None
        function = function or parts.activation
        fresh = type(function)() if isinstance(function, nn.Module) else function
        given = arguments | {"activation": fresh, "dropout": parts.dropout.p}
        factory = library.TransformerEncoderLayerFactory(**given)
        last = nn.LayerNorm(norm.fn.normalized_shape, eps=norm.fn.eps) if norm else None
        return library.TransformerEncoder(factory, count, last)

    if norm is not None and _class_name(getattr(norm, "fn", None)) != "nn.LayerNorm":
        self.problem(path, "its norm is no LayerNorm")
    elif arguments["activation"] is not None and not _is_made_by(module, make):
        self.problem(path, "its modules were changed after it was made")
    if count == 2:
        for reason in _attention_differs(module.layers[1].fn[0].self_attn):
            self.problem(path, f"a transformer encoder layer, but {reason}")
    eps = {"norm": True, "norm_eps": norm.fn.eps} if norm else {}
    return {"type": "TransformerEncoder", "num_layers": count, **arguments, **eps}


# The classes. Names of torch's functions are those that coverify's `Lambda` knows.

_PLAIN = (
    *("ReLU", "ReLU6", "Sigmoid", "Hardsigmoid", "Tanh", "SiLU", "Hardswish", "SELU"),
    *("LogSigmoid", "Softsign", "Tanhshrink", "Softmax2d", "Mish", "Identity"),
)

_NORM = ("num_features", "eps", "affine", "track_running_stats")

_BY_ATTRIBUTES: dict[tuple[str, ...], tuple[str, ...]] = {
    (): _PLAIN,
    ("threshold", "value"): ("Threshold",),
    ("lower", "upper"): ("RReLU",),
    ("min_val", "max_val"): ("Hardtanh",),
    ("alpha",): ("ELU", "CELU"),
    ("dim",): ("GLU", "Softmax", "Softmin", "LogSoftmax"),
    ("approximate",): ("GELU",),
    ("lambd",): ("Hardshrink", "Softshrink"),
    ("negative_slope",): ("LeakyReLU",),
    ("beta", "threshold"): ("Softplus",),
    ("num_parameters",): ("PReLU",),
    ("start_dim", "end_dim"): ("Flatten",),
    ("p",): (
        *("Dropout", "Dropout1d", "Dropout2d", "Dropout3d"),
        *("AlphaDropout", "FeatureAlphaDropout"),
    ),
    _NORM: tuple(f"{kind}Norm{n}d" for kind in ("Batch", "Instance") for n in (1, 2, 3)),
    ("num_groups", "num_channels", "eps", "affine"): ("GroupNorm",),
}


def _in_each(names: str, dimensions: str = "123") -> list[str]:
    """`nn.Conv1d` … `nn.Conv3d` for `nn.Conv`."""
    return [f"{name}{n}d" for name in names.split() for n in dimensions]


_DESCRIBERS: dict[str, Callable[[Describer, Any, str], Node]] = {
    **{f"nn.{kind}": _with(*names) for names, kinds in _BY_ATTRIBUTES.items() for kind in kinds},
    **dict.fromkeys(_in_each("nn.Conv co.Conv"), _convolution),
    **dict.fromkeys(_in_each("nn.AvgPool co.AvgPool nn.MaxPool co.MaxPool"), _pool),
    **dict.fromkeys(_in_each("nn.AdaptiveAvgPool nn.AdaptiveMaxPool"), _adaptive_pool),
    **dict.fromkeys(_in_each("co.AdaptiveAvgPool co.AdaptiveMaxPool", "23"), _adaptive_pool),
    **dict.fromkeys(("nn.Linear", "co.Linear"), _linear),
    **dict.fromkeys(("co.RNN", "co.LSTM", "co.GRU"), _recurrent),
    **dict.fromkeys(("nn.Sequential", "co.Sequential"), _sequential),
    "nn.LayerNorm": _layer_norm,
    "co.RetroactiveMultiheadAttention": _attention,
    "co.SingleOutputMultiheadAttention": _attention,
    "co.TransformerEncoder": _encoder,
    "co.RecyclingPositionalEncoding": _positional_encoding,
    "co.Delay": _delay,
    "co.Skip": _with("steps"),
    "co.Reshape": _reshape,
    "co.Lambda": _lambda,
    "co.BroadcastReduce": _broadcast_reduce,
    "co.Broadcast": _with("num_streams"),
    "co.Parallel": _parallel,
    "co.ParallelDispatch": _dispatch,
    "co.Reduce": _reduce,
    "co.Conditional": _conditional,
}

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

# Functions of one tensor that work on each element, by the class with the same meaning.
_CLASS_OF_FUNCTION = {
    "relu": "ReLU", "relu_": "ReLU", "relu6": "ReLU6", "sigmoid": "Sigmoid", "tanh": "Tanh",
    "silu": "SiLU", "gelu": "GELU", "elu": "ELU", "celu": "CELU", "selu": "SELU", "mish": "Mish",
    "softplus": "Softplus", "softsign": "Softsign", "hardtanh": "Hardtanh",
    "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid", "leaky_relu": "LeakyReLU",
    "logsigmoid": "LogSigmoid", "tanhshrink": "Tanhshrink", "hardshrink": "Hardshrink",
    "softshrink": "Softshrink", "clone": "Identity",
}  # fmt: skip

_FUNCTION_OF_CLASS = {f"nn.{kind}": name for name, kind in _CLASS_OF_FUNCTION.items()}

_FUNCTIONS: dict[Any, str] = {
    getattr(library, name): name
    for library in (torch.Tensor, torch, nn.functional)
    for name in (
        *_CLASS_OF_FUNCTION,
        *("abs", "cos", "exp", "log", "neg", "sin", "sqrt", "square"),
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
            model, example, arguments.out, name=arguments.name, predicates=arguments.predicates
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
            f"describe_model.py: {arguments.source} returned an object of type {type(model).__name__}, "
            "not a torch.nn.Module, nor a module and an example"
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
