"""Trajectories over 100 steps against optax' own optimizers with the same coefficients.

Both run in float32, and optax' once more in float64: ours may be no farther from that
than a few times what optax' float32 is. Nothing is assumed of how roundings grow.
"""

import unittest

import jax
import jax.numpy as jnp
import numpy as np
import optax
import steepest
import steepest.jax
from steepest.jax import optimizer, rule

STEPS = 100

# optax corrects the bias of the momentum and of the gradient with two different powers of
# beta before it looks ahead; what is left of them is the ratio.
NESTEROV = """
steepest.optimizer @nesterov_muon(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %power: f32 = 1.0)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %p1 = arith.mulf %power, %beta : f32
  %p2 = arith.mulf %p1, %beta : f32
  %c1 = arith.subf %one, %p1 : f32
  %c2 = arith.subf %one, %p2 : f32
  %ratio = arith.divf %c2, %c1 : f32
  %rest = arith.subf %one, %beta : f32
  %share = arith.mulf %rest, %ratio : f32
  %ahead = steepest.scale %m1, %beta : tensor<?x?xf32>
  %now = steepest.scale %g, %share : tensor<?x?xf32>
  %u = arith.addf %ahead, %now : tensor<?x?xf32>
  %phi = steepest.direction %u
         norm(#steepest.scaled<norm = #steepest.spectral, rows = -0.5, max = 0.5>)
         method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %power = %p1
    : tensor<?x?xf32>, tensor<?x?xf32>, f32
}
"""


def problem():
    """A network of two layers that is fitted to random labels: gradients of all sizes."""
    rng = np.random.default_rng(5)
    sizes = {"first": (24, 32), "second": (32, 12)}
    params = {
        name: {"kernel": rng.standard_normal(size) / np.sqrt(size[0]), "bias": np.zeros(size[1])}
        for name, size in sizes.items()
    }
    inputs, labels = rng.standard_normal((64, 24)), rng.standard_normal((64, 12))

    def loss(params):
        hidden = jnp.tanh(
            inputs.astype(params["first"]["kernel"].dtype) @ params["first"]["kernel"]
            + params["first"]["bias"]
        )
        out = hidden @ params["second"]["kernel"] + params["second"]["bias"]
        return ((out - labels.astype(out.dtype)) ** 2).mean()

    return params, loss


def trajectory(opt, dtype):
    """The parameters after every step, and the losses. Without 64 bits being enabled optax
    corrects biases in float32, as we do.
    """
    with jax.enable_x64(dtype == jnp.float64):
        return _trajectory(opt, dtype)


def _trajectory(opt, dtype):
    params, loss = problem()
    params = jax.tree.map(lambda x: jnp.asarray(x, dtype), params)

    def step(carry, _):
        params, state = carry
        value, grads = jax.value_and_grad(loss)(params)
        updates, state = opt.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        return (params, state), (params, value)

    run = jax.jit(lambda p, s: jax.lax.scan(step, (p, s), length=STEPS)[1])
    return jax.tree.map(np.asarray, run(params, opt.init(params)))


class Trajectories(unittest.TestCase):
    def check(self, ours, theirs):
        mine, values = trajectory(ours, jnp.float32)
        narrow, _ = trajectory(theirs, jnp.float32)
        wide, losses = trajectory(theirs, jnp.float64)
        self.assertLess(float(losses[-1]), 0.8 * float(losses[0]))
        np.testing.assert_allclose(values, losses, rtol=1e-3)
        for path, exact in jax.tree.leaves_with_path(wide):
            got = {"ours": mine, "theirs": narrow}
            for key in path:
                got = {who: tree[key.key] for who, tree in got.items()}
            errors = {
                who: np.abs(np.asarray(x, float) - exact).max(axis=tuple(range(1, x.ndim)))
                for who, x in got.items()
            }
            floor = 8 * np.finfo(np.float32).eps * np.abs(exact).max()
            # Largest over the steps so far: an error that happens to cancel says nothing.
            allowed = floor + 4 * np.maximum.accumulate(errors["theirs"])
            worst = (errors["ours"] / allowed).max()
            self.assertLess(worst, 1, f"{jax.tree_util.keystr(path)}: {errors}")

    def test_sgd(self):
        # optax adds gradients up, (1 - beta) times as many as the average.
        self.check(
            optimizer("sgd", rest=None, lr=0.5, beta=0.9), optax.sgd(0.5 * (1 - 0.9), momentum=0.9)
        )

    def test_sgd_that_sums(self):
        self.check(optimizer("heavy_ball", lr=0.05, beta=0.9), optax.sgd(0.05, momentum=0.9))

    def test_adamw(self):
        self.check(
            optimizer("adamw", lr=0.003, beta1=0.8, beta2=0.99, epsilon=1e-7, decay=0.1),
            optax.adamw(0.003, b1=0.8, b2=0.99, eps=1e-7, weight_decay=0.1),
        )

    def test_adamw_with_a_schedule(self):
        schedule = optax.warmup_cosine_decay_schedule(0.0, 0.01, 20, STEPS)
        self.check(
            optimizer("adamw", lr=schedule, decay=0.0), optax.adamw(schedule, weight_decay=0.0)
        )

    def test_muon(self):
        # Kernels of [in, out]: the rows of the rule are the inputs.
        spec = steepest.build(
            norm=steepest.attribute("scaled", norm="spectral", rows=-0.5, max=0.5),
            momentum=0.95,
            nesterov=False,
            method=steepest.attribute("polynomial", "muon", steps=5),
        )
        vectors = rule("adamw", lr=0.003, decay=0.0)
        self.check(
            optimizer(spec, rest=vectors, lr=0.01),
            optax.contrib.muon(
                0.01, beta=0.95, nesterov=False, adam_learning_rate=0.003, adam_weight_decay=0.0
            ),
        )

    def test_muon_that_looks_ahead(self):
        theirs = optax.partition(
            {
                "matrix": optax.contrib.muon(0.01, beta=0.9, weight_decay=0.1),
                "rest": optax.adamw(0.003, weight_decay=0.0),
            },
            steepest.jax.matrix_or_rest,
        )
        vectors = rule("adamw", lr=0.003, decay=0.0)
        self.check(optimizer(NESTEROV, rest=vectors, lr=0.01, beta=0.9, decay=0.1), theirs)


if __name__ == "__main__":
    unittest.main()
