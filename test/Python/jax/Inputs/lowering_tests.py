"""Which platform a program is lowered for decides what steps: code, handler, memory."""

import re
import unittest

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import steepest
from steepest.jax import optimizer, partition, rule


def lowered(function, *arguments, platforms=("cuda",), **options):
    """The program's text."""
    traced = jax.jit(function, **options).trace(*arguments)
    return traced.lower(lowering_platforms=platforms).as_text()


def call_of(text, target):
    """The lines of a program that call a handler."""
    return [line for line in text.splitlines() if f"custom_call @{target}(" in line]


class Lowering(unittest.TestCase):
    def setUp(self):
        self.opt = optimizer("sgd", lr=0.5)
        self.w = jnp.ones((6, 5))
        self.state = self.opt.init(self.w)

    def test_a_program_for_gpus(self):
        text = lowered(self.opt.step, self.w, self.w, self.state)
        self.assertEqual(call_of(text, "steepest_step"), [])
        (line,) = call_of(text, "steepest_step_on_gpu")
        # The parameter and the momentum are written where they are.
        found = re.findall(r"output_tuple_indices = \[(\d+)\], operand_index = (\d+)", line)
        self.assertEqual(found, [("0", "0"), ("1", "2")])
        for attribute in (
            "entries = dense<0> : tensor<1xi64>", "parts = dense<1> : tensor<1xi64>",
            "ranks = dense<2> : tensor<3xi64>", "hypers = dense<[5.000000e-01, 9.",
            "traced = dense<> : tensor<0xi64>", 'names = "',
        ):  # fmt: skip
            self.assertIn(attribute, line)
        # Certificates as a step writes them, a status, and the memory that it works in.
        results = line.rpartition("->")[2]
        self.assertRegex(
            results,
            r"\(tensor<6x5xf32>, tensor<6x5xf32>, tensor<1x8xf64>, tensor<1xi32>, "
            r"tensor<\d+xui8>\)",
        )
        # The code is that of GPUs, and is named by its contents.
        names = re.findall(r'rules = "([^"]*)"', line)
        self.assertRegex(names[0], r"^[0-9a-f]+/sgd$")
        host = call_of(lowered(self.opt.step, self.w, self.w, self.state, platforms=("cpu",)),
                       "steepest_step")[0]  # fmt: skip
        self.assertNotEqual(re.findall(r'rules = "([^"]*)"', host), names)

    def test_rates_are_read_on_the_gpu(self):
        def step(lr, w):
            opt = partition({"a": rule("sgd", lr=lr), "b": rule("sgd")}, ["a", "b", "a"])
            return opt.step([w, w, w], [w, w, w], opt.init([w, w, w]))[0]

        text = lowered(step, jnp.float32(0.5), self.w)
        (line,) = call_of(text, "steepest_step_on_gpu")
        # A row for each of the two tasks of the first rule.
        self.assertIn("traced = dense<0> : tensor<1xi64>", line)
        self.assertRegex(line.partition("} : (")[2], r"^tensor<2x2xf64>, tensor<6x5xf32>")
        (line,) = call_of(
            lowered(jax.vmap(step, (0, None)), jnp.ones(3), self.w), "steepest_step_on_gpu"
        )
        self.assertIn("parts = dense<[3, 1]>", line)
        self.assertIn("tensor<6x2xf64>", line)

    def test_a_program_for_both(self):
        text = lowered(self.opt.step, self.w, self.w, self.state, platforms=("cpu", "cuda"))
        self.assertEqual(len(call_of(text, "steepest_step")), 1)
        self.assertEqual(len(call_of(text, "steepest_step_on_gpu")), 1)
        checks = [
            jax.export.DisabledSafetyCheck.custom_call(name)
            for name in ("steepest_step", "steepest_step_on_gpu")
        ]
        exported = jax.export.export(
            jax.jit(self.opt.step), platforms=("cpu", "cuda"), disabled_checks=checks
        )(self.w, self.w, self.state)
        got = exported.call(self.w, self.w, self.state)[0]
        np.testing.assert_array_equal(got, self.opt.step(self.w, self.w, self.state)[0])

    def test_options_go_along(self):
        """What is compiled for GPUs is the rule with the options of the CPU's."""
        up = steepest.compile("sgd", maximize=True, dtype="f64")
        there = steepest.compiler.compile_for(up, {"target": "cuda"})
        self.assertEqual(there.options, up.options)
        self.assertTrue(there.is_for_gpu)
        self.assertEqual(there.parameters[0].dtype, steepest.abi.DType.F64)
        self.assertEqual(
            there.path, steepest.compile("sgd", maximize=True, dtype="f64", target="cuda").path
        )
        # Of a rule compiled for GPUs programs on the CPU take the CPU's.
        self.assertIs(rule(there).optimizer, up)
        # Ascent stays ascent for other types.
        ascent = optimizer(steepest.compile("sgd", maximize=True), lr=0.5, beta=0.0)
        w = jnp.ones((2, 2), jnp.bfloat16)
        stepped, _ = ascent.step(w, w, ascent.init(w))
        np.testing.assert_array_equal(stepped.astype(jnp.float32), 1.5 * np.ones((2, 2)))

    def test_other_platforms(self):
        with self.assertRaisesRegex(
            steepest.SteepestError, "on the CPU or on GPUs of CUDA, got a program for rocm"
        ):
            lowered(self.opt.step, self.w, self.w, self.state, platforms=("rocm",))


if __name__ == "__main__":
    unittest.main()
