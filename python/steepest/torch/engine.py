"""How a list of tasks is stepped on the device that its tensors are on.

There is one engine for each type of device. It says what to compile for, has the
workspace, and makes the call.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import torch

from steepest import abi
from steepest.compiler import Target
from steepest.errors import SteepestError, StepError
from steepest.runtime import aligned, runtime
from steepest.torch.tasks import Owner, TaskList


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


def not_stepped(
    owners: Sequence[Owner], statuses: Sequence[int], messages: Mapping[int, str]
) -> StepError:
    """The error for tasks with these statuses, and what was said of some of them."""
    said, first = [], 0
    for number, (owner, status) in enumerate(zip(owners, statuses, strict=True)):
        if status:
            first = first or status
            words = messages.get(number) or runtime().status_name(status)
            said.append(f"{owner.item.name} ({owner.item.rule.name}): {words}")
    return StepError("\n".join(said), runtime().status_name(first))


def take_messages() -> dict[int, str]:
    """What the runtime said on this thread, by the number of the task."""
    kept = runtime().messages()
    messages: dict[int, str] = {}
    for _, message in kept:
        head, _, rest = message.partition(": ")
        number = int(head.removeprefix("task ")) if head.startswith("task ") else -1
        messages[number] = "; ".join(filter(None, (messages.get(number), rest)))
    kept.clear()
    return messages


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
            statuses = [task.status for task in self._tasks.tasks]
            raise not_stepped(self._tasks.owners, statuses, take_messages())

    def check(self) -> None:
        """As in `Engine`: `run` has said it."""


class _Launches:
    """The tasks of one rule, which are stepped in as few launches as their arguments allow.

    numbers: of these tasks among all.
    first: the first of their statuses among all.
    """

    def __init__(self, tasks: TaskList, numbers: Sequence[int], first: int) -> None:
        from steepest.cuda import loaded
        from steepest.cuda.launch import TEAMS

        self.numbers, self.first = numbers, first
        self.owners = [tasks.owners[number] for number in numbers]
        self.problems = sum(owner.problems for owner in self.owners)
        self.code = loaded(self.owners[0].item.rule)
        # Of the runtime's task only the status is written.
        own = [tasks.tasks[number] for number in numbers]
        self.tasks = (abi.Task * len(own))(*own)
        self.workspace_bytes = self.code.step_many_bytes(own, max(1, min(self.problems, TEAMS)))

    def aim(self, statuses: int, hypers: int, workspace: int, size: int) -> None:
        """Says where in device memory the lists are that the launches use; `hypers` is 0
        for those of the host.
        """
        from steepest.cuda import Launch

        self.launch = Launch(self.code, statuses, hypers)
        self._call = self.code.step_many_call(self.launch, self.tasks, workspace, size)

    def run(self) -> int:
        """Launches, and returns the status of the first task that was refused."""
        step, *arguments = self._call
        return step(*arguments)


class CudaEngine:
    """A GPU: launches on PyTorch's current stream, in memory of PyTorch's allocator. `run`
    waits for nothing, so that how a step ended is known to `check`.
    """

    options: Target = {"target": "cuda"}

    def __init__(self, tasks: TaskList, settings: Settings) -> None:
        self._tasks, self._settings, self._device = tasks, settings, tasks.device
        if self._is_capturing():
            raise SteepestError("expected a step before the graph is captured, got none")
        rules: dict[int, list[int]] = {}
        for number, owner in enumerate(tasks.owners):
            rules.setdefault(id(owner.item.rule), []).append(number)
        self._launches: list[_Launches] = []
        problems = 0
        with self._on_device():
            for numbers in rules.values():
                own = _Launches(tasks, numbers, problems)
                problems += own.problems
                self._launches.append(own)
        self._make_hypers()
        self._statuses = torch.zeros(problems, dtype=torch.int32, device=self._device)
        size = max(own.workspace_bytes for own in self._launches)
        self._workspace = torch.empty(size + 256, dtype=torch.uint8, device=self._device)
        start = self._workspace.data_ptr()
        start += -start % 256
        self._stream = self._current_stream()
        with self._on_device():
            # The same bytes for all: launches run one after another.
            self._launches[0].code.prepare(start, size, self._stream)
        row = self._hyper_rows.data_ptr()
        for own in self._launches:
            statuses = self._statuses.data_ptr() + 4 * own.first
            own.aim(statuses, row if settings.capturable else 0, start, size)
            own.launch.raw.stream = self._stream
            row += 8 * len(own.owners) * len(own.owners[0].item.rule.hypers)

    def _make_hypers(self) -> None:
        """The hyper-parameters in the memory of the GPU: once as the groups have them, and
        in a row for each task.
        """
        count = len(self._tasks.hypers)
        self._written: list[float | None] = [None] * count
        self._hypers = torch.zeros(count, dtype=torch.float64, device=self._device)
        places = [
            self._tasks.hypers_offset(owner) // 8 + index
            for own in self._launches
            for owner in own.owners
            for index in range(len(owner.item.rule.hypers))
        ]
        self._places = torch.tensor(places, dtype=torch.int64, device=self._device)
        self._hyper_rows = self._hypers[self._places]

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
        is_capturing, is_new = self._is_capturing(), False
        for index, value in enumerate(self._tasks.values()):
            if isinstance(value, torch.Tensor):
                self._hypers[index].copy_(value, non_blocking=True)
                is_new = True
            elif value != self._written[index]:
                if is_capturing:
                    raise SteepestError(
                        "expected hyper-parameters of the last step in a graph, got a new number; "
                        "make it a tensor on the GPU"
                    )
                if not isinstance(value, (int, float)) or not math.isfinite(value):
                    self._tasks.refuse_hypers()
                self._hypers[index].fill_(value)
                self._written[index] = value
                is_new = True
        if is_new:
            torch.index_select(self._hypers, 0, self._places, out=self._hyper_rows)
        return None

    def _follow_stream(self) -> None:
        stream = self._current_stream()
        if stream != self._stream:
            self._stream = stream
            for own in self._launches:
                own.launch.raw.stream = stream

    def run(self) -> None:
        """As in `Engine`: refusals are known, gradients that are not finite are not."""
        if not self._settings.capturable and self._is_capturing():
            raise SteepestError("expected capturable=True for steps in a graph of CUDA")
        self._follow_stream()
        statuses: dict[int, int] = {}
        messages: dict[int, str] = {}
        with self._on_device():
            for own in self._launches:
                if own.run():
                    statuses |= {n: task.status for n, task in zip(own.numbers, own.tasks)}
                    messages |= {own.numbers[n]: said for n, said in take_messages().items()}
        if statuses:
            owners = self._tasks.owners
            raise not_stepped(owners, [statuses.get(n, 0) for n in range(len(owners))], messages)

    def check(self) -> None:
        """As in `Engine`."""
        found = self._statuses.cpu().tolist()
        statuses = [0] * len(self._tasks.owners)
        for own in self._launches:
            first = own.first
            for number, owner in zip(own.numbers, own.owners, strict=True):
                problems = found[first : first + owner.problems]
                statuses[number] = next(filter(None, problems), 0)
                first += owner.problems
        if any(statuses):
            raise not_stepped(self._tasks.owners, statuses, {})


#: By the type of the device.
ENGINES: dict[str, type[Engine]] = {"cpu": HostEngine, "cuda": CudaEngine}


def engine_of(device: torch.device, who: str) -> type[Engine]:
    """The engine for parameters on a device; `who` is on it."""
    found = ENGINES.get(device.type)
    if found is None:
        raise SteepestError(f"{who} is on {device}, expected {' or '.join(ENGINES)}")
    return found
