"""What a call of a handler is made of, on any platform."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from steepest import abi
from steepest.abi import DType, Role
from steepest.jax.native import handler
from steepest.memory import contiguous
from steepest.optimizer import CompiledOptimizer

#: The numbers of a certificate in an array of JAX, in order.
CERTIFICATE = ("value", "bound", "gap", "tangency", "distance", "iterations", "outcome")


def jax_dtype(dtype: DType) -> np.dtype:
    """The type of elements as JAX has it."""
    return np.dtype(
        {DType.F32: jnp.float32, DType.F64: jnp.float64, DType.BF16: jnp.bfloat16}[dtype]
    )


@dataclasses.dataclass(frozen=True)
class Plan:
    """What of a call does not depend on shapes.

    rules: registered names of the optimizers.
    names: what messages call the entries.
    entries: of every entry the index of its rule.
    ranks: of every tensor of every entry how many of its last dimensions are a
        problem's: fewer than the rule's where a vector is a matrix of one row.
    hypers: the hyper-parameters of all rules, one rule after another.
    traced: the indices in `hypers` of those that are operands.
    threads: how many the step works on.
    finite_gradients: whether the caller vouches for gradients without NaNs and
        infinities.
    deltas: parameters stay as they are, and the results say how they would move.
    """

    rules: tuple[str, ...]
    names: tuple[str, ...]
    entries: tuple[int, ...]
    ranks: tuple[int, ...]
    hypers: tuple[float, ...]
    traced: tuple[int, ...]
    threads: int
    deltas: bool
    finite_gradients: bool = False

    def optimizers(self) -> list[CompiledOptimizer]:
        """The optimizer of every entry."""
        return [handler().optimizer(self.rules[index]) for index in self.entries]


Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Entry:
    """An entry with the shapes of its tensors in a call. `first` is its first operand,
    `rule` the index of its rule.
    """

    optimizer: CompiledOptimizer
    rule: int
    first: int
    batch: Shape
    #: Without the batch, as the rule declares them.
    problems: tuple[Shape, ...]

    def written(self) -> list[int]:
        """The operands that a step writes: parameters and states."""
        return [
            at
            for at, info in enumerate(self.optimizer.tensors, self.first)
            if info.role is not Role.GRADIENT
        ]

    def tasks(self, parts: int) -> tuple[list[abi.Task], object]:
        """A task for each part of the batch, with shapes and without addresses, and what
        keeps their memory.
        """
        optimizer, count = self.optimizer, len(self.optimizer.tensors)
        tensors = (abi.Tensor * count)()
        for tensor, info, shape in zip(tensors, optimizer.tensors, self.problems, strict=True):
            extents = (math.prod(self.batch) // parts, *shape) if self.batch else shape
            tensor.dtype, tensor.rank = info.dtype, len(extents)
            for axis, (extent, stride) in enumerate(
                zip(extents, contiguous(extents), strict=True)
            ):
                tensor.shape[axis], tensor.strides[axis] = extent, stride
        task = abi.Task(optimizer=optimizer.pointer)
        task.arguments.tensors = tensors
        task.arguments.num_tensors = count
        task.arguments.num_hypers = len(optimizer.hypers)
        return [task] * parts, tensors


def entries_of(plan: Plan, shapes: Sequence[Shape]) -> list[Entry]:
    """The entries of a call with operands of these shapes."""
    entries, first = [], len(plan.traced)
    for rule, optimizer in zip(plan.entries, plan.optimizers(), strict=True):
        infos = optimizer.tensors
        own = shapes[first : first + len(infos)]
        ranks = plan.ranks[first - len(plan.traced) :]
        problems = tuple(
            (1,) * (info.rank - rank) + shape[len(shape) - rank :]
            for info, rank, shape in zip(infos, ranks, own, strict=False)
        )
        entries.append(Entry(optimizer, rule, first, own[0][: len(own[0]) - ranks[0]], problems))
        first += len(infos)
    return entries


def padded(size: int) -> int:
    """A size as the handlers cut their memory."""
    return -(-size // abi.WORKSPACE_ALIGNMENT) * abi.WORKSPACE_ALIGNMENT


def hyper_ranges(plan: Plan) -> list[tuple[int, int]]:
    """Of every rule where its hyper-parameters begin and end."""
    ranges, first = [], 0
    for name in plan.rules:
        ranges.append((first, first + len(handler().optimizer(name).hypers)))
        first = ranges[-1][1]
    return ranges


def parts_of_rules(plan: Plan, shapes: Sequence[Shape]) -> list[int]:
    """Of every rule into how many tasks an entry's batch is cut: as many as there are
    elements of a hyper-parameter of it.
    """
    traced = list(zip(plan.traced, shapes[: len(plan.traced)], strict=True))
    return [
        max([1] + [math.prod(shape) for index, shape in traced if begin <= index < end])
        for begin, end in hyper_ranges(plan)
    ]


def attributes_of(plan: Plan) -> dict[str, object]:
    """What the handlers of all platforms are told (`handler/call.h`)."""
    return {
        "rules": "\n".join(plan.rules),
        "names": "\n".join(plan.names),
        "entries": np.array(plan.entries, np.int64),
        "ranks": np.array(plan.ranks, np.int64),
        "hypers": np.array(plan.hypers, np.float64),
    }
