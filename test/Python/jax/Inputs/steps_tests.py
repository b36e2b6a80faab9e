"""Steps: by which rule, with which numbers, to the same bits; checkpoints."""

import pickle
import unittest

import jax
import jax.numpy as jnp
import numpy as np
import optax
import steepest
import steepest.jax
from problems import VECTOR, equal, example, normal
from steepest.jax import matrix_or_rest, optimizer, partition, rule


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
        opt.check(state, params)
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


if __name__ == "__main__":
    unittest.main()
