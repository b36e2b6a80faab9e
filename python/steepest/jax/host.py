"""A call on the CPU: memory for the step, and what the handler is told."""

from __future__ import annotations

import ctypes as c
import math
from collections.abc import Sequence

import jax
import jax.ffi
import jax.numpy as jnp
import numpy as np

from steepest import abi
from steepest.abi import Role
from steepest.errors import SteepestError
from steepest.jax.native import HOST_TARGET, handler
from steepest.jax.plan import (
    CERTIFICATE,
    Plan,
    Shape,
    attributes_of,
    entries_of,
    padded,
    parts_of_rules,
)
from steepest.runtime import runtime

#: Of an entry in the handler's list of what to copy and to subtract.
_DELTA_BYTES = 40


def workspace_bytes(plan: Plan, shapes: Sequence[Shape]) -> int:
    """Bytes that a call needs: the lists that the handler makes, each rounded up as it
    does, and what the step asks for.
    """
    parts_of_rule = parts_of_rules(plan, shapes)
    tasks: list[abi.Task] = []
    keep = []
    size = 0
    for index, entry in enumerate(entries_of(plan, shapes)):
        optimizer = entry.optimizer
        count = len(optimizer.tensors)
        parts = parts_of_rule[entry.rule]
        batch = math.prod(entry.batch)
        size += padded(count * parts * c.sizeof(abi.Tensor))
        size += padded(len(optimizer.hypers) * parts * c.sizeof(c.c_double))
        size += padded(batch * len(optimizer.directions) * c.sizeof(abi.Certificate))
        if plan.deltas:
            size += sum(
                padded(batch * math.prod(shape) * info.dtype.bytes)
                for info, shape in zip(optimizer.tensors, entry.problems, strict=True)
                if info.role is Role.PARAMETER
            )
        own, tensors = entry.tasks(parts)
        tasks += own
        keep.append(tensors)
        if optimizer.descriptor.workspace_bytes(optimizer.pointer, tensors, count, 1) < 0:
            raise ValueError(
                f"{optimizer.name} does not step {plan.names[index]} of shape "
                f"{shapes[entry.first]}, or was not compiled for this processor "
                f"({optimizer.target})"
            )
    size += padded(len(tasks) * c.sizeof(abi.Task)) + padded(len(plan.entries) * 24)
    if plan.deltas:
        size += padded(len(shapes) * _DELTA_BYTES)
    array = (abi.Task * len(tasks))(*tasks)
    steps = runtime().library.steepest_step_many_bytes(array, len(tasks), plan.threads, None)
    if steps < 0:
        raise SteepestError("the optimizers refuse these shapes together")
    return size + steps


def call(*operands: jax.Array, plan: Plan) -> list[jax.Array]:
    """The results of a call: of every entry parameters, states, certificates, and
    statuses, which are all fine when the program goes on.
    """
    results: list[jax.ShapeDtypeStruct] = []
    aliases: dict[int, int] = {}
    shapes = [operand.shape for operand in operands]
    for entry in entries_of(plan, shapes):
        for at in entry.written():
            # How a parameter would move is written where its gradient was.
            role = entry.optimizer.tensors[at - entry.first].role
            source = at + 1 if plan.deltas and role is Role.PARAMETER else at
            if operands[source].dtype == operands[at].dtype:
                aliases[source] = len(results)
            results.append(jax.ShapeDtypeStruct(operands[at].shape, operands[at].dtype))
        shape = (*entry.batch, len(entry.optimizer.directions), len(CERTIFICATE))
        results.append(jax.ShapeDtypeStruct(shape, jnp.float32))
    size = workspace_bytes(plan, shapes)
    handler().reserve(plan.threads, size)
    called = iter(
        jax.ffi.ffi_call(HOST_TARGET, results, input_output_aliases=aliases)(
            *operands,
            **attributes_of(plan),
            traced=np.array(plan.traced, np.int64),
            threads=np.int64(plan.threads),
            finite_gradients=np.int64(plan.finite_gradients),
            workspace=np.int64(size),
            deltas=np.int64(plan.deltas),
        )
    )
    outcomes = []
    for entry in entries_of(plan, shapes):
        outcomes += [next(called) for _ in (*entry.written(), "certificates")]
        outcomes.append(jnp.zeros(entry.batch, jnp.int32))
    return outcomes
