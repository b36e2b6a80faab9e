"""The handlers that XLA calls: compiled once for the JAX at hand, and what they know.

They (`handler/`, in C) are one for the CPU and one for GPUs, whatever the optimizer. The system's C compiler, which
`steepestc` needs to link shared libraries anyway, makes a library of it in the package's
cache, under the contents of the headers that came with JAX.
"""

from __future__ import annotations

import ctypes as c
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import threading

import jax
import jax.ffi

from steepest import abi, cache, tools
from steepest.cuda.driver import driver_file
from steepest.errors import CompileError, CompilerNotFoundError, SteepestError
from steepest.optimizer import CompiledOptimizer
from steepest.runtime import runtime

#: What programs of XLA call the handlers of the CPU and of GPUs.
HOST_TARGET = "steepest_step"
GPU_TARGET = "steepest_step_on_gpu"

_SOURCES = pathlib.Path(__file__).with_name("handler")


def _find_c_compiler() -> str:
    named = os.environ.get("CC")
    for name in [named] if named else ["cc", "gcc", "clang"]:
        found = shutil.which(name)
        if found:
            return found
    raise CompilerNotFoundError(
        f"expected a C compiler to make the handler for JAX, got none: "
        f"{f'$CC is {named!r}' if named else 'there is no cc, gcc or clang on the path'}"
    )


def _find_header() -> pathlib.Path:
    """The folder of `steepest.h`: of the installed tree that the compiler belongs to, or
    of the sources that it was built from.
    """
    root = tools.find_compiler().parents[1]
    tree = pathlib.Path(__file__).resolve().parents[3]
    for folder in (root / "include" / "steepest", tree / "runtime", root.parent / "runtime"):
        if (folder / "steepest.h").exists():
            return folder
    raise CompilerNotFoundError(
        f"expected steepest.h in {root / 'include' / 'steepest'}, got none"
    )


def _build() -> pathlib.Path:
    """The path of the handler's library."""
    compiler = _find_c_compiler()
    headers = [_find_header(), pathlib.Path(jax.ffi.include_dir())]
    files = [
        *sorted(_SOURCES.glob("*.[ch]")),
        headers[0] / "steepest.h",
        headers[0] / "CUDA" / "steepest_cuda.h",
        headers[1] / "xla/ffi/api/c_api.h",
    ]
    key = cache.key_of(
        {
            "sources": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
            "compiler": cache.file_identity(pathlib.Path(compiler)),
        }
    )

    def make(folder: pathlib.Path) -> None:
        command = [compiler, "-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden"]
        command += [f"-I{header}" for header in headers]
        command += [str(file) for file in files if file.suffix == ".c"]
        command += ["-o", str(folder / "handler.so"), "-pthread"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CompileError(f"the handler for JAX does not compile:\n{done.stderr.strip()}")

    return cache.fetch(key, make) / "handler.so"


def gpu_stages(library: c.CDLL) -> dict[str, object]:
    """What XLA calls when: code is loaded before the first step, and never by one."""
    stages = ("initialize", "execute")
    return {stage: jax.ffi.pycapsule(library.steepest_xla_step_on_gpu) for stage in stages}


class Handler:
    """The loaded handlers. Optimizers and numbers of threads are registered with it under
    names that mean the same in every process, so that a program which was compiled in
    one can run in another that has registered them too.
    """

    def __init__(self) -> None:
        library = c.CDLL(str(_build()))
        loaded = runtime().library
        library.steepest_xla_runtime.argtypes = [c.c_void_p, c.c_void_p]
        library.steepest_xla_runtime(
            c.cast(loaded.steepest_step_many_within, c.c_void_p),
            c.cast(loaded.steepest_status_name, c.c_void_p),
        )
        library.steepest_xla_add_optimizer.argtypes = [c.c_char_p, abi.DescriptorPointer]
        library.steepest_xla_add_context.argtypes = [c.POINTER(abi.Context)]
        library.steepest_xla_reserve.argtypes = [c.c_int64, c.c_size_t]
        library.steepest_xla_reserve_lists.argtypes = [c.c_size_t]
        library.steepest_xla_gpu_runtime.argtypes = [c.c_void_p]
        library.steepest_xla_gpu_runtime(c.cast(loaded.steepest_context_init_cuda, c.c_void_p))
        file = driver_file()
        if not library.steepest_xla_use_driver(file.encode()):
            raise SteepestError(f"the path of the driver is too long: {file}")
        step = jax.ffi.pycapsule(library.steepest_xla_step)
        jax.ffi.register_ffi_target(HOST_TARGET, step, platform="cpu")
        jax.ffi.register_ffi_target(GPU_TARGET, gpu_stages(library), platform="CUDA")
        self._library = library
        self._lock = threading.Lock()
        self._names: dict[str, CompiledOptimizer] = {}
        self._threads: set[int] = set()

    def register(self, optimizer: CompiledOptimizer) -> str:
        """The name of an optimizer: that of its entry in the cache, and its own."""
        name = f"{optimizer.path.parent.name}/{optimizer.name}"
        with self._lock:
            if name not in self._names:
                if not self._library.steepest_xla_add_optimizer(name.encode(), optimizer.pointer):
                    raise SteepestError(
                        f"{optimizer.name}: too many optimizers, or too long a name"
                    )
                self._names[name] = optimizer
        return name

    def optimizer(self, name: str) -> CompiledOptimizer:
        """What was registered under a name."""
        return self._names[name]

    def use_threads(self, threads: int) -> None:
        """Makes the pool that calls with so many threads share."""
        with self._lock:
            if threads not in self._threads:
                context = runtime().context(threads)
                if not self._library.steepest_xla_add_context(c.byref(context)):
                    raise SteepestError("too many different numbers of threads")
                self._threads.add(threads)

    def reserve(self, threads: int, size: int) -> None:
        """Memory for the steps of so many threads, kept from one to the next."""
        if not self._library.steepest_xla_reserve(threads, size):
            raise SteepestError(f"expected memory for a workspace of {size} bytes, got none")

    def reserve_lists(self, size: int) -> None:
        """The same for the lists of steps on GPUs."""
        if not self._library.steepest_xla_reserve_lists(size):
            raise SteepestError(f"expected memory for lists of {size} bytes, got none")


@functools.cache
def handler() -> Handler:
    """The handler of this process, made on first use."""
    return Handler()
