"""The structs of `runtime/CUDA/steepest_cuda.h`, field by field. What they mean is said
there.
"""

from __future__ import annotations

import ctypes as c

from steepest.abi import Context, Descriptor, Log, Task


class CudaLog(c.Structure):
    """`steepest_cuda_log`"""

    _fields_ = [("log", Log), ("log_user", c.c_void_p)]


class CudaOptimizer(c.Structure):
    """`steepest_cuda_optimizer`"""


CudaOptimizerPointer = c.POINTER(CudaOptimizer)
CudaOptimizer._fields_ = [
    ("base", Descriptor),
    ("kernel", c.c_char_p),
    ("block_threads", c.c_int32),
    ("num_images", c.c_int32),
    ("shared_bytes", c.c_int64),
    ("shared_bytes_90", c.c_int64),
    ("most_shared_bytes", c.c_int64),
    ("tasks_per_launch", c.c_int64),
    ("images", c.c_void_p),
    (
        "create_plan",
        c.CFUNCTYPE(
            c.c_int, c.POINTER(c.c_void_p), CudaOptimizerPointer, c.c_char_p, c.POINTER(CudaLog)
        ),
    ),
    ("destroy_plan", c.CFUNCTYPE(None, c.c_void_p)),
    (
        "prepare",
        c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_size_t, c.c_void_p, c.POINTER(CudaLog)),
    ),
    (
        "step_many",
        c.CFUNCTYPE(
            c.c_int,
            CudaOptimizerPointer,
            c.POINTER(Context),
            c.POINTER(Task),
            c.c_int64,
            c.c_void_p,
            c.c_size_t,
        ),
    ),
    (
        "step_many_bytes",
        c.CFUNCTYPE(c.c_int64, CudaOptimizerPointer, c.POINTER(Task), c.c_int64, c.c_int32),
    ),
]


class CudaLaunch(c.Structure):
    """`steepest_cuda_launch`"""

    _fields_ = [
        ("plan", c.c_void_p),
        ("stream", c.c_void_p),
        ("statuses", c.c_void_p),
        ("device_hypers", c.c_void_p),
    ]


def declare(library: c.CDLL) -> None:
    """Gives the function of the runtime library its type."""
    function = library.steepest_context_init_cuda
    function.restype = None
    function.argtypes = [c.POINTER(Context), c.POINTER(CudaLaunch)]
