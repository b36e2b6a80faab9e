"""Programs for a GPU without one: XLA's CPU client calls the handler of GPUs (posing.c),
device memory is the host's, the driver is the mock of test/CUDA/Driver, and kernels run
on a CPU model of an SM.
"""

import atexit
import ctypes
import os
import pathlib
import subprocess
import tempfile

import jax
import jax.ffi
import numpy as np
from jax.interpreters import mlir
from steepest.jax import gpu, native
from steepest.jax.call import step_p

MOCK = ctypes.CDLL(os.environ["STEEPEST_CUDA_DRIVER"], mode=ctypes.RTLD_GLOBAL)
MOCK.mock_take_calls.restype = MOCK.mock_take_error.restype = ctypes.c_char_p


def _shim():
    source = pathlib.Path(__file__).with_name("posing.c")
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    library = pathlib.Path(folder.name) / "posing.so"
    headers = jax.ffi.include_dir()
    subprocess.run(
        [native._find_c_compiler(), "-shared", "-fPIC", f"-I{headers}", source, "-o", library],
        check=True,
    )
    return ctypes.CDLL(str(library))


SHIM = _shim()
HANDLER = native.handler()._library.steepest_xla_step_on_gpu


def pose():
    """From here on programs for the CPU step as those for a GPU do."""
    SHIM.pose(HANDLER, 0, False)
    capsule = jax.ffi.pycapsule(SHIM.posing_step)
    jax.ffi.register_ffi_target(native.GPU_TARGET, capsule, platform="cpu")
    gpu.OPTIONS = {"target": "cuda", "arch": "model"}
    mlir.register_lowering(step_p, mlir.lower_fun(gpu.call), platform="cpu")


def calls():
    """What was asked of the driver since the last time."""
    return MOCK.mock_take_calls().decode().split(",")


def near(left, right, atol):
    """Compares trees of arrays."""
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_allclose(
            np.asarray(a, np.float64), np.asarray(b, np.float64), rtol=0, atol=atol
        )
