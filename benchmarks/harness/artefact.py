"""Compiled optimizers, called through the C ABI of runtime/steepest.h."""

import ctypes as c
import pathlib
import subprocess
import weakref

import numpy as np

_ABI_VERSION = 3
_ALIGNMENT = 64
_PARAMETER, _GRADIENT, _STATE = range(3)
_DTYPES = {0: np.float32, 1: np.float64}


class Tensor(c.Structure):
    _fields_ = [
        ("data", c.c_void_p),
        ("dtype", c.c_int),
        ("rank", c.c_int32),
        ("shape", c.c_int64 * 3),
        ("strides", c.c_int64 * 3),
    ]


class TensorInfo(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("role", c.c_int),
        ("dtype", c.c_int),
        ("rank", c.c_int32),
        ("shape", c.c_int64 * 2),
        ("like", c.c_int32),
        ("initial", c.c_int),
        ("initial_value", c.c_double),
    ]


class HyperInfo(c.Structure):
    _fields_ = [("name", c.c_char_p), ("default_value", c.c_double)]


class Certificate(c.Structure):
    _fields_ = [
        (name, c.c_double)
        for name in "value bound gap tangency distance iterations outcome reserved".split()
    ]


_LOG = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_char_p)


class Context(c.Structure):
    _fields_ = [
        ("abi_version", c.c_int32),
        ("threads", c.c_int32),
        ("parallel_for", c.c_void_p),
        ("pool", c.c_void_p),
        ("log", _LOG),
        ("log_user", c.c_void_p),
    ]


class Arguments(c.Structure):
    _fields_ = [
        ("tensors", c.POINTER(Tensor)),
        ("num_tensors", c.c_int32),
        ("num_hypers", c.c_int32),
        ("hypers", c.POINTER(c.c_double)),
        ("workspace", c.c_void_p),
        ("workspace_bytes", c.c_size_t),
        ("certificates", c.POINTER(Certificate)),
    ]


class Descriptor(c.Structure):
    pass


_SELF = c.POINTER(Descriptor)
Descriptor._fields_ = [
    ("abi_version", c.c_int32),
    ("name", c.c_char_p),
    ("target", c.c_char_p),
    ("features", c.c_char_p),
    ("explanation", c.c_char_p),
    ("num_tensors", c.c_int32),
    ("num_hypers", c.c_int32),
    ("num_directions", c.c_int32),
    ("entrywise", c.c_int32),
    ("tensors", c.POINTER(TensorInfo)),
    ("hypers", c.POINTER(HyperInfo)),
    ("directions", c.c_void_p),
    ("workspace_bytes", c.CFUNCTYPE(c.c_int64, _SELF, c.POINTER(Tensor), c.c_int32, c.c_int32)),
    ("init", c.CFUNCTYPE(c.c_int, _SELF, c.POINTER(Context), c.POINTER(Tensor), c.c_int32)),
    ("step", c.CFUNCTYPE(c.c_int, _SELF, c.POINTER(Context), c.POINTER(Arguments))),
]


class Task(c.Structure):
    _fields_ = [("optimizer", _SELF), ("arguments", Arguments), ("status", c.c_int)]


class CompileError(RuntimeError):
    """steepestc refused a spec."""


def compile_spec(steepestc, spec, folder):
    """Compiles a spec for this machine; returns the path of the library."""
    out = pathlib.Path(folder) / (pathlib.Path(spec).stem + ".so")
    run = subprocess.run(
        [str(steepestc), str(spec), "-o", str(out)], capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise CompileError(run.stderr.strip() or f"steepestc failed on {spec}")
    return out


def aligned(count, dtype=np.uint8):
    """An uninitialised vector that begins at a cache line."""
    size = int(count) * np.dtype(dtype).itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(dtype)


def _view(array):
    if array.ndim and array.shape[-1] > 1 and array.strides[-1] != array.itemsize:
        raise ValueError("expected an array whose rows are contiguous")
    dtype = {np.dtype(v): k for k, v in _DTYPES.items()}[array.dtype]
    tensor = Tensor(array.ctypes.data, dtype, array.ndim)
    for axis, extent in enumerate(array.shape):
        tensor.shape[axis] = extent
        tensor.strides[axis] = array.strides[axis] // array.itemsize
    return tensor


class Runtime:
    """libsteepest.so: pools, contexts, lists of steps."""

    def __init__(self, path):
        self._library = c.CDLL(str(path))
        self._library.steepest_pool_create.restype = c.c_void_p
        self._library.steepest_pool_create.argtypes = [c.c_int32]
        self._library.steepest_pool_destroy.argtypes = [c.c_void_p]
        self._library.steepest_status_name.restype = c.c_char_p
        self._step_many = self._library.steepest_step_many
        self._step_many.argtypes = [c.POINTER(Context), c.POINTER(Task), c.c_int64]
        self._messages = []
        self._log = _LOG(lambda _, __, message: self._messages.append(message.decode()))
        self._contexts = {}

    def context(self, threads):
        """A context with a pool of `threads` workers, made once."""
        if threads not in self._contexts:
            context = Context()
            if threads == 1:
                self._library.steepest_context_init_serial(c.byref(context))
            else:
                pool = self._library.steepest_pool_create(threads)
                if not pool:
                    raise RuntimeError(f"no pool of {threads} threads can be had")
                weakref.finalize(self, self._library.steepest_pool_destroy, pool)
                self._library.steepest_context_init_pool(c.byref(context), c.c_void_p(pool))
            context.log = self._log
            self._contexts[threads] = context
        return self._contexts[threads]

    def check(self, status):
        if status:
            said = "; ".join(self._messages) or self._library.steepest_status_name(status).decode()
            self._messages.clear()
            raise RuntimeError(f"the step failed: {said}")

    def step_many(self, problems, threads):
        """A call that steps all problems, ready to be repeated."""
        tasks = (Task * len(problems))()
        for task, problem in zip(tasks, problems):
            task.optimizer = c.pointer(problem.optimizer.descriptor)
            task.arguments = problem.arguments
        context = self.context(threads)
        return lambda: self.check(self._step_many(c.byref(context), tasks, len(tasks)))


class Optimizer:
    """One compiled optimizer."""

    def __init__(self, path, runtime):
        library = c.CDLL(str(path))
        name = pathlib.Path(path).stem
        symbol = getattr(library, f"steepest_{name}")
        symbol.restype = _SELF
        self._library = library
        self.runtime = runtime
        self.name = name
        self.descriptor = symbol().contents
        if self.descriptor.abi_version != _ABI_VERSION:
            raise RuntimeError(
                f"{path}: expected version {_ABI_VERSION} of the ABI, got "
                f"{self.descriptor.abi_version}"
            )
        self.tensors = [self.descriptor.tensors[i] for i in range(self.descriptor.num_tensors)]
        self.hypers = {
            self.descriptor.hypers[i].name.decode(): self.descriptor.hypers[i].default_value
            for i in range(self.descriptor.num_hypers)
        }


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
        views = (Tensor * descriptor.num_tensors)()
        arrays = []
        for index, info in enumerate(optimizer.tensors):
            name = info.name.decode()
            like = arrays[info.like].shape if info.like < len(arrays) else None
            if name in given:
                array = given[name]
            elif info.role == _STATE:
                shape = [
                    {-1: lambda a=axis: like[a], -2: lambda: like[0], -3: lambda: like[1]}[extent]()
                    if extent < 0
                    else extent
                    for axis, extent in enumerate(info.shape[: info.rank])
                ]
                array = allocate(name, int(np.prod(shape)), _DTYPES[info.dtype]).reshape(shape)
            else:
                raise ValueError(f"{optimizer.name}: expected a tensor named '{name}'")
            arrays.append(array)
            self.arrays[name] = array
            views[index] = _view(array)
        self._views = views
        self._given = {n: a for n, a in given.items() if self._is_state(n)}
        self._initial = {n: a.copy() for n, a in self._given.items()}
        self.initialize()
        size = descriptor.workspace_bytes(c.byref(descriptor), views, len(views), threads)
        if size < 0:
            raise RuntimeError(f"{optimizer.name}: no step for these shapes on this processor")
        self.workspace = allocate("workspace", size, np.uint8)
        self.certificates = (Certificate * max(1, descriptor.num_directions))()
        numbers = {**optimizer.hypers, **(hypers or {})}
        unknown = set(numbers) - set(optimizer.hypers)
        if unknown:
            raise ValueError(f"{optimizer.name} has no hyper-parameter {sorted(unknown)}")
        self._hypers = (c.c_double * max(1, len(numbers)))(
            *(numbers[name] for name in optimizer.hypers)
        )
        self.arguments = Arguments(
            views, len(views), len(numbers), self._hypers,
            self.workspace.ctypes.data, size, self.certificates,
        )  # fmt: skip

    def _is_state(self, name):
        return self.optimizer.tensors[list(self.arrays).index(name)].role == _STATE

    def initialize(self):
        """Gives every state its initial value."""
        runtime, descriptor = self.optimizer.runtime, self.optimizer.descriptor
        views, serial = self._views, runtime.context(1)
        runtime.check(descriptor.init(c.byref(descriptor), c.byref(serial), views, len(views)))
        for name, array in self._given.items():
            array[...] = self._initial[name]

    def stepper(self, threads):
        """A call that makes one step, ready to be repeated."""
        runtime, descriptor = self.optimizer.runtime, self.optimizer.descriptor
        context = runtime.context(threads)
        arguments = self.arguments
        return lambda: runtime.check(
            descriptor.step(c.byref(descriptor), c.byref(context), c.byref(arguments))
        )
