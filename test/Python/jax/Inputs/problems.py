"""What the tests of the transformation share: specs, small problems, comparisons."""

import jax
import jax.numpy as jnp
import numpy as np

VECTOR = """
steepest.optimizer @signs(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.5) {
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?xf32>
  steepest.update %w = %w1 : tensor<?xf32>
}
"""


def normal(seed, *shape, dtype=jnp.float32):
    return jax.random.normal(jax.random.key(seed), shape, dtype)


def example():
    """Parameters of several kinds, and gradients."""
    params = {
        "embed": normal(0, 10, 8),
        "layer": {"kernel": normal(1, 12, 20), "bias": normal(2, 20), "gain": normal(3)},
        "stack": normal(4, 3, 6, 5),
    }
    grads = jax.tree.map(lambda x: jnp.sin(3 * x), params)
    return params, grads


def equal(left, right):
    """Whether two trees have the same structure and bits."""
    same = jax.tree.map(lambda a, b: bool((np.asarray(a) == np.asarray(b)).all()), left, right)
    return all(jax.tree.leaves(same))
