"""The command line of the benchmarks, and the CUDA driver, as far as they need it, by
ctypes."""

import argparse
import ctypes
import pathlib
import sys
from collections.abc import Sequence

U32, U64 = ctypes.c_uint32, ctypes.c_uint64

MAX_DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
CLUSTER_DIMENSION = 4  # CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION
BF16 = 9  # CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
SWIZZLE_128B = 3
L2_PROMOTION_128B = 2


def parse_arguments(description: str | None) -> argparse.Namespace:
    """The command line: `build`, a folder, and `dry_run`; without the latter torch has
    made a GPU's context current, and its name is printed."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=pathlib.Path, help="the build folder")
    parser.add_argument("--dry-run", action="store_true", help="launch nothing")
    arguments = parser.parse_args()
    if not arguments.dry_run:
        try:
            import torch
        except ModuleNotFoundError:
            sys.exit("no torch here; --dry-run shows what would be launched")
        if not torch.cuda.is_available():
            sys.exit("no GPU here; --dry-run shows what would be launched")
        torch.zeros(1, device="cuda")  # makes the context current
        print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    return arguments


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
        self.loaded = ctypes.CDLL("libcuda.so.1")

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
