"""The driver of the GPU, for what the runtime leaves to its host: a context, memory,
copies and waiting.
"""

from __future__ import annotations

import ctypes as c
import functools
import os

from steepest.errors import SteepestError, StepError

#: The environment variable that names the driver's library.
DRIVER = "STEEPEST_CUDA_DRIVER"

_FUNCTIONS: dict[str, list[object]] = {
    "cuInit": [c.c_uint],
    "cuGetErrorString": [c.c_int, c.POINTER(c.c_char_p)],
    "cuDeviceGet": [c.POINTER(c.c_int), c.c_int],
    "cuCtxGetCurrent": [c.POINTER(c.c_void_p)],
    "cuCtxGetDevice": [c.POINTER(c.c_int)],
    "cuCtxSetCurrent": [c.c_void_p],
    "cuDevicePrimaryCtxRetain": [c.POINTER(c.c_void_p), c.c_int],
    "cuMemAlloc_v2": [c.POINTER(c.c_uint64), c.c_size_t],
    "cuMemFree_v2": [c.c_uint64],
    "cuMemcpyDtoH_v2": [c.c_void_p, c.c_uint64, c.c_size_t],
    "cuStreamSynchronize": [c.c_void_p],
}


def driver_file() -> str:
    """The driver's library, by its name or path."""
    return os.environ.get(DRIVER) or "libcuda.so.1"


class Driver:
    """`libcuda.so.1`, or what `$STEEPEST_CUDA_DRIVER` names. Raises a `SteepestError`
    when there is none, or one without a GPU.
    """

    def __init__(self) -> None:
        self.file = driver_file()
        try:
            # What is compiled for the model of an SM finds the model in the mock driver.
            self._library = c.CDLL(self.file, mode=c.RTLD_GLOBAL)
            for name, arguments in _FUNCTIONS.items():
                getattr(self._library, name).argtypes = arguments
        except (OSError, AttributeError) as error:
            raise SteepestError(
                f"expected the driver of a GPU to step on one, got none: {error}"
            ) from error
        self._call("cuInit", 0)

    def _call(self, name: str, *arguments: object) -> None:
        result = getattr(self._library, name)(*arguments)
        if not result:
            return
        text = c.c_char_p()
        self._library.cuGetErrorString(result, c.byref(text))
        said = (text.value or b"unknown").decode()
        raise StepError(f"{name}: {said} (error {result} of the driver)", "driver_error")

    def current_device(self) -> int:
        """The device of the calling thread's context; -1 when it has none."""
        context, device = c.c_void_p(), c.c_int()
        self._call("cuCtxGetCurrent", c.byref(context))
        if not context.value:
            return -1
        self._call("cuCtxGetDevice", c.byref(device))
        return device.value

    def use(self, number: int) -> None:
        """Makes the context that libraries share on a device current, if none is. A thread
        that works on another device is refused.
        """
        current = self.current_device()
        if current < 0:
            device, context = c.c_int(), c.c_void_p()
            self._call("cuDeviceGet", c.byref(device), number)
            self._call("cuDevicePrimaryCtxRetain", c.byref(context), device.value)
            self._call("cuCtxSetCurrent", context)
        elif current != number:
            raise SteepestError(
                f"expected arrays on GPU {current}, whose context is current, got GPU {number}"
            )

    def allocate(self, size: int) -> int:
        """The address of so many bytes on the current device."""
        address = c.c_uint64()
        self._call("cuMemAlloc_v2", c.byref(address), max(size, 1))
        return address.value

    def free(self, address: int) -> None:
        """Gives memory back, after all work on the device that was begun before."""
        self._library.cuMemFree_v2(address)

    def copy_to_host(self, target: int, source: int, size: int) -> None:
        """Copies, and waits for that."""
        if size:
            self._call("cuMemcpyDtoH_v2", target, source, size)

    def wait(self, stream: int) -> None:
        """Until all that the stream was given is done; 0 is the default stream."""
        self._call("cuStreamSynchronize", stream)


@functools.cache
def driver() -> Driver:
    """The driver of this process, opened once."""
    return Driver()
