"""A compiled optimizer: its descriptor, and steps on arrays.

Nothing here knows a particular rule. Which tensors there are, how their shapes follow
from the parameters', what they begin as and which numbers a step takes is read from the
descriptor.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from steepest import abi
from steepest.abi import DType, Initial, Role
from steepest.errors import SteepestError
from steepest.memory import View, view_of
from steepest.place import Call, Host, Place
from steepest.report import DirectionInfo, Report


@dataclasses.dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor argument of a rule. `shape` has an extent, or -1 for the same, -2 for
    the first and -3 for the second extent of the tensor number `like`.
    """

    name: str
    role: Role
    dtype: DType
    shape: tuple[int, ...]
    like: int
    initial: Initial
    initial_value: float

    @property
    def rank(self) -> int:
        """0 (a scalar), 1 or 2."""
        return len(self.shape)

    def extents(self, like: Sequence[int]) -> tuple[int, ...]:
        """The shape beside a parameter of shape `like` (without a batch)."""
        sources = {-1: None, -2: 0, -3: 1}
        result = []
        for axis, extent in enumerate(self.shape):
            source = sources.get(extent, axis)
            result.append(extent if extent >= 0 else like[axis if source is None else source])
        return tuple(result)


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What `steepest.compile` was told besides the spec, the device and the name."""

    dtype: str | None = None
    storage: str | None = None
    master: bool = False
    maximize: bool = False
    shapes: tuple[tuple[int, ...], ...] = ()
    without: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()


Arrays = Any  # one array, or a sequence or a mapping by name of several


class CompiledOptimizer:
    """An optimizer in a shared library, for use on arrays in memory.

    name, target, explanation: what the compiler says about it.
    tensors: parameters and gradients in turn, then states.
    hypers: the hyper-parameters and their defaults.
    directions: the steepest-descent problems that a step solves.
    entrywise: whether every entry steps by itself, so that the rule may be run on parts
        of a tensor, or on one of another shape.
    is_for_gpu: whether it steps arrays in the memory of a GPU instead of the CPU's.
    path: the library.
    options: what it was compiled with.
    """

    def __init__(self, path: pathlib.Path, name: str, options: Options = Options()) -> None:
        self.path = path
        self.name = name
        self.options = options
        self.symbol = f"steepest_{name}"
        try:
            self._library = c.CDLL(str(path))
            accessor = getattr(self._library, self.symbol)
        except (OSError, AttributeError) as error:
            raise SteepestError(f"expected {path} to define {self.symbol}: {error}") from error
        accessor.restype = abi.DescriptorPointer
        #: `const steepest_optimizer *`
        self.pointer = accessor()
        self.descriptor = self.pointer.contents
        descriptor = self.descriptor
        if descriptor.abi_version != abi.ABI_VERSION:
            raise SteepestError(
                f"{path}: expected version {abi.ABI_VERSION} of the ABI, got "
                f"{descriptor.abi_version}"
            )
        self.target = descriptor.target.decode()
        self.explanation = descriptor.explanation.decode()
        self.tensors = tuple(
            TensorInfo(
                info.name.decode(),
                Role(info.role),
                DType(info.dtype),
                tuple(info.shape[: info.rank]),
                info.like,
                Initial(info.initial),
                info.initial_value,
            )
            for info in descriptor.tensors[: descriptor.num_tensors]
        )
        self.hypers = {
            info.name.decode(): info.default_value
            for info in descriptor.hypers[: descriptor.num_hypers]
        }
        self.directions = tuple(
            DirectionInfo(*(getattr(info, field).decode() for field, _ in info._fields_))
            for info in descriptor.directions[: descriptor.num_directions]
        )
        self.entrywise = bool(descriptor.entrywise)
        self.parameters = tuple(t for t in self.tensors if t.role is Role.PARAMETER)
        self.gradients = tuple(t for t in self.tensors if t.role is Role.GRADIENT)
        self.states = tuple(t for t in self.tensors if t.role is Role.STATE)
        self.is_for_gpu = self.target.startswith("cuda")
        self._place = self._find_place()

    def _find_place(self) -> Place:
        if self.is_for_gpu:
            from steepest.cuda.place import Gpu

            return Gpu(self)
        return Host(self)

    @property
    def spec(self) -> str:
        """The text that this was compiled from."""
        return (self.path.parent / "spec.mlir").read_text(encoding="utf-8")

    def __repr__(self) -> str:
        hypers = ", ".join(f"{name}={value:g}" for name, value in self.hypers.items())
        return f"<steepest optimizer {self.name}({hypers})>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            f"a compiled optimizer is code for this machine; pickle its spec ('{self.name}') "
            "and compile it where it is loaded"
        )

    # ---- steps ----

    def init(self, parameters: Arrays) -> dict[str, Any]:
        """The states of the parameters before the first step, by name.

        `parameters` is the array of the one parameter, or a mapping by name or a sequence
        of several. A leading dimension beyond those of the rule is a batch of independent
        problems. States are NumPy arrays, or `steepest.cuda.Memory` on a GPU.
        """
        given = self._by_name(parameters, self.parameters)
        views = self._views(given, 0)
        batch = self._batch(views)
        state = {}
        for info in self.states:
            # A scalar, or a state of fixed extents, is like itself.
            like = views.get(self.tensors[info.like].name)
            shape = info.extents(like.shape[len(batch) :] if like else ())
            state[info.name] = self._place.empty(batch + shape, info.dtype)
            views[info.name] = view_of(state[info.name], info.name, 0)
        self._place.init(self._tensors(views))
        return state

    def step(
        self,
        parameters: Arrays,
        gradients: Arrays,
        state: Mapping[str, Any] | None = None,
        *,
        threads: int | None = None,
        finite_gradients: bool = False,
        stream: int = 0,
        **hypers: float,
    ) -> Report:
        """One step, in place: `parameters` and `state` are written.

        Arrays are those of `init`, with a gradient for each parameter; a rule without
        states needs no `state`. Hyper-parameters that are not given have their defaults.
        `threads` is how many to work on (default: as many as there are).
        `finite_gradients` vouches for gradients without NaNs and infinities, which spares
        elementwise rules a reading of them; what a rule makes of a NaN is written when
        the promise is false. On a GPU a step is launched on `stream` (the address of a
        CUstream; 0: the default stream), and waits for its end; it looks in any case.

        Raises `StepError`, with nothing written, when shapes, types or memory do not
        fit, or when a gradient holds a NaN; `SteepestError` for what is no array of ours.
        """
        if not isinstance(threads, int | None):
            raise SteepestError(f"{self.name}: expected at least one thread, got {threads!r}")
        if not isinstance(state, Mapping | None):
            raise SteepestError(
                f"{self.name}: expected the states by name, as init returns them, got "
                f"{type(state).__name__}"
            )
        given = {
            name: array
            for arrays, infos in (
                (parameters, self.parameters),
                (gradients, self.gradients),
                (dict(state or {}), self.states),
            )
            for name, array in self._by_name(arrays, infos).items()
        }
        views = self._views(given, stream)
        for info in self.tensors:
            if info.role is not Role.GRADIENT and not views[info.name].writable:
                raise SteepestError(
                    f"'{info.name}': expected memory that may be written, got a read-only array"
                )
        tensors = self._tensors(views)
        numbers = self.hyper_values(hypers)
        problems = (self._batch(views) or (1,))[0]
        certificates = self._place.step(
            Call(tensors, numbers, problems, threads, stream, finite_gradients)
        )
        return Report(self.directions, list(certificates))

    def hyper_values(self, given: Mapping[str, float]) -> c.Array[c.c_double]:
        """The hyper-parameters in the order of the descriptor, defaults filled in."""
        unknown = [name for name in given if name not in self.hypers]
        if unknown:
            raise SteepestError(
                f"{self.name} has no hyper-parameter '{unknown[0]}'; "
                f"it has {', '.join(self.hypers) or 'none'}"
            )
        numbers = (c.c_double * len(self.hypers))()
        for index, (name, default) in enumerate(self.hypers.items()):
            numbers[index] = self.hyper_value(name, given.get(name, default))
        return numbers

    def hyper_value(self, name: str, value: Any) -> float:
        """A finite number for a hyper-parameter, or a `SteepestError`."""
        try:
            number = math.nan if isinstance(value, str) else float(value)
        except (TypeError, ValueError, RuntimeError):
            number = math.nan
        if not math.isfinite(number):
            raise SteepestError(f"{self.name}: expected a finite number for '{name}', got {value!r}")
        return number

    # ---- arguments ----

    def _views(self, given: Mapping[str, Any], stream: int) -> dict[str, View]:
        views = {name: view_of(array, name, stream) for name, array in given.items()}
        for name, view in views.items():
            self._place.check(view, name)
        return views

    def _by_name(self, given: Arrays, infos: Sequence[TensorInfo]) -> dict[str, Any]:
        names = [info.name for info in infos]
        if isinstance(given, Mapping):
            found = dict(given)
        elif isinstance(given, (list, tuple)):
            found = dict(zip(names, given, strict=False))
            if len(given) != len(names):
                found = dict.fromkeys(map(str, range(len(given))))
        else:
            found = {names[0]: given} if len(names) == 1 else {"one array": given}
        if sorted(found) != sorted(names):
            role = infos[0].role.name.lower() if infos else "state"
            raise SteepestError(
                f"{self.name}: expected the {role}s {', '.join(names) or '(none)'}, got "
                f"{', '.join(map(str, found)) or 'none'}"
            )
        return {name: found[name] for name in names}

    def _batch(self, views: Mapping[str, View]) -> tuple[int, ...]:
        first = self.parameters[0]
        shape = views[first.name].shape
        if len(shape) not in (first.rank, first.rank + 1):
            raise SteepestError(
                f"{self.name}: parameter '{first.name}' has {len(shape)} dimensions, expected "
                f"{first.rank}, or {first.rank + 1} for a batch"
            )
        return shape[: len(shape) - first.rank]

    def _tensors(self, views: Mapping[str, View]) -> c.Array[abi.Tensor]:
        """In the order of the descriptor; what is missing (gradients, for `init`) is null."""
        tensors = (abi.Tensor * len(self.tensors))()
        for tensor, info in zip(tensors, self.tensors):
            view = views.get(info.name)
            if view is not None:
                if view.dtype is not info.dtype:
                    raise SteepestError(
                        f"{self.name}: {info.role.name.lower()} '{info.name}' has elements of "
                        f"type {view.dtype}, expected {info.dtype}; compile(..., dtype=) and "
                        "storage= make the rule for other types"
                    )
                view.fill(tensor)
        return tensors
