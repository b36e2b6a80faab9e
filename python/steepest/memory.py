"""Arrays of other libraries as the strided views that the C ABI takes, without copies.

NumPy arrays are read through their array interface; everything else through DLPack, or
the CUDA array interface.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
from collections.abc import Mapping
from typing import Any

from steepest.abi import DType, Tensor
from steepest.errors import SteepestError

_NUMPY = {"<f4": DType.F32, "<f8": DType.F64}
#: (kind, bits) of DLPack: 2 is a float, 4 a bfloat.
_DLPACK = {(2, 32): DType.F32, (2, 64): DType.F64, (4, 16): DType.BF16}
_DLPACK_CPU = (1, 3, 11)  # the CPU, and host memory of CUDA and ROCm
_DLPACK_CUDA = (2, 13)  # memory of a GPU, and managed memory
_DLPACK_READ_ONLY = 1


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """Where an array lies. `strides` count elements. `owner` keeps the memory alive. `gpu`
    is the number of the GPU in whose memory it is, None for the CPU's.
    """

    address: int
    dtype: DType
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    writable: bool
    owner: object
    gpu: int | None = None

    def fill(self, tensor: Tensor) -> None:
        """Writes the view into a `steepest_tensor`."""
        tensor.data = self.address
        tensor.dtype = self.dtype
        tensor.rank = len(self.shape)
        for axis, extent in enumerate(self.shape):
            tensor.shape[axis] = extent
            tensor.strides[axis] = self.strides[axis]


class _DLTensor(c.Structure):
    _fields_ = [
        ("data", c.c_void_p),
        ("device_type", c.c_int32),
        ("device_id", c.c_int32),
        ("ndim", c.c_int32),
        ("code", c.c_uint8),
        ("bits", c.c_uint8),
        ("lanes", c.c_uint16),
        ("shape", c.POINTER(c.c_int64)),
        ("strides", c.POINTER(c.c_int64)),
        ("byte_offset", c.c_uint64),
    ]


class _Versioned(c.Structure):
    _fields_ = [
        ("major", c.c_uint32),
        ("minor", c.c_uint32),
        ("manager", c.c_void_p),
        ("deleter", c.c_void_p),
        ("flags", c.c_uint64),
        ("tensor", _DLTensor),
    ]


_pointer = c.pythonapi.PyCapsule_GetPointer
_pointer.restype = c.c_void_p
_pointer.argtypes = [c.py_object, c.c_char_p]
_is_valid = c.pythonapi.PyCapsule_IsValid
_is_valid.restype = c.c_int
_is_valid.argtypes = [c.py_object, c.c_char_p]


def view_of(array: Any, name: str, stream: int = 0) -> View:
    """The view of an array; `name` is what messages call it. What is being computed on a
    GPU will be there for work on `stream`.
    """
    if hasattr(array, "__steepest_view__"):
        return array.__steepest_view__()
    if hasattr(array, "__array_interface__"):
        return _view_of_numpy(array, name)
    if hasattr(array, "__dlpack__"):
        return _view_of_dlpack(array, name, stream)
    if hasattr(array, "__cuda_array_interface__"):
        return _view_of_cuda(array, name, stream)
    raise SteepestError(
        f"'{name}': expected an array of NumPy, or of a library that speaks DLPack, got "
        f"{type(array).__name__}"
    )


def _view_of_numpy(array: Any, name: str) -> View:
    interface = array.__array_interface__
    address, read_only = interface["data"]
    dtype = _NUMPY.get(interface["typestr"])
    if dtype is None and str(getattr(array, "dtype", "")) == "bfloat16":
        dtype = DType.BF16
    if dtype is None:
        raise SteepestError(
            f"'{name}': expected elements of float32, float64 or bfloat16, got "
            f"{getattr(array, 'dtype', interface['typestr'])}"
        )
    shape = tuple(interface["shape"])
    counts = _counts(interface, dtype, name)
    return View(address, dtype, _checked(shape, name), counts, not read_only, array)


def _counts(interface: Mapping[str, Any], dtype: DType, name: str) -> tuple[int, ...]:
    """Strides in elements."""
    strides = interface.get("strides")
    if strides is None:
        return contiguous(tuple(interface["shape"]))
    if any(stride % dtype.bytes for stride in strides):
        raise SteepestError(f"'{name}': expected strides that are whole elements")
    return tuple(stride // dtype.bytes for stride in strides)


def _view_of_cuda(array: Any, name: str, stream: int) -> View:
    interface = array.__cuda_array_interface__
    address, read_only = interface["data"]
    dtype = _NUMPY.get(interface["typestr"])
    if dtype is None:
        raise SteepestError(
            f"'{name}': expected elements of float32 or float64, got {interface['typestr']}"
        )
    from steepest.cuda import driver

    # The interface does not say which GPU: whose context is current, or the first.
    number = max(driver().current_device(), 0)
    producer = interface.get("stream")
    if producer is not None and producer != (stream or 1):
        driver().use(number)
        driver().wait(producer)
    shape = tuple(interface["shape"])
    counts = _counts(interface, dtype, name)
    return View(address, dtype, _checked(shape, name), counts, not read_only, array, number)


def _view_of_dlpack(array: Any, name: str, stream: int) -> View:
    try:
        kind, number = array.__dlpack_device__() if hasattr(array, "__dlpack_device__") else (1, 0)
        # DLPack calls the default stream 1, and the CPU has none.
        on = {"stream": stream or 1} if kind == _DLPACK_CUDA[0] else {}
        try:
            capsule = array.__dlpack__(max_version=(1, 0), **on)
        except TypeError:
            capsule = array.__dlpack__(**on)
    except (BufferError, RuntimeError, ValueError) as error:
        raise SteepestError(f"'{name}': {error}") from error
    writable = True
    if _is_valid(capsule, b"dltensor_versioned"):
        managed = _Versioned.from_address(_pointer(capsule, b"dltensor_versioned"))
        tensor = managed.tensor
        writable = not managed.flags & _DLPACK_READ_ONLY
    else:
        tensor = _DLTensor.from_address(_pointer(capsule, b"dltensor"))
    if tensor.device_type not in _DLPACK_CPU + _DLPACK_CUDA:
        raise SteepestError(
            f"'{name}': expected an array in the memory of the CPU or of a GPU of CUDA, got one on "
            f"a device of DLPack's type {tensor.device_type}"
        )
    gpu = tensor.device_id if tensor.device_type in _DLPACK_CUDA else None
    dtype = _DLPACK.get((tensor.code, tensor.bits)) if tensor.lanes == 1 else None
    if dtype is None:
        raise SteepestError(
            f"'{name}': expected elements of float32, float64 or bfloat16, got "
            f"{getattr(array, 'dtype', 'others')}"
        )
    shape = tuple(tensor.shape[: tensor.ndim])
    strides = tuple(tensor.strides[: tensor.ndim]) if tensor.strides else contiguous(shape)
    address = (tensor.data or 0) + tensor.byte_offset
    owner = (array, capsule)
    return View(address, dtype, _checked(shape, name), strides, writable, owner, gpu)


def _checked(shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    if len(shape) > 3:
        raise SteepestError(
            f"'{name}': expected at most a batch of matrices, got {len(shape)} dimensions"
        )
    return shape


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of an array without holes, in elements."""
    strides = []
    stride = 1
    for extent in reversed(shape):
        strides.append(stride)
        stride *= max(extent, 1)
    return tuple(reversed(strides))
