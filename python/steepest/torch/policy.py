"""Which parameters of a model a rule for matrices steps, and which are left to another.

Hidden matrices go to the rule; embeddings, heads, norms and biases to AdamW. Modules say
what their parameters are; where there are only names, the names do; where there are not
even those, the number of dimensions does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from steepest.errors import SteepestError
from steepest.policy import is_embedding_or_head


@dataclasses.dataclass(frozen=True)
class Sorted:
    """Named parameters in two piles."""

    matrices: list[tuple[str, torch.Tensor]]
    others: list[tuple[str, torch.Tensor]]


def sort_model(model: torch.nn.Module) -> Sorted:
    """By modules: weights of embeddings and what is tied to them, of norms, and linear
    maps that are named as heads or have as many outputs as an embedding has entries.
    """
    modules = list(model.modules())
    embeddings = [m for m in modules if isinstance(m, (torch.nn.Embedding, torch.nn.EmbeddingBag))]
    entries = {m.num_embeddings for m in embeddings}
    others = {id(m.weight) for m in embeddings}
    for module in modules:
        if isinstance(module, torch.nn.Linear) and module.out_features in entries:
            others.add(id(module.weight))
        elif "Norm" in type(module).__name__:
            others |= {id(p) for p in module.parameters(recurse=False)}
    return _sort(model.named_parameters(), others)


def sort_named(parameters: Iterable[tuple[str, torch.Tensor]]) -> Sorted:
    """By names and dimensions."""
    return _sort(parameters, set())


def _sort(parameters: Iterable[tuple[str, torch.Tensor]], others: set[int]) -> Sorted:
    piles: tuple[list[Any], list[Any]] = ([], [])
    for name, parameter in parameters:
        if is_lazy(parameter):
            raise SteepestError(
                f"expected parameters that have shapes, {name or 'one'} has none yet: run the "
                "model once before its optimizer is made"
            )
        is_named_so = is_embedding_or_head(name.split("."))
        is_other = id(parameter) in others or parameter.ndim < 2 or is_named_so
        piles[is_other].append((name, parameter))
    return Sorted(*piles)
