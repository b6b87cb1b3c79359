#!/usr/bin/env python3
"""Tests of the exporter, of the schedule, and of the comparison itself.

scripts/test_scripts.py
"""

from environment import enter_environment

enter_environment()

import json  # noqa: E402
import tempfile  # noqa: E402
import unittest  # noqa: E402
from pathlib import Path  # noqa: E402
from random import Random  # noqa: E402
from typing import Any  # noqa: E402

import continual as co  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

from describe_model import CannotDescribe, Describer, describe  # noqa: E402
from pytorch_reference.differential import Failure, compare  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from pytorch_reference.random_trees import random_tree  # noqa: E402
from pytorch_reference.schedule import Schedule, schedule  # noqa: E402
from pytorch_reference.variation import mutations, varied  # noqa: E402


class Exporting(unittest.TestCase):
    def test_a_file_holds_all_that_is_needed_and_loads_without_classes(self) -> None:
        model, example = co.Residual(co.Conv1d(3, 3, 3, padding=1)), torch.randn(2, 3, 9)
        contents = exported(model, example)
        document = json.loads(contents["architecture"])
        self.assertEqual(document["input"], {"shape": [3, "T"], "frames": 9})
        self.assertEqual(document["model"]["type"], "Residual")
        self.assertEqual(contents["reference"]["forward"].dtype, torch.float64)
        torch.testing.assert_close(contents["reference"]["forward"].float(), model(example))

    def test_the_model_is_given_back_as_it_was(self) -> None:
        model = nn.Sequential(nn.Conv1d(2, 2, 3), nn.Dropout(), nn.BatchNorm1d(2)).train()
        model[1].eval()
        before = {key: value.clone() for key, value in model.state_dict().items()}
        exported(model, torch.randn(2, 2, 9))
        self.assertEqual([module.training for module in model.modules()], [True, True, False, True])
        for key, value in model.state_dict().items():
            self.assertEqual(value.dtype, before[key].dtype)
            self.assertTrue(torch.equal(value, before[key]))

    def test_all_that_cannot_be_described_is_named_and_nothing_is_written(self) -> None:
        block = co.Sequential(co.Lambda(lambda x: x + 1), nn.ReLU())
        model = co.Sequential(block, co.Conditional(lambda m, x: True, nn.ReLU()))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.pt"
            with self.assertRaises(CannotDescribe) as caught:
                describe(model, torch.zeros(1, 2, 5), path)
            self.assertEqual([place for place, _ in caught.exception.problems], ["0.0", "1"])
            self.assertFalse(path.exists())

    def test_a_hook_is_not_passed_over(self) -> None:
        model = nn.Sequential(nn.ReLU())
        model[0].register_forward_hook(lambda module, inputs, output: output * 2)
        with self.assertRaises(CannotDescribe):
            Describer().describe(model)

    def test_an_argument_that_json_cannot_hold_is_named(self) -> None:
        with self.assertRaises(CannotDescribe) as caught:
            Describer().describe(nn.Sequential(nn.Hardtanh(-1.0, float("inf"))))
        self.assertIn("max_val", str(caught.exception))

    def test_a_subclass_is_not_taken_for_its_base(self) -> None:
        class Doubled(nn.ReLU):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return super().forward(x) * 2

        with self.assertRaises(CannotDescribe):
            Describer().describe(nn.Sequential(Doubled()))

    def test_delays_put_in_by_the_library_are_left_out(self) -> None:
        model = co.BroadcastReduce(co.Conv1d(2, 2, 5, padding=2), co.Conv1d(2, 2, 1))
        node = Describer().describe(model)
        self.assertEqual([child["type"] for child in node["modules"]], ["Conv1d", "Conv1d"])
        self.assertNotIn("auto_delay", node)


class Scheduling(unittest.TestCase):
    def test_known_networks_yield_their_outputs_when_due(self) -> None:
        conv = co.Conv1d
        known = [
            (conv(1, 1, 3), Schedule(3, 2, 0, 1, 2)),
            (conv(1, 1, 5, stride=2, padding=2), Schedule(5, 2, 2, 2, 2)),
            (conv(1, 1, 1, stride=2), Schedule(1, 0, 0, 2, 0)),
            (co.MaxPool1d(3, dilation=2), Schedule(5, 4, 0, 3, 4)),
            (co.Delay(2), Schedule(3, 2, 0, 1, 2)),
            (co.Delay(2, auto_shrink=True), Schedule(3, 2, 0, 1, 4)),
            (co.Skip(2), Schedule(1, 0, 0, 1, 2)),
            (co.Residual(conv(1, 1, 3, padding=1)), Schedule(3, 1, 1, 1, 1)),
            (co.Sequential(conv(1, 1, 3, 2, 2), conv(1, 1, 3)), Schedule(7, 4, 2, 2, 4)),
        ]
        for module, wanted in known:
            with self.subTest(str(module)):
                self.assertEqual(schedule(module, 20), wanted)


class Comparing(unittest.TestCase):
    def test_a_difference_beyond_rounding_is_found(self) -> None:
        wanted = torch.linspace(-2, 2, 60, dtype=torch.float64).reshape(1, 3, 20)
        compare("same", wanted.float(), wanted)
        for change in (3e-5, float("nan"), float("inf")):
            found = wanted.float()
            found[0, 1, 7] += change
            with self.assertRaises(Failure):
                compare("changed", found, wanted)
        with self.assertRaises(Failure):
            compare("shorter", wanted.float()[:, :, 1:], wanted)

    def test_every_mutation_changes_the_document(self) -> None:
        for seed in range(30):
            node = Describer().describe(random_tree(seed).build())
            other = varied(node, Random(seed))
            for _, change in mutations(other):
                changed = json.loads(json.dumps(other))
                change(changed)
                self.assertNotEqual(changed, other)


def exported(model: nn.Module, example: torch.Tensor) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        describe(model, example, path)
        return torch.load(path, weights_only=True)


if __name__ == "__main__":
    be_quiet()
    unittest.main()
