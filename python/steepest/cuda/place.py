"""Steps on arrays in the memory of a GPU, by whoever brings such arrays."""

from __future__ import annotations

import ctypes as c
import threading
from typing import TYPE_CHECKING

from steepest import abi
from steepest.abi import DType
from steepest.cuda.driver import driver
from steepest.cuda.launch import Launch, loaded
from steepest.cuda.memory import Bytes, Memory
from steepest.errors import SteepestError, StepError
from steepest.memory import View
from steepest.place import Call
from steepest.runtime import runtime

if TYPE_CHECKING:
    from steepest.optimizer import CompiledOptimizer


class _Kept:
    """Device memory that is kept from step to step, on one thread, device and stream."""

    def __init__(self, size: int, problems: int) -> None:
        self.workspace = Bytes(size)
        self.statuses = Bytes(problems * c.sizeof(c.c_int32))


class Gpu:
    """The memory of the GPU whose context is current on the calling thread, or becomes
    it. A step waits for its end, since it returns a report.
    """

    memory = "a GPU"

    def __init__(self, optimizer: CompiledOptimizer) -> None:
        self._optimizer = optimizer
        self._local = threading.local()

    def check(self, view: View, name: str) -> None:
        """As in `Place`."""
        if view.gpu is None:
            raise SteepestError(
                f"'{name}': expected an array in the memory of a GPU, got one in that of the CPU; "
                f"{self._optimizer.name} was compiled for {self._optimizer.target}"
            )
        driver().use(view.gpu)

    def empty(self, shape: tuple[int, ...], dtype: DType) -> Memory:
        """As in `Place`."""
        return Memory(shape, dtype)

    def init(self, tensors: c.Array[abi.Tensor]) -> None:
        """As in `Place`."""
        own = self._optimizer
        launch = Launch(loaded(own), 0)
        status = own.descriptor.init(own.pointer, c.byref(launch.context), tensors, len(tensors))
        runtime().check(status, own.name)
        driver().wait(0)

    def step(self, call: Call) -> c.Array[abi.Certificate]:
        """As in `Place`. Gradients are looked at in any case."""
        if call.threads is not None:
            raise SteepestError(f"expected no threads for steps on a GPU, got {call.threads}")
        own, run = self._optimizer, runtime()
        code, problems, stream = loaded(own), call.problems, call.stream
        size = max(code.workspace_bytes(call.tensors, problems), 0)
        kept = self._memory(size, problems, stream)
        certificates = (abi.Certificate * (problems * len(own.directions)))()
        written = Bytes(c.sizeof(certificates))
        launch = Launch(code, kept.statuses.address)
        launch.raw.stream = stream or None
        arguments = call.arguments(
            kept.workspace.address,
            kept.workspace.nbytes,
            c.cast(written.address, c.POINTER(abi.Certificate)) if len(certificates) else None,
        )
        status = own.descriptor.step(own.pointer, c.byref(launch.context), c.byref(arguments))
        run.check(status, own.name)
        driver().wait(stream)
        driver().copy_to_host(c.addressof(certificates), written.address, written.nbytes)
        self._raise(kept, problems)
        return certificates

    def _memory(self, size: int, problems: int, stream: int) -> _Kept:
        places = self._local.__dict__
        key = f"{driver().current_device()}/{stream}"
        kept: _Kept | None = places.get(key)
        if kept is None or kept.workspace.nbytes < size or kept.statuses.nbytes < 4 * problems:
            kept = places[key] = _Kept(size, problems)
            loaded(self._optimizer).prepare(kept.workspace.address, size, stream)
        return kept

    def _raise(self, kept: _Kept, problems: int) -> None:
        statuses = (c.c_int32 * problems)()
        driver().copy_to_host(c.addressof(statuses), kept.statuses.address, c.sizeof(statuses))
        for number, status in enumerate(statuses):
            if status:
                name = runtime().status_name(status)
                which = f" (problem {number} of the batch)" if problems > 1 else ""
                raise StepError(f"{self._optimizer.name}: {name}{which}", name)
