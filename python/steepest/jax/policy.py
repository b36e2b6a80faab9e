"""Which rule steps which parameter, when nothing else is said."""

from __future__ import annotations

from typing import Any

import jax

from steepest.policy import is_embedding_or_head


def path_name(path: tuple[Any, ...]) -> str:
    """A path of a pytree as words with slashes between them."""
    return jax.tree_util.keystr(path, simple=True, separator="/") or "the parameter"


def matrix_or_rest(params: Any) -> Any:
    """The label "matrix" for the hidden matrices of `params`, "rest" for all else.

    A hidden matrix has two dimensions, both larger than 1, and a path that names neither
    an embedding nor a head. Arrays of more dimensions are "rest": whether they are stacks
    of matrices (which a rule takes as a batch) or, say, kernels of convolutions only the
    user knows.
    """

    def label(path: tuple[Any, ...], leaf: Any) -> str:
        words = path_name(path).split("/")
        is_matrix = len(leaf.shape) == 2 and min(leaf.shape) > 1
        return "matrix" if is_matrix and not is_embedding_or_head(words) else "rest"

    return jax.tree_util.tree_map_with_path(label, params)
