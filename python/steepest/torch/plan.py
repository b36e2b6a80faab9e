"""The list of tasks of a step, kept from step to step.

What a step needs to say in C is written once: views, states, workspace. From step to
step only the addresses of gradients change, since PyTorch makes these anew, and the
hyper-parameters; both are written through plain memory views, which is what keeps the
time of the host in the tens of microseconds.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from steepest import abi
from steepest.abi import Role
from steepest.errors import SteepestError, StepError
from steepest.optimizer import CompiledOptimizer, TensorInfo
from steepest.report import Report
from steepest.runtime import aligned, runtime
from steepest.torch.rules import DTYPES, TORCH_DTYPES, Split, problems_of

_WORDS = c.sizeof(abi.Tensor) // 8
_DATA = abi.Tensor.data.offset // 8


@dataclasses.dataclass(eq=False)
class Item:
    """One tensor to step: a parameter, or the part of one that is stepped here. `source`
    is what the group holds.
    """

    source: torch.Tensor
    parameter: torch.Tensor
    rule: CompiledOptimizer
    split: Split
    group: dict[str, Any]
    state: dict[str, torch.Tensor]
    name: str


def state_shape(
    info: TensorInfo, item: Item, problems: Sequence[torch.Tensor]
) -> tuple[int, ...] | None:
    """The shape of a state beside a parameter; None for the parameter's own. States of
    several blocks lie one after another.
    """
    rank = item.rule.parameters[0].rank
    if info.shape == item.rule.parameters[0].shape and info.like == 0:
        return None
    extents = info.extents(tuple(problems[0].shape[-rank:]))
    return (item.split.count, *extents) if item.split.count > 1 else extents


def make_states(item: Item) -> None:
    """Gives the item the states that it does not have yet, with their initial values."""
    missing = [info for info in item.rule.states if info.name not in item.state]
    if not missing:
        return
    problems = problems_of(item.parameter, item.rule, item.split, item.name)
    made = {}
    plain = item.parameter.detach()
    for info in item.rule.states:
        shape = state_shape(info, item, problems)
        dtype = TORCH_DTYPES[info.dtype]
        if shape is None:
            made[info.name] = torch.empty_like(plain, dtype=dtype)
        else:
            made[info.name] = torch.empty(shape, dtype=dtype)
    run = runtime()
    context = run.context(1)
    for tensors, _ in tensors_of(dataclasses.replace(item, state=made), None):
        status = item.rule.descriptor.init(
            item.rule.pointer, c.byref(context), tensors, len(tensors)
        )
        run.check(status, item.name)
    item.state.update({info.name: made[info.name] for info in missing})


def tensors_of(
    item: Item, gradient: torch.Tensor | None
) -> list[tuple[c.Array[abi.Tensor], int]]:
    """The `steepest_tensor` lists of an item, one for each task, and the place in bytes
    that the task's part of the gradient has in the whole. Without a gradient its views
    are null.
    """
    rule = item.rule
    problems = problems_of(item.parameter, rule, item.split, item.name)
    columns: list[list[torch.Tensor]] = []
    for info in rule.tensors:
        if info.role is Role.PARAMETER:
            columns.append(problems)
        elif info.role is Role.GRADIENT:
            own = item.parameter if gradient is None else gradient
            columns.append(_seen_alike(own, problems, item, f"the gradient of {item.name}"))
        else:
            columns.append(_state_problems(info, problems, item))
    base = 0 if gradient is None else gradient.data_ptr()
    result = []
    for views in zip(*columns, strict=True):
        tensors = (abi.Tensor * len(rule.tensors))()
        offset = 0
        for tensor, info, view in zip(tensors, rule.tensors, views, strict=True):
            _fill(tensor, view)
            if info.role is Role.GRADIENT:
                offset = view.data_ptr() - base
                tensor.data = tensor.data if gradient is not None else None
        result.append((tensors, offset))
    return result


def _seen_alike(
    tensor: torch.Tensor, problems: Sequence[torch.Tensor], item: Item, who: str
) -> list[torch.Tensor]:
    """A tensor of the parameter's shape as the parameter is seen."""
    if tensor is item.parameter:
        return list(problems)
    plain = item.parameter
    in_order = item.rule.entrywise and (
        problems[0].shape != plain.shape or tensor.stride()[-1:] != plain.stride()[-1:]
    )
    if in_order and tensor.stride() != plain.stride() and tensor.numel() > 1:
        raise SteepestError(
            f"{who}: expected the strides of its parameter, {tuple(plain.stride())}, got "
            f"{tuple(tensor.stride())}"
        )
    return problems_of(tensor, item.rule, item.split, who)


def _state_problems(
    info: TensorInfo, problems: Sequence[torch.Tensor], item: Item
) -> list[torch.Tensor]:
    """A state as the problems see it, one for each task."""
    shape = state_shape(info, item, problems)
    who = f"state '{info.name}' of {item.name}"
    state = item.state.get(info.name)
    wanted = tuple(item.parameter.shape) if shape is None else shape
    if not isinstance(state, torch.Tensor) or tuple(state.shape) != wanted:
        found = tuple(state.shape) if isinstance(state, torch.Tensor) else type(state).__name__
        raise SteepestError(f"{who}: expected shape {wanted}, got {found}")
    if DTYPES.get(state.dtype) is not info.dtype or state.device.type != "cpu":
        raise SteepestError(
            f"{who}: expected {TORCH_DTYPES[info.dtype]} on cpu, got {state.dtype} on "
            f"{state.device}"
        )
    if shape is None:
        return _seen_alike(state, problems, item, who)
    if len(problems) == 1:
        return [state]
    return list(state.split(item.split.cols))


def _fill(tensor: abi.Tensor, view: torch.Tensor) -> None:
    tensor.data = view.data_ptr()
    tensor.dtype = DTYPES[view.dtype]
    tensor.rank = view.ndim
    for axis, (extent, stride) in enumerate(zip(view.shape, view.stride(), strict=True)):
        tensor.shape[axis] = extent
        tensor.strides[axis] = stride


class _Place:
    """Where a parameter's gradient is written, and what it was made for."""

    def __init__(self, item: Item, gradient: torch.Tensor) -> None:
        self.item = item
        self.parameter = item.parameter
        self.gradient_stride = gradient.stride()
        self.is_contiguous = gradient.is_contiguous()
        self.slots: list[tuple[Any, int, int]] = []

    def row(self) -> tuple[Any, ...]:
        """What must be the same in the next step, and where to write."""
        parameter = self.parameter
        return (
            self.item.source,
            self.item.state,
            parameter.dtype,
            parameter.data_ptr(),
            parameter.shape,
            self.is_contiguous,
            self.gradient_stride,
            self.slots,
        )


class Plan:
    """A list of tasks for `steepest_step_many_within`, ready to be run again."""

    def __init__(
        self,
        items: Sequence[Item],
        gradients: Sequence[torch.Tensor],
        threads: int,
        finite_gradients: bool = False,
    ) -> None:
        self._run = runtime()
        self._context = self._run.context(threads, finite_gradients=finite_gradients)
        self._keep: list[Any] = []
        self.places = [_Place(*pair) for pair in zip(items, gradients, strict=True)]
        self._hypers: list[tuple[dict[str, Any], list[str], Any]] = []
        hypers: dict[tuple[int, int], Any] = {}
        tasks: list[abi.Task] = []
        self._owners: list[tuple[Item, Any]] = []
        for place, whole in zip(self.places, gradients, strict=True):
            item, rule = place.item, place.item.rule
            key = (id(item.group), id(rule))
            if key not in hypers:
                hypers[key] = (c.c_double * max(1, len(rule.hypers)))()
                view = memoryview(hypers[key]).cast("B").cast("d")
                self._hypers.append((item.group, list(rule.hypers), view))
            gradient = next(
                index for index, info in enumerate(rule.tensors) if info.role is Role.GRADIENT
            )
            for tensors, offset in tensors_of(item, whole):
                words = memoryview(tensors).cast("B").cast("Q")
                place.slots.append((words, gradient * _WORDS + _DATA, offset))
                batch = tensors[0].shape[0] if tensors[0].rank > rule.parameters[0].rank else 1
                certificates = (abi.Certificate * (batch * len(rule.directions)))()
                tasks.append(
                    abi.Task(
                        rule.pointer,
                        abi.Arguments(
                            tensors,
                            len(tensors),
                            len(rule.hypers),
                            hypers[key],
                            None,
                            0,
                            certificates if len(certificates) else None,
                        ),
                        0,
                    )
                )
                self._owners.append((item, certificates))
                self._keep += [tensors, certificates, hypers[key], rule]
        # What `bind` compares and writes, unpacked at once: attributes would take longer.
        self._rows = [place.row() for place in self.places]
        self._tasks = (abi.Task * len(tasks))(*tasks)
        bytes_ = self._run.library.steepest_step_many_bytes(
            self._tasks, len(tasks), threads, None
        )
        if bytes_ < 0:
            raise SteepestError("there is no step for these shapes on this processor")
        self._workspace = aligned(bytes_)
        self._call = (
            c.byref(self._context),
            self._tasks,
            len(tasks),
            c.c_void_p(self._workspace.ctypes.data),
            self._workspace.nbytes,
        )

    def bind(
        self,
        present: Sequence[tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
        states: Mapping[torch.Tensor, Any] | None = None,
    ) -> bool:
        """Writes the addresses of the gradients of these (source, parameter, gradient).
        False when the plan is for others, for other `states`, or these are no longer what
        it was made for.
        """
        if len(present) != len(self._rows):
            return False
        strided = torch.strided
        for (source, parameter, gradient), row in zip(present, self._rows, strict=True):
            own, state, dtype, address, shape, is_contiguous, stride, slots = row
            if (
                own is not source
                or (states is not None and state is not states.get(source))
                or dtype is not gradient.dtype
                or address != parameter.data_ptr()
                or gradient.layout is not strided
                or shape != gradient.shape
                or not (gradient.is_contiguous() if is_contiguous else stride == gradient.stride())
            ):
                return False
            start = gradient.data_ptr()
            for words, index, offset in slots:
                words[index] = start + offset
        return True

    def set_hypers(self) -> None:
        """Takes the hyper-parameters from the groups."""
        for group, names, view in self._hypers:
            for index, name in enumerate(names):
                view[index] = group[name]

    def run(self) -> None:
        """One step of all tasks. Raises a `StepError` that names the parameters that
        were not stepped.
        """
        if self._run.library.steepest_step_many_within(*self._call):
            self._raise()

    def _raise(self) -> None:
        messages = [message for _, message in self._run.messages()]
        self._run.messages().clear()
        said = []
        status = 0
        for number, (task, (item, _)) in enumerate(zip(self._tasks, self._owners, strict=True)):
            if task.status:
                status = status or task.status
                prefix = f"task {number}: "
                own = [m.removeprefix(prefix) for m in messages if m.startswith(prefix)]
                said.append(f"{item.name} ({item.rule.name}): {'; '.join(own) or 'not stepped'}")
        raise StepError("\n".join(said or messages), self._run.status_name(status))

    def reports(self) -> list[tuple[Item, Report]]:
        """What the last step says of every item."""
        reports: dict[int, tuple[Item, list[abi.Certificate]]] = {}
        for item, certificates in self._owners:
            reports.setdefault(id(item), (item, []))[1].extend(certificates)
        return [(item, Report(item.rule.directions, raw)) for item, raw in reports.values()]
