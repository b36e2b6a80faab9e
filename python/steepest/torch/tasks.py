"""What is stepped, as the lists that the C ABI takes.

An `Item` is a parameter with its rule and states; a `TaskList` the tasks of items on one
device, whose tensors and hyper-parameters lie in one block each, so that what changes
from step to step is written in a few stores.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from steepest import abi
from steepest.abi import Initial, Role
from steepest.errors import SteepestError
from steepest.optimizer import CompiledOptimizer, TensorInfo
from steepest.report import Report
from steepest.torch.rules import DTYPES, TORCH_DTYPES, Split, problems_of

_WORDS = c.sizeof(abi.Tensor) // 8
_DATA = abi.Tensor.data.offset // 8
#: Numbers of a certificate.
_NUMBERS = c.sizeof(abi.Certificate) // 8


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
    item.state.update({info.name: _initial(info, item, problems) for info in missing})


def _initial(info: TensorInfo, item: Item, problems: Sequence[torch.Tensor]) -> torch.Tensor:
    plain, dtype = item.parameter.detach(), TORCH_DTYPES[info.dtype]
    shape = state_shape(info, item, problems)
    if shape is None:
        state = torch.empty_like(plain, dtype=dtype)
    else:
        state = torch.empty(shape, dtype=dtype, device=plain.device)
    if info.initial is Initial.IDENTITY:
        # Of a state of the parameter's shape the problems are its blocks.
        for block in [state] if shape is not None else _seen_alike(state, problems, item, info.name):
            eye = torch.eye(*block.shape[-2:], dtype=dtype, device=plain.device)
            block.copy_(eye.expand_as(block))
    elif info.initial is Initial.PARAMETER:
        state.copy_(plain if shape is None else plain.reshape(shape))
    else:
        state.fill_(info.initial_value)
    return state


def views_of(item: Item, gradient: torch.Tensor) -> list[tuple[torch.Tensor, ...]]:
    """The tensors of an item in the order of the descriptor, once for each task."""
    rule = item.rule
    problems = problems_of(item.parameter, rule, item.split, item.name)
    columns: list[Sequence[torch.Tensor]] = []
    for info in rule.tensors:
        if info.role is Role.PARAMETER:
            columns.append(problems)
        elif info.role is Role.GRADIENT:
            columns.append(_seen_alike(gradient, problems, item, f"the gradient of {item.name}"))
        else:
            columns.append(_state_problems(info, problems, item))
    return list(zip(*columns, strict=True))


def _seen_alike(
    tensor: torch.Tensor, problems: Sequence[torch.Tensor], item: Item, who: str
) -> list[torch.Tensor]:
    """A tensor of the parameter's shape as the parameter is seen."""
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


def check_states(item: Item) -> None:
    """Refuses states of other names, shapes or types than those of the item's rule. Where
    they are does not matter: they can be moved.
    """
    rule = item.rule
    names = [info.name for info in rule.states]
    if set(names) != set(item.state):
        raise SteepestError(
            f"{item.name}: {rule.name} has the states {', '.join(names) or '(none)'}, got "
            f"{', '.join(map(str, item.state))}"
        )
    problems = problems_of(item.parameter, rule, item.split, item.name)
    for info in rule.states:
        _check_state(info, item, state_shape(info, item, problems))


def _check_state(info: TensorInfo, item: Item, shape: tuple[int, ...] | None) -> torch.Tensor:
    """The item's state; None as a shape is the parameter's own."""
    who = f"state '{info.name}' of {item.name}"
    state = item.state.get(info.name)
    wanted = tuple(item.parameter.shape) if shape is None else shape
    if not isinstance(state, torch.Tensor) or tuple(state.shape) != wanted:
        found = tuple(state.shape) if isinstance(state, torch.Tensor) else type(state).__name__
        raise SteepestError(f"{who}: expected shape {wanted}, got {found}")
    if DTYPES.get(state.dtype) is not info.dtype:
        raise SteepestError(f"{who}: expected {TORCH_DTYPES[info.dtype]}, got {state.dtype}")
    return state


def _state_problems(
    info: TensorInfo, problems: Sequence[torch.Tensor], item: Item
) -> list[torch.Tensor]:
    """A state as the problems see it, one for each task."""
    shape = state_shape(info, item, problems)
    who = f"state '{info.name}' of {item.name}"
    state, device = _check_state(info, item, shape), item.parameter.device
    if state.device != device:
        raise SteepestError(f"{who}: expected it on {device}, got it on {state.device}")
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


@dataclasses.dataclass(frozen=True)
class Owner:
    """Whose a task is, how many problems it has, and where its certificates begin."""

    item: Item
    problems: int
    certificate: int


class TaskList:
    """Tasks for items on one device.

    tasks: a `steepest_task` each; `owners` says whose they are.
    hypers: the hyper-parameters, in the order of `values`.
    certificates: on the device, a row each.
    """

    def __init__(self, items: Sequence[Item], gradients: Sequence[torch.Tensor]) -> None:
        views = [views_of(item, whole) for item, whole in zip(items, gradients, strict=True)]
        self.device = items[0].parameter.device
        self.owners: list[Owner] = []
        self._groups: dict[tuple[int, int], tuple[dict[str, Any], CompiledOptimizer, int]] = {}
        numbers = rows = 0
        for item, tasks in zip(items, views, strict=True):
            key = (id(item.group), id(item.rule))
            if key not in self._groups:
                self._groups[key] = (item.group, item.rule, numbers)
                numbers += len(item.rule.hypers)
            for task in tasks:
                batched = task[0].ndim > item.rule.parameters[0].rank
                problems = task[0].shape[0] if batched else 1
                self.owners.append(Owner(item, problems, rows))
                rows += problems * len(item.rule.directions)
        self.hypers = (c.c_double * max(numbers, 1))()
        self.certificates = torch.zeros(
            (max(rows, 1), _NUMBERS), dtype=torch.float64, device=self.device
        )
        self._values = memoryview(self.hypers).cast("B").cast("d")
        self._names = [(group, list(rule.hypers)) for group, rule, _ in self._groups.values()]
        self._build(items, views, gradients)

    def _build(
        self,
        items: Sequence[Item],
        views: Sequence[Sequence[tuple[torch.Tensor, ...]]],
        gradients: Sequence[torch.Tensor],
    ) -> None:
        flat = [view for tasks in views for task in tasks for view in task]
        self._tensors = (abi.Tensor * len(flat))()
        for tensor, view in zip(self._tensors, flat, strict=True):
            _fill(tensor, view)
        self.tasks = (abi.Task * len(self.owners))()
        # Of every gradient in the block: the word with its address, whose it is, and how
        # far into that one it begins.
        slots, whose, offsets = [], [], []
        first, owners, tasks = 0, iter(self.owners), iter(self.tasks)
        for number, (item, whole, own) in enumerate(zip(items, gradients, views, strict=True)):
            at = next(i for i, t in enumerate(item.rule.tensors) if t.role is Role.GRADIENT)
            for task in own:
                slots.append((first + at) * _WORDS + _DATA)
                whose.append(number)
                offsets.append(task[at].data_ptr() - whole.data_ptr())
                self._fill_task(next(tasks), next(owners), first)
                first += len(task)
        self._words = np.frombuffer(memoryview(self._tensors).cast("B"), np.uint64)
        self._slots, self._offsets = np.array(slots), np.array(offsets, np.uint64)
        self._whose = None if whose == list(range(len(items))) else np.array(whose)

    def _fill_task(self, task: abi.Task, owner: Owner, first: int) -> None:
        rule, start = owner.item.rule, self._groups[id(owner.item.group), id(owner.item.rule)][2]
        rows = self.certificates[owner.certificate :].data_ptr() if rule.directions else 0
        task.optimizer = rule.pointer
        task.arguments = abi.Arguments(
            c.cast(c.byref(self._tensors, first * c.sizeof(abi.Tensor)), c.POINTER(abi.Tensor)),
            len(rule.tensors),
            len(rule.hypers),
            c.cast(c.byref(self.hypers, 8 * start), c.POINTER(c.c_double)),
            None,
            0,
            c.cast(rows, c.POINTER(abi.Certificate)),
        )

    def tensors_of(self, task: abi.Task) -> c.Array[abi.Tensor]:
        """The tensors of a task as an array."""
        count = task.arguments.num_tensors
        return c.cast(task.arguments.tensors, c.POINTER(abi.Tensor * count)).contents

    def hypers_offset(self, owner: Owner) -> int:
        """Where an owner's hyper-parameters begin in `hypers`, in bytes."""
        return 8 * self._groups[id(owner.item.group), id(owner.item.rule)][2]

    def write_gradients(self, addresses: Sequence[int]) -> None:
        """Takes the addresses of the items' gradients."""
        found = np.array(addresses, np.uint64)
        if self._whose is not None:
            found = found[self._whose]
        self._words[self._slots] = found + self._offsets

    def values(self) -> list[Any]:
        """What the groups say of the hyper-parameters: numbers, or tensors of one."""
        return [group[name] for group, names in self._names for name in names]

    def write_hypers(self) -> None:
        """Takes the hyper-parameters from the groups."""
        view = self._values
        try:
            for index, value in enumerate(self.values()):
                view[index] = value
        except (KeyError, TypeError, ValueError, RuntimeError):
            self.refuse_hypers()
            raise
        if not all(map(math.isfinite, view)):
            self.refuse_hypers()

    def refuse_hypers(self) -> None:
        """Says which of the hyper-parameters is no finite number."""
        for group, rule, _ in self._groups.values():
            for name in rule.hypers:
                rule.hyper_value(name, group.get(name))

    def reports(self) -> list[tuple[Item, Report]]:
        """What the last step says of every item. Waits for its end."""
        rows = self.certificates.cpu().contiguous()
        raw = (abi.Certificate * len(rows)).from_address(rows.data_ptr())
        reports: dict[int, tuple[Item, list[abi.Certificate]]] = {}
        for owner in self.owners:
            count = owner.problems * len(owner.item.rule.directions)
            own = raw[owner.certificate : owner.certificate + count]
            reports.setdefault(id(owner.item), (owner.item, []))[1].extend(own)
        return [(item, Report(item.rule.directions, own)) for item, own in reports.values()]
