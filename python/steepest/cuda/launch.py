"""Loaded optimizers, and what says where a step is launched."""

from __future__ import annotations

import ctypes as c
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from steepest import abi
from steepest.cuda.abi import CudaLaunch, CudaLog, CudaOptimizer, declare
from steepest.cuda.driver import driver
from steepest.errors import SteepestError
from steepest.runtime import runtime

if TYPE_CHECKING:
    from steepest.optimizer import CompiledOptimizer

#: As many problems of a batch are worked on at once, if there are so many.
TEAMS = 32


def raw_of(optimizer: CompiledOptimizer) -> CudaOptimizer:
    """The descriptor with what it has for GPUs."""
    return c.cast(optimizer.pointer, c.POINTER(CudaOptimizer)).contents


def step_many_bytes(optimizer: CompiledOptimizer, tasks: Sequence[abi.Task], teams: int) -> int:
    """Device memory for a list of steps of which up to `teams` run at once. Needs no GPU."""
    raw = raw_of(optimizer)
    size = raw.step_many_bytes(c.byref(raw), (abi.Task * len(tasks))(*tasks), len(tasks), teams)
    if size < 0:
        raise SteepestError(f"{optimizer.name} does not step these shapes on a GPU")
    return size


class Loaded:
    """An optimizer on the device of the calling thread's context."""

    def __init__(self, optimizer: CompiledOptimizer) -> None:
        self.optimizer = optimizer
        self._raw = raw_of(optimizer)
        run = runtime()
        declare(run.library)
        self.plan = c.c_void_p()
        log = CudaLog(run.log, None)
        run.check(
            self._raw.create_plan(
                c.byref(self.plan), c.byref(self._raw), driver().file.encode(), c.byref(log)
            ),
            optimizer.name,
        )

    def workspace_bytes(self, tensors: c.Array[abi.Tensor], problems: int) -> int:
        """Device memory for a step of so many problems; -1 for a refusal, of which the
        step says more.
        """
        optimizer = self.optimizer
        return optimizer.descriptor.workspace_bytes(
            optimizer.pointer, tensors, len(optimizer.tensors), max(1, min(problems, TEAMS))
        )

    def step_many_bytes(self, tasks: Sequence[abi.Task], teams: int) -> int:
        """Device memory for a list of steps of which up to `teams` run at once."""
        return step_many_bytes(self.optimizer, tasks, teams)

    def step_many_call(
        self, launch: Launch, tasks: c.Array[abi.Task], workspace: int, size: int
    ) -> tuple[Any, ...]:
        """The function that steps a list, and its arguments."""
        arguments = (c.byref(self._raw), c.byref(launch.context), tasks, len(tasks))
        return (self._raw.step_many, *arguments, workspace, size)

    def prepare(self, address: int, size: int, stream: int) -> None:
        """Writes the first bytes of a workspace, which then serves all optimizers."""
        run = runtime()
        log = CudaLog(run.log, None)
        status = self._raw.prepare(self.plan, address, size, stream, c.byref(log))
        run.check(status, self.optimizer.name)


class Launch:
    """The context of one task's steps. `statuses` is device memory for a status of each
    problem, `hypers` for the hyper-parameters, or 0.
    """

    def __init__(self, loaded: Loaded, statuses: int, hypers: int = 0) -> None:
        self._loaded = loaded
        self.raw = CudaLaunch(loaded.plan, None, statuses, hypers or None)
        self.context = abi.Context()
        run = runtime()
        run.library.steepest_context_init_cuda(c.byref(self.context), c.byref(self.raw))
        self.context.log = run.log


_known: dict[tuple[int, int], Loaded] = {}
_lock = threading.Lock()


def loaded(optimizer: CompiledOptimizer) -> Loaded:
    """The optimizer on the device of the calling thread's context, loaded once."""
    with _lock:
        key = (c.addressof(optimizer.descriptor), driver().current_device())
        if key not in _known:
            _known[key] = Loaded(optimizer)
        return _known[key]
