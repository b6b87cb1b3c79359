#!/usr/bin/env python3
"""Tests of the exporter, of the schedule, and of the comparison itself.

scripts/check_scripts.py
"""

from support.environment import enter_environment

enter_environment()

import json  # noqa: E402
import unittest  # noqa: E402
from random import Random  # noqa: E402

import continual as co  # noqa: E402
import torch  # noqa: E402

from describe_model import Describer  # noqa: E402
from pytorch_reference.differential import Failure, compare  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from pytorch_reference.random_trees import random_tree  # noqa: E402
from pytorch_reference.schedule import Schedule, schedule  # noqa: E402
from pytorch_reference.variation import mutations, varied  # noqa: E402
from tests.test_bench_peers import *  # noqa: E402, F403
from tests.test_describe_model import *  # noqa: E402, F403
from tests.test_described_classes import *  # noqa: E402, F403
from tests.test_exported_programs import *  # noqa: E402, F403


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
            tree = random_tree(seed)
            if tree.traced:
                # Only the exporter writes it, and once.
                continue
            node = Describer().describe(tree.build())
            other = varied(node, Random(seed))
            for _, change in mutations(other):
                changed = json.loads(json.dumps(other))
                change(changed)
                self.assertNotEqual(changed, other)


if __name__ == "__main__":
    be_quiet()
    unittest.main()
