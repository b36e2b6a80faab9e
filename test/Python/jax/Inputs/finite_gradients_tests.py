"""A transformation whose gradients the caller vouches for."""

import unittest

import jax
import jax.numpy as jnp
import numpy as np
from steepest.jax import optimizer


class FiniteGradients(unittest.TestCase):
    def stepped(self, gradient, **options):
        transform = optimizer("sgd", lr=0.1, **options)
        params = {"a": jax.random.normal(jax.random.key(1), (6, 5))}
        step = jax.jit(transform.step)
        params, _ = step(params, {"a": gradient}, transform.init(params))
        return np.asarray(params["a"])

    def test_the_same_bits(self):
        gradient = jax.random.normal(jax.random.key(2), (6, 5))
        np.testing.assert_array_equal(
            self.stepped(gradient), self.stepped(gradient, finite_gradients=True)
        )

    def test_what_a_false_promise_gives(self):
        gradient = jnp.ones((6, 5)).at[2, 3].set(jnp.nan)
        with self.assertRaisesRegex(jax.errors.JaxRuntimeError, "nan"):
            self.stepped(gradient)
        after = self.stepped(gradient, finite_gradients=True)
        self.assertTrue(np.isnan(after[2, 3]))
        self.assertEqual(np.isnan(after).sum(), 1)


if __name__ == "__main__":
    unittest.main()
