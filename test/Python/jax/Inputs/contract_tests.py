"""What optax asks of every transformation, as its own tests of `optax.contrib` do."""

import unittest

import jax
import jax.numpy as jnp
import numpy as np
import optax
from steepest.jax import optimizer, partition, rule

FACTORIES = {
    "sgd": lambda: optimizer("sgd", rest=None, lr=0.5),
    "adamw": lambda: optimizer("adamw", lr=0.05, decay=0.0),
    "muon": lambda: optimizer("muon", rest=rule("adamw", lr=0.05, decay=0.0), lr=decay_to_zero),
}


def decay_to_zero(count):
    """A rate for rules whose step does not shrink with the gradient."""
    return 0.3 * 0.99**count


def quadratic():
    target = [jnp.array([1.0, -1.0, 2.0]), jnp.array([[3.0, -2.0], [1.0, 4.0]])]

    def loss(params):
        return sum(((p - t) ** 2).sum() for p, t in zip(params, target, strict=True))

    return [jnp.zeros_like(t) for t in target], target, loss


def close(test, left, right, **tolerance):
    test.assertEqual(jax.tree.structure(left), jax.tree.structure(right))
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_allclose(a, b, **tolerance)


class Contract(unittest.TestCase):
    def each(self):
        for name, factory in FACTORIES.items():
            with self.subTest(name):
                yield factory()

    def test_it_optimizes_and_compiles_once(self):
        for opt in self.each():
            params, target, loss = quadratic()
            traces = []

            @jax.jit
            def step(params, state):
                traces.append(None)
                grads = jax.grad(loss)(params)
                updates, state = opt.update(grads, state, params)
                return optax.apply_updates(params, updates), state

            state = opt.init(params)
            for _ in range(1000):
                params, state = step(params, state)
            close(self, params, target, rtol=3e-2, atol=3e-2)
            # The function of Python has run once: nothing happens in it but tracing.
            self.assertEqual(len(traces), 1)

    def test_the_state_is_stable_in_shape_and_type(self):
        for opt in self.each():
            params, _, loss = quadratic()
            state = jax.jit(opt.init)(params)
            updates, after = jax.jit(opt.update)(jax.grad(loss)(params), state, params)

            def kinds(tree):
                return jax.tree.map(lambda x: (x.shape, x.dtype), tree)

            self.assertEqual(kinds(updates), kinds(params))
            self.assertEqual(kinds(after), kinds(state))
            # `cond` accepts both only when they are the same.
            jax.lax.cond(True, lambda s=state: s, lambda a=after: a)

    def test_extra_arguments_are_accepted(self):
        for opt in self.each():
            params, _, loss = quadratic()
            opt.update(jax.grad(loss)(params), opt.init(params), params, value=1.0)
            chained = optax.chain(optax.clip(1.0), opt)
            chained.update(jax.grad(loss)(params), chained.init(params), params, value=1.0)

    def test_map_params_of_a_state(self):
        for opt in self.each():
            params, _, loss = quadratic()
            _, state = opt.update(jax.grad(loss)(params), opt.init(params), params)
            same = optax.tree.map_params(opt, lambda value: value, state)
            close(self, same, state)
            zero = optax.tree.map_params(opt, lambda value: value * 0, state)
            self.assertEqual(float(sum(jnp.abs(x).sum() for x in jax.tree.leaves(zero.states))), 0)
            self.assertEqual(int(zero.count), 1)

    def test_a_chain(self):
        for opt in self.each():
            params, _, loss = quadratic()
            grads = jax.grad(loss)(params)
            chained = optax.chain(optax.clip_by_global_norm(1.0), opt, optax.scale(0.5))
            updates, _ = jax.jit(chained.update)(grads, chained.init(params), params)
            clipped, _ = optax.clip_by_global_norm(1.0).update(grads, optax.EmptyState())
            alone, _ = opt.update(clipped, opt.init(params), params)
            close(self, updates, jax.tree.map(lambda u: 0.5 * u, alone), rtol=1e-6)

    def test_injected_hyper_parameters(self):
        params, _, loss = quadratic()
        grads = jax.grad(loss)(params)
        injected = optax.inject_hyperparams(optimizer)("muon", lr=0.25)
        state = injected.init(params)
        self.assertEqual(float(state.hyperparams["lr"]), 0.25)
        updates, state = jax.jit(injected.update)(grads, state, params)
        opt = optimizer("muon", lr=0.25)
        expected, inner = jax.jit(opt.update)(grads, opt.init(params), params)
        close(self, updates, expected)
        close(self, state.inner_state, inner)
        state.hyperparams["lr"] = jnp.float32(0.5)
        moved, _ = jax.jit(injected.update)(grads, state, params)
        opt = optimizer("muon", lr=0.5)
        expected, _ = opt.update(grads, inner, params)
        close(self, moved, expected)
        scheduled = optax.inject_hyperparams(optimizer)("muon", lr=decay_to_zero)
        moved, _ = scheduled.update(grads, scheduled.init(params), params)
        opt = optimizer("muon", lr=decay_to_zero)
        close(self, moved, opt.update(grads, opt.init(params), params)[0], rtol=1e-6)

    def test_gradient_accumulation(self):
        params, _, loss = quadratic()
        opt = optimizer("muon")
        steps = optax.MultiSteps(opt, every_k_schedule=4)
        state, moved = steps.init(params), params
        for _ in range(4):
            updates, state = jax.jit(steps.update)(jax.grad(loss)(params), state, moved)
            moved = optax.apply_updates(moved, updates)
        expected, _ = opt.update(jax.grad(loss)(params), opt.init(params), params)
        close(self, moved, optax.apply_updates(params, expected), rtol=1e-5)

    def test_types_are_kept(self):
        for dtype, opt in (
            (jnp.float32, optimizer("muon")),
            (jnp.bfloat16, optimizer("muon", master=True)),
            (jnp.bfloat16, optimizer("adamw_bf16", rest=None)),
        ):
            w = jnp.array([[1.0, 2.0], [3.0, 4.0]], dtype)
            updates, _ = jax.jit(opt.update)(w, opt.init(w), w)
            self.assertEqual(updates.dtype, dtype)

    def test_wrappers(self):
        params, _, loss = quadratic()
        grads = jax.grad(loss)(params)
        opt = optimizer("muon")
        expected, _ = opt.update(grads, opt.init(params), params)
        for wrapped in (
            optax.flatten(optimizer("adamw", lr=0.1)),
            optax.masked(opt, [False, True]),
            optax.named_chain(("ours", opt)),
            optax.with_extra_args_support(opt),
            optax.lookahead(opt, sync_period=2, slow_step_size=0.5),
        ):
            start = params
            if "lookahead" in str(wrapped.init):
                start = optax.LookaheadParams.init_synced(params)
            updates, _ = jax.jit(wrapped.update)(grads, wrapped.init(start), start)
            self.assertTrue(all(np.isfinite(x).all() for x in jax.tree.leaves(updates)))
        updates, _ = jax.jit(optax.masked(opt, [False, True]).update)(
            grads, optax.masked(opt, [False, True]).init(params), params
        )
        close(self, updates[1], expected[1])
        close(self, updates[0], grads[0])

    def test_a_partition_is_one_of_optax(self):
        params, _, loss = quadratic()
        grads = jax.grad(loss)(params)
        rules = {"vector": rule("adamw"), "matrix": rule("muon", lr=0.1)}
        labels = ["vector", "matrix"]
        ours = partition(rules, labels)
        theirs = optax.partition(
            {
                name: partition({name: one}, lambda p, n=name: jax.tree.map(lambda _: n, p))
                for name, one in rules.items()
            },
            labels,
        )
        one, _ = jax.jit(ours.update)(grads, ours.init(params), params)
        two, _ = jax.jit(theirs.update)(grads, theirs.init(params), params)
        close(self, one, two, rtol=0)


if __name__ == "__main__":
    unittest.main()
