"""How a list of tasks is stepped on the device that its tensors are on.

There is one engine for each type of device. It says what to compile for, has the
workspace, and makes the call.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import torch

from steepest.compiler import Target
from steepest.errors import SteepestError, StepError
from steepest.runtime import aligned, runtime
from steepest.torch.tasks import TaskList


@dataclasses.dataclass(frozen=True)
class Settings:
    """threads: how many a step on the CPU works on.
    capturable: hyper-parameters are in the memory of the GPU, where a graph reads them.
    finite_gradients: the caller vouches for gradients without NaNs and infinities; a GPU
        looks in any case.
    """

    threads: int
    capturable: bool = False
    finite_gradients: bool = False


class Engine(Protocol):
    """Steps a list of tasks."""

    #: What `steepest.compile` is told of the device.
    options: Target

    def __init__(self, tasks: TaskList, settings: Settings) -> None: ...

    def take_hypers(self) -> None:
        """Takes the hyper-parameters from the groups."""

    def run(self) -> None:
        """One step of all tasks. Raises a `StepError` that names the parameters that were
        not stepped, as far as that is known when it returns.
        """

    def check(self) -> None:
        """Waits for the last step, and raises a `StepError` that names the parameters that
        it did not step.
        """


def not_stepped(tasks: TaskList, statuses: Sequence[int], messages: Mapping[int, str]) -> StepError:
    """The error for tasks with these statuses, and what was said of some of them."""
    said, first = [], 0
    for number, (owner, status) in enumerate(zip(tasks.owners, statuses, strict=True)):
        if status:
            first = first or status
            words = messages.get(number) or runtime().status_name(status)
            said.append(f"{owner.item.name} ({owner.item.rule.name}): {words}")
    return StepError("\n".join(said), runtime().status_name(first))


def take_messages() -> list[str]:
    """What the runtime said on this thread."""
    messages = runtime().messages()
    said = [message for _, message in messages]
    messages.clear()
    return said


class HostEngine:
    """The CPU: one call of `steepest_step_many_within` for all tasks."""

    options: Target = {}

    def __init__(self, tasks: TaskList, settings: Settings) -> None:
        if settings.capturable:
            raise SteepestError(
                f"expected parameters on a GPU for capturable=True, "
                f"{tasks.owners[0].item.name} is on {tasks.device}"
            )
        library, count = runtime().library, len(tasks.tasks)
        size = library.steepest_step_many_bytes(tasks.tasks, count, settings.threads, None)
        if size < 0:
            raise SteepestError("there is no step for these shapes on this processor")
        self._tasks = tasks
        self._workspace = aligned(size)
        self._step = library.steepest_step_many_within
        self._call = (
            c.byref(
                runtime().context(
                    settings.threads, finite_gradients=settings.finite_gradients
                )
            ),
            tasks.tasks,
            count,
            c.c_void_p(self._workspace.ctypes.data),
            self._workspace.nbytes,
        )

    def take_hypers(self) -> None:
        """As in `Engine`."""
        self._tasks.write_hypers()

    def run(self) -> None:
        """As in `Engine`: all of it is known."""
        if self._step(*self._call):
            messages: dict[int, str] = {}
            for message in take_messages():
                head, _, rest = message.partition(": ")
                number = int(head.removeprefix("task ")) if head.startswith("task ") else -1
                messages[number] = "; ".join(filter(None, (messages.get(number), rest)))
            raise not_stepped(self._tasks, [task.status for task in self._tasks.tasks], messages)

    def check(self) -> None:
        """As in `Engine`: `run` has said it."""


class CudaEngine:
    """A GPU: launches on PyTorch's current stream, in memory of PyTorch's allocator. `run`
    waits for nothing, so that how a step ended is known to `check`.
    """

    options: Target = {"target": "cuda"}

    def __init__(self, tasks: TaskList, settings: Settings) -> None:
        from steepest.cuda import Launch, loaded

        self._tasks, self._settings, self._device = tasks, settings, tasks.device
        if self._is_capturing():
            raise SteepestError("expected a step before the graph is captured, got none")
        self._written: list[float | None] = [None] * len(tasks.hypers)
        self._hypers = torch.zeros(len(tasks.hypers), dtype=torch.float64, device=self._device)
        problems = sum(owner.problems for owner in tasks.owners)
        self._statuses = torch.zeros(problems, dtype=torch.int32, device=self._device)
        statuses, hypers = self._statuses.data_ptr(), self._hypers.data_ptr()
        self._launches, codes, size = [], [], 0
        with self._on_device():
            for task, owner in zip(tasks.tasks, tasks.owners, strict=True):
                code = loaded(owner.item.rule)
                own = hypers + tasks.hypers_offset(owner) if settings.capturable else 0
                self._launches.append(Launch(code, statuses, own))
                statuses += 4 * owner.problems
                size = max(size, code.workspace_bytes(tasks.tensors_of(task), owner.problems))
                codes.append(code)
            self._workspace = torch.empty(size + 256, dtype=torch.uint8, device=self._device)
            start = self._workspace.data_ptr()
            start += -start % 256
            self._stream = self._current_stream()
            # The same bytes for all: tasks run one after another.
            codes[0].prepare(start, size, self._stream)
        self._calls = []
        for task, owner, launch in zip(tasks.tasks, tasks.owners, self._launches, strict=True):
            task.arguments.workspace, task.arguments.workspace_bytes = start, size
            launch.raw.stream = self._stream
            rule = owner.item.rule
            self._calls.append(
                (
                    rule.descriptor.step,
                    rule.pointer,
                    c.byref(launch.context),
                    c.byref(task.arguments),
                )
            )

    def _on_device(self) -> AbstractContextManager[object]:
        return torch.cuda.device(self._device)

    def _current_stream(self) -> int:
        return torch.cuda.current_stream(self._device).cuda_stream

    def _is_capturing(self) -> bool:
        return torch.cuda.is_current_stream_capturing()

    def take_hypers(self) -> None:
        """As in `Engine`. With `capturable` tensors are copied on the stream, which a graph
        does again at each replay; numbers are written when they have changed.
        """
        if not self._settings.capturable:
            return self._tasks.write_hypers()
        is_capturing = self._is_capturing()
        for index, value in enumerate(self._tasks.values()):
            if isinstance(value, torch.Tensor):
                self._hypers[index].copy_(value, non_blocking=True)
            elif value != self._written[index]:
                if is_capturing:
                    raise SteepestError(
                        "expected hyper-parameters of the last step in a graph, got a new number; "
                        "make it a tensor on the GPU"
                    )
                self._hypers[index].fill_(value)
                self._written[index] = value
        return None

    def _follow_stream(self) -> None:
        stream = self._current_stream()
        if stream != self._stream:
            self._stream = stream
            for launch in self._launches:
                launch.raw.stream = stream

    def run(self) -> None:
        """As in `Engine`: refusals are known, gradients that are not finite are not."""
        if not self._settings.capturable and self._is_capturing():
            raise SteepestError("expected capturable=True for steps in a graph of CUDA")
        self._follow_stream()
        with self._on_device():
            refused = [step(*arguments) for step, *arguments in self._calls]
        if any(refused):
            numbers = [number for number, status in enumerate(refused) if status]
            raise not_stepped(self._tasks, refused, dict(zip(numbers, take_messages())))

    def check(self) -> None:
        """As in `Engine`."""
        found = self._statuses.cpu().tolist()
        statuses, first = [], 0
        for owner in self._tasks.owners:
            own = found[first : first + owner.problems]
            statuses.append(next(filter(None, own), 0))
            first += owner.problems
        if any(statuses):
            raise not_stepped(self._tasks, statuses, {})


#: By the type of the device.
ENGINES: dict[str, type[Engine]] = {"cpu": HostEngine, "cuda": CudaEngine}


def engine_of(device: torch.device, who: str) -> type[Engine]:
    """The engine for parameters on a device; `who` is on it."""
    found = ENGINES.get(device.type)
    if found is None:
        raise SteepestError(f"{who} is on {device}, expected {' or '.join(ENGINES)}")
    return found
