"""The runtime library: threads, contexts, words for what went wrong."""

from __future__ import annotations

import ctypes as c
import functools
import os
import threading
from typing import Any

import numpy as np

from steepest import abi, tools
from steepest.errors import StepError, SteepestError


def aligned(size: int) -> np.ndarray:
    """Uninitialised bytes that begin at a cache line, as a workspace must."""
    memory = np.empty(size + abi.WORKSPACE_ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % abi.WORKSPACE_ALIGNMENT
    return memory[start : start + size]


def default_threads() -> int:
    """As many as this process may run on."""
    return len(os.sched_getaffinity(0))


class Runtime:
    """`libsteepest.so`. Contexts are made once for each number of threads; messages of
    the library are kept for the thread that caused them.
    """

    def __init__(self) -> None:
        path = tools.find_runtime()
        self.library = c.CDLL(str(path))
        abi.declare(self.library)
        self._contexts: dict[int, abi.Context] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._log = abi.Log(self._keep)

    def _keep(self, _user: object, status: int, message: bytes) -> None:
        self.messages().append((status, message.decode()))

    @property
    def log(self) -> Any:
        """What contexts call with refusals and failures."""
        return self._log

    def messages(self) -> list[tuple[int, str]]:
        """What the library said on this thread since it was last emptied."""
        if not hasattr(self._local, "messages"):
            self._local.messages = []
        return self._local.messages

    def context(self, threads: int, *, finite_gradients: bool = False) -> abi.Context:
        """A context that works on `threads` threads. With `finite_gradients` it vouches
        for gradients without NaNs and infinities, and shares the pool of the one that
        does not.
        """
        if finite_gradients:
            vouching = abi.Context.from_buffer_copy(self.context(threads))
            vouching.log = self._log
            vouching.finite_gradients = 1
            return vouching
        with self._lock:
            if threads not in self._contexts:
                context = abi.Context()
                if threads < 1:
                    raise SteepestError(f"expected at least one thread, got {threads}")
                if threads == 1:
                    self.library.steepest_context_init_serial(c.byref(context))
                else:
                    pool = self.library.steepest_pool_create(threads)
                    if not pool:
                        raise SteepestError(f"no pool of {threads} threads can be had")
                    self.library.steepest_context_init_pool(c.byref(context), pool)
                context.log = self._log
                self._contexts[threads] = context
            return self._contexts[threads]

    def status_name(self, status: int) -> str:
        """The name of a status, such as "nonfinite"."""
        return self.library.steepest_status_name(status).decode()

    def check(self, status: int, who: str) -> None:
        """Raises a `StepError` with the library's messages unless `status` is fine."""
        if not status:
            return
        said = "; ".join(message for _, message in self.messages())
        self.messages().clear()
        name = self.status_name(status)
        raise StepError(f"{who}: {said or name}", name)

    def forget_pools(self) -> None:
        """After a fork: the threads of a pool stay with the parent."""
        self._contexts.clear()
        self._lock = threading.Lock()


@functools.cache
def runtime() -> Runtime:
    """The runtime library of the compiler in use, loaded once."""
    loaded = Runtime()
    os.register_at_fork(after_in_child=loaded.forget_pools)
    return loaded
