"""What is refused: all of it when tracing, but what only the numbers tell."""

import math
import subprocess
import sys
import unittest

import jax
import jax.numpy as jnp
import optax
import steepest
from problems import example, normal
from steepest.jax import optimizer, rule

F64_STATE = """
steepest.optimizer @decaying(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%p: f64 = 1.0) hyper(%lr: f32 = 0.1, %beta: f64 = 0.5) {
  %p1 = arith.mulf %p, %beta : f64
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?xf32>
  steepest.update %w = %w1, %p = %p1 : tensor<?xf32>, f64
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
        with self.assertRaisesRegex(steepest.SteepestError, "sgd has no hyper-parameter 'speed'"):
            rule(rule("sgd", lr=0.5), speed=1)
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

    def test_numbers(self):
        for pattern, options in (
            ("expected a finite number for 'lr', got nan", {"lr": math.nan}),
            ("expected a finite number for 'lr', got '1e-3'", {"lr": "1e-3"}),
            ("expected a finite number for 'beta', got inf", {"beta": math.inf}),
            ("expected at least one thread, got 0", {"threads": 0}),
            ("expected at least one thread, got '2'", {"threads": "2"}),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(steepest.SteepestError, pattern):
                optimizer("sgd", **options)
        # Of a schedule, when it says so: in Python when tracing, or among the numbers.
        params, grads = example()
        for schedule, kind in (
            (lambda _: math.nan, steepest.SteepestError),
            (lambda count: 0.1 * (count / count), jax.errors.JaxRuntimeError),
        ):
            opt = optimizer("muon", lr=schedule)
            with self.assertRaisesRegex(
                kind, "(muon of layer/kernel|muon): expect.* a finite number for 'lr', got -?nan"
            ):
                jax.block_until_ready(jax.jit(opt.step)(params, grads, opt.init(params)))

    def test_a_gradient_that_is_none(self):
        params, grads = example()
        grads["layer"]["kernel"] = None
        opt = optimizer("muon")
        with self.assertRaisesRegex(ValueError, "layer/kernel: expected a gradient, got None"):
            opt.step(params, grads, opt.init(params))

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
