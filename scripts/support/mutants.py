"""Mistakes that somebody could make in the kernels, each at one place of the source.

A mutant is an expression and another one in its place. All of them are put into one copy of the sources
and built once; which of them is at work is chosen when the program starts. An anchor is a text behind
which the expression is looked for, so that the table survives changes of other lines; a place that is not
found is an error.
"""

import re
from pathlib import Path
from typing import NamedTuple

VARIABLE = "COVERIFY_MUTANT"

_C = "Sources/CKernels/"
_SWIFT = "Sources/Continual/"
_LAYERS = "Sources/Continual/Layers/"


# Mutants that are judged with every loop shared between threads, as those of the fixtures are too short for.
SHARED = "threads"


class Mutant(NamedTuple):
    """An expression, and what stands in its place."""

    kind: str
    path: str
    anchor: str
    old: str
    new: str


def _mutants(path: str, kind: str, *places: tuple[str, str, str]) -> list[Mutant]:
    return [Mutant(kind, path, *place) for place in places]


MUTANTS = [
    *_mutants(
        _C + "variant.h",
        "products",
        ("NAME(tile_of_##vector)(", "(NAME(vector))(initial[i])", "(NAME(vector))(initial[0])"),
        ("NAME(tile_of_##vector)(", "taps->bases[base]", "taps->bases[base ? base - 1 : 0]"),
        ("NAME(tile_of_##vector)(", "FMA(weight, right[j], sum[i][j])", "weight * right[j]"),
        ("NAME(tile_of_##vector)(", "taps->offsets[tap]", "taps->offsets[tap ? tap - 1 : 0]"),
        ("NAME(strip_of_##vector)(", "columns - n - lanes", "(width - 1) * lanes"),
        (
            "NAME(columns_of_panels)(",
            "taps->offsets[tap]",
            "taps->offsets[taps->offset_count - 1]",
        ),
        ("NAME(columns_of_panels)(", "source[c]", "source[c ? c - 1 : 0]"),
        (
            "NAME(column_of_row)(",
            "FMA1(*weights, frame[taps->offsets[tap]], sum)",
            "FMA1(*weights, frame[taps->offsets[tap]], sum * 1.0001f)",
        ),
        ("NAME(finish_##vector)(", "finish->scales[row]", "finish->scales[row & ~1]"),
        ("NAME(finish_##vector)(", "finish->shifts[row]", "finish->shifts[0]"),
        ("NAME(finish_##vector)(", "sum[j] > high ? high : sum[j]", "sum[j]"),
        ("NAME(finish_##vector)(finish, ", "row + i", "row"),
        ("NAME(tile_of_panels)(", "taps->bases[base]", "taps->bases[base ? base - 1 : 0]"),
        ("NAME(columns_of_pairs)(", "taps->offsets[tap]", "taps->offsets[tap ? tap - 1 : 0]"),
        ("NAME(columns_of_pairs)(", "source[c]", "source[c ? c - 1 : 0]"),
        ("NAME(multiply)(", "columns - tail", "columns - tail - 1"),
        ("NAME(multiply_planes)(", "initial[p]", "initial[p & ~1]"),
        ("NAME(plane_tile_of_##vector)(", "weight[6 + w]", "weight[6]"),
        ("{ row = ", "count - rows", "count - rows - (row > 2)"),
        ("NAME(multiply_lanes)(", "initial[n]", "0.0f"),
    ),
    *_mutants(
        _C + "variant.h",
        "elements",
        ("NAME(add)(", "source[n]", "(n == count - 1 ? 0 : source[n])"),
        ("NAME(multiply_elements)(", "source[n]", "(n == count - 1 ? 1 : source[n])"),
        ("NAME(maximum)(", "a >= b || a != a", "a >= b"),
    ),
    *_mutants(
        _C + "variant.h",
        "layout",
        ("NAME(copy_row)(", "columns - lanes", "columns - lanes - 1"),
        ("NAME(copy_every_second)(", "source + 2 * n", "source + n"),
    ),
    *_mutants(
        _C + "packing.c",
        "layout",
        ("void pack_panel(", "order[k]", "order[k + 1 < columns ? k ^ 1 : k]"),
        ("void pack_eight(", "panel + k * 8 + 4", "panel + k * 8"),
    ),
    *_mutants(
        _SWIFT + "DenseLoops+Packing.swift",
        "layout",
        ("private func pack(_ panels: Int, at place", "panel * size", "max(panel - 1, 0) * size"),
    ),
    *_mutants(
        _C + "CKernels.c",
        "layout",
        ("multiply_counted(", "r * taps.step + taps.offsets[j]", "r * taps.step + taps.offsets[0]"),
    ),
    *_mutants(
        _C + "pools_variant.h",
        "pools",
        ("// The later one where", "next > value ? next : value", "next < value ? next : value"),
        ("pool_maximum)(", "i + j", "i"),
        ("pool_mean)(", "pool->row_factors[i + j]", "pool->row_factors[i]"),
        ("pool_mean)(", "line[n * columns.stride + k]", "line[n * columns.stride]"),
        ("pool_frames)(", "(place + frames.step) % frames.slot_count", "place"),
    ),
    *_mutants(
        _C + "pools.c",
        "pools",
        ("part_of(", "skipped * window.dilation", "skipped"),
        ("frames.slots += ", "columns", "columns - 1"),
    ),
    *_mutants(
        _C + "activations_variant.h",
        "activations",
        ("NAME(sigmoid_of)(", "x < 0 ? t : ALL(1)", "ALL(1)"),
        ("NAME(sigmoid_of)(", "1 + t", "1 + t * 1.001f"),
        ("NAME(silu_of)(", "x < -126 ? ALL(-126) : x", "x < -8 ? ALL(-8) : x"),
        ("NAME(tanh_of)(", "(words)large | (words)sign", "(words)large"),
        ("NAME(tanh_of)(", "size > 10 ? ALL(10) : size", "size > 3 ? ALL(3) : size"),
        ("NAME(gelu_of)(", "ALL(-0x1.715476p-1f)", "ALL(-0x1.715476p0f)"),
        ("NAME(gelu_of)(", "ALL(0x1.0272d8p+0f)", "ALL(0x1.0282d8p+0f)"),
        ("NAME(gelu_of)(", "x > 0 ? -a : x", "x"),
        ("NAME(gelu_tanh_of)(", "-0x1.a5a7dp-4f", "-0x1.a5b7dp-4f"),
        ("NAME(log_sigmoid_of)(", "x < 0 ? x : ALL(0)", "x"),
        ("NAME(softplus_of)(", "logarithm * p->inverse_low", "logarithm"),
        ("NAME(softplus_of)(", "y > 0 ? x : ALL(0)", "ALL(0)"),
        ("NAME(plain_softplus_of)(", "x > 0 ? x : ALL(0)", "ALL(0)"),
        (
            "NAME(elu_of)(",
            "x > 0 ? x * above : minus_one * below",
            "x > 0 ? x * above : minus_one * below * (1 + 0x1p-14f)",
        ),
    ),
    *_mutants(
        _C + "elementary_variant.h",
        "activations",
        ("NAME(small_exponential)", "ALL(0x1.5558bp-5f)", "ALL(0x1.5458bp-5f)"),
        ("NAME(below_zero)(", "y < least ? ALL(least) : y", "y < -8 ? ALL(-8) : y"),
        ("NAME(small_logarithm)", "ALL(0x1.554dd4p-2f)", "ALL(0x1.555dd4p-2f)"),
        ("NAME(one_plus)", "power < 24", "power < 64"),
        ("NAME(over_one_plus)", "e.power > 100", "e.power > 20"),
        ("NAME(normal_logarithm)(", "2.0 / 3", "2.0 / 3.001"),
        ("NAME(wide_exponential_of)(", "1.0 / 24", "1.0 / 24.001"),
    ),
    *_mutants(
        _C + "simple_variant.h",
        "activations",
        ("NAME(clamped)(", "x < low ? ALL(low) : x", "x"),
        ("NAME(leaked)(", "x > 0 ? x : x * slope", "x > -0.01f ? x : x * slope"),
        ("NAME(hard_sigmoid_of)(", "x + 3", "x + 3.0001f"),
        ("NAME(finished)(", "x * scale + shift", "x * scale"),
        ("NAME(ck_finish_rows)(", "finish->shifts", "finish->scales"),
    ),
    *_mutants(
        _C + "wide_variant.h",
        "activations",
        ("NAME(mish_of)(", "n / (n + 2)", "n / (n + 2.0001)"),
    ),
    *_mutants(
        _LAYERS + "PReLU.swift",
        "activations",
        ("", "slopes[row % slopes.count]", "slopes[0]"),
    ),
    *_mutants(
        _LAYERS + "GatedLinearUnit.swift",
        "activations",
        ("let gates = ", "2 * row + 1", "2 * row"),
    ),
    *_mutants(
        _SWIFT + "FrameRing.swift",
        "memory",
        ("", "slot < 0 ? slot + slots : slot", "slot < 0 ? slot + slots - 1 : slot"),
        ("func keep(", "seen + time", "seen + time + (seen >= 200 ? 1 : 0)"),
        ("func keep(", "max(frames - slots, 0)", "min(max(frames - slots + 1, 0), frames)"),
        ("func advance(", "max(seen - slots, first)", "max(seen - slots + (seen > 64 ? 1 : 0), first)"),
        ("func fill(with frame", "frame + slots", "frame + max(slots - 1, 1)"),
        ("func copy(_ frame", "0..<frameCount", "0..<max(frameCount - 1, 1)"),
        ("Continual.fill(&own, with: ", "0", "1"),
    ),
    *_mutants(
        _SWIFT + "HoldingKernel.swift",
        "memory",
        ("counters[0] += ", "frames", "frames + (seen == 100 ? 1 : 0)"),
        ("FrameRows(outputFrame), from: ", "first", "max(first - 1, 0)"),
    ),
    *_mutants(
        _SWIFT + "StreamRunner+Streams.swift",
        "memory",
        ("mutating func advance(", "state.frames - frames", "max(state.frames - frames - 1, 0)"),
        ("func advanceInPieces(", "place + due", "place + max(due - 1, 0)"),
    ),
    *_mutants(
        _SWIFT + "Join.swift",
        "joins",
        ("let frame = memory.span", "joined + place", "joined + place + (joined > 100 ? 1 : 0)"),
        ("queue.keep(chunk, frames: frames, after: ", "seen", "seen + (seen > 300 ? 1 : 0)"),
        ("var accumulating: ", "inputs[$0].queue.slots == 0", "inputs[$0].queue.slots >= 0"),
    ),
    *_mutants(
        _LAYERS + "MixedFrames.swift",
        "fusion",
        ("finish: ", "kernel.finish", "nil"),
        ("let first = ", "group * matrix.rows + channels.lowerBound", "group * matrix.rows"),
    ),
    *_mutants(
        _LAYERS + "InterleavedMixedFrames.swift",
        "fusion",
        ("finish: ", "kernel.finish", "nil"),
        ("let first = ", "lines.lowerBound * layout.columns", "0"),
    ),
    *_mutants(
        _LAYERS + "InterleavedLayout.swift",
        "layout",
        ("first = ", "horizontal.before", "0"),
        ("func store(", "channel * stride", "block * stride"),
    ),
    *_mutants(
        _LAYERS + "InterleavedProduct.swift",
        "products",
        ("biases: biases.span.", "extracting(channel...)", "extracting(0...)"),
        ("channel: ", "channel, finish: finish", "0, finish: finish"),
    ),
    *_mutants(
        _C + "interleaved_variant.h",
        "products",
        ("NAME(window_tile)(", "input + bases[base]", "input + bases[base ? base - 1 : 0]"),
        ("sum[r][c] = FMA(", "WEIGHT(y * 3 + x)", "WEIGHT(x * 3 + y)"),
        ("NAME(window_tile)(", "finish->shifts + channel", "finish->shifts"),
        ("const ptrdiff_t height = ", "(rows - row) / group", "(rows - row) / group - (row > 8)"),
        ("NAME(separate_lanes)(", "place = places - LANES", "place = places - LANES - 1"),
    ),
    *_mutants(
        _LAYERS + "FrameLayout.swift",
        "layout",
        ("func place(from", "element - phase.first + stride - 1", "element - phase.first"),
    ),
    *_mutants(
        _SWIFT + "Reduction.swift",
        "joins",
        ("private func fold(", "$0 + $1", "$0 + $1 * 1.0001"),
        ("private func fold(", "$0 * $1", "$0 * $1 * ($0 > 0 ? 1 : 0.9999)"),
        ("static func larger", "b >= a ? b : a + b", "b"),
    ),
    *_mutants(
        _SWIFT + "Threads.swift",
        SHARED,
        ("private func start(of", "(count + unit - 1) / unit * part / parts * unit",
         "(count + unit - 1) / unit * part / parts * unit + (part == 1 ? 1 : 0)"),
        ("// Parts do not meet", "range.lowerBound * each", "0"),
    ),
    *_mutants(
        _SWIFT + "DenseLoops.swift",
        SHARED,
        ("finish, from: channel + ", "part.lowerBound", "0"),
        ("if columns >= 192", "$0 + part.lowerBound", "$0"),
        ("} else {", "part.lowerBound * count", "0"),
        ("} else {", "part.lowerBound * stride", "0"),
    ),
    *_mutants(
        _C + "threads.c",
        SHARED,
        ("void ck_share(", "parts * (t + 1) / threads", "parts * (t + 1) / threads - (t == 1)"),
    ),
    *_mutants(
        _LAYERS + "ConvolutionKernel+Step.swift",
        "convolutions",
        ("index == 0 && window.before > 0 && ", "streamFill == .replicate", "false"),
        ("guard ends, seen + frames", "streamFill == .replicate", "false"),
        ("", "taps.range(newest: index)", "taps.range(newest: index - (index > 600 ? 1 : 0))"),
        ("counters[0] += ", "frames", "frames + (seen == 256 ? 1 : 0)"),
    ),
    *_mutants(
        _LAYERS + "ConvolutionKernel+Time.swift",
        "convolutions",
        ("", "frame >= seen + frames && streamFill != .replicate", "false"),
    ),
    *_mutants(
        _LAYERS + "TransposedConvolutionKernel+Advance.swift",
        "convolutions",
        ("let used = ", "past + frames + (ends ? tail : 0)", "past + frames"),
        ("let frame = memory.extracting(", "ring.place(of: chunk.firstInput + index)",
         "ring.place(of: chunk.firstInput)"),
    ),
    *_mutants(
        _LAYERS + "TemporalPool.swift",
        "pools",
        ("", "countIncludePad ? known : inside", "known"),
        ("", "start + skipped * window.dilation", "start + skipped"),
        ("func poolFilled(", "start + tap * window.dilation", "start + tap"),
        ("divide(&output, by: ", "divisor", "divisor * 1.0001"),
        ("", "divisorOverride ?? count", "count"),
    ),
    *_mutants(
        _LAYERS + "PoolingKernel.swift",
        "pools",
        ("", "now - window.span + 1", "now - window.span + 1 + (now >= 64 ? 1 : 0)"),
        ("counters[0] += ", "frames", "frames - (seen == 150 ? 1 : 0)"),
    ),
    *_mutants(
        _LAYERS + "PlanePool.swift",
        "pools",
        ("", "Double($0.divisor)", "Double(max($0.count, 1))"),
        ("largest = maximum(", "column.first + tap * columnStep", "column.first"),
        ("", "start + column.count", "start + max(column.count - 1, 1)"),
    ),
    *_mutants(
        _C + "across_variant.h",
        "recurrent",
        ("NAME(tile_across)(", "FMA(weight[u], number, sum[u][c])", "weight[u] * number"),
        ("TILES(count)", "right + n * all->right_step", "right"),
        ("if (initial) {", "initial + first", "initial"),
        ("NAME(place_of_row)(", "row / CK_INTERLEAVED * block", "row / CK_INTERLEAVED * 16"),
        ("right += ", "all->right_run", "all->columns - (run > 4)"),
    ),
    *_mutants(
        _C + "cells_variant.h",
        "recurrent",
        ("// A NaN stays one.", "sums[0] < 0 ? ALL(0) : sums[0]", "sums[0] > 0 ? sums[0] : ALL(0)"),
        ("NAME(lstm_state_lanes)(", "candidate * forget", "candidate * forget * (1 + 0x1p-16)"),
        ("return NARROWED(FMA(", "update", "update + 0x1p-18"),
        ("CELL(name, sum_count)", "others + n", "others + n % size"),
        ("", "tangent / (tangent + 2)", "tangent / 2"),
        ("NAME(tangent_numerator)(", "y > 60 ? ALL_WIDE(60) : y", "y > 6 ? ALL_WIDE(6) : y"),
        ("NAME(gather)(", "source[item * stride + n]", "source[item * stride]"),
    ),
    *_mutants(
        _LAYERS + "RecurrentKernel.swift",
        "recurrent",
        ("rowStep: frames, columnStep: ", "frames == 1 ? inputSize : 1", "1"),
        ("at: places.sums + ", "place * batch * places.stride", "0"),
        ("let start = places.inputs + ", "(times.lowerBound - first) * batch * places.inputStride", "0"),
        ("func write(", "item * outputSize * frames", "max(item - 1, 0) * outputSize * frames"),
    ),
    *_mutants(
        _LAYERS + "LinearKernel.swift",
        "products",
        ("matrix, by: source, bases: origin.span, taps: ", "TapOffsets(matrix.columns, step: width)",
         "TapOffsets(matrix.columns, step: max(width - 1, 1))"),
    ),
    *_mutants(
        _C + "transposes_variant.h",
        "layout",
        ("NAME(transpose_by_fours)(", "n * target_stride + r", "n * target_stride + (r ? r - 1 : 0)"),
        ("NAME(transpose_square)(", "source + i * source_stride", "source"),
    ),
    *_mutants(
        _C + "lines_variant.h",
        "products",
        ("NAME(tile_of_lines)(", "(b + 1) * gap", "b * gap"),
        ("NAME(panels_of_lines)(", "(lines - 1) * gap", "0"),
    ),
    *_mutants(
        _C + "softmax_variant.h",
        "norms",
        ("NAME(power_below)(", "difference - back", "x"),
        ("NAME(power_near)(", "1 + e.fraction", "1 + e.fraction * 1.001f"),
        ("NAME(lane_powers)(", "1 / total", "1 / (total * (1 + 0x1p-14))"),
        ("NAME(add_powers)(", "n += 8", "n += 16"),
        ("NAME(columns)(", "LOAD(powers + v * LANES)", "LOAD(powers)"),
        ("NAME(add_totals)(", "1 / totals", "1 / (totals * (1 + 0x1p-18))"),
    ),
    *_mutants(
        _LAYERS + "StatisticsNormKernel.swift",
        "norms",
        ("", "variance + eps", "variance * 1.001 + eps"),
        ("let channel = ", "place % outputFrame[1]", "place / outputFrame[0] % outputFrame[1]"),
    ),
    *_mutants(
        _LAYERS + "LayerNorm.swift",
        "norms",
        ("", "variance + eps", "variance + 2 * eps"),
    ),
    *_mutants(
        _C + "norms_variant.h",
        "norms",
        ("NAME(moments_of)(", "total * (total / count)", "total * (total / (count + 1))"),
        ("NAME(rest_of_row)(", "LOAD_ROW(source + count - 16)", "LOAD_ROW(source)"),
        ("NAME(normalize_runs)(", "rests + eps", "rests + 2 * eps"),
        ("NAME(normalize_runs)(", "means[r]", "means[0]"),
        ("NAME(normalize_lanes)(", "FMA(x - mean, x - mean, sums[j])", "FMA(x - mean, x + mean, sums[j])"),
        ("NAME(normalize_column)(", "sum + x", "sum + x * (1 + 0x1p-14)"),
    ),
    *_mutants(
        _LAYERS + "ChannelScaleKernel.swift",
        "norms",
        ("", "scales[row % scales.count]", "scales[min(row, scales.count - 1)]"),
        ("func scaleVectors(", "0..<outputFrame[0]", "0..<1"),
    ),
    *_mutants(
        _LAYERS + "UpsampleKernel.swift",
        "resampling",
        ("", "Float(2 * factor)", "Float(2 * factor + 1)"),
        ("let other = ", "frame + distance.signum()", "frame - distance.signum()"),
    ),
    *_mutants(
        _LAYERS + "WindowAttentionKernel+Step.swift",
        "attention",
        ("let wanted = ", "ring.slot(of: newest - age)", "ring.slot(of: newest)"),
        ("panels, oldest: ", "ring.slot(of: newest + 1)", "ring.slot(of: newest)"),
        ("let oldest = ", "ring.slot(of: newest + 1)", "ring.slot(of: newest)"),
    ),
    *_mutants(
        _LAYERS + "DotProductAttentionKernel.swift",
        "attention",
        ("Double(bias[", "first + index", "first + index / 2"),
        ("func turned(", "slots - 1 - age", "age"),
        ("let oldest = ", "ring.slot(of: range.lowerBound)", "ring.slot(of: range.lowerBound + 1)"),
    ),
    *_mutants(
        _LAYERS + "WholeClipAttention.swift",
        "attention",
        ("let keys = clip", "(heads + head) * keySize * frames", "heads * keySize * frames"),
        ("let place = ", "(head * keySize + channel) * frames", "channel * frames"),
    ),
    *_mutants(
        _LAYERS + "AttentionPanels.swift",
        "attention",
        ("let keys = ", "key(first, at: slot)", "key(first, at: max(slot - 1, 0))"),
        ("private var copyDistance", "keys * DenseLoops.panelHeight", "(keys - 1) * DenseLoops.panelHeight"),
    ),
    *_mutants(
        _LAYERS + "RecyclingPositionalEncoding.swift",
        "attention",
        ("", "(row + frames) % rows", "(row + frames) % max(rows - 1, 1)"),
    ),
]


def misplaced(root: Path) -> list[str]:
    """What is wrong with mutants whose place is not in the sources."""
    return [
        f"mutant {number} has no place in {mutant.path}: {mutant.old}, behind {mutant.anchor}"
        for number, mutant in enumerate(MUTANTS)
        if _place(root, mutant) is None
    ]


def _place(root: Path, mutant: Mutant) -> int | None:
    path = root / mutant.path
    text = path.read_text() if path.exists() else ""
    start = text.find(mutant.anchor)
    place = text.find(mutant.old, start + len(mutant.anchor)) if start >= 0 else -1
    return None if place < 0 else place


def plant(root: Path) -> None:
    """Puts all mutants into a copy of the sources."""
    if problems := misplaced(root):
        raise ValueError("; ".join(problems))
    texts: dict[Path, str] = {}
    taken: dict[Path, list[tuple[int, int, int]]] = {}
    for number, mutant in enumerate(MUTANTS):
        path = root / mutant.path
        texts.setdefault(path, path.read_text())
        place = _place(root, mutant)
        assert place is not None
        taken.setdefault(path, []).append((place, place + len(mutant.old), number))
    for path, places in taken.items():
        text = texts[path]
        isolated = sorted(places, reverse=True)
        for (start, end, number), following in zip(isolated, [None, *isolated], strict=False):
            if following and end > following[0]:
                raise ValueError(f"mutants {number} and {following[2]} are at the same place")
            mutant = MUTANTS[number]
            chosen = f"(mutated({number}) ? ({mutant.new}) : ({mutant.old}))"
            text = text[:start] + chosen + text[end:]
        path.write_text(text)
    _declare(root)


def _declare(root: Path) -> None:
    """How C and Swift learn which mutant is at work."""
    for path in sorted((root / _C).glob("*.c")):
        path.write_text(
            "extern int ck_mutant;\n#define mutated(n) (ck_mutant == (n))\n" + path.read_text()
        )
    path = root / _C / "CKernels.c"
    path.write_text(
        path.read_text()
        + f"""
#include <stdlib.h>
int ck_mutant = -1;
__attribute__((constructor)) static void choose_mutant(void) {{
  const char *chosen = getenv("{VARIABLE}");
  if (chosen) {{ ck_mutant = atoi(chosen); }}
}}
"""
    )
    (root / _SWIFT / "ChosenMutant.swift").write_text(
        f"""import Foundation

let chosenMutant = Int(ProcessInfo.processInfo.environment["{VARIABLE}"] ?? "") ?? -1

@inline(__always)
func mutated(_ number: Int) -> Bool {{ number == chosenMutant }}
"""
    )
    manifest = root / "Package.swift"
    # What is planted need not be in the style of the sources.
    manifest.write_text(re.sub(r".*(treatAllWarnings|warnings-as-errors).*\n", "", manifest.read_text()))
