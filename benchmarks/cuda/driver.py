"""The command line of the benchmarks, and the CUDA driver, as far as they need it, by
ctypes."""

import argparse
import ctypes
import pathlib
import statistics
from collections.abc import Callable, Sequence
from typing import Any

DRIVER = "libcuda.so.1"
ROUNDS, REPEATS = 15, 20  # of a measurement; of the work in each round
U32, U64 = ctypes.c_uint32, ctypes.c_uint64

MAX_DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
CLUSTER_DIMENSION = 4  # CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION
BF16 = 9  # CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
SWIZZLE_128B = 3
L2_PROMOTION_128B = 2


def parse_arguments(description: str | None) -> argparse.Namespace:
    """The command line: `build`, a folder, and what to run on."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=pathlib.Path, help="the build folder")
    parser.add_argument("--dry-run", action="store_true", help="launch nothing")
    parser.add_argument(
        "--driver", default=DRIVER, help="libcuda, or a mock of it, which runs whole steps only"
    )
    parser.add_argument(
        "--quick", action="store_true", help="whole steps at tiny sizes: does all of it work?"
    )
    return parser.parse_args()


def find_torch(driver: str) -> Any:
    """torch, where it can use the GPU of that driver; else the reason, as text."""
    if driver != DRIVER:
        return "torch does not know this driver"
    try:
        import torch
    except ModuleNotFoundError:
        return "no torch here"
    if not torch.cuda.is_available():
        return f"torch {torch.__version__} finds no GPU"
    return torch


def median_ratio(
    time: Callable[[Callable[[], None]], float],
    ours: Callable[[], None],
    theirs: Callable[[], None],
    rounds: int = ROUNDS,
) -> float:
    """Their time over ours: medians over rounds that take turns."""
    for work in (ours, theirs):
        time(work)
    mine, other = zip(*((time(ours), time(theirs)) for _ in range(rounds)))
    return statistics.median(other) / statistics.median(mine)


class Attribute(ctypes.Structure):
    """CUlaunchAttribute."""

    _fields_ = [("id", U32), ("padding", U32), ("value", U32 * 16)]


class Config(ctypes.Structure):
    """CUlaunchConfig."""

    _fields_ = [
        ("grid", U32 * 3),
        ("block", U32 * 3),
        ("shared_bytes", U32),
        ("stream", ctypes.c_void_p),
        ("attributes", ctypes.POINTER(Attribute)),
        ("count", U32),
    ]


class Driver:
    """Modules, launches and tensor maps in the current context (torch's)."""

    def __init__(self) -> None:
        self.loaded = ctypes.CDLL(DRIVER)

    def call(self, name: str, *arguments: object) -> None:
        """Calls a function of the driver; raises what it reports."""
        result = getattr(self.loaded, name)(*arguments)
        if result:
            text = ctypes.c_char_p()
            self.loaded.cuGetErrorString(result, ctypes.byref(text))
            raise RuntimeError(f"{name}: {(text.value or b'?').decode()}")

    def load(self, image: bytes) -> ctypes.c_void_p:
        """A module of PTX or machine code."""
        module = ctypes.c_void_p()
        self.call("cuModuleLoadData", ctypes.byref(module), image)
        return module

    def function(
        self, module: ctypes.c_void_p, name: str, shared_bytes: int
    ) -> ctypes.c_void_p:
        """A kernel that may use so much dynamic shared memory."""
        function = ctypes.c_void_p()
        self.call(
            "cuModuleGetFunction", ctypes.byref(function), module, name.encode()
        )
        self.call(
            "cuFuncSetAttribute", function, MAX_DYNAMIC_SHARED, shared_bytes
        )
        return function

    def launch(
        self,
        function: ctypes.c_void_p,
        grid: int,
        block: int,
        cluster: int,
        shared_bytes: int,
        stream: int,
        arguments: Sequence[object],
    ) -> None:
        """Launches with one-dimensional grid, blocks and clusters."""
        attribute = Attribute(id=CLUSTER_DIMENSION)
        attribute.value[:3] = [cluster, 1, 1]
        config = Config(
            grid=(grid, 1, 1),
            block=(block, 1, 1),
            shared_bytes=shared_bytes,
            stream=stream,
            attributes=ctypes.pointer(attribute),
            count=1 if cluster > 1 else 0,
        )
        addresses = (ctypes.c_void_p * len(arguments))(
            *(ctypes.addressof(argument) for argument in arguments)
        )
        self.call(
            "cuLaunchKernelEx", ctypes.byref(config), function, addresses, None
        )

    def tensor_map(
        self,
        address: int,
        batch: int,
        rows: int,
        columns: int,
        box: tuple[int, int],
    ) -> bytes:
        """A map of contiguous bf16 matrices; the box is width by height."""
        encoded = (ctypes.c_byte * 256)()
        at = (ctypes.addressof(encoded) + 127) // 128 * 128
        self.call(
            "cuTensorMapEncodeTiled",
            ctypes.c_void_p(at),
            BF16,
            U32(3),
            ctypes.c_void_p(address),
            (U64 * 3)(columns, rows, batch),
            (U64 * 2)(2 * columns, 2 * columns * rows),
            (U32 * 3)(*box, 1),
            (U32 * 3)(1, 1, 1),
            0,
            SWIZZLE_128B,
            L2_PROMOTION_128B,
            0,
        )
        return ctypes.string_at(at, 128)
