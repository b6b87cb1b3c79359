"""Tests of the exporter; `scripts/check_scripts.py` runs them."""

import json
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import continual as co
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune

import describe_model
from describe_model import CannotDescribe, Describer, describe, describe_tree

SCRIPTS = Path(__file__).resolve().parent.parent


def exported(model: nn.Module, example: Tensor, **options: Any) -> dict[str, Any]:
    """What the exporter writes, read without running code."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        describe_tree(model, example, path, **options)
        assert [found.name for found in Path(folder).iterdir()] == ["model.pt"]
        return torch.load(path, weights_only=True)


def described(model: nn.Module, *shape: int, **options: Any) -> dict[str, Any]:
    torch.manual_seed(1)
    return json.loads(exported(model, torch.randn(*shape), **options)["architecture"])["model"]


def refused(model: nn.Module, *shape: int, **options: Any) -> dict[str, str]:
    """The problems, by path."""
    try:
        described(model, *shape, **options)
    except CannotDescribe as error:
        return dict(error.problems)
    raise AssertionError("was described")


class Files(unittest.TestCase):
    def test_a_file_holds_all_that_is_needed_and_loads_without_classes(self) -> None:
        model, example = co.Residual(co.Conv1d(3, 3, 3, padding=1)), torch.randn(2, 3, 9)
        contents = exported(model, example)
        document = json.loads(contents["architecture"])
        self.assertEqual(document["input"], {"shape": [3, "T"], "frames": 9})
        self.assertEqual(document["model"]["type"], "Residual")
        reference = contents["reference"]
        self.assertEqual(reference["forward"].dtype, torch.float64)
        torch.testing.assert_close(reference["forward"].float(), model.forward(example))
        self.assertEqual(reference["steps_index"].tolist(), list(range(1, 9)))
        torch.testing.assert_close(reference["steps"], reference["forward"][:, :, :8])
        self.assertEqual(contents["notes"], [])

    def test_a_failure_leaves_what_was_there(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.pt"
            path.write_text("before")
            with self.assertRaises(CannotDescribe):
                describe_tree(nn.Sequential(nn.Embedding(2, 3)), torch.zeros(1, 2, 5), path)
            save = torch.save
            try:
                torch.save = lambda contents, file: file.write(b"half a f")
                with self.assertRaises(RuntimeError):
                    describe_tree(nn.Conv1d(2, 3, 3), torch.zeros(1, 2, 5), path)
            finally:
                torch.save = save
            self.assertEqual(path.read_text(), "before")
            self.assertEqual(len(list(Path(folder).iterdir())), 1)

    def test_torch_alone_is_enough(self) -> None:
        program = (
            "import sys; sys.modules.update(dict.fromkeys(('continual', 'numpy', 'dill')));"
            "import torch; from torch import nn; from describe_model import describe;"
            "net = nn.Sequential(nn.Conv3d(2, 3, 3), nn.BatchNorm3d(3), nn.GELU());"
            "print(describe(net, torch.randn(1, 2, 7, 5, 4), 'model.pt2'))"
        )
        with tempfile.TemporaryDirectory() as folder:
            ran = in_shell("-W", "ignore", "-c", program, folder=folder, PYTHONPATH=str(SCRIPTS))
            self.assertEqual((ran.stdout, ran.returncode), ("[]\n", 0), ran.stderr)
            self.assertIn("coverify.json", str((Path(folder) / "model.pt2").read_bytes()))


class FromAShell(unittest.TestCase):
    NETWORKS = (
        "import torch\nfrom torch import nn\n"
        "def network(): return nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU())\n"
        "def both(): return network(), torch.ones(1, 2, 9)\n"
        "def none(): return 3\n"
        "def fails(): raise ValueError('no data')\n"
        "def picture(): return nn.Conv2d(2, 3, 3), torch.ones(1, 2, 9, 9)\n"
    )

    def run_with(self, *arguments: str) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "networks.py").write_text(self.NETWORKS)
            script = str(SCRIPTS / "describe_model.py")
            ran = in_shell("-W", "ignore", script, *arguments, folder=folder)
            wrote = (Path(folder) / "model.pt").exists()
            self.assertEqual(wrote, ran.returncode == 0 and "--help" not in arguments)
            return ran.returncode, ran.stdout + ran.stderr

    def test_a_function_that_makes_a_model_is_named(self) -> None:
        self.assertEqual(self.run_with("networks:both", "model.pt")[0], 0)
        shaped = self.run_with("networks:network", "model.pt", "--input-shape", "1,2,9")
        self.assertEqual(shaped[0], 0)

    def test_the_command_that_comes_next_is_said(self) -> None:
        for arguments, command in [
            (("networks:both",), "now: coverify model.pt\n"),
            (("networks:picture",), "now: coverify model.pt --time-axis 2"),
            (("networks:picture", "--layout", "BCTS"), "now: coverify model.pt\n"),
        ]:
            with self.subTest(arguments):
                code, said = self.run_with(arguments[0], "model.pt", *arguments[1:])
                self.assertEqual(code, 0)
                self.assertIn(command, said)

    def test_what_is_wrong_is_said(self) -> None:
        cases = [
            (("networks:network", "model.pt"), "--input-shape"),
            (("networks:none", "model.pt"), "of type int"),
            (("networks:nothing", "model.pt"), "networks has no nothing"),
            (("nowhere:network", "model.pt"), "cannot import nowhere"),
            (("networks", "model.pt"), "expected MODULE:FUNCTION"),
            (("networks:both", "no/model.pt"), "cannot write"),
            (("networks:network", "model.pt", "--input-shape", "3"), "two to five sizes"),
            (("networks:network", "model.pt", "--input-shape", "1,4,x"), "two to five sizes"),
            (("networks:network", "model.pt", "--input-shape", "1,4,9"), "forward fails"),
            (("networks:fails", "model.pt"), "fails: ValueError: no data (networks.py, line 6"),
            (("networks:both", "model.pt", "--layout", "BT"), "not that of an input (1, 2, 9)"),
        ]
        for arguments, words in cases:
            with self.subTest(arguments):
                code, said = self.run_with(*arguments)
                self.assertNotEqual(code, 0)
                self.assertIn(words, said)
                self.assertNotIn("Traceback", said)


def in_shell(*arguments: str, folder: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=variables, capture_output=True, text=True
    )


class TheModel(unittest.TestCase):
    def test_it_is_given_back_as_it_was(self) -> None:
        model = co.Sequential(
            co.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.Dropout(), co.Delay(2), co.GRU(4, 3),
            co.RecyclingPositionalEncoding(3, 16),
        )  # fmt: skip
        model.half().float().train()
        model[1].eval()
        for _ in range(7):
            model.forward_step(torch.randn(1, 2))
        shared = [tensor.data_ptr() for tensor in model.parameters()]
        before, random = snapshot(model), torch.get_rng_state()
        exported(model, torch.ones(2, 2, 9))
        self.assertTrue(torch.equal(random, torch.get_rng_state()))
        self.assertEqual([tensor.data_ptr() for tensor in model.parameters()], shared)
        after = snapshot(model)
        self.assertEqual(before.keys(), after.keys())
        for key, value in before.items():
            with self.subTest(key):
                same = torch.equal(value, after[key]) if isinstance(value, Tensor) else None
                self.assertTrue(value == after[key] if same is None else same)
                self.assertEqual(getattr(value, "dtype", None), getattr(after[key], "dtype", None))

    def test_it_is_given_back_after_a_failure_too(self) -> None:
        model = co.Sequential(co.Conv1d(2, 2, 3), co.Lambda(torch.abs)).train()
        before = snapshot(model)
        self.assertIn("forward fails", refused(model, 1, 5, 9)[""])
        self.assertEqual(str(before), str(snapshot(model)))

    def test_weights_that_are_shared_or_narrow_stay_so(self) -> None:
        inner = nn.Conv1d(3, 3, 3)
        state = exported(nn.Sequential(inner, inner).half(), torch.randn(1, 3, 9))["state_dict"]
        self.assertEqual(state["0.weight"].dtype, torch.float16)
        self.assertEqual(state["0.weight"].data_ptr(), state["1.weight"].data_ptr())

    def test_a_slice_of_a_large_tensor_is_stored_alone(self) -> None:
        model = nn.Conv1d(2, 2, 3)
        model.weight.data = torch.randn(1000, 2, 3)[:2]
        state = exported(model, torch.randn(1, 2, 9))["state_dict"]
        self.assertEqual(state["weight"].untyped_storage().nbytes(), 48)

    def test_without_values_it_is_refused(self) -> None:
        problems = refused(nn.Conv1d(2, 2, 3, device="meta"), 1, 2, 9)
        self.assertEqual(list(problems), ["weight", "bias"])


def snapshot(model: nn.Module) -> dict[str, Any]:
    """Everything a model holds."""
    return {
        f"{path}.{name}": value.clone() if isinstance(value, Tensor) else value
        for path, module in model.named_modules()
        for name, value in [*attributes(module)]
    }


def attributes(module: nn.Module) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        if name in ("_parameters", "_buffers"):
            yield from value.items()
        elif isinstance(value, Tensor | int | str | tuple) and not callable(value):
            yield name, value


class Steps(unittest.TestCase):
    def test_those_that_the_library_gets_wrong_are_not_stored(self) -> None:
        strided = [co.Conv1d(2, 2, kernel, 2, kernel // 2) for kernel in (5, 3)]
        for model in (
            co.Conv1d(2, 2, 1, stride=2),
            co.Conv1d(2, 2, 3, padding=3),
            co.MaxPool1d(3, 1, dilation=2),
            co.AvgPool1d(3, 1, 1, count_include_pad=False),
            co.BroadcastReduce(*strided),
            co.Delay(2, auto_shrink="centered"),
            co.RetroactiveTransformerEncoderLayer(2, 1, 4, sequence_len=3),
        ):
            with self.subTest(str(model)):
                contents = exported(model, torch.randn(1, 2, 12))
                self.assertFalse({"steps", "steps_index"} & set(contents["reference"]))
                self.assertIn("no steps are stored", contents["notes"][0])

    def test_those_that_mean_something_else_are_stored(self) -> None:
        pool = co.AdaptiveAvgPool2d((1, 1), kernel_size=4)
        contents = exported(pool, torch.randn(1, 2, 6, 3))
        self.assertEqual(contents["reference"]["steps_index"].tolist(), [3, 4, 5])
        self.assertIn("mean something else", contents["notes"][0])

    def test_weights_that_hooks_put_together_are_those_of_the_steps_too(self) -> None:
        model = co.Sequential(nn.utils.weight_norm(co.Conv1d(2, 2, 3)))
        with torch.no_grad():
            model[0].weight_g.mul_(3)
        reference = exported(model, torch.randn(1, 2, 6))["reference"]
        self.assertEqual(reference["steps_index"].tolist(), [2, 3, 4, 5])
        torch.testing.assert_close(reference["steps"], reference["forward"])

    def test_what_works_in_place_changes_neither_the_example_nor_the_steps(self) -> None:
        model, example = (
            co.Sequential(nn.Hardtanh(inplace=True), co.Multiply(-1)),
            -torch.ones(1, 2, 3),
        )
        contents = exported(model, 4 * example)
        self.assertEqual(contents["input"].tolist(), (4 * example).tolist())
        torch.testing.assert_close(contents["reference"]["steps"], -example.double())

    def test_a_single_attention_gets_clips_in_its_own_order(self) -> None:
        for kind in (co.SingleOutputMultiheadAttention, co.RetroactiveMultiheadAttention):
            for batch_first, second in ((False, False), (True, False), (True, True)):
                model = kind(
                    *(4, 2), sequence_len=5, batch_first=batch_first, embed_dim_second=second
                ).eval()
                example = torch.randn(3, 4, 5)
                reference = exported(model, example)["reference"]
                retroactive = kind is co.RetroactiveMultiheadAttention
                self.assertEqual(list(reference["steps_index"]), [4])
                # One step yields one frame, or all positions of the window.
                shape = [3, 4, 1, 5] if retroactive else [3, 4, 1]
                self.assertEqual(list(reference["steps"].shape), shape)
                forward = reference["forward"].unsqueeze(2) if retroactive else reference["forward"]
                torch.testing.assert_close(reference["steps"], forward)

    def test_what_modules_make_is_stored_where_it_is_small_or_asked_for(self) -> None:
        model = co.Sequential(co.Residual(co.Conv1d(2, 2, 3, padding=1)), nn.ReLU(), co.GRU(2, 3)).eval()
        attributes = {path: set(vars(module)) for path, module in model.named_modules()}
        example = torch.randn(1, 2, 7)
        reference = exported(model, example)["reference"]
        stored = [name for name in reference if name.startswith("layer.")]
        self.assertEqual(stored, ["layer.0.0", "layer.0.1", "layer.0", "layer.1", "layer.2"])
        self.assertEqual(reference["layer.1"].dtype, torch.float64)
        torch.testing.assert_close(reference["layer.0"].relu(), reference["layer.1"])
        torch.testing.assert_close(reference["layer.2"], reference["forward"])
        self.assertEqual(
            {path: set(vars(module)) for path, module in model.named_modules()}, attributes
        )
        large = torch.randn(1, 2, 60_000)
        for layers, stores in ((None, False), (True, True), (False, False)):
            reference = exported(model[:2], large, layers=layers)["reference"]
            self.assertEqual("layer.1" in reference, stores)

    def test_a_network_without_steps_has_none(self) -> None:
        self.assertEqual(
            list(exported(nn.Conv1d(2, 2, 3), torch.ones(1, 2, 5))["reference"]), ["forward"]
        )


class Refusals(unittest.TestCase):
    def test_all_problems_are_named_at_once(self) -> None:
        block = co.Sequential(co.Lambda(lambda x: x + 1), nn.ReLU())
        model = co.Sequential(block, co.Conditional(lambda m, x: True, nn.ReLU()))
        self.assertEqual(list(refused(model, 1, 2, 5)), ["0.0", "1"])

    def test_hooks_and_replaced_methods_are_not_passed_over(self) -> None:
        model = nn.Sequential(nn.ReLU(), nn.ReLU(), nn.ReLU())
        model[0].register_forward_hook(lambda module, inputs, output: output * 2)
        model[1].register_forward_pre_hook(lambda module, inputs: None)
        model[2].forward = torch.abs
        self.assertEqual(list(refused(model, 1, 2, 5)), ["0", "1", "2"])
        stepping = co.forward_stepping(nn.Softmax(1), dim=3)
        self.assertIn("replaced", refused(stepping, 1, 2, 5, 3)[""])

    def test_a_hook_on_all_modules_is_named(self) -> None:
        handle = nn.modules.module.register_module_forward_hook(lambda *_: None)
        try:
            self.assertIn("on all modules", refused(nn.ReLU(), 1, 2, 5)[""])
        finally:
            handle.remove()

    def test_a_subclass_is_its_base_only_where_it_changes_nothing(self) -> None:
        class Named(nn.Sequential):
            expansion = 4

            def __init__(self) -> None:
                super().__init__(nn.Conv1d(2, 2, 3))

        class Doubled(nn.ReLU):
            def forward(self, x: Tensor) -> Tensor:
                return super().forward(x) * 2

        class Standardized(nn.Conv1d):
            def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
                return super()._conv_forward(x, weight / weight.std(), bias)

        self.assertEqual(described(Named(), 1, 2, 5)["type"], "Sequential")
        problems = refused(nn.Sequential(Doubled(), Standardized(2, 2, 3)), 1, 2, 5)
        self.assertIn("ReLU with its own forward", problems["0"])
        self.assertIn("_conv_forward", problems["1"])

    def test_what_has_no_place_in_a_chain_gets_advice(self) -> None:
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(2, 1, batch_first=True), 1)
        modules = [nn.GRU(2, 2), encoder, nn.Embedding(3, 2), nn.Unflatten(1, (1, 2))]
        problems = refused(nn.Sequential(nn.Identity(), *modules), 1, 2, 5)
        self.assertEqual(list(problems), ["1", "2", "3", "4"])
        self.assertIn("build_from", problems["2"])
        self.assertIn("_orig_mod", refused(torch.compile(nn.ReLU()), 1, 2, 5)[""])

    def test_numbers_that_json_cannot_hold_and_examples_that_are_no_clip(self) -> None:
        self.assertIn(
            "max_val", refused(nn.Sequential(nn.Hardtanh(-1.0, float("inf"))), 1, 2, 5)["0"]
        )
        for example in (
            torch.ones(2, 3),
            torch.ones(1, 2, 3).int(),
            torch.full((1, 2, 3), torch.nan),
        ):
            with self.assertRaises(CannotDescribe), tempfile.TemporaryDirectory() as folder:
                describe_tree(nn.ReLU(), example, Path(folder) / "model.pt")

    def test_parametrizations_are_named_but_for_those_that_are_folded(self) -> None:
        layers = [
            parametrizations.weight_norm(nn.Conv1d(2, 2, 3)),
            parametrizations.spectral_norm(nn.Conv1d(2, 2, 3)),
            nn.utils.weight_norm(nn.Conv1d(2, 2, 1)),
            nn.utils.spectral_norm(nn.Conv1d(2, 2, 1)),
            prune.l1_unstructured(nn.Conv1d(2, 2, 1), "weight", 0.5),
        ]
        self.assertEqual(
            [node["type"] for node in described(nn.Sequential(*layers), 1, 2, 9)["modules"]],
            ["Conv1d"] * 5,
        )
        other = parametrizations.orthogonal(nn.Conv1d(2, 2, 1))
        self.assertIn("_Orthogonal", refused(other, 1, 2, 9)[""])

    def test_flattened_keys_are_not_taken_for_the_modules(self) -> None:
        model = co.Sequential(co.Sequential(co.Conv1d(2, 2, 3)))
        with co.flat_state_dict:
            self.assertIn("other keys", refused(model, 1, 2, 5)[""])


class Predicates(unittest.TestCase):
    def test_a_branch_that_is_named_is_checked_against_the_example(self) -> None:
        model = co.Sequential(co.Conditional(lambda m, x: bool(x.mean() > -9), nn.ReLU()))
        node = described(model, 1, 2, 5, predicates={"0": "always"})
        self.assertEqual(node["modules"][0]["predicate"], "always")
        self.assertIn("is True", refused(model, 1, 2, 5, predicates={"0": "never"})["0"])
        self.assertIn("which branch", refused(model, 1, 2, 5)["0"])


class Delays(unittest.TestCase):
    def test_delays_put_in_by_the_library_are_left_out(self) -> None:
        model = co.BroadcastReduce(co.Conv1d(2, 2, 5, padding=2), co.Conv1d(2, 2, 1))
        node = Describer().describe(model)
        self.assertEqual([child["type"] for child in node["modules"]], ["Conv1d", "Conv1d"])
        self.assertNotIn("auto_delay", node)


class Functions(unittest.TestCase):
    def test_functions_that_share_a_name_compute_the_same(self) -> None:
        sample = torch.linspace(-3, 3, 101, dtype=torch.float64)
        for name, kind in describe_model._CLASS_OF_FUNCTION.items():
            if kind == "Threshold":  # It has no default.
                continue
            wanted = getattr(nn, kind)().eval()(sample)
            for library in (torch.Tensor, torch, F):
                if hasattr(library, name):
                    found = getattr(library, name)(sample.clone())
                    torch.testing.assert_close(found, wanted, msg=f"{library} {name}")
