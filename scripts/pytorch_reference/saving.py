"""Writes a fixture's files, with the same bytes each time."""

import io
import json
import sys
import warnings
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import continual as co
import dill
import torch
from safetensors.torch import save as safetensors_bytes
from torch import Tensor, nn

from describe_model import FORMAT, VERSION, architecture, as_text, describe_tree

from . import fixture as forms
from .answers import Answer, clip_answer, stream_answer, true_steps
from .fixture import Fixture
from .legacy import save_legacy
from .numbers import clip, fill_in, seed_of

# The architectures of networks with a forward of their own, which nothing reads from their modules.
FORWARDS = json.loads(Path(__file__).with_name("forwards.json").read_text())


def write(fixture: Fixture, folder: Path) -> list[str]:
    """Writes the files of a fixture and returns their names, the model first."""
    sample = clip(fixture.shape, seed_of(fixture.name + ".input"))
    document = document_of(fixture, sample)
    answer = answer_of(fixture, sample)
    model = folder / (fixture.name + fixture.suffix)
    if fixture.form == forms.EXPORTED and fixture.name not in FORWARDS:
        describe_tree(network_of(fixture), sample, model, name=fixture.what, layers=False)
        return [model.name]
    if fixture.form in (forms.INSIDE, forms.INSIDE_DICT, forms.EXPORTED):
        contents = {
            "state_dict": saved_state(fixture),
            "architecture": document if fixture.form == forms.INSIDE_DICT else as_text(document),
            "input": sample,
            "reference": answer.tensors(),
        }
        save(contents, model)
        return [model.name]
    write_model(fixture, model)
    names = [model.name]
    if fixture.form in (forms.BESIDE, forms.SAFETENSORS, forms.LEGACY):
        beside = folder / (fixture.name + ".arch.json")
        beside.write_text(as_text(document))
        names.append(beside.name)
    expected = folder / (fixture.name + ".expect.safetensors")
    write_expected(answer, sample, expected)
    return [*names, expected.name]


def network_of(fixture: Fixture) -> nn.Module:
    """A fresh copy of the network, with its weights."""
    # What a weight norm keeps beside its parts stems from the weights that a layer is made with.
    torch.manual_seed(seed_of(fixture.name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = fill_in(fixture.build(), seed_of(fixture.name))
    fixture.adjust(network)
    _share_names(network)
    return network


def _share_names(network: nn.Module) -> None:
    """Makes equal names of a recurrent layer's weights the same string objects.

    pickle writes a name again or refers to it depending on that, and it is left to chance.
    """
    for module in network.modules():
        if isinstance(module, nn.RNNBase):
            weights = {sys.intern(name): weight for name, weight in module._parameters.items()}
            module._parameters = weights
            module._flat_weights_names = [sys.intern(name) for name in module._flat_weights_names]
            module._all_weights = [[sys.intern(n) for n in names] for names in module._all_weights]


def document_of(fixture: Fixture, sample: Tensor) -> dict[str, Any]:
    """The architecture: the description of the live network, unless the fixture spells it out."""
    model = FORWARDS.get(fixture.name) if fixture.model is None else fixture.model
    if model is None:
        document = architecture(network_of(fixture), sample, name=fixture.what)
    else:
        shape: list[Any] = [fixture.shape[1], "T", *fixture.shape[3:]]
        document = {"format": FORMAT, "version": VERSION, "name": fixture.what}
        document |= {"input": {"shape": shape, "frames": fixture.shape[2]}, "model": model}
    return document | ({"weights": fixture.weights} if fixture.weights else {})


def answer_of(fixture: Fixture, sample: Tensor) -> Answer:
    """What PyTorch computes; the steps only where the library has them right."""
    network = network_of(fixture)
    if fixture.defined:
        return true_steps(network, sample)
    if not fixture.steps:
        return clip_answer(network, sample)
    try:
        return stream_answer(network, sample, must_agree=fixture.verdict != forms.DIFFERS)
    except AssertionError as error:
        raise AssertionError(f"{fixture.name}: {error}") from error


def saved_state(fixture: Fixture) -> dict[str, Any]:
    state = network_of(fixture).state_dict()
    return fixture.wrap(state) if fixture.wrap else state


def write_model(fixture: Fixture, path: Path) -> None:
    if fixture.form == forms.MODULE:
        save(network_of(fixture), path)
    elif fixture.form == forms.DILL:
        save(network_of(fixture), path, pickle_module=OrderedDill)
    elif fixture.form == forms.SAFETENSORS:
        save_tensors(saved_state(fixture), path)
    elif fixture.form == forms.LEGACY:
        save_legacy(saved_state(fixture), path)
    else:
        save(saved_state(fixture), path)


def write_expected(answer: Answer, sample: Tensor, path: Path) -> None:
    save_tensors({"input": sample, **answer.tensors()}, path)


def save_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    """Writes a safetensors file."""
    plain = {name: tensor.contiguous() for name, tensor in tensors.items()}
    path.write_bytes(safetensors_bytes(plain))


def save(contents: Any, path: Path, **options: Any) -> None:
    """`torch.save` through memory, so that the archive is called `archive` whatever the file is.

    Lightning's files look like this too.
    """
    buffer = io.BytesIO()
    torch.save(contents, buffer, **options)
    path.write_bytes(buffer.getvalue())


class OrderedDill:
    """dill as `torch.save` wants it, but sets are written in the order of their elements' names.

    A set of classes is in the order of their addresses, which differ from run to run.
    """

    class Pickler(dill.Pickler):
        dispatch = {
            **dill.Pickler.dispatch,
            set: lambda self, items: self.save_reduce(set, (sorted(items, key=repr),), obj=items),
        }

    dump, load = dill.dump, dill.load


def hide_machine_paths() -> None:
    """Shortens the file names in the continual library's modules and code objects.

    dill pickles the library's local functions by value, and with them where it is installed.
    """
    for module in vars(co).values():
        if isinstance(module, ModuleType) and module.__name__.startswith("continual"):
            for thing in vars(module).values():
                _hide(thing)
            spec: Any = module.__spec__
            spec.origin = spec.loader.path = module.__file__ = _short(spec.origin)
            spec.cached = module.__cached__ = _short(spec.cached)


def _hide(thing: Any) -> None:
    if isinstance(thing, FunctionType) and thing.__module__.startswith("continual"):
        thing.__code__ = _shortened(thing.__code__)
    elif isinstance(thing, type) and thing.__module__.startswith("continual"):
        for member in vars(thing).values():
            _hide(getattr(member, "__func__", member))


def _shortened(code: CodeType) -> CodeType:
    constants = tuple(_shortened(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_filename=_short(code.co_filename), co_consts=constants)


def _short(path: str) -> str:
    return path[max(path.rfind("continual/"), 0) :]
