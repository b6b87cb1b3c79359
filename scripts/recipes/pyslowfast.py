"""Recipes of PySlowFast, whose networks end with a softmax where they are evaluated."""

from models import pyslowfast

from recipes.recipe import Recipe
from recipes.video import x3d_values

# What its configurations can say otherwise without another name of a tensor.
POOLED = {
    "slow": "",
    "i3d": "a pool of two frames behind the second stage, ",
    "c2d": "a pool of two frames behind the second stage, ",
}


def resnet(kind: str, frames: int, size: int) -> Recipe:
    return Recipe(
        *(f"pyslowfast_{kind}_r50", "PySlowFast"),
        lambda: pyslowfast.resnet(kind, frames, size),
        (1, 3, frames, size, size),
        f"clips of {frames} frames of {size} x {size}, {POOLED[kind]}and a head that pools them and has"
        " a softmax",
    )


def x3d(size: str, frames: int, pixels: int) -> Recipe:
    return Recipe(
        *(f"pyslowfast_x3d_{size}", "PySlowFast"),
        lambda: pyslowfast.x3d(frames, pixels),
        (1, 3, frames, pixels, pixels),
        f"clips of {frames} frames of {pixels} x {pixels}, and a head that pools them and has a softmax",
        values=x3d_values(frames, pixels),
        text="pyslowfast_x3d",
        # Which size it is, is said.
        wholes=(),
    )


RECIPES = [
    x3d("xs", 4, 160),
    x3d("s", 13, 160),
    x3d("m", 16, 224),
    resnet("slow", 8, 224),
    resnet("i3d", 8, 224),
    resnet("c2d", 8, 224),
]
