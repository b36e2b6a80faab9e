"""Compiled optimizers in JAX: an optax `GradientTransformation`, and a step in place.

import optax, steepest.jax

opt = steepest.jax.optimizer("muon", lr=optax.linear_schedule(0.02, 0, 1000))
state = opt.init(params)

# As any transformation of optax ...
updates, state = opt.update(grads, state, params)
params = optax.apply_updates(params, updates)

# ... or without its copies: the step writes into the memory of what it is given.
step = jax.jit(opt.step, donate_argnums=(0, 2))
params, state = step(params, grads, state)
"""

try:
    import jax as _jax  # noqa: F401
    import optax as _optax  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"steepest.jax needs JAX and optax, as pip installs with steepest[jax]: {error}"
    ) from error

from steepest.jax.policy import matrix_or_rest
from steepest.jax.rules import Rule, rule
from steepest.jax.transform import Optimizer, OptimizerState, optimizer, partition

__all__ = [
    "Optimizer",
    "OptimizerState",
    "Rule",
    "matrix_or_rest",
    "optimizer",
    "partition",
    "rule",
]
