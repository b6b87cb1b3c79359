"""The recipes, in the order in which they are listed. Needs `enter_packages()` before."""

from recipes import continual_networks, faces, pyslowfast, skeletons, sound, video
from recipes.recipe import Recipe

RECIPES: list[Recipe] = [
    *video.RECIPES,
    *pyslowfast.RECIPES,
    *continual_networks.RECIPES,
    *skeletons.RECIPES,
    *sound.RECIPES,
    *faces.RECIPES,
]
