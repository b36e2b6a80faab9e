"""Which rule steps which parameter, when nothing else is said."""

from __future__ import annotations

from typing import Any

import jax

#: Names of modules that map features to outputs.
HEADS = frozenset({"head", "lm_head", "classifier", "output", "unembed", "unembedding", "logits"})
#: How the names of embeddings begin.
EMBEDDINGS = ("embed", "wte", "wpe")
#: What the arrays of a module are called, so that the word before is the module.
_ARRAYS = frozenset({"kernel", "weight", "w", "bias", "embedding"})


def path_name(path: tuple[Any, ...]) -> str:
    """A path of a pytree as words with slashes between them."""
    return jax.tree_util.keystr(path, simple=True, separator="/") or "the parameter"


def _is_named_as_other(name: str) -> bool:
    words = name.lower().split("/")
    module = words[-2] if len(words) > 1 and words[-1] in _ARRAYS else words[-1]
    return module in HEADS or any(word.startswith(EMBEDDINGS) for word in words)


def matrix_or_rest(params: Any) -> Any:
    """The label "matrix" for the hidden matrices of `params`, "rest" for all else.

    A hidden matrix has two dimensions, both larger than 1, and a path that names neither
    an embedding nor a head. Arrays of more dimensions are "rest": whether they are stacks
    of matrices (which a rule takes as a batch) or, say, kernels of convolutions only the
    user knows.
    """

    def label(path: tuple[Any, ...], leaf: Any) -> str:
        is_matrix = len(leaf.shape) == 2 and min(leaf.shape) > 1
        return "matrix" if is_matrix and not _is_named_as_other(path_name(path)) else "rest"

    return jax.tree_util.tree_map_with_path(label, params)
