"""The transformation on a GPU: numbers, donation, loops, captured graphs, failures."""

import unittest

import jax
import jax.numpy as jnp
import numpy as np
import steepest
from steepest.jax import optimizer

GPU, CPU = jax.devices("cuda")[0], jax.devices("cpu")[0]
RULES = ("sgd", "adamw", "signsgd", "muon", "normuon", "shampoo", "soap", "manifold_muon")


def problem(dtype=jnp.float32):
    keys = jax.random.split(jax.random.key(0), 2)
    w = jnp.linalg.qr(jax.random.normal(keys[0], (40, 24)))[0].astype(dtype)
    return w, jax.random.normal(keys[1], (40, 24)).astype(dtype)


def near(left, right, atol):
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=0, atol=atol)


class OnGpu(unittest.TestCase):
    def test_the_same_as_on_the_cpu(self):
        for name in RULES:
            with self.subTest(name):
                opt = optimizer(name, labels="matrix")
                results = []
                for device in (CPU, GPU):
                    w, g = jax.device_put(problem(), device)
                    state = jax.device_put(opt.init(w), device)
                    step = jax.jit(opt.step, donate_argnums=(0, 2))
                    try:
                        for _ in range(5):
                            w, state = step(w, g, state)
                    except steepest.CompileError as error:
                        # What has no code for GPUs says so.
                        self.assertRegex(str(error), "expects|expected")
                        continue
                    opt.check(state, w)
                    self.assertEqual(w.devices(), {device})
                    results.append(w)
                if len(results) == 2:
                    near(*results, 1e-3)

    def test_a_loop_in_a_captured_graph(self):
        opt = optimizer("adamw", lr=lambda count: 0.1 / (1.0 + count))

        def run(w, g):
            return jax.lax.fori_loop(
                0, 20, lambda _, carry: opt.step(carry[0], g, carry[1]), (w, opt.init(w))
            )[0]

        expected = jax.jit(run)(*jax.device_put(problem(), CPU))
        step = jax.jit(run).lower(*jax.device_put(problem(), GPU))
        # Graphs of one command and more, so that the step is captured.
        captured = step.compile({"xla_gpu_graph_min_graph_size": 1})
        for _ in range(3):
            near(captured(*jax.device_put(problem(), GPU)), expected, 1e-4)

    def test_updates_vmap_and_bf16(self):
        opt = optimizer("muon", labels="matrix", master=True)
        w, g = jax.device_put(problem(jnp.bfloat16), GPU)
        w, g = jnp.stack([w, 2 * w]), jnp.stack([g, -g])
        states = jax.vmap(opt.init)(w)
        updates, _ = jax.jit(jax.vmap(opt.update))(g, states, w)
        stepped, _ = jax.jit(jax.vmap(opt.step))(w, g, states)
        near(updates.astype(jnp.float32), (stepped - w).astype(jnp.float32), 0)

    def test_what_was_not_stepped_is_known_to_check(self):
        opt = optimizer("muon", labels="matrix")
        w, g = jax.device_put(problem(), GPU)
        stepped, state = jax.jit(opt.step)(w, g.at[3, 3].set(jnp.nan), opt.init(w))
        with self.assertRaisesRegex(steepest.StepError, r"\(muon\): nonfinite"):
            opt.check(state, w)
        near(stepped, w, 0)


if __name__ == "__main__":
    unittest.main()
