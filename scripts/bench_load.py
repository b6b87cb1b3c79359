#!/usr/bin/env python3
"""Times loading side by side: torch.load, safetensors in Python, and this package's reader.

    scripts/bench_load.py [--megabytes 256] [--tensors 320 …] [--rounds 7] [--program FILE]

Makes a float32 state dict of so many square matrices, the weights of a chain of Linear layers, as .pt with an
architecture beside it and as .safetensors in a temporary folder, and exports the network with
scripts/describe_model.py. It warms the page cache, and then runs the readers in turn, each in a process of
its own, so that what else the machine does falls on all of them alike. torch and safetensors are timed within Python, without its start. Printed are
medians, the ratio to torch.load, and the most memory above what each program has before it reads. torch.load
does not compare checksums; this package always does. The last rows are the whole way to a network that can run,
with its weights packed for the dense loops, of the state dict and of the exported program. Both are also compared
with reading the tensors of the same file and nothing else. Of several numbers of tensors, each is a run of its own.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

from support import tools  # noqa: E402

# What runs in a Python of its own; it prints seconds and the memory that reading took, in megabytes.
READER = """
import json, resource, sys, time
import safetensors.torch, torch
read = {"torch": torch.load, "torch mmap": lambda f: torch.load(f, mmap=True), "safetensors": safetensors.torch.load_file}[sys.argv[1]]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
start = time.perf_counter()
tensors = read(sys.argv[2])
# Mapped tensors are not read yet; a copy in order is what any use of them costs at least.
if sys.argv[1] != "torch": tensors = {name: tensor.clone() for name, tensor in tensors.items()}
print(json.dumps({"seconds": time.perf_counter() - start, "megabytes": peak() - before}))
"""


# A process starts with the peak of the one that started it, so this script itself loads nothing.
MAKER = """
import json, sys
from pathlib import Path
import safetensors.torch, torch
from describe_model import describe
torch.manual_seed(0)
folder, megabytes, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
side = round(((megabytes << 20) / count / 4) ** 0.5)
network = torch.nn.Sequential(*(torch.nn.Linear(side, side, bias=False) for _ in range(count)))
tensors = network.state_dict()
torch.save(tensors, folder / "model.pt")
modules = [{"type": "Linear", "channel_dim": 1}] * count
architecture = {"format": "coverify-architecture", "version": 1, "input": {"shape": [side, "T"]}}
architecture["model"] = {"type": "Sequential", "modules": modules}
(folder / "model.arch.json").write_text(json.dumps(architecture))
safetensors.torch.save_file(tensors, folder / "model.safetensors")
# Nothing in tensors alone says how so many are joined.
with torch.no_grad():
    describe(network.eval(), torch.randn(1, side), folder / "network.pt")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--tensors", type=int, nargs="+", default=[320])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--program", type=Path, help="the built LoadBenchmark; it is built by default")
    arguments = parser.parse_args()
    program = arguments.program or tools.build("LoadBenchmark")
    for count in arguments.tensors:
        measure(program, arguments.megabytes, count, arguments.rounds)


def measure(program: Path, megabytes: int, count: int, rounds: int) -> None:
    """One table: the same numbers in so many tensors."""
    with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
        pickled, plain, network = make(Path(folder), megabytes, count)
        python = [sys.executable, "-c", READER]
        readers = {
            "torch.load": [*python, "torch", pickled],
            "torch.load(mmap) and copy": [*python, "torch mmap", pickled],
            "safetensors and copy": [*python, "safetensors", plain],
            "coverify .pt": [program, pickled],
            "coverify .pt, one thread": [program, "--one-by-one", pickled],
            "coverify .safetensors": [program, plain],
            "coverify exported program": [program, network],
            "coverify network of .pt": [program, "--network", pickled],
            "coverify network of program": [program, "--network", network],
        }
        found: dict[str, list[dict[str, float]]] = {name: [] for name in readers}
        # The first round warms the page cache and does not count.
        for round in range(rounds + 1):
            for name, command in readers.items():
                result = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)
                if round:
                    found[name].append(json.loads(result.stdout))
    show(found, megabytes, count)


def make(folder: Path, megabytes: int, count: int) -> tuple[Path, Path, Path]:
    """The same tensors in both formats, and as an exported network."""
    environment = {**os.environ, "PYTHONPATH": str(tools.ROOT / "scripts")}
    command = [sys.executable, "-c", MAKER, folder, str(megabytes), str(count)]
    subprocess.run(command, check=True, env=environment)
    return folder / "model.pt", folder / "model.safetensors", folder / "network.pt"


def show(found: dict[str, list[dict[str, float]]], megabytes: int, count: int) -> None:
    print(f"{megabytes} MB in {count} tensors, float32, page cache warm; medians of {len(found['torch.load'])} rounds")
    medians = {name: statistics.median(result["seconds"] for result in results) for name, results in found.items()}
    for name, median in medians.items():
        memory = statistics.median(result["megabytes"] for result in found[name])
        least, most = (pick(result["seconds"] for result in found[name]) for pick in (min, max))
        ratio = median / medians["torch.load"]
        print(f"  {name:27} {median * 1000:6.0f} ms ({least * 1000:.0f} to {most * 1000:.0f})  {ratio:5.2f} x  {memory:5.0f} MB")
    for reading, network in [
        ("coverify .pt", "coverify network of .pt"),
        ("coverify exported program", "coverify network of program"),
    ]:
        both = list(zip(found[reading], found[network]))
        ratio = statistics.median(loaded["seconds"] / read["seconds"] for read, loaded in both)
        least = min(loaded["seconds"] for _, loaded in both) / min(read["seconds"] for read, _ in both)
        print(f"  {network}: {ratio:.2f} of reading alone, the median of the rounds; of the fastest {least:.2f}")


if __name__ == "__main__":
    main()
