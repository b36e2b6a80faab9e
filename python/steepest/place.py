"""Where arrays are: memory for states, and calls of a compiled optimizer there."""

from __future__ import annotations

import ctypes as c
import dataclasses
import threading
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from steepest import abi
from steepest.abi import DType
from steepest.errors import SteepestError
from steepest.memory import View
from steepest.runtime import aligned, default_threads, runtime

if TYPE_CHECKING:
    from steepest.optimizer import CompiledOptimizer


@dataclasses.dataclass(frozen=True)
class Call:
    """One step of a rule.

    tensors, hypers: in the order of the descriptor.
    problems: how many of a batch.
    threads: how many to work on; None: as many as there are.
    stream: of a GPU, the address of a CUstream; 0 is the default.
    finite_gradients: the caller vouches for gradients without NaNs and infinities.
    """

    tensors: c.Array[abi.Tensor]
    hypers: c.Array[c.c_double]
    problems: int
    threads: int | None
    stream: int
    finite_gradients: bool

    def arguments(self, workspace: int, size: int, certificates: Any) -> abi.Arguments:
        """As the C ABI has them. `certificates` is where they are written."""
        return abi.Arguments(
            self.tensors,
            len(self.tensors),
            len(self.hypers),
            self.hypers,
            workspace,
            size,
            certificates,
        )


class Place(Protocol):
    """What a `CompiledOptimizer` needs of the device that it was compiled for."""

    #: What messages call its memory.
    memory: str

    def check(self, view: View, name: str) -> None:
        """Refuses an array that is elsewhere."""

    def empty(self, shape: tuple[int, ...], dtype: DType) -> Any:
        """A new array for a state, not initialised."""

    def init(self, tensors: c.Array[abi.Tensor]) -> None:
        """Writes the initial values of states."""

    def step(self, call: Call) -> c.Array[abi.Certificate]:
        """One step; the certificates when it is done."""


def numpy_type(dtype: DType) -> np.dtype[Any]:
    """The type of elements as NumPy has it."""
    if dtype is DType.BF16:
        try:
            import ml_dtypes
        except ImportError as error:
            raise SteepestError("states of type bf16 need the package ml_dtypes") from error
        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(np.float32 if dtype is DType.F32 else np.float64)


class Host:
    """The memory of the CPU. A workspace is kept for the next step on the same thread."""

    memory = "the CPU"

    def __init__(self, optimizer: CompiledOptimizer) -> None:
        self._optimizer = optimizer
        self._local = threading.local()

    def check(self, view: View, name: str) -> None:
        """As in `Place`."""
        if view.gpu is not None:
            raise SteepestError(
                f"'{name}': expected an array in the memory of the CPU, got one on GPU {view.gpu}; "
                'compile(..., target="cuda") steps such'
            )

    def empty(self, shape: tuple[int, ...], dtype: DType) -> np.ndarray:
        """As in `Place`."""
        return np.empty(shape, numpy_type(dtype))

    def init(self, tensors: c.Array[abi.Tensor]) -> None:
        """As in `Place`."""
        own, run = self._optimizer, runtime()
        context = run.context(1)
        run.check(
            own.descriptor.init(own.pointer, c.byref(context), tensors, len(tensors)), own.name
        )

    def step(self, call: Call) -> c.Array[abi.Certificate]:
        """As in `Place`."""
        own, run = self._optimizer, runtime()
        if call.stream:
            raise SteepestError(f"expected no stream for steps on the CPU, got {call.stream:#x}")
        threads = default_threads() if call.threads is None else call.threads
        context = run.context(threads, finite_gradients=call.finite_gradients)
        workspace = self._workspace(call.tensors, threads)
        certificates = (abi.Certificate * (call.problems * len(own.directions)))()
        arguments = call.arguments(
            workspace.ctypes.data, workspace.nbytes, certificates if len(certificates) else None
        )
        status = own.descriptor.step(own.pointer, c.byref(context), c.byref(arguments))
        run.check(status, own.name)
        return certificates

    def _workspace(self, tensors: c.Array[abi.Tensor], threads: int) -> np.ndarray:
        own = self._optimizer
        size = own.descriptor.workspace_bytes(own.pointer, tensors, len(tensors), threads)
        kept: np.ndarray | None = getattr(self._local, "workspace", None)
        # -1: a refusal, of which the step says more.
        if kept is None or kept.nbytes < size:
            kept = self._local.workspace = aligned(max(size, 0))
        return kept
