"""Compiled optimizers with everything prepared, so that a call is a step and no more.

The binding is that of the Python package; what it does for each call (views, workspace,
reports) is done here once.
"""

import ctypes as c

import numpy as np

from steepest import abi, memory
from steepest.runtime import aligned as aligned_bytes
from steepest.runtime import runtime

_DTYPES = {abi.DType.F32: np.float32, abi.DType.F64: np.float64}


def aligned(count, dtype=np.uint8):
    """An uninitialised vector that begins at a cache line."""
    return aligned_bytes(int(count) * np.dtype(dtype).itemsize).view(dtype)


def step_many(problems, threads, finite_gradients=False):
    """A call that steps all problems, ready to be repeated."""
    tasks = (abi.Task * len(problems))()
    for task, problem in zip(tasks, problems):
        task.optimizer = problem.optimizer.pointer
        task.arguments = problem.arguments
    run = runtime()
    context = run.context(threads, finite_gradients=finite_gradients)
    call = run.library.steepest_step_many
    return lambda: run.check(call(c.byref(context), tasks, len(tasks)), "the step failed")


class Problem:
    """The tensors, memory and numbers of one step. `given` names parameters and
    gradients (and states, if they are to start from something else); the arrays
    are used in place. `allocate(name, count, dtype)` gives memory for the states and
    the workspace.
    """

    def __init__(self, optimizer, threads, given, hypers=None, allocate=None):
        allocate = allocate or (lambda name, count, dtype: aligned(count, dtype))
        self.optimizer = optimizer
        descriptor = optimizer.descriptor
        self.arrays = {}
        views = (abi.Tensor * descriptor.num_tensors)()
        for view, info in zip(views, optimizer.tensors):
            if info.name in given:
                array = given[info.name]
            elif info.role is abi.Role.STATE:
                like = self.arrays.get(optimizer.tensors[info.like].name)
                shape = info.extents(like.shape if like is not None else ())
                array = allocate(info.name, int(np.prod(shape)), _DTYPES[info.dtype])
                array = array.reshape(shape)
            else:
                raise ValueError(f"{optimizer.name}: expected a tensor named '{info.name}'")
            self.arrays[info.name] = array
            memory.view_of(array, info.name).fill(view)
        self._views = views
        states = {info.name for info in optimizer.states}
        self._given = {name: array for name, array in given.items() if name in states}
        self._initial = {name: array.copy() for name, array in self._given.items()}
        self.initialize()
        size = descriptor.workspace_bytes(optimizer.pointer, views, len(views), threads)
        if size < 0:
            raise RuntimeError(f"{optimizer.name}: no step for these shapes on this processor")
        self.workspace = allocate("workspace", size, np.uint8)
        self.certificates = (abi.Certificate * max(1, descriptor.num_directions))()
        self._hypers = optimizer.hyper_values(hypers or {})
        self.arguments = abi.Arguments(
            views, len(views), len(self._hypers), self._hypers,
            self.workspace.ctypes.data, size, self.certificates,
        )  # fmt: skip

    def initialize(self):
        """Gives every state its initial value."""
        run, optimizer = runtime(), self.optimizer
        context = run.context(1)
        status = optimizer.descriptor.init(
            optimizer.pointer, c.byref(context), self._views, len(self._views)
        )
        run.check(status, optimizer.name)
        for name, array in self._given.items():
            array[...] = self._initial[name]

    def bind(self, name, array):
        """Another array for a tensor, of the same shape."""
        index = list(self.arrays).index(name)
        memory.view_of(array, name).fill(self._views[index])

    def stepper(self, threads):
        """A call that makes one step, ready to be repeated."""
        run, optimizer = runtime(), self.optimizer
        context, arguments = run.context(threads), self.arguments
        step, pointer = optimizer.descriptor.step, optimizer.pointer
        return lambda: run.check(step(pointer, c.byref(context), c.byref(arguments)), optimizer.name)
