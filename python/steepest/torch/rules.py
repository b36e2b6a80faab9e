"""Which compiled rule steps a parameter, and as which matrices it is seen.

All that is decided here is decided from the descriptor: the types and ranks of the
tensors, and whether entries step by themselves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch

from steepest.abi import DType
from steepest.compiler import Target
from steepest.compiler import compile as compile_spec
from steepest.errors import SteepestError
from steepest.optimizer import CompiledOptimizer

DTYPES = {torch.float32: DType.F32, torch.float64: DType.F64, torch.bfloat16: DType.BF16}
TORCH_DTYPES = {ours: theirs for theirs, ours in DTYPES.items()}


def rule_for(
    spec: str,
    dtype: torch.dtype,
    *,
    maximize: bool,
    master: bool,
    who: str,
    target: Target,
) -> CompiledOptimizer:
    """The rule of a spec for parameters of this type. `who` is the parameter, `target`
    what `steepest.compile` is told of its device.
    """
    wanted = DTYPES.get(dtype)
    if wanted is None:
        raise SteepestError(f"{who}: expected float32, float64 or bfloat16, got {dtype}")
    natural = compile_spec(spec, maximize=maximize, **target)
    if len(natural.parameters) != 1:
        raise SteepestError(
            f"{natural.name} steps {len(natural.parameters)} parameters together, expected a rule "
            "of one parameter: call it through steepest.compile"
        )
    declared = natural.parameters[0].dtype
    if declared is wanted and not master:
        return natural
    if wanted is not DType.BF16:
        if declared is DType.BF16:
            raise SteepestError(f"{natural.name} is for parameters of bfloat16, {who} has {dtype}")
        return natural if declared is wanted else compile_spec(
            spec, maximize=maximize, dtype=str(wanted), **target
        )  # fmt: skip
    return compile_spec(
        spec,
        maximize=maximize,
        dtype="f32" if declared is DType.F64 else None,
        storage="bf16",
        master=master,
        **target,
    )


@dataclasses.dataclass(frozen=True)
class Split:
    """A parameter as `rows` x `cols` equal blocks that are stepped as matrices of their
    own: the heads of a projection, the parts of a fused one. `said` is how messages call it.
    """

    rows: int = 1
    cols: int = 1
    said: str = dataclasses.field(default="", compare=False)

    @classmethod
    def of(cls, group: Mapping[str, Any]) -> Split:
        """From the `split` of a group, `(rows, cols)` or `rows`, or its `per_head`, which
        are so many blocks of rows; one block without them.
        """
        split, heads = group.get("split"), group.get("per_head")
        if split is not None and heads is not None:
            raise SteepestError(
                f"expected split or per_head of a group, got split={split!r} and per_head={heads!r}"
            )
        if heads is not None:
            if type(heads) is not int or heads < 1:
                raise SteepestError(f"expected per_head to be a number of heads, got {heads!r}")
            return cls(heads, 1, f"per_head={heads} blocks of rows")
        if split is None:
            return cls()
        parts = (split, 1) if isinstance(split, int) else tuple(split)
        if len(parts) != 2 or not all(isinstance(part, int) and part > 0 for part in parts):
            raise SteepestError(f"expected split=(rows, columns) of blocks, got {split!r}")
        return cls(*parts, f"{parts[0]} x {parts[1]} blocks")

    @property
    def count(self) -> int:
        """Blocks in all."""
        return self.rows * self.cols


def problems_of(
    tensor: torch.Tensor, rule: CompiledOptimizer, split: Split, who: str
) -> list[torch.Tensor]:
    """The problems that the rule solves for a parameter: views of its memory, each a
    tensor of the rule's rank or a batch of such. A gradient, and a state of the
    parameter's shape, are seen the same way.

    Matrices are taken as they are. More dimensions become the columns (a convolution is
    output channels by the rest); fewer, one row, if entries step by themselves.
    """
    rank = rule.parameters[0].rank
    plain = tensor.detach()
    if split.count > 1:
        if rank != 2 or plain.ndim != 2:
            raise SteepestError(
                f"{who}: expected a matrix to split, got shape {_text(plain)} for {rule.name}"
            )
        rows, cols = plain.shape
        if rows % split.rows or cols % split.cols:
            raise SteepestError(
                f"{who}: expected extents that {split.said} divide, got {_text(plain)}"
            )
        blocks = plain.unflatten(1, (split.cols, cols // split.cols))
        blocks = blocks.unflatten(0, (split.rows, rows // split.rows))
        blocks = blocks.movedim(2, 1)  # block row, block column, row, column
        if split.cols == 1:
            return [_checked(blocks[:, 0], who)]
        return [_checked(row, who) for row in blocks]
    if plain.ndim == rank:
        if rule.entrywise and plain.stride()[-1] != 1 and plain.shape[-1] > 1:
            return [_in_memory_order(plain, rank, who)]
        return [_checked(plain, who)]
    if rule.entrywise:
        return [_in_memory_order(plain, rank, who)]
    if rank == 2 and plain.ndim > 2:
        if not plain.is_contiguous():
            raise SteepestError(
                f"{who}: expected contiguous memory, to be seen as a matrix, got strides "
                f"{tuple(plain.stride())} of shape {_text(plain)}"
            )
        return [plain.view(plain.shape[0], -1)]
    raise SteepestError(
        f"{who} has {plain.ndim} dimensions, but {rule.name} is for "
        f"{'matrices' if rank == 2 else 'vectors'}; give it to another optimizer, as in "
        '{"params": [...], "optimizer": "adamw"}'
    )


def _text(tensor: torch.Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "()"


def _checked(view: torch.Tensor, who: str) -> torch.Tensor:
    if view.numel() and view.ndim and view.shape[-1] > 1 and view.stride()[-1] != 1:
        raise SteepestError(
            f"{who}: expected rows that are contiguous, got strides {tuple(view.stride())} of "
            f"shape {_text(view)}"
        )
    return view


def _in_memory_order(plain: torch.Tensor, rank: int, who: str) -> torch.Tensor:
    """All entries in a row, whatever the order of the dimensions."""
    strides, shape = plain.stride(), plain.shape
    order = sorted(range(plain.ndim), key=lambda axis: (-strides[axis], -shape[axis]))
    if not plain.permute(order).is_contiguous():
        raise SteepestError(
            f"{who}: expected memory without holes, got strides {tuple(plain.stride())} of shape "
            f"{_text(plain)}"
        )
    count = plain.numel()
    if rank == 2:
        return plain.as_strided((1, count), (max(count, 1), 1))
    return plain.as_strided((count,), (1,))
