"""Rules: specs, compiled for the parameters that they step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import jax
import jax.numpy as jnp
import numpy as np

from steepest.compiler import compile as compile_spec
from steepest.compiler import compile_for
from steepest.errors import SteepestError
from steepest.jax.plan import jax_dtype
from steepest.optimizer import CompiledOptimizer

#: A number, an array of one number, or a function from the step (0, 1, ...) to one.
Hyper = float | jax.Array | Callable[[jax.Array], jax.Array | float]


class _Adaptation(TypedDict, total=False):
    """Options of `steepest.compile`."""

    dtype: str
    storage: str


#: What the compiler makes of a rule for parameters of a type that it does not name.
_ADAPTED: dict[np.dtype, _Adaptation] = {
    np.dtype(jnp.float32): {"dtype": "f32"},
    np.dtype(jnp.float64): {"dtype": "f64"},
    np.dtype(jnp.bfloat16): {"storage": "bf16"},
}


@dataclasses.dataclass(frozen=True, eq=False)
class Rule:
    """A spec, compiled as it is, with the hyper-parameters that are not its defaults."""

    spec: object
    optimizer: CompiledOptimizer
    hypers: Mapping[str, Hyper]

    def adapted(self, dtype: np.dtype, master: bool) -> CompiledOptimizer:
        """The same rule for parameters of another type, where the compiler makes it."""
        if dtype == jax_dtype(self.optimizer.parameters[0].dtype):
            return self.optimizer
        if dtype not in _ADAPTED:
            raise TypeError(
                f"{self.optimizer.name} steps parameters of "
                f"{', '.join(map(str, _ADAPTED))}, got {dtype}"
            )
        changes: dict[str, Any] = {**_ADAPTED[dtype]}
        changes["master"] = master and "storage" in changes
        options = dataclasses.asdict(self.optimizer.options) | changes
        return compile_spec(self.spec, name=self.optimizer.name, **options)


def rule(spec: object, **hypers: Hyper) -> Rule:
    """A rule: `spec` is whatever `steepest.compile` takes, or what it returns. Numbers of
    hyper-parameters may be schedules, and arrays that are traced.
    """
    if isinstance(spec, Rule):
        _check_hypers(spec.optimizer, hypers)
        return dataclasses.replace(spec, hypers={**spec.hypers, **hypers})
    if isinstance(spec, CompiledOptimizer):
        # Programs on the CPU step with the CPU's.
        optimizer, spec = compile_for(spec, {}) if spec.is_for_gpu else spec, spec.spec
    else:
        optimizer = compile_spec(spec)
    if len(optimizer.parameters) != 1 or len(optimizer.gradients) != 1:
        raise SteepestError(
            f"{optimizer.name}: expected a rule of one parameter, got one of "
            f"{', '.join(info.name for info in optimizer.parameters)}"
        )
    _check_hypers(optimizer, hypers)
    return Rule(spec, optimizer, hypers)


def _check_hypers(optimizer: CompiledOptimizer, given: Mapping[str, Hyper]) -> None:
    """Refuses what is no hyper-parameter, and what is no number. (What arrays and schedules
    say is known later.)
    """
    unknown = [name for name in given if name not in optimizer.hypers]
    if unknown:
        raise SteepestError(
            f"{optimizer.name} has no hyper-parameter '{unknown[0]}'; it has "
            f"{', '.join(optimizer.hypers) or 'none'}"
        )
    for name, value in given.items():
        if not callable(value) and not hasattr(value, "dtype"):
            optimizer.hyper_value(name, value)
