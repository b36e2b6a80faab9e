"""One call of the handler: its operands, results and memory, and `vmap` of it."""

from __future__ import annotations

import ctypes as c
import dataclasses
import functools
import math
from collections.abc import Sequence

import jax
import jax.ffi
import jax.numpy as jnp
import numpy as np

from steepest import abi
from steepest.abi import DType, Role
from steepest.errors import SteepestError
from steepest.jax.native import TARGET, handler
from steepest.optimizer import CompiledOptimizer
from steepest.runtime import runtime

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
    """An entry with the shapes of its tensors in a call. `first` is its first operand."""

    optimizer: CompiledOptimizer
    first: int
    batch: Shape
    #: Without the batch, as the rule declares them.
    problems: tuple[Shape, ...]


def entries_of(plan: Plan, shapes: Sequence[Shape]) -> list[Entry]:
    """The entries of a call with operands of these shapes."""
    entries, first = [], len(plan.traced)
    for optimizer in plan.optimizers():
        infos = optimizer.tensors
        own = shapes[first : first + len(infos)]
        ranks = plan.ranks[first - len(plan.traced) :]
        problems = tuple(
            (1,) * (info.rank - rank) + shape[len(shape) - rank :]
            for info, rank, shape in zip(infos, ranks, own, strict=False)
        )
        entries.append(Entry(optimizer, first, own[0][: len(own[0]) - ranks[0]], problems))
        first += len(infos)
    return entries


#: Of an entry in the handler's list of what to copy and to subtract.
_DELTA_BYTES = 40


def _padded(size: int) -> int:
    return -(-size // abi.WORKSPACE_ALIGNMENT) * abi.WORKSPACE_ALIGNMENT


def _hyper_ranges(plan: Plan) -> list[tuple[int, int]]:
    ranges, first = [], 0
    for name in plan.rules:
        ranges.append((first, first + len(handler().optimizer(name).hypers)))
        first = ranges[-1][1]
    return ranges


def workspace_bytes(plan: Plan, shapes: Sequence[Shape]) -> int:
    """Bytes that a call needs: the lists that the handler makes, each rounded up as it
    does, and what the step asks for.
    """
    traced = shapes[: len(plan.traced)]
    parts_of_rule = [
        max(
            [1]
            + [
                math.prod(shape)
                for index, shape in zip(plan.traced, traced, strict=True)
                if begin <= index < end
            ]
        )
        for begin, end in _hyper_ranges(plan)
    ]
    tasks: list[abi.Task] = []
    keep = []
    size = 0
    for index, entry in enumerate(entries_of(plan, shapes)):
        optimizer = entry.optimizer
        count = len(optimizer.tensors)
        parts = parts_of_rule[plan.entries[index]]
        batch = math.prod(entry.batch)
        size += _padded(count * parts * c.sizeof(abi.Tensor))
        size += _padded(len(optimizer.hypers) * parts * c.sizeof(c.c_double))
        size += _padded(batch * len(optimizer.directions) * c.sizeof(abi.Certificate))
        if plan.deltas:
            size += sum(
                _padded(batch * math.prod(shape) * info.dtype.bytes)
                for info, shape in zip(optimizer.tensors, entry.problems, strict=True)
                if info.role is Role.PARAMETER
            )
        tensors = (abi.Tensor * count)()
        for tensor, info, shape in zip(tensors, optimizer.tensors, entry.problems, strict=True):
            extents = (batch // parts, *shape) if entry.batch else shape
            tensor.dtype, tensor.rank = info.dtype, len(extents)
            stride = 1
            for axis in reversed(range(len(extents))):
                tensor.shape[axis], tensor.strides[axis] = extents[axis], stride
                stride *= extents[axis]
        task = abi.Task(optimizer=optimizer.pointer)
        task.arguments.tensors = tensors
        task.arguments.num_tensors = count
        task.arguments.num_hypers = len(optimizer.hypers)
        tasks += [task] * parts
        keep.append(tensors)
        if optimizer.descriptor.workspace_bytes(optimizer.pointer, tensors, count, 1) < 0:
            raise ValueError(
                f"{optimizer.name} does not step {plan.names[index]} of shape "
                f"{shapes[entry.first]}, or was not compiled for this processor "
                f"({optimizer.target})"
            )
    size += _padded(len(tasks) * c.sizeof(abi.Task)) + _padded(len(plan.entries) * 24)
    if plan.deltas:
        size += _padded(len(shapes) * _DELTA_BYTES)
    array = (abi.Task * len(tasks))(*tasks)
    steps = runtime().library.steepest_step_many_bytes(array, len(tasks), plan.threads, None)
    if steps < 0:
        raise SteepestError("the optimizers refuse these shapes together")
    return size + steps


def _call(plan: Plan, *operands: jax.Array) -> Sequence[jax.Array]:
    results: list[jax.ShapeDtypeStruct] = []
    aliases: dict[int, int] = {}
    for entry in entries_of(plan, [operand.shape for operand in operands]):
        infos = entry.optimizer.tensors
        for at, info in enumerate(infos, entry.first):
            if info.role is not Role.GRADIENT:
                # How a parameter would move is written where its gradient was.
                moves = plan.deltas and info.role is Role.PARAMETER
                source = at + 1 if moves else at
                if operands[source].dtype == operands[at].dtype:
                    aliases[source] = len(results)
                results.append(jax.ShapeDtypeStruct(operands[at].shape, operands[at].dtype))
        shape = (*entry.batch, len(entry.optimizer.directions), len(CERTIFICATE))
        results.append(jax.ShapeDtypeStruct(shape, jnp.float32))
    size = workspace_bytes(plan, [operand.shape for operand in operands])
    handler().reserve(plan.threads, size)
    called = jax.ffi.ffi_call(TARGET, results, input_output_aliases=aliases)
    return called(
        *operands,
        rules="\n".join(plan.rules),
        names="\n".join(plan.names),
        entries=np.array(plan.entries, np.int64),
        ranks=np.array(plan.ranks, np.int64),
        hypers=np.array(plan.hypers, np.float64),
        traced=np.array(plan.traced, np.int64),
        threads=np.int64(plan.threads),
        finite_gradients=np.int64(plan.finite_gradients),
        workspace=np.int64(size),
        deltas=np.int64(plan.deltas),
    )


@functools.lru_cache(maxsize=1024)
def _batched_call(plan: Plan):  # type: ignore[no-untyped-def]
    @jax.custom_batching.custom_vmap
    def call(*operands: jax.Array) -> Sequence[jax.Array]:
        return _call(plan, *operands)

    @call.def_vmap
    def _(size: int, is_batched: Sequence[bool], *operands: jax.Array):  # type: ignore[no-untyped-def]
        # The batch becomes a leading dimension of every tensor. A hyper-parameter that is
        # the same for all problems stays one number.
        hypers = len(plan.traced)
        spread = [
            operand
            if batched or (index < hypers and operand.ndim == 0)
            else jnp.broadcast_to(operand, (size, *operand.shape))
            for index, (operand, batched) in enumerate(zip(operands, is_batched, strict=True))
        ]
        out = call(*spread)
        return out, [True] * len(out)

    return call


def step_entries(plan: Plan, operands: Sequence[jax.Array]) -> Sequence[jax.Array]:
    """The results of a call: of every entry parameters, states and certificates."""
    return _batched_call(plan)(*operands)
