"""Tests of what bench_peers.py makes of measurements; `scripts/check_scripts.py` runs them."""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy
import torch

from support.peer_cases import CASES, LIST, in_pytorch
from support.peer_page import PICTURE, write_page
from support.peer_picture import picture
from support.peer_process import made
from support.peer_rows import Machine, Row, difference
from support.slices import Pair, Settings

MACHINE = Machine({"operations": 1e11, "bytes": [[1000, 2e11], [100_000, 1e11]]})


def row(name: str = "ReLU", ratio: float | None = 0.5) -> Row:
    pair = Pair(0.001, None if ratio is None else 0.001 / ratio, ratio)
    return Row(CASES[name], pair, pair, pair, 1e6, 1e4, {"clip": 1e-7, "step": None})


class BesidePeers(unittest.TestCase):
    def test_each_network_has_a_name_of_its_own(self) -> None:
        self.assertEqual((len(LIST), len(CASES)), (35, 35))

    def test_a_limit_is_the_longer_of_operations_and_bytes(self) -> None:
        self.assertEqual(MACHINE.limit(1e6, 1000), 1e-5)
        self.assertEqual(MACHINE.limit(1, 50_000), 5e-7)
        self.assertEqual(MACHINE.limit(1, 1e6), 1e-5)

    def test_a_difference_is_of_the_last_frames_and_of_the_largest_output(self) -> None:
        other = numpy.arange(1.0, 7).reshape(1, 2, 3)
        own = other.copy()
        own[0, 1, 2] += 0.6
        self.assertAlmostEqual(difference(own.ravel(), other.ravel(), [1, 2, 3], 0), 0.1)
        last = own[:, :, 2:].ravel()
        self.assertAlmostEqual(difference(last, other.ravel(), [1, 2, 3], 0), 0.1)
        own[0, 0, 0] = 100
        self.assertAlmostEqual(difference(own.ravel(), other.ravel(), [1, 2, 3], 1), 0.1)
        self.assertIsNone(difference(own.ravel(), other.ravel(), [0], 0))

    def test_a_row_agrees_unless_something_differs(self) -> None:
        self.assertTrue(row().agrees)
        self.assertFalse(replace(row(), differences={"clip": 1e-3, "step": None}).agrees)
        self.assertFalse(replace(row(), differences={"clip": float("nan"), "step": None}).agrees)

    def test_the_page_has_a_row_for_each_network_and_a_picture(self) -> None:
        rows = [row(), row("TCN 12x64, dilated", None), row("Conv1d 256-256 k9", 40.0)]
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "Page.md"
            write_page(page, rows, MACHINE, Settings(Path("x"), 3, 0.1, 1))
            lines = page.read_text().splitlines()
            ElementTree.parse(page.with_name(PICTURE))
        cells = "| 1 x 256 x 300 | 1 | 0.025 | 40 | 40 | 300% | 1000 | 25 | 40 | 10 | 100 |"
        self.assertEqual(lines[-1], f"| Conv1d 256-256 k9 {cells}")
        self.assertIn("| activations and norms | 1 | 0.5 | 0.5 | 0.5 |", lines)
        self.assertIn("| convolutions, pools, linear, recurrent, attention | 2 | 40 | 40 | 40 |", lines)

    def test_bars_end_at_the_edge_of_the_picture(self) -> None:
        drawn = ElementTree.fromstring(picture([row(ratio=1e-9), row(ratio=1e9)]))
        bars = [bar for bar in drawn.iter() if bar.get("height") == "8"]
        self.assertEqual(len(bars), 4)
        for bar in bars:
            left, width = float(bar.get("x", "")), float(bar.get("width", ""))
            self.assertTrue(220 <= left and left + width <= 780.1)

    def test_attention_of_pytorch_has_the_weights_of_the_library(self) -> None:
        with torch.inference_mode():
            for name in ("Retroactive attention 512", "Encoder x1 512-2048", "Encoder x2 512-2048"):
                network, clip = made(CASES[name])
                wanted, found = network(clip), in_pytorch(network)(clip)
                frames = wanted.shape[2]
                torch.testing.assert_close(found[:, :, -frames:], wanted, rtol=1e-4, atol=1e-5)
