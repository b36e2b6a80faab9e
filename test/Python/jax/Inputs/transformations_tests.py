"""Under `jit`, `scan`, `vmap`, `export`; what is donated and what is copied."""

import unittest

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import optax
from problems import equal, example, normal
from steepest.jax import optimizer


class Transformations(unittest.TestCase):
    def test_scan_is_a_loop(self):
        params, grads = example()
        opt = optimizer("muon", lr=optax.linear_schedule(0.1, 0.0, 10))

        @jax.jit
        def scanned(params, state):
            def body(carry, _):
                return opt.step(carry[0], grads, carry[1]), None

            return jax.lax.scan(body, (params, state), length=5)[0]

        state = opt.init(params)
        expected = scanned(params, state)
        for _ in range(5):
            params, state = jax.jit(opt.step)(params, grads, state)
        self.assertTrue(equal(expected, (params, state)))

    def test_vmap_is_a_loop(self):
        opt = optimizer("muon", lr=0.1)
        params = {"a": normal(0, 4, 6, 5), "bias": normal(1, 4, 5)}
        grads = jax.tree.map(jnp.cos, params)
        states = jax.vmap(opt.init)(params)
        batched = jax.jit(jax.vmap(opt.step))(params, grads, states)
        updates, _ = jax.jit(jax.vmap(opt.update))(grads, states, params)
        moved = jax.tree.map(lambda new, old: new - old, batched[0], params)
        self.assertTrue(equal(updates, moved))
        loop = [
            opt.step(*jax.tree.map(lambda x, i=i: x[i], (params, grads, states))) for i in range(4)
        ]
        self.assertTrue(equal(batched, jax.tree.map(lambda *x: jnp.stack(x), *loop)))

    def test_vmap_of_hyper_parameters_and_of_vmap(self):
        rates, betas = jnp.array([0.1, 0.2, 0.3]), jnp.array([0.5, 0.9])
        w = normal(0, 4, 6, 5)

        def step(lr, beta, w):
            opt = optimizer("muon", lr=lr, beta=beta)
            return opt.step({"w": w}, {"w": jnp.cos(w)}, opt.init({"w": w}))[0]["w"]

        over_w = jax.vmap(step, (None, None, 0))
        sweep = jax.jit(jax.vmap(jax.vmap(over_w, (None, 0, None)), (0, None, None)))(
            rates, betas, w
        )
        self.assertEqual(sweep.shape, (3, 2, 4, 6, 5))
        for i, lr in enumerate(rates):
            for j, beta in enumerate(betas):
                for k in range(4):
                    self.assertTrue(equal(sweep[i, j, k], step(lr, beta, w[k])))
        # The batch of the array is not its first dimension, and the rate's is inside.
        inner = jax.vmap(jax.vmap(step, (0, None, None)), (None, None, 2))(rates, betas[0], w)
        self.assertTrue(equal(inner[3, 1], step(rates[1], betas[0], w[:, :, 3])))

    def test_updates_are_where_gradients_were(self):
        """In a program that makes gradients, updates take no memory that a step in place
        does not.
        """
        opt = optimizer("adamw")
        params = {"w": jnp.ones((256, 256))}

        def with_updates(params, state, x):
            grads = jax.grad(lambda p: jnp.sum((p["w"] @ x) ** 2))(params)
            updates, state = opt.update(grads, state, params)
            return optax.apply_updates(params, updates), state

        def in_place(params, state, x):
            grads = jax.grad(lambda p: jnp.sum((p["w"] @ x) ** 2))(params)
            return opt.step(params, grads, state)

        sizes = [
            jax.jit(function, donate_argnums=(0, 1))
            .lower(params, opt.init(params), jnp.ones((256, 4)))
            .compile()
            .memory_analysis()
            .temp_size_in_bytes
            for function in (with_updates, in_place)
        ]
        self.assertLess(sizes[0], sizes[1] + params["w"].nbytes // 2)

    def test_updates_are_differences(self):
        for dtype in (jnp.float32, jnp.bfloat16):
            # Large enough that threads share the work, of no whole number of chunks.
            params = {"w": jax.random.normal(jax.random.key(0), (301, 300)).astype(dtype)}
            grads = jax.tree.map(lambda p: jnp.sin(37 * p), params)
            for name in ("adamw", "muon"):
                opt = optimizer(name, lr=0.5, threads=2)
                state = opt.init(params)
                stepped, _ = opt.step(params, grads, state)
                updates, _ = opt.update(grads, state, params)
                expected = jax.tree.map(lambda new, old: new - old, stepped, params)
                self.assertTrue(equal(updates["w"], expected["w"]), (name, dtype))

    def test_nothing_is_copied_that_is_donated(self):
        params, grads = example()
        opt = optimizer("muon")
        state = opt.init(params)
        step = jax.jit(opt.step, donate_argnums=(0, 2))
        text = step.lower(params, grads, state).compile().as_text()
        copies = [line for line in text.splitlines() if " copy(" in line and "f32[" in line]
        self.assertEqual(copies, [])
        before = [x.unsafe_buffer_pointer() for x in jax.tree.leaves((params, state.states))]
        params, state = step(params, grads, state)
        after = [x.unsafe_buffer_pointer() for x in jax.tree.leaves((params, state.states))]
        self.assertEqual(before, after)

    def test_a_step_that_is_not_donated_leaves_its_arguments(self):
        params, grads = example()
        opt = optimizer("muon")
        state = opt.init(params)
        kept = jax.tree.map(np.array, (params, grads, state))
        jax.block_until_ready(jax.jit(opt.step)(params, grads, state))
        self.assertTrue(equal(kept, (params, grads, state)))

    def test_vmap_over_some_of_the_arguments(self):
        opt = optimizer("adamw")
        w, g = normal(0, 4, 3, 2), normal(1, 3, 2)
        states = jax.vmap(opt.init)(w)
        stepped, after = jax.vmap(opt.step, (0, None, 0))(w, g, states)
        self.assertEqual(after.states["power1"].shape, (4,))
        expected, _ = opt.step(w[2], g, opt.init(w[2]))
        self.assertTrue(equal(stepped[2], expected))

    def test_export(self):
        params, grads = example()
        opt = optimizer("muon")
        state = opt.init(params)
        check = jax.export.DisabledSafetyCheck.custom_call("steepest_step")
        exported = jax.export.export(jax.jit(opt.step), disabled_checks=[check])(
            params, grads, state
        )
        # What runs elsewhere holds names of optimizers, not addresses.
        self.assertIn("/muon", exported.mlir_module())
        self.assertTrue(equal(exported.call(params, grads, state), opt.step(params, grads, state)))

    def test_gradients_do_not_go_through_a_step(self):
        opt = optimizer("sgd")
        w = normal(0, 3, 3)

        def loss(w):
            return opt.step(w, w, opt.init(w))[0].sum()

        with self.assertRaisesRegex(ValueError, "differentiat"):
            jax.grad(loss)(w)


if __name__ == "__main__":
    unittest.main()
