"""The primitive that a step is in JAX: what it becomes on which platform, and `vmap` of it.

Where a program will run is known when it is lowered and not before; so the rules are
compiled for GPUs by programs that run on GPUs alone.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, mlir, xla

from steepest.errors import SteepestError
from steepest.jax import gpu, host
from steepest.jax.plan import CERTIFICATE, Plan, entries_of

#: A step of all entries: of each the parameters, the states, certificates, statuses.
step_p = Primitive("steepest_step")
step_p.multiple_results = True
step_p.def_impl(functools.partial(xla.apply_primitive, step_p))


def _like(aval: Any, shape: tuple[int, ...], dtype: Any) -> ShapedArray:
    """Of another shape and type on the same devices."""
    whole = aval.sharding.update(spec=jax.sharding.PartitionSpec(*[None] * len(shape)))
    return aval.update(shape=shape, dtype=jnp.dtype(dtype), weak_type=False, sharding=whole)


def _results(*avals: Any, plan: Plan) -> list[ShapedArray]:
    results = []
    for entry in entries_of(plan, [aval.shape for aval in avals]):
        results += [avals[at].update(weak_type=False) for at in entry.written()]
        first = avals[entry.first]
        shape = (*entry.batch, len(entry.optimizer.directions), len(CERTIFICATE))
        results.append(_like(first, shape, jnp.float32))
        results.append(_like(first, entry.batch, jnp.int32))
    return results


def _no_step(context: Any, *operands: Any, plan: Plan) -> NoReturn:
    platforms = context.platforms or context.module_context.platforms
    raise SteepestError(
        f"expected arrays on the CPU or on GPUs of CUDA, got a program for {', '.join(platforms)}"
    )


def _no_gradient(primals: Any, tangents: Any, *, plan: Plan) -> NoReturn:
    raise ValueError("a step of an optimizer cannot be differentiated")


step_p.def_abstract_eval(_results)
mlir.register_lowering(step_p, _no_step)
mlir.register_lowering(step_p, mlir.lower_fun(host.call), platform="cpu")
mlir.register_lowering(step_p, mlir.lower_fun(gpu.call), platform="cuda")
ad.primitive_jvps[step_p] = _no_gradient


@functools.lru_cache(maxsize=1024)
def _batched_call(plan: Plan):  # type: ignore[no-untyped-def]
    @jax.custom_batching.custom_vmap
    def call(*operands: jax.Array) -> Sequence[jax.Array]:
        return step_p.bind(*operands, plan=plan)

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
    """The results of a call: of every entry parameters, states, certificates, statuses."""
    return _batched_call(plan)(*operands)
