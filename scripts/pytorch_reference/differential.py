"""Runs coverify on one random network and compares everything it says with PyTorch."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import torch
from safetensors.torch import load_file
from torch import Tensor

from describe_model import as_text

from .answers import Answer, float32_answer, library_overflows, stream_answer, true_steps
from .formats import Saved, document, formats, write_input
from .numbers import clip
from .random_trees import Tree, random_tree
from .saving import write_expected
from .variation import mutations

MODES = ("forward", "forward-steps", "forward-step")
TIMEOUT = 120


class Failure(Exception):
    """Something coverify said that PyTorch does not."""


@dataclass(frozen=True)
class Case:
    """One seed: a network, its clip, and where its files are."""

    seed: int
    tree: Tree
    sample: Tensor
    answer: Answer
    noise: float
    """How far PyTorch's own float32 is from its float64: what rounding does to this network."""

    saved: Saved
    format: str
    input: Path
    expected: Path
    expected_float32: Path
    """What PyTorch's float32 makes: users' references are such."""

    folder: Path


def prepare(seed: int, folder: Path) -> Case:
    """Makes the network of a seed and writes its files."""
    tree = random_tree(seed)
    rng = Random(f"{seed}/files")
    sample = clip(tree.shape, seed)
    answer = truth(tree, sample)
    chosen = rng.choice(formats(tree))
    saved = chosen(tree, folder, rng)
    expected = folder / "expected.safetensors"
    write_expected(answer, sample, expected)
    inputs = write_input(sample, folder, rng)
    rounded = float32_answer(
        tree.build(), sample, library_is_right=is_right(tree, sample, torch.float32)
    )
    expected_float32 = folder / "expected-float32.safetensors"
    write_expected(rounded, sample, expected_float32)
    noise = (rounded.forward.double() - answer.forward).abs().max().item()
    return Case(
        *(seed, tree, sample, answer, noise, saved, chosen.__name__, inputs),
        *(expected, expected_float32, folder),
    )


def truth(tree: Tree, sample: Tensor) -> Answer:
    """The clip and the stream by PyTorch; the library's own stream where it is right."""
    if not is_right(tree, sample, torch.float64):
        return true_steps(tree.build(), sample)
    return stream_answer(tree.build(), sample)


def is_right(tree: Tree, sample: Tensor, dtype: torch.dtype) -> bool:
    """Whether the library's own steps are those of the network."""
    return tree.library_is_right and not library_overflows(tree.build(), sample, dtype)


class Judge:
    """A coverify binary under test."""

    def __init__(self, binary: Path) -> None:
        self.binary = binary

    def judge(self, case: Case) -> list[str]:
        """What is wrong: in any mode, with the verdict, or with that on a wrong architecture."""
        checks: list[Callable[[], None]] = [partial(self.check_mode, case, mode) for mode in MODES]
        checks += [partial(self.check_mode, case, mode, "--pad-end") for mode in MODES[1:]]
        checks += [
            partial(self.check_verdict, case, truth)
            for truth in (case.expected, case.expected_float32)
        ]
        if case.saved.takes_architecture:
            checks.append(partial(self.check_mutation, case))
        problems = []
        for check in checks:
            try:
                check()
            except Failure as failure:
                problems.append(str(failure))
        return problems

    def check_mode(self, case: Case, mode: str, *options: str) -> None:
        label = " ".join((mode, *options))
        tensors = self.run_network(case, mode, *options)
        whole = mode == "forward" or "--pad-end" in options
        wanted = case.answer.forward if whole else case.answer.steps
        compare(label, tensors["output"], wanted, 8 * case.noise)
        if mode == "forward-step" and not options:
            index = tensors.get("steps")
            wanted_index = case.answer.steps_index
            if index is None or index.tolist() != wanted_index.tolist():
                found = None if index is None else index.tolist()
                raise Failure(f"{label}: steps {found}, due at {wanted_index.tolist()}")

    def run_network(self, case: Case, mode: str, *options: str) -> dict[str, Tensor]:
        output = case.folder / f"output-{mode}.safetensors"
        output.unlink(missing_ok=True)
        result = self.call(
            *("run", case.saved.model, *case.saved.options, "--input", case.input),
            *("--mode", mode, *options, "--force", "--output", output),
        )
        if result.returncode != 0:
            label = " ".join(("run", mode, *options))
            raise Failure(f"{label}: exit {result.returncode}: {result.stderr.strip()[-800:]}")
        return load_file(output)

    def check_verdict(self, case: Case, truth: Path) -> None:
        given = ["--input", case.input] if case.seed % 2 else []
        result = self.call(
            *("verify", case.saved.model, *case.saved.options, *given, "--expect", truth)
        )
        if result.returncode != 0:
            said = (result.stdout + result.stderr).strip()[-1500:]
            raise Failure(f"verify --expect {truth.name}: exit {result.returncode}:\n{said}")

    def check_mutation(self, case: Case) -> None:
        """A wrong architecture that loads must not pass for the right one."""
        rng = Random(f"{case.seed}/mutation")
        wrong = document(case.tree, rng)
        if case.format == "flat_keys":
            wrong["weights"] = {"match": "flattened"}
        choices = mutations(wrong["model"])
        if not choices:
            return
        what, change = rng.choice(choices)
        change(wrong["model"])
        architecture = case.folder / "wrong.json"
        architecture.write_text(as_text(wrong))
        mutant = ["--arch", str(architecture)]
        if self.is_equivalent(case, mutant):
            return
        result = self.call("verify", case.saved.model, *mutant, "--expect", case.expected)
        if result.returncode == 0:
            raise Failure(f"verify accepts a wrong architecture ({what})\n{result.stdout[-1500:]}")
        if result.returncode not in (1, 2, 3):
            raise Failure(f"verify on a wrong architecture ({what}): exit {result.returncode}")

    def is_equivalent(self, case: Case, options: list[str]) -> bool:
        """Whether a changed architecture computes the same after all, by its clip form."""
        output = case.folder / "output-mutant.safetensors"
        output.unlink(missing_ok=True)
        result = self.call(
            *("run", case.saved.model, *options, "--input", case.input),
            *("--mode", "forward", "--force", "--output", output),
        )
        if result.returncode != 0:
            return False
        try:
            wanted = case.answer.forward
            compare("mutant", load_file(output)["output"], wanted, 8 * case.noise)
        except Failure:
            return False
        return True

    def call(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [str(self.binary), *map(str, arguments)]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"no answer in {TIMEOUT} s: {' '.join(command)}") from error
        if result.returncode < 0:
            raise Failure(f"killed by signal {-result.returncode}: {' '.join(command)}")
        return result


def compare(label: str, found: Tensor, wanted: Tensor, noise: float = 0) -> None:
    """Raises Failure unless every element is within 1e-5 of the outputs' size, and a rounding; or
    within `noise`, for networks that amplify roundings."""
    if tuple(found.shape) != tuple(wanted.shape):
        raise Failure(f"{label}: shape {tuple(found.shape)}, expected {tuple(wanted.shape)}")
    error = (found.double() - wanted).abs()
    size = wanted.square().mean().sqrt()
    allowed = (1e-5 * size).clamp(min=noise) + 2.0**-22 * wanted.abs()
    worst = torch.where(torch.isnan(error), torch.inf, error - allowed)
    if worst.numel() and worst.max() > 0:
        place = tuple(int(i) for i in torch.unravel_index(worst.argmax(), worst.shape))
        count = int((worst > 0).sum())
        raise Failure(
            f"{label}: {count} of {worst.numel()} elements differ, most at (B, C, T, …) = {place}:"
            f" {found[place].item():.9g}, expected {wanted[place].item():.9g}"
            f" (size {size.item():.3g})"
        )
