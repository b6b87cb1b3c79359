"""Tests of how the exporter writes networks of torch.nn; `scripts/check_scripts.py` runs them."""

import base64
import json
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

import continual as co
import torch
from safetensors.torch import load as read_safetensors
from torch import Tensor, nn
from torch.nn import functional as F

from describe_model import CannotDescribe, describe
from tests.test_describe_model import snapshot


def notes_of(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The notes of a file, and what PyTorch computed, in the order of the file."""
    with zipfile.ZipFile(path) as archive:
        files = {name.rpartition("extra/")[2]: name for name in archive.namelist()}
        document = json.loads(archive.read(files["coverify.json"]))
        text = archive.read(files[document["reference"]])
    data = base64.b64decode(text, validate=True)
    tensors = read_safetensors(data)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return document, {name: tensors[name] for name in header}


def noted(model: nn.Module, example: Any, **options: Any) -> tuple[dict[str, Any], dict[str, Tensor]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt2"
        describe(model, example, path, **options)
        assert [found.name for found in Path(folder).iterdir()] == ["model.pt2"]
        return notes_of(path)


def refusal(model: nn.Module, example: Any, **options: Any) -> str:
    try:
        noted(model, example, **options)
    except CannotDescribe as error:
        return str(error)
    raise AssertionError("was exported")


def network(function: Any) -> nn.Module:
    class Network(nn.Module):
        def forward(self, clip: Tensor) -> Any:
            return function(clip)

    return Network()


class Block(nn.Module):
    """A block as everybody writes it: in place, cut, with an `if`, and a recurrent layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 4, 3, padding=2)
        self.act = nn.ReLU(inplace=True)
        self.gru = nn.GRU(4, 3, batch_first=True)

    def forward(self, clip: Tensor, mask: Tensor | None = None, **_: Any) -> Tensor:
        inner = self.act(self.conv(clip)[..., :-2])
        inner += clip if clip.shape[1] == 4 else clip[:, :4]
        hidden, _state = self.gru(inner.transpose(1, 2), torch.zeros(1, clip.shape[0], 3))
        return hidden if mask is None else hidden * mask


class Programs(unittest.TestCase):
    def test_a_file_is_a_program_with_what_pytorch_computes_in_float64(self) -> None:
        model, example = Block().train(), torch.randn(2, 4, 9)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.pt2"
            self.assertEqual(describe(model, example, path), [])
            program = torch.export.load(path)
            document, reference = notes_of(path)
        model.eval()
        torch.testing.assert_close(program.module()(example), model(example))
        self.assertEqual(document["versions"]["torch"], torch.__version__)
        self.assertEqual(reference["forward"].dtype, torch.float64)
        torch.testing.assert_close(reference["forward"].float(), model(example))
        self.assertEqual(list(reference), ["forward", "layer.conv", "layer.act", "layer.gru"])

    def test_the_model_is_given_back_as_it_was(self) -> None:
        model, random = Block().train(), torch.get_rng_state()
        before, kind = snapshot(model), torch.get_default_dtype()
        example = torch.randn(1, 4, 9, requires_grad=True)
        torch.set_rng_state(random)
        noted(model, example)
        self.assertEqual(str(before), str(snapshot(model)))
        self.assertTrue(model.training and torch.get_default_dtype() == kind)
        self.assertTrue(torch.equal(random, torch.get_rng_state()))

    def test_what_modules_make_is_stored_where_it_is_small_or_asked_for(self) -> None:
        model, large = nn.Sequential(nn.Conv1d(2, 4, 1)), torch.randn(1, 2, 70_000)
        for layers, stores in ((None, False), (True, True), (False, False)):
            self.assertEqual("layer.0" in noted(model, large, layers=layers)[1], stores)

    def test_a_layout_is_noted_with_the_frames(self) -> None:
        document, _ = noted(nn.LSTM(4, 3, batch_first=True), torch.randn(1, 9, 4), layout="B,T,C")
        self.assertEqual((document["layout"], document["frames"]), ("B,T,C", 9))
        document, _ = noted(nn.Conv2d(1, 2, 3), torch.randn(1, 1, 9, 9), layout="BCHW")
        self.assertNotIn("frames", document)
        for layout, words in (("BT", "not that of an input"), ("BBT", "not one letter an axis")):
            self.assertIn(words, refusal(nn.ReLU(), torch.ones(1, 2, 3), layout=layout))

    def test_numbers_of_numpy_and_products_of_parameters_are_nothing_special(self) -> None:
        numpy = __import__("numpy")

        class Graph(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.A = nn.Parameter(torch.randn(3, 3))
                self.importance = nn.Parameter(torch.randn(3, 3))

            def forward(self, clip: Tensor) -> Tensor:
                return clip @ (self.A * self.importance)

        noted(Graph(), torch.randn(1, 2, 5, 3))
        two = numpy.int64(2)
        noted(nn.AvgPool3d((two, 1, 1), stride=(two, 1, 1)), torch.randn(1, 2, 6, 3, 3))
        noted(nn.Conv3d(2, 3, 1, stride=numpy.array([2, 1, 1])), torch.randn(1, 2, 6, 3, 3))

    def test_several_inputs_and_outputs(self) -> None:
        class Two(nn.Module):
            def forward(self, clip: Tensor, scale: Tensor) -> dict[str, Any]:
                return {"sizes": [clip.shape[2]], "out": clip * scale, "more": clip}

        _, reference = noted(Two(), (torch.ones(1, 2, 5), torch.full((2, 1), 3.0)))
        self.assertEqual(reference["forward"].flatten().tolist(), [3.0] * 10)

    def test_a_forward_that_is_single_precision_is_stored_so(self) -> None:
        model = nn.Conv1d(2, 2, 1)
        document, reference = noted(
            nn.Sequential(network(lambda clip: clip.float()), model), torch.ones(1, 2, 5)
        )
        self.assertEqual(reference["forward"].dtype, torch.float32)
        self.assertIn("float32", document["notes"][0])

    def test_networks_of_continual_are_described_by_their_modules(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.pt"
            describe(co.Sequential(co.Conv1d(2, 2, 3), nn.ReLU()), torch.ones(1, 2, 5), path)
            self.assertIn("architecture", torch.load(path))


class ProgramsThatCannotBe(unittest.TestCase):
    def test_the_line_and_the_reason_are_said(self) -> None:
        clip = torch.ones(1, 2, 5)
        cases = {
            "asks for numbers of a tensor": lambda x: x if x.mean() > 0 else -x,
            "another output each time": lambda x: F.dropout(x),
            "without a tensor": lambda x: None,
            "its forward fails": lambda x: x @ x,
        }
        for words, function in cases.items():
            with self.subTest(words):
                self.assertIn(words, refusal(network(function), clip))
        said = refusal(network(cases["asks for numbers of a tensor"]), clip)
        self.assertIn("test_exported_programs.py, line", said)
        self.assertIn("coverify draft", said)

    def test_wrappers_and_examples_that_are_no_clip_are_named(self) -> None:
        self.assertIn("_orig_mod", refusal(torch.compile(nn.ReLU()), torch.ones(1, 2, 5)))
        self.assertIn("not a tensor", refusal(nn.ReLU(), [1]))
        self.assertIn("not finite", refusal(nn.ReLU(), torch.full((1, 2, 3), torch.nan)))
        self.assertIn("a clip has a batch", refusal(nn.ReLU(), torch.ones(5)))
        self.assertIn("has no values", refusal(nn.Conv1d(2, 2, 3, device="meta"), torch.ones(1, 2, 5)))

    def test_an_old_torch_is_named_with_the_way_out(self) -> None:
        export = torch.export
        try:
            del torch.export
            said = refusal(nn.ReLU(), torch.ones(1, 2, 5))
        finally:
            torch.export = export
        self.assertIn("has no torch.export: use torch 2.1 or later", said)
        self.assertIn("coverify draft", said)
