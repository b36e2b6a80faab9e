"""Arrays of our own in the memory of a GPU: what `init` returns there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from steepest.abi import DType
from steepest.cuda.driver import driver
from steepest.memory import View, contiguous

_TYPES = {DType.F32: "<f4", DType.F64: "<f8"}


class Bytes:
    """So many bytes on the current device, freed with the object."""

    def __init__(self, size: int) -> None:
        self._driver = driver()
        self.nbytes = size
        self.address = self._driver.allocate(size)
        self.device = self._driver.current_device()

    def __del__(self) -> None:
        address = getattr(self, "address", 0)
        if address:
            self._driver.free(address)


class Memory(Bytes):
    """A contiguous array on the current device. CuPy, Numba, PyTorch and JAX take it by its
    `__cuda_array_interface__` (f32 and f64, as that interface has no bf16); `numpy()` is a
    copy in the memory of the CPU.
    """

    def __init__(self, shape: tuple[int, ...], dtype: DType) -> None:
        super().__init__(math.prod(shape) * dtype.bytes)
        self.shape, self.dtype = shape, dtype

    def __steepest_view__(self) -> View:
        strides = contiguous(self.shape)
        return View(self.address, self.dtype, self.shape, strides, True, self, self.device)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        if self.dtype not in _TYPES:
            raise AttributeError(f"the CUDA array interface has no elements of type {self.dtype}")
        return {
            "shape": self.shape,
            "typestr": _TYPES[self.dtype],
            "data": (self.address, False),
            "strides": None,
            "version": 3,
        }

    def numpy(self) -> np.ndarray:
        """A copy, once the default stream is done; bf16 as the upper halves of f32."""
        wide = np.empty(self.shape, np.uint16 if self.dtype is DType.BF16 else _TYPES[self.dtype])
        self._driver.wait(0)
        self._driver.copy_to_host(wide.ctypes.data, self.address, self.nbytes)
        if self.dtype is DType.BF16:
            return (wide.astype(np.uint32) << 16).view(np.float32)
        return wide

    def __repr__(self) -> str:
        return f"<{self.dtype} {'x'.join(map(str, self.shape)) or '()'} on GPU {self.device}>"
