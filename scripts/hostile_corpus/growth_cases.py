"""Small files that ask for much, and texts that steer a terminal or fill it: what each command makes of them.

A case has files and commands. A command has the exit codes that are right, and words that have to be
in what it says; in the arguments, a word that ends with "~" stands for a file that is written.
"""

import json
import struct

from archives import Entry, checkpoint
from cases import STORAGES
from pickles import *

RELU = {"type": "ReLU"}
SIX = {"0": STORAGES["0"]}

# What no text of a file may do to a terminal, and what a file can call a thing for it.
STEERING = "a\x1b[31m\x07\x00\x7f\x85\x9b31m\u202e\u2066\u200b\u2028\r\nb\"<&|`c"
LONG = "y" * 3_000_000

INSPECT = ("inspect", "inspect --sha256 -v", "inspect --sha256 --format json")
VERIFY = ("verify", "verify --format json", "verify --format junit", "verify --format md")


def safetensors(tensors, metadata=None):
    """A safetensors file of zeros: names and shapes."""
    header, end = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for name, shape in tensors:
        size = 4
        for length in shape:
            size *= length
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text_ = json.dumps(header, ensure_ascii=False).encode()
    return struct.pack("<Q", len(text_)) + text_ + bytes(end)


def described(model, shape=(1, "T"), frames=None, tensors=()):
    """The two files of a network: weights of zeros, and an architecture."""
    given = {"shape": list(shape)} | ({"frames": frames} if frames else {})
    document = {"format": "coverify-architecture", "version": 1, "input": given, "model": model}
    return {"m.safetensors": safetensors(tensors), "m.arch.json": json.dumps(document).encode()}


def graph(count, reduce="concat", inputs=2):
    nodes = [
        {"id": f"n{i}", "type": "Reduce", "reduce": reduce, "inputs": [f"n{i - 1}" if i else "x"] * inputs}
        for i in range(count)
    ]
    return {"type": "Graph", "nodes": nodes, "output": f"n{count - 1}"}


def growth_cases():
    """All cases: name, what it is, files, and for each command its exit codes and words."""
    cases = []

    def add(name, what, files, commands):
        rows = []
        for command, codes, words in commands:
            codes = list(codes) if isinstance(codes, tuple) else [codes]
            rows.append({"arguments": command.split(), "codes": codes, "words": words})
        cases.append({"name": name, "what": what, "files": files, "commands": rows})

    def network(name, what, model, words, **options):
        files = described(model, **options)
        refused = [(f"{verb} m.safetensors", 2 if words else (0, 2), words) for verb in VERIFY]
        run = "run m.safetensors --input m.safetensors --output out.npz~"
        add(name, what, files, [("inspect m.safetensors", (0, 2), ""), *refused, (run, (0, 2), "")])

    def pickle(name, what, body, words="", code=0, storages=SIX, deflated=False):
        archive = checkpoint(body, storages)
        for entry in archive.entries if deflated else []:
            if entry.name.endswith(b"data.pkl") or b"/data/" in entry.name:
                entry.method = 8
        files = {"m.pt": archive.build()}
        add(
            name, what, files,
            [(f"{verb} m.pt", code, words) for verb in INSPECT]
            + [
                ("convert m.pt out.pt~", code or (0, 2), words),
                ("convert m.pt out.safetensors~", code or (0, 2), words),
                ("diff m.pt m.pt", (0, 2, 3), words),
                ("verify m.pt", 2, words),
                ("draft m.pt", 2, words),
            ],
        )

    for depth in (18, 22, 30, 60):
        network(f"graph_{depth}", f"a graph that doubles {depth} times", graph(depth), "are allowed")
    network("graph_wide", "fifteen hundred nodes of eight inputs", graph(1500, "sum", 8), "")
    for name, value in (("dilation", 100_000), ("padding", 100_000), ("stride", 100_000)):
        network(
            f"conv_{name}", f"the {name} of a convolution",
            {"type": "Sequential", "modules": [{"type": "Conv1d", name: value}]}, "are allowed",
            shape=(4, "T"), tensors=[("0.weight", [4, 4, 3])],
        )
    pool = {"type": "AdaptiveAvgPool1d", "output_size": 1}
    network("pool_dilation", "an adaptive pool", {**pool, "kernel_size": 3, "dilation": 100_000}, "")
    network("modules", "87,000 modules", {"type": "Sequential", "modules": [RELU] * 87_000}, "are allowed")
    network(
        "modules_pooled", "60,000 modules behind each other and two pools of whole clips",
        {"type": "Sequential", "modules": [RELU] * 60_000 + [pool, {**pool, "kernel_size": 7}]}, "",
    )
    network("values", "more values than JSON may have", [RELU] * 200_000, "json-values")
    network("frames", "a clip of 100,000 frames", {"type": "Sequential", "modules": [RELU] * 9}, "seconds=",
            frames=100_000)  # fmt: skip

    key = lambda i: b"\x8c\x05%05x" % i
    w = text("w") + tensor("0", 6, [2, 3])
    # Just below the limits of values and of bytes.
    many = range(1_040_000)
    texts = b"".join(b"\x8c\x06%06x" % i for i in range(2_090_000))
    pickle(
        "texts", "two million distinct texts in a list",
        pickled(EMPTY_DICT + MARK + w + text("x") + EMPTY_LIST + MARK + texts + b"eu", 4), deflated=True,
    )
    for name, code in (("keys", b"\x8c\x05"), ("keys_of_bytes", b"U\x05")):
        keys = b"".join(code + b"%05xN" % i for i in many)
        pickle(name, "a million distinct keys beside a tensor", pickled(EMPTY_DICT + MARK + w + keys + b"u", 4),
               deflated=True)  # fmt: skip
    bare = pickled(EMPTY_DICT + MARK + b"".join(b"U\x05%05xN" % i for i in many) + b"u", 4)
    pickle("keys_alone", "the same, without a tensor", bare, deflated=True)
    one_by_one = b"".join(key(i) + b"Ns" for i in many)
    pickle("keys_set", "the same, set one by one", pickled(EMPTY_DICT + w + b"s" + one_by_one, 4),
           deflated=True)  # fmt: skip
    lists = b"]" * 2_000_000
    pickle("lists", "two million lists", pickled(EMPTY_DICT + MARK + w + text("x") + EMPTY_LIST + MARK + lists
           + b"eu", 4), deflated=True)  # fmt: skip
    again = EMPTY_LIST + MARK + b"N" + b"2" * 7_900_000 + b"e"
    pickle("dup", "one value, duplicated eight million times",
           pickled(EMPTY_DICT + MARK + w + text("x") + again + b"u", 4), deflated=True)  # fmt: skip
    pickle("dup_61k", "61 kB of DUP", pickled(EMPTY_LIST + MARK + b"N" + b"2" * 61_000 + b"e", 4))
    classes = b"".join(b"cm%d\nC\n" % i for i in range(60_000))
    pickle("classes", "60,000 names of classes", pickled(EMPTY_DICT + MARK + w + text("x") + EMPTY_LIST + MARK
           + classes + b"eu", 4))  # fmt: skip
    shared = b"".join(b"\x8c\x06%06xh\x00" % i for i in range(65_000))
    pickle("shared", "one tensor under 65,000 names",
           pickled(EMPTY_DICT + MARK + text("w") + tensor("0", 6, [2, 3]) + b"q\x00" + shared + b"u", 4),
           deflated=True)  # fmt: skip
    deep = (EMPTY_DICT + MARK + text("abc")) * 900 + EMPTY_DICT + MARK
    leaves = b"".join(text("%04x" % i) + b"h\x00" for i in range(8000))
    pickle("deep", "eight thousand tensors 900 levels deep",
           pickled(EMPTY_DICT + MARK + text("w") + tensor("0", 6, [2, 3]) + b"q\x00" + text("d") + deep + leaves
                   + b"u" + b"u" * 900 + b"u", 4))  # fmt: skip

    for name, count, shape in (("views", 300, [100_000]), ("views_of_pairs", 30, [512, 2048])):
        views = [(f"w{i}", tensor("0", 6, shape, [0] * len(shape), i % 6)) for i in range(count)]
        pickle(name, "views of stride 0 of six numbers", pickled(ordered(*views)))
    views = [(f"w{i}", tensor("0", 6, [1 << 26], [0])) for i in range(300)]
    pickle("views_too_large", "the same, of more than a file may have", pickled(ordered(*views)), "limit", 2)
    for count, code in ((8, 0), (100, 2)):
        zeros = dict.fromkeys(map(str, range(count)), bytes(4 << 20))
        tensors = ordered(*[(f"w{i}", tensor(str(i), 1 << 20, [1 << 20])) for i in range(count)])
        pickle(f"inflated_{count}", f"{count} deflated storages of 4 MiB of zeros", pickled(tensors),
               "limit" if code else "", code, zeros, True)  # fmt: skip

    # Texts.
    every = [*INSPECT, *VERIFY, "verify --format jsonl", "verify --format github", "verify -v", "draft"]
    for name, word in (("steering", STEERING), ("long", LONG)):
        arch = {"type": "Sequential", "name": "n" + word.replace(".", ""), "modules": [
            {"type": "Conv1d", "name": word.replace(".", "")}, RELU]}  # fmt: skip
        weights = [(word + ".weight", [4, 4, 3]), (word + ".bias", [4])]
        files = described(arch, (4, "T"), tensors=weights)
        files["other.safetensors"] = safetensors([(word, [1]), ("z" + word, [2])], {word: word})
        files["bad.arch.json"] = json.dumps({word: word, "model": {"type": word, word: word}}).encode()
        items = ordered((word, tensor("0", 6, [2, 3])), ("c", global_("m", "C") if "\n" in word else none()))
        files["p.pt"] = checkpoint(pickled(items), SIX).build()
        files["z.pt"] = checkpoint(pickled(items), SIX, extra=[Entry("archive/" + word[:9000], b"")]).build()
        files["many.safetensors"] = safetensors([(word, [1])] + [(f"t{i}", [1]) for i in range(20_000)])
        commands = [(f"{verb} {file}", (0, 1, 2, 3), "") for verb in every
                    for file in ("m.safetensors", "other.safetensors", "p.pt", "z.pt")]  # fmt: skip
        commands += [(f"{verb} many.safetensors", (0, 2), "") for verb in (*INSPECT, "verify")]
        commands += [
            ("verify m.safetensors --arch bad.arch.json", 2, ""),
            ("diff m.safetensors many.safetensors", (1, 3), ""),
            ("diff m.safetensors p.pt --format json", (1, 3), ""),
            ("convert m.safetensors out.pt~", 0, ""),
            ("convert p.pt out.safetensors~ --format json", (0, 2), ""),
            ("run m.safetensors --input p.pt --output out.npz~", 2, ""),
        ]
        add(name, f"texts that are {name}", files, commands)
    return cases


def none():
    return b"N"
