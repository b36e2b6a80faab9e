"""A call on a GPU: the rules compiled for it, memory for the step in the program, and what
the handler writes as arrays of JAX.

The handler launches and waits for nothing, so that a program does not fail when a
gradient is not finite: what was not stepped is in the statuses.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
import math
from collections.abc import Sequence

import jax
import jax.ffi
import jax.numpy as jnp
import numpy as np

from steepest import abi
from steepest.abi import Role
from steepest.compiler import Target, compile_for
from steepest.cuda.launch import TEAMS, step_many_bytes
from steepest.jax.native import GPU_TARGET, handler
from steepest.jax.plan import (
    CERTIFICATE,
    Entry,
    Plan,
    Shape,
    attributes_of,
    entries_of,
    hyper_ranges,
    padded,
    parts_of_rules,
)

#: What `steepest.compile` is told of GPUs.
OPTIONS: Target = {"target": "cuda"}
#: The handler's workspace begins at such a boundary, and XLA's memory may not.
_ALIGNMENT = 256
#: Numbers of a certificate in the memory of a step.
_NUMBERS = c.sizeof(abi.Certificate) // c.sizeof(c.c_double)


def compiled(plan: Plan) -> Plan:
    """The same plan with the rules compiled for GPUs."""
    own = (compile_for(handler().optimizer(name), OPTIONS) for name in plan.rules)
    return dataclasses.replace(plan, rules=tuple(map(handler().register, own)))


@dataclasses.dataclass(frozen=True)
class _Rule:
    """The entries of one rule in a call, and into how many tasks each is cut."""

    entries: list[Entry]
    parts: int

    @property
    def problems(self) -> int:
        return sum(math.prod(entry.batch) for entry in self.entries)


def _rules_of(plan: Plan, shapes: Sequence[Shape]) -> list[_Rule]:
    entries = entries_of(plan, shapes)
    return [
        _Rule([entry for entry in entries if entry.rule == rule], parts)
        for rule, parts in enumerate(parts_of_rules(plan, shapes))
    ]


def workspace_bytes(plan: Plan, shapes: Sequence[Shape]) -> int:
    """Device memory that a call needs. The rules have it one after another."""
    size = 0
    for rule in _rules_of(plan, shapes):
        made = [entry.tasks(rule.parts) for entry in rule.entries]
        tasks = [task for own, _ in made for task in own]
        optimizer = rule.entries[0].optimizer
        size = max(size, step_many_bytes(optimizer, tasks, max(1, min(rule.problems, TEAMS))))
    return size + _ALIGNMENT


def lists_bytes(plan: Plan, shapes: Sequence[Shape]) -> int:
    """Host memory for the lists that the handler makes, each rounded up as it does."""
    size = 0
    for rule in _rules_of(plan, shapes):
        size += padded(len(rule.entries) * rule.parts * c.sizeof(abi.Task))
        for entry in rule.entries:
            size += padded(len(entry.optimizer.tensors) * rule.parts * c.sizeof(abi.Tensor))
    return size


def _hyper_rows(
    plan: Plan, operands: Sequence[jax.Array], shapes: Sequence[Shape]
) -> dict[int, jax.Array]:
    """Of every rule with hyper-parameters among the operands a row for each of its tasks."""
    rows = {}
    for index, ((begin, end), rule) in enumerate(
        zip(hyper_ranges(plan), _rules_of(plan, shapes), strict=True)
    ):
        if not any(begin <= number < end for number in plan.traced):
            continue
        columns = [
            jnp.full(rule.parts, value, jnp.float64) for value in plan.hypers[begin:end]
        ]
        for number, operand in zip(plan.traced, operands, strict=False):
            if begin <= number < end:
                # What has fewer elements belongs to outer dimensions of the batch.
                repeats = rule.parts // operand.size
                columns[number - begin] = jnp.repeat(
                    operand.reshape(-1).astype(jnp.float64), repeats
                )
        rows[index] = jnp.tile(jnp.stack(columns, 1), (len(rule.entries), 1))
    return rows


def _results(
    plan: Plan, operands: Sequence[jax.Array], shapes: Sequence[Shape]
) -> list[jax.ShapeDtypeStruct]:
    """What the handler writes, in its order (`handler/gpu.c`)."""
    results = []
    for entry in entries_of(plan, shapes):
        results += [
            jax.ShapeDtypeStruct(operands[at].shape, operands[at].dtype)
            for at in entry.written()
        ]
        shape = (*entry.batch, len(entry.optimizer.directions), _NUMBERS)
        results.append(jax.ShapeDtypeStruct(shape, jnp.float64))
    for rule in _rules_of(plan, shapes):
        results.append(jax.ShapeDtypeStruct((rule.problems,), jnp.int32))
    results.append(jax.ShapeDtypeStruct((workspace_bytes(plan, shapes),), jnp.uint8))
    return results


def call(*operands: jax.Array, plan: Plan) -> list[jax.Array]:
    """The results of a call: of every entry parameters, states, certificates, and a
    status of each problem.
    """
    plan = compiled(plan)
    shapes = [operand.shape for operand in operands]
    entries, rules = entries_of(plan, shapes), _rules_of(plan, shapes)
    lists = lists_bytes(plan, shapes)
    handler().reserve_lists(lists)
    # Certificates and hyper-parameters are f64 in the memory of a step, whatever JAX is
    # told about its own arrays.
    with jax.enable_x64(True):
        hypers = _hyper_rows(plan, operands, shapes)
        tensors = operands[len(plan.traced) :]
        aliases, result = {}, 0
        for entry in entries:
            for at in entry.written():
                aliases[at - len(plan.traced) + len(hypers)] = result
                result += 1
            result += 1
        called = jax.ffi.ffi_call(
            GPU_TARGET, _results(plan, operands, shapes), input_output_aliases=aliases
        )(
            *hypers.values(),
            *tensors,
            **attributes_of(plan),
            traced=np.array(list(hypers), np.int64),
            parts=np.array([rule.parts for rule in rules], np.int64),
            lists=np.int64(lists),
        )
        statuses = called[result : result + len(rules)]
        return _as_arrays(plan, operands, entries, called, statuses)


def _as_arrays(
    plan: Plan,
    operands: Sequence[jax.Array],
    entries: Sequence[Entry],
    called: Sequence[jax.Array],
    statuses: Sequence[jax.Array],
) -> list[jax.Array]:
    """What the program goes on with, entry by entry."""
    results: list[jax.Array] = []
    first = [0] * len(statuses)
    steps = iter(called)
    for entry in entries:
        problems = math.prod(entry.batch)
        begin = first[entry.rule]
        first[entry.rule] += problems
        status = statuses[entry.rule][begin : begin + problems].reshape(entry.batch)
        # Of what has no elements nothing is launched, and nothing written.
        is_empty = not problems or not all(map(math.prod, entry.problems))
        if is_empty:
            status = jnp.zeros_like(status)
        for at in entry.written():
            stepped = next(steps)
            role = entry.optimizer.tensors[at - entry.first].role
            if plan.deltas and role is Role.PARAMETER:
                stepped = stepped - operands[at]
            results.append(stepped)
        rows = next(steps)[..., : len(CERTIFICATE)].astype(jnp.float32)
        # Nor has anybody written the certificate of a problem that was not stepped.
        is_written = (status == 0) & (not is_empty)
        results.append(jnp.where(is_written[..., None, None], rows, jnp.float32(0)))
        results.append(status)
    return results
