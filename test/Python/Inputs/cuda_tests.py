"""Steps on arrays in the memory of a GPU, which is host memory here: the driver is the
mock of test/CUDA/Driver, and kernels run on a CPU model of an SM.
"""

import ctypes
import gc
import os
import subprocess
import sys
import unittest

import numpy as np
import steepest
from steepest import cuda
from steepest.abi import DType

RNG = np.random.default_rng(7)


def randoms(*shape, dtype=np.float32):
    return RNG.standard_normal(shape).astype(dtype)


class Posing:
    """Host memory that says it is a GPU's."""

    def __init__(self, array, **more):
        self.array = array
        self.__cuda_array_interface__ = {
            **{k: array.__array_interface__[k] for k in ("shape", "typestr", "data", "strides")},
            "version": 3,
            **more,
        }


class Foreign:
    """The same through DLPack, on a GPU of some number."""

    def __init__(self, array, number=0):
        self._array, self._number, self.streams = array, number, []

    def __dlpack_device__(self):
        return 2, self._number

    def __dlpack__(self, *, stream=None, max_version=None):
        self.streams.append(stream)
        capsule = self._array.__dlpack__(max_version=max_version)
        name = b"dltensor_versioned" if max_version else b"dltensor"
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        # The device follows the versions, manager, deleter, flags and the data's address.
        place = pointer(capsule, name) + (40 if max_version else 8)
        ctypes.c_int32.from_address(place).value = 2
        ctypes.c_int32.from_address(place + 4).value = self._number
        return capsule


def on_model(name, **options):
    return steepest.compile(name, target="cuda", arch="model", **options)


class Steps(unittest.TestCase):
    def assertNear(self, left, right):
        np.testing.assert_allclose(left, right, rtol=0, atol=64 * np.finfo(left.dtype).eps)

    def test_the_same_as_on_the_cpu(self):
        for name, options in (("adamw", {"lr": 0.1}), ("sgd", {}), ("normuon", {"lr": 0.05})):
            ours, theirs = on_model(name), steepest.compile(name)
            w = randoms(12, 8)
            other = w.copy()
            state, expected = ours.init(Posing(w)), theirs.init(other)
            self.assertEqual(set(state), set(expected))
            for _ in range(3):
                g = randoms(12, 8)
                report = ours.step(Posing(w), Posing(g), state, **options)
                wanted = theirs.step(other, g, expected, **options)
            self.assertNear(w, other)
            for key, value in state.items():
                self.assertIsInstance(value, cuda.Memory)
                self.assertNear(value.numpy(), expected[key])
            self.assertEqual(len(report), len(wanted))
            self.assertAlmostEqual(report.gap, wanted.gap, delta=1e-4)

    def test_batches_and_slices(self):
        adamw = on_model("adamw")
        wide = randoms(3, 6, 10)
        rest, g = wide[:, :, 4:].copy(), randoms(3, 6, 4)
        apart = wide[:, :, :4].copy()
        adamw.step(Posing(wide[:, :, :4]), Posing(g), adamw.init(Posing(wide[:, :, :4])))
        for w, one in zip(apart, g):
            adamw.step(Posing(w), Posing(one), adamw.init(Posing(w)))
        np.testing.assert_array_equal(wide[:, :, :4], apart)
        np.testing.assert_array_equal(wide[:, :, 4:], rest)

    def test_dlpack_says_which_stream(self):
        sgd = on_model("sgd")
        w, g = randoms(6, 4), randoms(6, 4)
        other = w.copy()
        sgd.step(Posing(other), Posing(g), sgd.init(Posing(other)))
        state, gradient = sgd.init(Foreign(w)), Foreign(g)
        sgd.step(Foreign(w), gradient, state, stream=77)
        np.testing.assert_array_equal(w, other)
        self.assertEqual(gradient.streams, [77])

    def test_states_of_bf16_are_taken_back(self):
        memory = cuda.Memory((3,), DType.BF16)
        self.assertFalse(hasattr(memory, "__cuda_array_interface__"))
        self.assertEqual(memory.__steepest_view__().dtype, DType.BF16)
        self.assertTrue(np.isnan(memory.numpy()).all())  # as the mock allocates it

    def test_memory_is_given_back(self):
        library = ctypes.CDLL(os.environ["STEEPEST_CUDA_DRIVER"])
        library.mock_allocations.restype = ctypes.c_int64
        sgd = on_model("sgd")
        w = randoms(6, 4)
        sgd.step(Posing(w), Posing(w + 1), sgd.init(Posing(w)))  # what is kept
        gc.collect()
        before = library.mock_allocations()
        for _ in range(3):
            sgd.step(Posing(w), Posing(w + 1), sgd.init(Posing(w)))
        gc.collect()
        self.assertEqual(library.mock_allocations(), before)

    def test_a_nan_stops_its_problem(self):
        adamw = on_model("adamw")
        w, g = randoms(3, 4, 4), randoms(3, 4, 4)
        before = w.copy()
        g[1, 2, 2] = np.nan
        with self.assertRaisesRegex(
            steepest.StepError, r"adamw: nonfinite \(problem 1 of the batch\)"
        ) as caught:
            adamw.step(Posing(w), Posing(g), adamw.init(Posing(w)))
        self.assertEqual(caught.exception.status, "nonfinite")
        np.testing.assert_array_equal(w[1], before[1])
        self.assertFalse((w[0] == before[0]).all())


class Refusals(unittest.TestCase):
    def refused(self, pattern, optimizer, *arguments, error=steepest.SteepestError, **options):
        with self.assertRaisesRegex(error, pattern):
            optimizer.step(*arguments, **options)

    def test_memory_elsewhere(self):
        w = randoms(4, 4)
        ours, theirs = on_model("sgd"), steepest.compile("sgd")
        state, expected = ours.init(Posing(w)), theirs.init(w)
        before = w.copy()
        self.refused("'w': expected .* of a GPU, got one in that of the CPU", ours, w, w, state)
        self.refused("'g': expected .* of a GPU", ours, Posing(w), w + 1, state)
        self.refused(
            "'w': .* of the CPU, got one on GPU 0; .*target=\"cuda\"",
            theirs, Posing(w), Posing(w), expected,
        )  # fmt: skip
        self.refused(
            "on GPU 0, whose context is current, got GPU 3",
            ours, Foreign(w, 3), Foreign(w + 1, 3), state,
        )  # fmt: skip
        np.testing.assert_array_equal(w, before)

    def test_other_arguments(self):
        w = randoms(4, 4)
        ours, theirs = on_model("sgd"), steepest.compile("sgd")
        state, g = ours.init(Posing(w)), w + 1
        self.refused("no threads for steps on a GPU", ours, Posing(w), Posing(g), state, threads=2)
        self.refused("no stream for steps on the CPU", theirs, w, g, theirs.init(w), stream=3)
        self.refused(
            "'g' has shape 3x4, expected 4x4", ours, Posing(w), Posing(g[:3]), state,
            error=steepest.StepError,
        )  # fmt: skip
        frozen = Posing(w, data=(w.ctypes.data, True))
        self.refused("'w': expected memory that may be written", ours, frozen, Posing(g), state)
        with self.assertRaisesRegex(steepest.CompileError, "expects an architecture of a GPU"):
            steepest.compile("sgd", target="cuda", arch="sm_1")
        with self.assertRaisesRegex(steepest.SteepestError, "'cpu' or 'cuda', got 'tpu'"):
            steepest.compile("sgd", target="tpu")

    def test_no_code_for_the_gpu(self):
        """Whether code for a GPU runs on it is found out before anything is launched."""
        w = randoms(4, 4)
        newer = steepest.compile("sgd", target="cuda", arch="sm_120")
        with self.assertRaisesRegex(
            steepest.StepError, "'sgd' is compiled for .*sm_120.*, this GPU is sm_90"
        ) as caught:
            newer.init(Posing(w))
        self.assertEqual(caught.exception.status, "unsupported_gpu")


class WithoutDriver(unittest.TestCase):
    def test_compiling_needs_none_and_stepping_says_so(self):
        script = (
            "import numpy as np, steepest\n"
            "sgd = steepest.compile('sgd', target='cuda')\n"
            "print(sgd.target, sgd.hypers)\n"
            "try: sgd.init(steepest.cuda.Memory((4, 4), steepest.abi.DType.F32))\n"
            "except steepest.SteepestError as error: print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", "import steepest.cuda\n" + script],
            env={**os.environ, "STEEPEST_CUDA_DRIVER": "/nowhere/libcuda.so.1"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        first, second = done.stdout.splitlines()
        self.assertRegex(first, r"^cuda.*sm_80.* \{'lr': 0.1")
        self.assertRegex(second, "expected the driver of a GPU .*/nowhere/libcuda.so.1")

    def test_a_thread_without_a_context_gets_the_first(self):
        library = ctypes.CDLL(os.environ["STEEPEST_CUDA_DRIVER"])
        library.cuCtxSetCurrent(None)
        self.assertEqual(cuda.driver().current_device(), -1)
        w = randoms(4, 4)
        sgd = on_model("sgd")
        sgd.step(Posing(w), Posing(w + 1), sgd.init(Posing(w)))
        self.assertEqual(cuda.driver().current_device(), 0)


if __name__ == "__main__":
    unittest.main()
