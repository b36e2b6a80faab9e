"""The structs of `runtime/steepest.h`, field by field. What they mean is said there.

Nothing here knows a particular optimizer, and nothing here decides anything.
"""

from __future__ import annotations

import ctypes as c
import enum

ABI_VERSION = 5
WORKSPACE_ALIGNMENT = 64


class Role(enum.IntEnum):
    """What a tensor argument is to the rule."""

    PARAMETER = 0
    GRADIENT = 1
    STATE = 2


class DType(enum.IntEnum):
    """Element types."""

    F32 = 0
    F64 = 1
    BF16 = 2

    @property
    def bytes(self) -> int:
        """Bytes of one element."""
        return {DType.F32: 4, DType.F64: 8, DType.BF16: 2}[self]

    def __str__(self) -> str:
        return self.name.lower()


class Initial(enum.IntEnum):
    """How a state begins."""

    CONSTANT = 0
    IDENTITY = 1
    PARAMETER = 2


class Outcome(enum.IntEnum):
    """How a solver left a direction."""

    CONVERGED = 0
    ZERO = 1
    NORMAL = 2
    STALLED = 3
    BUDGET = 4


class Tensor(c.Structure):
    """`steepest_tensor`"""

    _fields_ = [
        ("data", c.c_void_p),
        ("dtype", c.c_int),
        ("rank", c.c_int32),
        ("shape", c.c_int64 * 3),
        ("strides", c.c_int64 * 3),
    ]


class TensorInfo(c.Structure):
    """`steepest_tensor_info`"""

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
    """`steepest_hyper_info`"""

    _fields_ = [("name", c.c_char_p), ("default_value", c.c_double)]


class DirectionInfo(c.Structure):
    """`steepest_direction_info`"""

    _fields_ = [(name, c.c_char_p) for name in ("name", "norm", "manifold", "method")]


class Certificate(c.Structure):
    """`steepest_certificate`"""

    _fields_ = [
        (name, c.c_double)
        for name in (
            "value",
            "bound",
            "gap",
            "tangency",
            "distance",
            "iterations",
            "outcome",
            "reserved",
        )
    ]


Log = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_char_p)


class Context(c.Structure):
    """`steepest_context`"""

    _fields_ = [
        ("abi_version", c.c_int32),
        ("threads", c.c_int32),
        ("parallel_for", c.c_void_p),
        ("pool", c.c_void_p),
        ("log", Log),
        ("log_user", c.c_void_p),
        ("finite_gradients", c.c_int32),
    ]


class Arguments(c.Structure):
    """`steepest_arguments`"""

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
    """`steepest_optimizer`, up to what hosts may use."""


DescriptorPointer = c.POINTER(Descriptor)
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
    ("directions", c.POINTER(DirectionInfo)),
    (
        "workspace_bytes",
        c.CFUNCTYPE(c.c_int64, DescriptorPointer, c.POINTER(Tensor), c.c_int32, c.c_int32),
    ),
    (
        "init",
        c.CFUNCTYPE(c.c_int, DescriptorPointer, c.POINTER(Context), c.POINTER(Tensor), c.c_int32),
    ),
    (
        "step",
        c.CFUNCTYPE(c.c_int, DescriptorPointer, c.POINTER(Context), c.POINTER(Arguments)),
    ),
    ("kernel", c.c_void_p),
    ("kernel_workspace_bytes", c.c_void_p),
    ("kernel_cost", c.CFUNCTYPE(c.c_int64, c.POINTER(c.c_int64))),
]


class Task(c.Structure):
    """`steepest_task`"""

    _fields_ = [
        ("optimizer", DescriptorPointer),
        ("arguments", Arguments),
        ("status", c.c_int),
    ]


def declare(library: c.CDLL) -> None:
    """Gives the functions of the runtime library their types."""
    p = c.POINTER
    for name, result, arguments in (
        ("steepest_pool_create", c.c_void_p, [c.c_int32]),
        ("steepest_pool_destroy", None, [c.c_void_p]),
        ("steepest_context_init_serial", None, [p(Context)]),
        ("steepest_context_init_pool", None, [p(Context), c.c_void_p]),
        ("steepest_status_name", c.c_char_p, [c.c_int]),
        ("steepest_step_many", c.c_int, [p(Context), p(Task), c.c_int64]),
        (
            "steepest_step_many_within",
            c.c_int,
            [p(Context), p(Task), c.c_int64, c.c_void_p, c.c_size_t],
        ),
        (
            "steepest_step_many_bytes",
            c.c_int64,
            [p(Task), c.c_int64, c.c_int32, p(c.c_int64)],
        ),
    ):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
