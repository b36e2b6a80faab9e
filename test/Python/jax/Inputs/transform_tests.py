"""The transformation: states, steps, vmap, scan, donation, types, errors."""

import pickle
import subprocess
import sys
import unittest

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import optax
import steepest
import steepest.jax
from steepest.jax import matrix_or_rest, optimizer, partition, rule

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
F64_STATE = """
steepest.optimizer @decaying(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%p: f64 = 1.0) hyper(%lr: f32 = 0.1, %beta: f64 = 0.5) {
  %p1 = arith.mulf %p, %beta : f64
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?xf32>
  steepest.update %w = %w1, %p = %p1 : tensor<?xf32>, f64
}
"""
VECTOR = """
steepest.optimizer @signs(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.5) {
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?xf32>
  steepest.update %w = %w1 : tensor<?xf32>
}
"""
PAIR = """
steepest.optimizer @pair(%a: tensor<?x?xf32>, %ga: tensor<?x?xf32>,
                         %b: tensor<?x?xf32>, %gb: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %da = steepest.direction %ga norm(#steepest.frobenius) penalty : tensor<?x?xf32>
  %db = steepest.direction %gb norm(#steepest.frobenius) penalty : tensor<?x?xf32>
  %a1 = steepest.descend %a, %da, %lr : tensor<?x?xf32>
  %b1 = steepest.descend %b, %db, %lr : tensor<?x?xf32>
  steepest.update %a = %a1, %b = %b1 : tensor<?x?xf32>, tensor<?x?xf32>
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


class Steps(unittest.TestCase):
    def test_parameters_go_to_their_rules_as_numpy_has_them(self):
        params, grads = example()
        opt = optimizer("muon", lr=0.05)
        state = opt.init(params)
        muon, adamw = steepest.compile("muon"), steepest.compile("adamw")
        expected = jax.tree.map(np.array, params)
        rows = {"bias": (1, 20), "gain": (1, 1)}
        arrays = [
            (muon, {"lr": 0.05}, expected["layer"]["kernel"], grads["layer"]["kernel"]),
            (adamw, {}, expected["embed"], grads["embed"]),
            (adamw, {}, expected["stack"], grads["stack"]),
        ] + [
            (adamw, {}, expected["layer"][name].reshape(view), grads["layer"][name].reshape(view))
            for name, view in rows.items()
        ]
        states = [one.init(w) for one, _, w, _ in arrays]
        step = jax.jit(opt.step)
        for _ in range(3):
            params, state = step(params, grads, state)
            for (one, hypers, w, g), own in zip(arrays, states, strict=True):
                one.step(w, np.asarray(g), own, **hypers)
        self.assertTrue(equal(params, expected))
        self.assertEqual(int(state.count), 3)
        self.assertTrue(equal(state.states["m"]["layer"]["kernel"], states[0]["m"]))
        self.assertTrue(equal(state.states["power1"]["stack"], states[2]["power1"]))
        self.assertIsInstance(state.states["v"]["layer"]["kernel"], optax.MaskedNode)
        # Where a state is of the parameter's size it is of its shape.
        self.assertEqual(state.states["m"]["layer"]["bias"].shape, (20,))
        self.assertEqual(state.states["power1"]["layer"]["bias"].shape, ())

    def test_updates_are_differences(self):
        params, grads = example()
        opt = optimizer("muon")
        state = opt.init(params)
        updates, after = jax.jit(opt.update)(grads, state, params)
        stepped, expected = jax.jit(opt.step)(params, grads, state)
        self.assertTrue(equal(updates, jax.tree.map(lambda n, o: n - o, stepped, params)))
        self.assertTrue(equal(after, expected))

    def test_the_number_of_threads_changes_no_bit(self):
        params, grads = example()
        results = []
        for threads in (1, 2, 3):
            opt = optimizer("muon", threads=threads)
            results.append(jax.jit(opt.step)(params, grads, opt.init(params)))
        self.assertTrue(equal(results[0], results[1]))
        self.assertTrue(equal(results[0], results[2]))

    def test_denormal_numbers_are_kept(self):
        # XLA flushes them on its own threads.
        opt = partition({"all": rule(VECTOR, lr=1e-40)}, lambda params: "all")
        w = jnp.zeros(3)
        stepped, _ = jax.jit(opt.step)(w, jnp.array([1.0, -2.0, 0.0]), opt.init(w))
        expected = np.array([-1e-40, 1e-40, 0], np.float32)
        self.assertEqual(np.asarray(stepped).tobytes(), (expected + 0.0).tobytes())

    def test_learning_rates(self):
        w, g = normal(0, 6, 6), normal(1, 6, 6)

        def stepped(lr):
            opt = optimizer("sgd", lr=lr)
            state = opt.init(w)
            after, state = jax.jit(opt.step)(w, g, state)
            return jax.jit(opt.step)(after, g, state)[0]

        self.assertTrue(equal(stepped(0.25), stepped(jnp.float32(0.25))))
        self.assertTrue(equal(stepped(0.25), stepped(lambda count: 0.25)))
        schedule = optax.piecewise_constant_schedule(0.5, {1: 0.5})
        halved = stepped(schedule)
        opt = optimizer("sgd")
        first, state = optimizer("sgd", lr=0.5).step(w, g, opt.init(w))
        second, _ = optimizer("sgd", lr=0.25).step(first, g, state)
        self.assertTrue(equal(halved, second))

        @jax.jit
        def traced(lr):
            opt = optimizer("sgd", lr=lr)
            return opt.step(w, g, opt.init(w))[0]

        self.assertTrue(equal(traced(0.5), first))

    def test_reports(self):
        params, grads = example()
        opt = optimizer("muon")
        _, state = opt.step(params, grads, opt.init(params))
        reports = opt.report(state, params)
        self.assertEqual(
            list(reports), ["embed", "layer/bias", "layer/gain", "layer/kernel", "stack"]
        )
        self.assertLess(0.1, reports["layer/kernel"].gap)
        self.assertLess(reports["layer/kernel"].gap, 0.8)
        self.assertEqual(len(reports["stack"]), 3)

    def test_labels(self):
        params = {
            "wte": jnp.zeros((4, 4)),
            "block": {
                "output": {"dense": {"kernel": jnp.zeros((4, 4)), "bias": jnp.zeros(4)}},
                "ln_1": {"scale": jnp.zeros(2)},
            },
            "Embed_0": {"embedding": jnp.zeros((9, 3))},
            "header": jnp.zeros((3, 3)),
            "lm_head": {"kernel": jnp.zeros((3, 3))},
            "logits": jnp.zeros((3, 3)),
            "row": jnp.zeros((1, 3)),
            "conv": jnp.zeros((3, 3, 3)),
        }
        labels = jax.tree.leaves(matrix_or_rest(params))
        names = [steepest.jax.policy.path_name(p) for p, _ in jax.tree.leaves_with_path(params)]
        matrices = {name for name, label in zip(names, labels, strict=True) if label == "matrix"}
        self.assertEqual(matrices, {"block/output/dense/kernel", "header"})

    def test_masks_and_rest(self):
        params, grads = example()
        everything = optimizer("sgd", rest=None, lr=0.5)
        self.assertEqual(set(everything.init(params).states), {"m"})
        opt = optax.partition(
            {"ours": optimizer("sgd", rest=None, lr=0.5), "frozen": optax.set_to_zero()},
            {"embed": "frozen", "layer": "ours", "stack": "frozen"},
        )
        updates, _ = jax.jit(opt.update)(grads, opt.init(params), params)
        expected, _ = everything.update(grads, everything.init(params), params)
        self.assertTrue(equal(updates["layer"], expected["layer"]))
        self.assertEqual(float(jnp.abs(updates["embed"]).max()), 0)

    def test_empty_and_missing_arrays(self):
        params = {"empty": jnp.zeros((0, 5)), "w": normal(0, 3, 4), "none": None}
        opt = optimizer("muon")
        stepped, _ = jax.jit(opt.step)(params, params, opt.init(params))
        self.assertEqual((stepped["empty"].shape, stepped["none"]), ((0, 5), None))
        alone, _ = opt.step(params["w"], params["w"], opt.init(params["w"]))
        self.assertTrue(equal(stepped["w"], alone))

    def test_one_array_as_parameter_and_gradient(self):
        w = normal(0, 5, 4)
        opt = optimizer("sgd", lr=0.5, beta=0.0)
        expected = np.asarray(w) * np.float32(0.5)
        for donated in ((), (0,)):
            step = jax.jit(lambda w, s: opt.step(w, w, s)[0], donate_argnums=donated)
            self.assertTrue(equal(step(jnp.copy(w), opt.init(w)), expected))

    def test_arrays_of_numpy(self):
        w = np.ones((3, 4), np.float32)
        opt = optimizer("sgd", lr=0.5, beta=0.0)
        self.assertTrue(equal(opt.step(w, w, opt.init(w))[0], 0.5 * w))
        self.assertTrue(equal(w, np.ones((3, 4))))

    def test_no_parameters(self):
        opt = optimizer("muon")
        params, state = opt.step({}, {}, opt.init({}))
        self.assertEqual((params, int(state.count)), ({}, 1))


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


class Checkpoints(unittest.TestCase):
    def test_a_state_goes_through_numpy_and_pickle(self):
        params, grads = example()
        opt = optimizer("muon")
        params, state = opt.step(params, grads, opt.init(params))
        saved = pickle.dumps(jax.tree.map(np.asarray, (params, state)))
        expected = opt.step(params, grads, state)
        again = optimizer("muon")
        self.assertTrue(equal(again.step(*_interleave(pickle.loads(saved), grads)), expected))


def _interleave(saved, grads):
    params, state = saved
    return params, grads, state


class Errors(unittest.TestCase):
    """All of them when tracing, but what only the numbers tell."""

    def fails(self, kind, message, function, *arguments):
        with self.assertRaisesRegex(kind, message):
            jax.eval_shape(function, *arguments)

    def test_types(self):
        opt = optimizer("sgd", rest=None)
        w = normal(0, 3, 4)
        self.fails(
            TypeError,
            "a/b: sgd steps parameters of float32, float64, bfloat16, got int32",
            opt.init,
            {"a": {"b": jnp.ones((2, 2), int)}},
        )
        state = opt.init(w)
        self.fails(
            TypeError, "sgd takes gradients of float32, got complex64", opt.step, w, w + 1j, state
        )

    def test_vectors_for_a_rule_of_matrices(self):
        opt = optimizer("muon", labels="matrix")
        self.fails(
            ValueError,
            "muon steps matrices as a whole, got an array of 1 dimensions",
            opt.init,
            jnp.ones(3),
        )

    def test_shapes(self):
        opt = optimizer("sgd", rest=None)
        w = normal(0, 3, 4)
        state = opt.init({"w": w})
        self.fails(
            ValueError,
            r"w: expected a gradient of shape \(3, 4\), got \(4, 3\)",
            opt.step,
            {"w": w},
            {"w": w.T},
            state,
        )
        self.fails(
            ValueError, "expected gradients with the tree", opt.step, {"w": w}, {"v": w}, state
        )
        self.fails(
            ValueError,
            r"w: sgd: expected the state 'm' to be float32 of shape \(5, 4\), got float32 of "
            r"shape \(3, 4\)",
            opt.step,
            {"w": normal(0, 5, 4)},
            {"w": normal(0, 5, 4)},
            state,
        )

    def test_states_of_another_optimizer(self):
        w = normal(0, 3, 4)
        adamw, sgd = optimizer("adamw", rest=None), optimizer("sgd", rest=None)
        self.fails(
            ValueError,
            "expected the states m of this optimizer, got m, power1, power2, v",
            sgd.step,
            w,
            w,
            adamw.init(w),
        )
        both = optimizer("sgd", rest="adamw")
        state = both.init({"w": w})
        state.states["v"]["w"] = w
        self.fails(
            ValueError,
            "w: sgd: expected the states m, got m, v",
            both.step,
            {"w": w},
            {"w": w},
            state,
        )

    def test_labels(self):
        w = normal(0, 3, 4)
        opt = optimizer("sgd", labels={"w": "matrices"})
        self.fails(
            ValueError, "w: expected a label of matrix, rest, got 'matrices'", opt.init, {"w": w}
        )
        self.fails(ValueError, "expected labels with the tree", opt.init, {"w": w, "v": w})

    def test_rules(self):
        with self.assertRaisesRegex(steepest.SteepestError, "sgd has no hyper-parameter 'speed'"):
            optimizer("sgd", speed=1)
        with self.assertRaisesRegex(
            steepest.SteepestError, "a rule of one parameter, got one of a, b"
        ):
            optimizer(PAIR)
        with self.assertRaisesRegex(steepest.SteepestError, "got 'no_such'"):
            optimizer("no_such")
        opt = optimizer("sgd", rest=None, lr=jnp.ones(2))
        w = normal(0, 3, 4)
        self.fails(
            ValueError,
            "sgd: expected one number for 'lr', got an array",
            opt.step,
            w,
            w,
            opt.init(w),
        )
        with self.assertRaisesRegex(TypeError, "'p' is of float64: expected jax_enable_x64"):
            optimizer(F64_STATE, rest=None).init(w)

    def test_parameters_are_needed(self):
        opt = optimizer("sgd")
        w = normal(0, 3, 4)
        with self.assertRaisesRegex(ValueError, "expected the parameters"):
            opt.update(w, opt.init(w))

    def test_a_gradient_that_is_not_finite(self):
        params, grads = example()
        opt = optimizer("muon")
        state = opt.init(params)
        grads["layer"]["kernel"] = grads["layer"]["kernel"].at[3, 3].set(jnp.nan)
        with self.assertRaisesRegex(RuntimeError, r"muon of layer/kernel: .*\(nonfinite\)"):
            jax.block_until_ready(jax.jit(opt.step)(params, grads, state))
        # As optax has it for any transformation: such steps are left out.
        careful = optax.apply_if_finite(opt, max_consecutive_errors=3)
        updates, after = jax.jit(careful.update)(grads, careful.init(params), params)
        self.assertEqual(max(float(jnp.abs(u).max()) for u in jax.tree.leaves(updates)), 0)
        self.assertEqual(int(after.total_notfinite), 1)

    def test_without_optax_or_jax(self):
        code = "import sys; sys.modules['jax'] = None\nimport steepest\nimport steepest.jax"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        self.assertIn("import of jax halted", done.stderr)


if __name__ == "__main__":
    unittest.main()
