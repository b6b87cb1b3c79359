"""The picture of bench_peers.py: a bar for each ratio, on a logarithmic scale with one in the middle."""

import math
from collections.abc import Iterable
from html import escape

from support.peer_rows import Row

# Of one network, and of a bar in it, in pixels.
HEIGHT, BAR = 22, 8
LEFT, WIDTH = 220, 560
LEAST, MOST = 1 / 300, 30.0
# By figure, the colour, which does on paper and on dark pages.
COLOURS = {"clip": "#3a7bd5", "step": "#e0872e"}


def picture(rows: list[Row]) -> str:
    """An SVG."""
    height = HEIGHT * len(rows) + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="100%" height="100%" fill="#ffffff"/>',
        *legend(),
        *grid(height),
    ]
    for index, row in enumerate(rows):
        top = 50 + HEIGHT * index
        parts.append(f'<text x="{LEFT - 8}" y="{top + 12}" text-anchor="end">{escape(row.case.name)}</text>')
        for place, (name, ratio) in enumerate({"clip": row.warm.ratio, "step": row.step.ratio}.items()):
            if ratio is not None:
                parts.append(bar(top + 1 + place * (BAR + 1), ratio, COLOURS[name]))
    return "\n".join([*parts, "</svg>\n"])


def place(ratio: float) -> float:
    """Where a ratio is, from the left."""
    part = math.log(min(max(ratio, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return LEFT + WIDTH * part


def bar(top: float, ratio: float, colour: str) -> str:
    start, end = sorted((place(1), place(ratio)))
    return f'<rect x="{start:.1f}" y="{top}" width="{max(1, end - start):.1f}" height="{BAR}" fill="{colour}"/>'


def grid(height: int) -> Iterable[str]:
    for ratio in (0.01, 0.1, 0.5, 1, 2, 10):
        colour = "#333333" if ratio == 1 else "#cccccc"
        at = f"{place(ratio):.1f}"
        yield f'<line x1="{at}" x2="{at}" y1="46" y2="{height - 18}" stroke="{colour}"/>'
        yield f'<text x="{at}" y="42" text-anchor="middle" fill="#555555">{ratio:g}</text>'


def legend() -> Iterable[str]:
    texts = {"clip": "clip, of PyTorch's time (warm)", "step": "step, of continual-inference's time"}
    for index, (name, text) in enumerate(texts.items()):
        left = LEFT + 230 * index
        yield f'<rect x="{left}" y="10" width="10" height="10" fill="{COLOURS[name]}"/>'
        yield f'<text x="{left + 16}" y="19">{text}</text>'
    yield f'<text x="{LEFT - 8}" y="19" text-anchor="end" fill="#555555">left of 1 is faster</text>'
