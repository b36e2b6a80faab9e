"""A step, kept from step to step.

What a step needs to say in C is written once (`TaskList`). From step to step only the
addresses of gradients change, since PyTorch makes these anew, and the hyper-parameters.
What else could have changed is compared as lists, of which Python makes and compares
each in one go: that keeps the time of the host in the tens of microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any

import torch

from steepest.report import Report
from steepest.torch.engine import Engine, Settings, engine_of
from steepest.torch.tasks import Item, TaskList

_address = torch.Tensor.data_ptr
_is_contiguous = torch.Tensor.is_contiguous
_stride = torch.Tensor.stride


class _Part:
    """The tasks of the items on one device. `numbers` are theirs among all."""

    def __init__(
        self,
        numbers: list[int] | None,
        items: Sequence[Item],
        gradients: Sequence[torch.Tensor],
        settings: Settings,
    ) -> None:
        self.numbers = numbers
        self.tasks = TaskList(items, gradients)
        kind = engine_of(self.tasks.device, items[0].name)
        self.engine: Engine = kind(self.tasks, settings)


class Plan:
    """The tasks of these items, ready to be run again. `parameters` are stepped."""

    def __init__(
        self, items: Sequence[Item], gradients: Sequence[torch.Tensor], settings: Settings
    ) -> None:
        self.parameters = [item.parameter for item in items]
        self._sources = [item.source for item in items]
        self._states = [item.state for item in items]
        self._addresses = list(map(_address, self.parameters))
        self._dtypes = [gradient.dtype for gradient in gradients]
        self._shapes = [gradient.shape for gradient in gradients]
        # Contiguous gradients may differ in the strides of extents of one.
        contiguous = all(map(_is_contiguous, gradients))
        self._strides = None if contiguous else list(map(_stride, gradients))
        devices: dict[torch.device, list[int]] = {}
        for number, item in enumerate(items):
            devices.setdefault(item.parameter.device, []).append(number)
        self._parts = [
            _Part(
                None if len(devices) == 1 else numbers,
                [items[n] for n in numbers],
                [gradients[n] for n in numbers],
                settings,
            )
            for numbers in devices.values()
        ]

    def bind(
        self,
        sources: Sequence[torch.Tensor],
        parameters: Sequence[torch.Tensor],
        gradients: Sequence[torch.Tensor],
        states: Mapping[torch.Tensor, Any] | None = None,
    ) -> bool:
        """Writes the addresses of the gradients of these parameters. False when the plan is
        for other sources, for other `states`, or these are no longer what it was made for.
        """
        if len(sources) != len(self._sources) or not all(map(is_, sources, self._sources)):
            return False
        if states is not None and not self._has(states, sources):
            return False
        try:
            # Sparse tensors and others without strides have no address.
            addresses = list(map(_address, gradients))
        except RuntimeError:
            return False
        strides = self._strides
        if (
            [gradient.dtype for gradient in gradients] != self._dtypes
            or [gradient.shape for gradient in gradients] != self._shapes
            or list(map(_address, parameters)) != self._addresses
            or not (
                all(map(_is_contiguous, gradients))
                if strides is None
                else list(map(_stride, gradients)) == strides
            )
        ):
            return False
        for part in self._parts:
            own = addresses if part.numbers is None else [addresses[n] for n in part.numbers]
            part.tasks.write_gradients(own)
        return True

    def _has(self, states: Mapping[torch.Tensor, Any], sources: Sequence[torch.Tensor]) -> bool:
        # They are nearly always in the order of the sources, which spares looking them up:
        # a tensor's hash is computed in Python.
        in_order = len(states) == len(sources) and all(map(is_, self._states, states.values()))
        return in_order or all(map(is_, self._states, map(states.get, sources)))

    def set_hypers(self) -> None:
        """Takes the hyper-parameters from the groups."""
        for part in self._parts:
            part.engine.take_hypers()

    def run(self) -> None:
        """One step of all tasks. Raises a `StepError` that names the parameters that
        were not stepped.
        """
        for part in self._parts:
            part.engine.run()

    def check(self) -> None:
        """Raises the `StepError` of a step on a GPU, when it is known."""
        for part in self._parts:
            part.engine.check()

    def reports(self) -> list[tuple[Item, Report]]:
        """What the last step says of every item."""
        return [report for part in self._parts for report in part.tasks.reports()]
