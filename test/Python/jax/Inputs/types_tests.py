"""Types of parameters, gradients and states."""

import unittest

import jax
import jax.numpy as jnp
import numpy as np
import optax
from problems import VECTOR, equal, normal
from steepest.jax import optimizer

F64 = """
steepest.optimizer @momentum64(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>)
    state(%m: tensor<?x?xf64> = zeros) hyper(%lr: f64 = 0.1) {
  %half = arith.constant 0.5 : f64
  %m1 = steepest.ema %m, %g, %half : tensor<?x?xf64>
  %d = steepest.direction %m1 norm(#steepest.frobenius) penalty : tensor<?x?xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf64>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf64>, tensor<?x?xf64>
}
"""


class Types(unittest.TestCase):
    def test_bf16_parameters_and_a_rule_for_them(self):
        w = normal(0, 6, 5, dtype=jnp.bfloat16)
        opt = optimizer("adamw_bf16", rest=None, lr=0.25)
        state = opt.init(w)
        stepped, state = jax.jit(opt.step)(w, -w, state)
        self.assertEqual((stepped.dtype, state.states["m"].dtype), (jnp.bfloat16, jnp.float32))
        # The first step of Adam is the rate times the sign.
        moved = stepped.astype(jnp.float32) - 0.9975 * w.astype(jnp.float32)
        np.testing.assert_allclose(moved, 0.25 * np.sign(w.astype(jnp.float32)), atol=2**-7)

    def test_bf16_parameters_with_a_master(self):
        w = normal(0, 6, 5, dtype=jnp.bfloat16)
        g = jnp.full_like(w, 1e-3)
        opt = optimizer("sgd", rest=None, lr=0.01, beta=0.0, master=True)
        state = opt.init(w)
        wide, w0 = w.astype(jnp.float32), w
        for _ in range(8):
            w, state = jax.jit(opt.step)(w, g, state)
            wide = wide - jnp.float32(0.01) * g.astype(jnp.float32)
        # Steps far below what bf16 resolves add up in the master.
        np.testing.assert_allclose(state.states["master_w"], wide, rtol=1e-6)
        self.assertTrue(equal(w, state.states["master_w"].astype(jnp.bfloat16)))
        updates, _ = opt.update(g, opt.init(w0), w0)
        self.assertEqual(updates.dtype, jnp.bfloat16)

    def test_gradients_of_bf16_are_widened(self):
        w, g = normal(0, 4, 4), normal(1, 4, 4, dtype=jnp.bfloat16)
        opt = optimizer("sgd", rest=None)
        narrow, _ = opt.step(w, g, opt.init(w))
        wide, _ = opt.step(w, g.astype(jnp.float32), opt.init(w))
        self.assertTrue(equal(narrow, wide))

    def test_a_tree_of_several_types(self):
        params = {"a": normal(0, 6, 5), "b": normal(1, 6, 5, dtype=jnp.bfloat16)}
        opt = optimizer("muon", lr=0.1, master=True)
        state = opt.init(params)
        self.assertIsInstance(state.states["master_w"]["a"], optax.MaskedNode)
        stepped, state = jax.jit(opt.step)(params, params, state)
        alone = optimizer("muon", lr=0.1)
        wide = jax.tree.map(lambda x: x.astype(jnp.float32), params)
        expected, _ = alone.step(wide, wide, alone.init(wide))
        self.assertTrue(equal(stepped["a"], expected["a"]))
        np.testing.assert_allclose(state.states["master_w"]["b"], expected["b"], atol=1e-5)

    def test_f64(self):
        with jax.enable_x64(True):
            w = jnp.arange(6.0).reshape(2, 3)
            self.assertEqual(w.dtype, jnp.float64)
            adapted = optimizer("sgd", lr=1 / 3, beta=0.5)
            opt = optimizer(F64, rest=None, lr=1 / 3)
            self.assertTrue(
                equal(adapted.step(w, w, adapted.init(w))[0], opt.step(w, w, opt.init(w))[0])
            )
            stepped, state = jax.jit(opt.step)(w, w, opt.init(w))
            np.testing.assert_allclose(stepped, w - w / 6, rtol=1e-15)
            self.assertEqual(state.states["m"].dtype, jnp.float64)
            # A rate that is traced keeps its digits.
            traced = jax.jit(
                lambda lr: optimizer(F64, rest=None, lr=lr).step(w, w, opt.init(w))[0]
            )
            self.assertTrue(equal(traced(1 / 3), stepped))

    def test_vectors_for_a_rule_of_vectors(self):
        opt = optimizer(VECTOR, rest=None)
        w = normal(0, 3, 4)
        stepped, _ = opt.step(w, w, opt.init(w))
        np.testing.assert_allclose(stepped, w - 0.5 * np.sign(w), atol=1e-6)


if __name__ == "__main__":
    unittest.main()
