"""The handler itself: what it refuses when it is not called as `steepest.jax` calls it."""

import os
import unittest
from unittest import mock

import jax
import jax.ffi
import jax.numpy as jnp
import numpy as np

import steepest
from steepest.jax import native, optimizer

W = jnp.arange(6.0).reshape(2, 3)


def call(operands=(W, W, W), results=(jnp.float32, jnp.float32), **changed):
    """A call for one matrix of SGD, with attributes changed or, by None, left out."""
    handler = native.handler()
    handler.use_threads(1)
    attributes = {
        "rules": handler.register(steepest.compile("sgd")),
        "names": "w",
        "entries": np.array([0]),
        "ranks": np.array([2, 2, 2]),
        "hypers": np.array([0.5, 0.0]),
        "traced": np.array([], np.int64),
        "threads": np.int64(1),
        "workspace": np.int64(1 << 16),
    } | changed
    attributes = {name: value for name, value in attributes.items() if value is not None}
    shapes = [jax.ShapeDtypeStruct((2, 3), kind) for kind in results]
    shapes += [jax.ShapeDtypeStruct((1, 7), jnp.float32)]
    return jax.ffi.ffi_call(native.HOST_TARGET, shapes)(*operands, **attributes)


class Handler(unittest.TestCase):
    def test_a_call_by_hand(self):
        stepped, momentum, certificate = call()
        np.testing.assert_allclose(stepped, 0.5 * W)
        np.testing.assert_allclose(momentum, W)
        self.assertEqual(certificate.shape, (1, 7))

    def fails(self, message, *arguments, **changed):
        with self.assertRaisesRegex(RuntimeError, message):
            jax.block_until_ready(call(*arguments, **changed))

    def test_what_is_refused(self):
        self.fails("expects a call made by steepest.jax", ranks=None)
        self.fails("the optimizer no/such, which this process has not compiled", rules="no/such")
        self.fails("entry 0 has no rule", entries=np.array([1]))
        self.fails("no pool of as many threads", threads=np.int64(4711))
        self.fails("the workspace is too small", workspace=np.int64(200))
        self.fails("cannot allocate a workspace of", workspace=np.int64(1 << 62))
        self.fails("expects 3 operands, 3 results and 2 hyper-parameters, got 2, 3 and 2", (W, W))
        self.fails("got 3, 3 and 1", hypers=np.array([0.5]))
        self.fails("got 3, 2 and 2", results=[jnp.float32])
        self.fails(
            "a batch of 2 hyper-parameters to divide one of 1 problems",
            (jnp.ones(2), W, W, W),
            traced=np.array([0]),
        )

    def test_what_the_runtime_refuses(self):
        # The gradient is of another shape, and says so by the entry's name.
        self.fails(r"sgd of w: .*\(bad_shape\)", (W, W[:, :2], W))

    def test_memory_that_cannot_be_had(self):
        with self.assertRaisesRegex(steepest.SteepestError, "expected memory for a workspace"):
            native.handler().reserve(1, 1 << 62)
        call()

    def test_it_is_compiled_once(self):
        native.handler()
        with mock.patch.object(native.subprocess, "run", side_effect=AssertionError):
            self.assertTrue(native._build().exists())

    def test_a_compiler_that_is_missing_or_fails(self):
        for name, error, message in (
            ("/no/such/cc", steepest.CompilerNotFoundError, "expected a C compiler"),
            ("false", steepest.CompileError, "the handler for JAX does not compile"),
        ):
            with (
                self.subTest(name),
                mock.patch.dict(os.environ, CC=name),
                self.assertRaisesRegex(error, message),
            ):
                native._build()

    def test_numbers_of_threads_and_optimizers_that_are_too_many(self):
        handler = native.handler()
        with (
            mock.patch.object(handler._library, "steepest_xla_add_context", lambda _: 0),
            self.assertRaisesRegex(steepest.SteepestError, "too many different numbers"),
        ):
            optimizer("sgd", threads=3)
        with (
            mock.patch.object(handler._library, "steepest_xla_add_optimizer", lambda *_: 0),
            self.assertRaisesRegex(steepest.SteepestError, "muon: too many optimizers"),
        ):
            handler.register(steepest.compile("muon"))


if __name__ == "__main__":
    unittest.main()
