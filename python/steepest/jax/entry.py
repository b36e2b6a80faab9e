"""Entries: parameters as their rules see them, with their states and operands."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from steepest.abi import DType, Initial
from steepest.jax.plan import jax_dtype
from steepest.jax.rules import Rule
from steepest.optimizer import CompiledOptimizer, TensorInfo


@dataclasses.dataclass(frozen=True)
class Entry:
    """A parameter, and how its rule sees it: a vector is a matrix of one row."""

    name: str
    rule: Rule
    optimizer: CompiledOptimizer
    shape: tuple[int, ...]
    view: tuple[int, ...]

    @property
    def batch(self) -> tuple[int, ...]:
        """The dimensions before those of the rule."""
        return self.view[: len(self.view) - self.optimizer.parameters[0].rank]

    def state_shapes(self) -> dict[str, tuple[TensorInfo, tuple[int, ...]]]:
        """Of every state its declaration and its shape: the parameter's own, where it is
        the same to the rule.
        """
        result = {}
        for info in self.optimizer.states:
            shape = (*self.batch, *info.extents(self.view[len(self.batch) :]))
            result[info.name] = (info, self.shape if shape == self.view else shape)
        return result

    def ranks(self) -> list[int]:
        """Of every tensor of the rule how many dimensions are a problem's."""
        own = len(self.shape) - len(self.batch)
        shapes = self.state_shapes()
        return [
            len(shapes[info.name][1]) - len(self.batch) if info.name in shapes else own
            for info in self.optimizer.tensors
        ]


def initial_state(info: TensorInfo, shape: tuple[int, ...], parameter: Any) -> jax.Array:
    """A state before the first step."""
    dtype = jax_dtype(info.dtype)
    if info.dtype is DType.F64 and not jax.config.read("jax_enable_x64"):
        raise TypeError(f"the state '{info.name}' is of float64: expected jax_enable_x64")
    if info.initial is Initial.PARAMETER:
        return jnp.array(parameter, dtype).reshape(shape)
    if info.initial is Initial.IDENTITY:
        return jnp.broadcast_to(jnp.eye(shape[-2], shape[-1], dtype=dtype), shape)
    return jnp.full(shape, info.initial_value, dtype)


def operands_of(
    entry: Entry, leaf: Any, gradient: Any, state: Mapping[str, Any]
) -> list[jax.Array]:
    """The tensors of an entry in the order of the descriptor, checked."""
    optimizer = entry.optimizer
    who = f"{entry.name}: {optimizer.name}"
    if gradient is None:
        raise ValueError(f"{entry.name}: expected a gradient, got None")
    if tuple(gradient.shape) != entry.shape:
        raise ValueError(
            f"{entry.name}: expected a gradient of shape {entry.shape}, got "
            f"{tuple(gradient.shape)}"
        )
    wanted = jax_dtype(optimizer.gradients[0].dtype)
    if jnp.promote_types(gradient.dtype, wanted) != wanted:
        raise TypeError(f"{who} takes gradients of {wanted}, got {gradient.dtype}")
    shapes = entry.state_shapes()
    if set(state) != set(shapes):
        raise ValueError(
            f"{who}: expected the states {', '.join(shapes) or '(none)'}, got "
            f"{', '.join(state) or 'none'}"
        )
    for name, (info, shape) in shapes.items():
        array = state[name]
        if tuple(array.shape) != shape or array.dtype != jax_dtype(info.dtype):
            raise ValueError(
                f"{who}: expected the state '{name}' to be {jax_dtype(info.dtype)} of shape "
                f"{shape}, got {array.dtype} of shape {tuple(array.shape)}"
            )
    tensors = {
        **state,
        optimizer.parameters[0].name: leaf,
        optimizer.gradients[0].name: jnp.asarray(gradient, wanted),
    }
    return [tensors[info.name] for info in optimizer.tensors]
