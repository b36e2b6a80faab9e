"""Parameters that are sharded over ranks (FSDP2, DTensor): every matrix has an owner.

A rule in which entries depend on each other cannot be run on the rows that a rank has.
So each matrix is gathered to one rank, stepped there as a whole, and its rows are sent
back. Owners are chosen by cost, the costliest matrix first, always to the rank with the
least to do; all ranks choose the same. Messages are under way while other matrices are
being stepped: all shards are sent at once, and a result leaves as soon as it is there.

States live with the owner. `state_dict` shards them like their parameter, so that a
checkpoint can be loaded on another number of ranks, whose owners gather them again.
"""

from __future__ import annotations

import ctypes as c
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.tensor import DTensor, Shard

from steepest.abi import Role
from steepest.errors import SteepestError, StepError
from steepest.optimizer import CompiledOptimizer
from steepest.torch.engine import Settings
from steepest.torch.plan import Plan
from steepest.torch.rules import TORCH_DTYPES, Split, problems_of
from steepest.torch.tasks import Item, make_states, state_shape


def is_sharded(parameter: torch.Tensor) -> bool:
    """Whether a parameter is spread over ranks."""
    return isinstance(parameter, DTensor) and not all(
        placement.is_replicate() for placement in parameter.placements
    )


def local_of(tensor: torch.Tensor) -> torch.Tensor:
    """What this rank has of a tensor."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


@dataclasses.dataclass(frozen=True)
class Cut:
    """How a parameter is cut: `extent` along `dimension` over the ranks of a group, in
    equal parts of which the last may be shorter or empty.
    """

    group: dist.ProcessGroup
    dimension: int
    extent: int

    @classmethod
    def of(cls, parameter: DTensor, who: str) -> Cut:
        """From the placements, of which one may be a shard."""
        shards = [
            (axis, placement)
            for axis, placement in enumerate(parameter.placements)
            if not placement.is_replicate()
        ]
        # A subclass of `Shard` cuts otherwise.
        if len(shards) != 1 or type(shards[0][1]) is not Shard:
            raise SteepestError(
                f"{who}: expected a parameter that is sharded along one dimension of its mesh, got "
                f"{parameter.placements}"
            )
        axis, dimension = shards[0][0], shards[0][1].dim
        return cls(
            parameter.device_mesh.get_group(axis), dimension, parameter.shape[dimension]
        )

    def part(self, whole: torch.Tensor, rank: int) -> torch.Tensor:
        """What a rank has of the whole."""
        size = -(-self.extent // dist.get_world_size(self.group))
        start = min(rank * size, self.extent)
        return whole.narrow(self.dimension, start, min(size, self.extent - start))


@dataclasses.dataclass(eq=False)
class Matrix:
    """A sharded parameter that is stepped as a whole by its owner."""

    parameter: DTensor
    group: dict[str, Any]
    name: str
    rule: CompiledOptimizer
    split: Split
    cut: Cut
    number: int
    owner: int = -1
    #: On the owner: the whole parameter and its gradient, and the step.
    wholes: tuple[torch.Tensor, torch.Tensor] | None = None
    plan: Plan | None = None
    #: States that were loaded, until it is known whose they are.
    wanted: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def rank(self) -> int:
        """Of this process, in the group of the matrix."""
        return dist.get_rank(self.cut.group)

    @property
    def is_mine(self) -> bool:
        """Whether this process is the owner."""
        return self.owner == self.rank

    def cost(self) -> int:
        """Of a step, in the compiler's estimate."""
        blank = torch.empty(self.parameter.shape, device="meta")
        views = problems_of(blank, self.rule, self.split, self.name)
        rank = self.rule.parameters[0].rank
        like = tuple(views[0].shape[-rank:])
        dims = []
        for info in self.rule.tensors:
            extents = like if info.role is not Role.STATE else info.extents(like)
            dims += [*([1] * (2 - len(extents))), *extents]
        estimate = self.rule.descriptor.kernel_cost((c.c_int64 * len(dims))(*dims))
        return estimate * self.split.count

    def prepare(self, state: dict[str, torch.Tensor], settings: Settings) -> None:
        """On the owner: memory for the whole. States that are missing are made when the
        shards are there, since they may begin as a copy of the parameter.
        """
        if not self.is_mine:
            return
        if self.wholes is None:
            like, shape = local_of(self.parameter), self.parameter.shape
            self.wholes = (like.new_empty(shape), like.new_empty(shape))
        self._state, self._settings = state, settings

    def step(self) -> torch.Tensor:
        """On the owner, when the shards are there: the whole parameter after the step."""
        assert self.wholes is not None
        weight, gradient = self.wholes
        if self.plan is None:
            item = Item(
                self.parameter,
                weight,
                self.rule,
                self.split,
                self.group,
                self._state,
                self.name,
            )
            make_states(item)
            self.plan = Plan([item], [gradient], self._settings)
        self.plan.set_hypers()
        self.plan.run()
        return weight


def assign_owners(matrices: Sequence[Matrix]) -> None:
    """To each matrix that has no owner the rank of its group with the least to do,
    costliest first.
    """
    load: dict[tuple[dist.ProcessGroup, int], int] = {}
    costs = [matrix.cost() for matrix in matrices]
    for matrix, cost in zip(matrices, costs, strict=True):
        if matrix.owner >= 0:
            key = (matrix.cut.group, matrix.owner)
            load[key] = load.get(key, 0) + cost
    for index in sorted(range(len(matrices)), key=lambda i: (-costs[i], i)):
        if matrices[index].owner >= 0:
            continue
        group = matrices[index].cut.group
        ranks = range(dist.get_world_size(group))
        owner = min(ranks, key=lambda rank: (load.get((group, rank), 0), rank))
        load[group, owner] = load.get((group, owner), 0) + costs[index]
        matrices[index].owner = owner


def back_end_of(matrix: Matrix) -> str:
    """What sends messages of the matrix's device. A group may have one for each type."""
    configured = dist.get_backend_config(matrix.cut.group).split(",")
    by_device = dict(one.rpartition(":")[::2] for one in configured)
    return by_device.get(local_of(matrix.parameter).device.type, "")


class _Messages:
    """Tensors under way between the ranks of one matrix, which begin together: a back end
    without tags, such as NCCL, sends them as one group over the communicator that the
    ranks have. Bytes are sent, which every back end knows, whatever the elements are.
    """

    _KINDS = 4

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self._asked: list[dist.P2POp] = []
        self._works: list[Any] = []
        self._after: list[Callable[[], Any]] = []
        self._keep: list[torch.Tensor] = []

    def _ask(self, function: Any, tensor: torch.Tensor, rank: int, kind: int) -> None:
        self._keep.append(tensor)
        self._asked.append(
            dist.P2POp(
                function,
                tensor.view(-1).view(torch.uint8),
                group=self._matrix.cut.group,
                group_peer=rank,
                tag=self._matrix.number * self._KINDS + kind,
            )
        )

    def send(self, tensor: torch.Tensor, rank: int, kind: int) -> None:
        """Adds a part to be sent."""
        if tensor.numel():
            self._ask(dist.isend, tensor.contiguous(), rank, kind)

    def receive(self, tensor: torch.Tensor, rank: int, kind: int) -> None:
        """Adds a part to be received into a tensor."""
        if tensor.numel():
            plain = tensor if tensor.is_contiguous() else torch.empty_like(
                tensor, memory_format=torch.contiguous_format
            )  # fmt: skip
            self._ask(dist.irecv, plain, rank, kind)
            if plain is not tensor:
                self._after.append(lambda: tensor.copy_(plain))

    def begin(self) -> _Messages:
        """Begins all of them, after what the current stream has been given so far."""
        if self._asked:
            self._works = dist.batch_isend_irecv(self._asked)
        return self

    def wait(self) -> None:
        """Until all are there: on a GPU what the current stream is given from here on waits,
        and the host does not.
        """
        for work in self._works:
            work.wait()
        for action in self._after:
            action()


class Team:
    """The sharded matrices of an optimizer, and one step of them on all ranks."""

    def __init__(self) -> None:
        self.matrices: list[Matrix] = []
        self._known: dict[torch.Tensor, Matrix] = {}
        self._active: list[tuple[Matrix, _Messages]] = []
        self._stand_ins: dict[torch.Tensor, tuple[torch.Tensor, torch.Tensor]] = {}

    def stand_in(self, item: Item) -> tuple[Item, torch.Tensor]:
        """For a part without entries: one entry that nobody reads, and its gradient.
        Scalar states, such as the powers of Adam's betas, go on as they do on the ranks
        that have entries.
        """
        if item.source not in self._stand_ins:
            entry = item.parameter.new_zeros([1] * item.parameter.ndim)
            self._stand_ins[item.source] = (entry, torch.zeros_like(entry))
        entry, gradient = self._stand_ins[item.source]
        scalars = {name: value for name, value in item.state.items() if not value.ndim}
        return dataclasses.replace(item, parameter=entry, state=scalars), gradient

    def add(
        self,
        parameter: DTensor,
        group: dict[str, Any],
        name: str,
        rule: CompiledOptimizer,
        split: Split,
    ) -> Matrix:
        """The matrix of a parameter. A new one has no owner before `assign`."""
        matrix = self._known.get(parameter)
        if (
            matrix is None
            or matrix.group is not group
            or (matrix.rule, matrix.split) != (rule, split)
        ):
            owner = -1 if matrix is None else matrix.owner
            number = len(self.matrices) if matrix is None else matrix.number
            cut = Cut.of(parameter, name)
            new = Matrix(parameter, group, name, rule, split, cut, number, owner)
            self.matrices[number : number + 1] = [new]
            self._known[parameter] = matrix = new
        return matrix

    def assign(self) -> None:
        """Gives an owner to those that have none."""
        if any(matrix.owner < 0 for matrix in self.matrices):
            assign_owners(self.matrices)

    @torch.no_grad()
    def begin(self, states: Mapping[torch.Tensor, dict[str, Any]], settings: Settings) -> None:
        """Sends all shards to their owners, and waits for nothing."""
        self.assign()
        self._active = []
        for matrix in self.matrices:
            if matrix.parameter.grad is None:
                continue
            gradient = matrix.parameter.grad
            placements = getattr(gradient, "placements", None)
            if placements != matrix.parameter.placements:
                raise SteepestError(
                    f"the gradient of {matrix.name} has placements {placements}, expected "
                    f"{matrix.parameter.placements} like its parameter"
                )
            matrix.prepare(states[matrix.parameter], settings)
            messages = _Messages(matrix)
            for kind, part in enumerate((local_of(matrix.parameter), local_of(gradient))):
                if matrix.wholes is None:
                    messages.send(part, matrix.owner, kind)
                    continue
                for rank in range(dist.get_world_size(matrix.cut.group)):
                    place = matrix.cut.part(matrix.wholes[kind], rank)
                    if rank == matrix.rank:
                        place.copy_(part)
                    else:
                        messages.receive(place, rank, kind)
            self._active.append((matrix, messages.begin()))

    @torch.no_grad()
    def finish(self) -> None:
        """Steps what this rank owns, sends the results, and takes those of the others.
        When a step failed, all ranks say so, after everything else has been done; on GPUs
        `check` does, since it waits.
        """
        failures: list[StepError] = []
        results = []
        if self._have_tags():
            # Whatever is ready first arrives first.
            results = [_result_of(matrix) for matrix, _ in self._active if not matrix.is_mine]
        for matrix, messages in self._active:
            if not matrix.is_mine:
                if not self._have_tags():
                    results.append(_result_of(matrix))
                continue
            messages.wait()
            try:
                matrix.step()
            except StepError as error:
                failures.append(error)
            results.append(_send_result(matrix))
        for messages in (*(sent for matrix, sent in self._active if not matrix.is_mine), *results):
            messages.wait()
        if self._is_known():
            self._raise(failures)
        elif failures:
            raise failures[0]

    def check(self) -> None:
        """Waits for the last step, and raises what was not stepped, on all ranks."""
        failures: list[StepError] = []
        for matrix, _ in self._active:
            try:
                if matrix.plan is not None:
                    matrix.plan.check()
            except StepError as error:
                failures.append(error)
        if not self._is_known():
            self._raise(failures)

    def _is_known(self) -> bool:
        """Whether `step` itself knows how it ended."""
        return all(local_of(one.parameter).device.type == "cpu" for one in self.matrices)

    def _have_tags(self) -> bool:
        """Whether messages may arrive in another order than they were asked for. Those of
        NCCL may not: there all ranks ask in the order of the matrices.
        """
        return all(back_end_of(one) == "gloo" for one in self.matrices)

    def _raise(self, failures: Sequence[StepError]) -> None:
        groups = {matrix.cut.group for matrix in self.matrices}
        device = local_of(self.matrices[0].parameter).device if self.matrices else None
        failed = torch.tensor(len(failures), device=device)
        for group in sorted(groups, key=lambda group: group.group_name):
            dist.all_reduce(failed, group=group)
        if failures:
            raise StepError("\n".join(map(str, failures)), failures[0].status)
        if failed.item():
            raise StepError("a matrix that another rank owns was not stepped", "elsewhere")

    # ---- states, between owners and shards ----

    @torch.no_grad()
    def shard_states(self, matrix: Matrix, state: dict[str, Any]) -> dict[str, Any]:
        """The owner's states as all ranks save them: those of the parameter's shape
        sharded like it, others as they are.
        """
        sharded: dict[str, Any] = {}
        own = local_of(matrix.parameter)
        present = torch.tensor(int(bool(state)), device=own.device)
        dist.broadcast(present, group=matrix.cut.group, group_src=matrix.owner)
        if not present.item():
            return sharded
        blank = torch.empty(matrix.parameter.shape, device="meta")
        views = problems_of(blank, matrix.rule, matrix.split, matrix.name)
        item = Item(blank, blank, matrix.rule, matrix.split, matrix.group, {}, matrix.name)
        for info in matrix.rule.states:
            shape = state_shape(info, item, views)
            dtype = TORCH_DTYPES[info.dtype]
            if shape is not None:
                value = state[info.name] if matrix.is_mine else own.new_empty(shape, dtype=dtype)
                dist.broadcast(value, group=matrix.cut.group, group_src=matrix.owner)
                sharded[info.name] = value
                continue
            local = torch.empty_like(own, dtype=dtype)
            messages = _Messages(matrix)
            if matrix.is_mine:
                for rank in range(dist.get_world_size(matrix.cut.group)):
                    part = matrix.cut.part(state[info.name], rank)
                    if rank == matrix.rank:
                        local.copy_(part)
                    else:
                        messages.send(part, rank, 3)
            else:
                messages.receive(local, matrix.owner, 3)
            messages.begin().wait()
            sharded[info.name] = wrap(local, matrix.parameter)
        return sharded


def _result_of(matrix: Matrix) -> _Messages:
    """Begins to receive what the owner will have stepped."""
    result = _Messages(matrix)
    result.receive(local_of(matrix.parameter), matrix.owner, 2)
    return result.begin()


def _send_result(matrix: Matrix) -> _Messages:
    """Begins to send what the owner has stepped."""
    assert matrix.wholes is not None
    result = _Messages(matrix)
    for rank in range(dist.get_world_size(matrix.cut.group)):
        part = matrix.cut.part(matrix.wholes[0], rank)
        if rank == matrix.rank:
            local_of(matrix.parameter).copy_(part)
        else:
            result.send(part, rank, 2)
    return result.begin()


def wrap(local: torch.Tensor, like: DTensor) -> DTensor:
    """A tensor sharded like another, from what this rank has of it."""
    return DTensor.from_local(
        local,
        like.device_mesh,
        like.placements,
        run_check=False,
        shape=like.shape,
        stride=like.stride(),
    )


def shard_like(item: Item) -> dict[str, Any]:
    """The states of what was stepped here, as the optimizer keeps them."""
    source = item.source
    if not isinstance(source, DTensor):
        return item.state
    views = problems_of(item.parameter, item.rule, item.split, item.name)
    kept: dict[str, Any] = {}
    for info in item.rule.states:
        value = item.state[info.name]
        whole = state_shape(info, item, views) is None
        if whole:
            local = local_of(source)
            # Of a stand-in nothing is kept but its scalars.
            own = value if local.numel() else torch.empty_like(local, dtype=value.dtype)
            value = wrap(own, source)
        kept[info.name] = value
    return kept


def whole_of(value: Any) -> Any:
    """The whole of a sharded tensor, on every rank; anything else as it is."""
    return value.full_tensor() if isinstance(value, DTensor) else value
