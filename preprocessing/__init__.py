"""From recordings to volumes on disk: steps, recipes, the cache and its windows. Loads no torch."""

from .cache import Cache
from .preprocess import Estimate, estimate, preprocess
from .recipe import DEFAULT_RECIPES, Recipe, apply, check_recipe, default_recipe, read_recipe, recipe_text
from .step import Step
from .windows import Windows

__all__ = [
    "DEFAULT_RECIPES", "Cache", "Estimate", "Recipe", "Step", "Windows", "apply", "check_recipe", "default_recipe",
    "estimate", "preprocess", "read_recipe", "recipe_text",
]
