"""Steps of a host that vouches for its gradients: the same bits, one reading less."""

import unittest

import numpy as np

import steepest

RULES = ("adamw", "adam", "sgd", "signum", "signsgd", "lion", "muon")


class FiniteGradients(unittest.TestCase):
    def step(self, rule, shape, gradient=None, **options):
        """Parameters and states after three steps."""
        random = np.random.default_rng(3)
        w = random.standard_normal(shape).astype(np.float32)
        state = rule.init(w)
        for _ in range(3):
            g = random.standard_normal(shape).astype(np.float32)
            rule.step(w, g if gradient is None else gradient, state, **options)
        return {"w": w, **state}

    def test_the_same_bits(self):
        # Within one task of a map, across several, and with rows left over.
        for name in RULES:
            rule = steepest.compile(name)
            for shape in ((3, 5), (150, 333)):
                checked = self.step(rule, shape, threads=1)
                for threads in (1, 2):
                    with self.subTest(name, shape=shape, threads=threads):
                        vouched = self.step(rule, shape, threads=threads, finite_gradients=True)
                        for tensor, array in checked.items():
                            np.testing.assert_array_equal(vouched[tensor], array)

    def test_a_promise_lasts_for_one_step(self):
        rule = steepest.compile("adamw")
        self.step(rule, (4, 4), finite_gradients=True)
        gradient = np.full((4, 4), np.nan, np.float32)
        with self.assertRaisesRegex(steepest.StepError, "nan"):
            self.step(rule, (4, 4), gradient)

    def test_a_false_promise_is_not_found_out_where_nobody_looks(self):
        gradient = np.ones((4, 6), np.float32)
        for bad in (np.nan, np.inf):
            gradient[2, 1] = bad
            after = self.step(
                steepest.compile("sgd"), gradient.shape, gradient, finite_gradients=True
            )
            wrong = ~np.isfinite(after["w"])
            self.assertTrue(wrong[2, 1])
            self.assertEqual(wrong.sum(), 1)

    def test_a_check_that_costs_nothing_is_made_all_the_same(self):
        gradient = np.ones((4, 6), np.float32)
        gradient[2, 1] = np.nan
        with self.assertRaisesRegex(steepest.StepError, "nan"):
            self.step(steepest.compile("muon"), (4, 6), gradient, finite_gradients=True)


if __name__ == "__main__":
    unittest.main()
