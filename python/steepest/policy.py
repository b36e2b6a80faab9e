"""Which parameters are no hidden matrices, by their names.

What a rule for matrices is not for has a name that says so, in PyTorch and in JAX alike:
embeddings and heads. The words are here, the shapes of names are their frameworks'.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Names of modules that map features to outputs.
HEADS = frozenset({"head", "lm_head", "classifier", "output", "unembed", "unembedding", "logits"})
#: How the names of embeddings begin.
EMBEDDINGS = ("embed", "wte", "wpe")
#: What the arrays of a module are called, so that the word before is the module.
ARRAYS = frozenset({"kernel", "weight", "w", "bias", "embedding"})


def is_embedding_or_head(path: Sequence[str]) -> bool:
    """Whether a parameter belongs to an embedding or a head, by the names of the modules
    that it lies in, outermost first, and its own.
    """
    words = [word.lower() for word in path]
    module = words[-2] if len(words) > 1 and words[-1] in ARRAYS else words[-1]
    return module in HEADS or any(word.startswith(EMBEDDINGS) for word in words)
