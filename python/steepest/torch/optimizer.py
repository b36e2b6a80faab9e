"""`steepest.torch.Optimizer`: compiled rules as a `torch.optim.Optimizer`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from operator import is_not
from typing import Any

import torch
from torch.autograd.graph import increment_version

from steepest.compiler import compile as compile_spec
from steepest.errors import SteepestError
from steepest.optimizer import CompiledOptimizer
from steepest.report import Report
from steepest.torch.engine import Settings, engine_of
from steepest.torch.groups import (
    OPTIONS,
    check_gradient,
    check_hypers,
    check_keys,
    check_parameter,
    groups_of,
    tensors_of,
    text_of,
)
from steepest.torch.plan import Plan
from steepest.torch.rules import Split, rule_for
from steepest.torch.states import check_form, check_state_dict, is_dtensor, moved
from steepest.torch.tasks import Item, make_states

#: Numbers that schedulers keep in groups.
_SCHEDULED = ("initial_lr", "max_lr", "min_lr", "swa_lr", "max_momentum", "base_momentum")


#: What of a group is compiled into a plan.
_PLANNED = ("optimizer", *OPTIONS)


@dataclasses.dataclass(frozen=True)
class ParameterReport:
    """The certificates of one parameter's last step."""

    name: str
    parameter: torch.Tensor
    optimizer: str
    report: Report

    def __str__(self) -> str:
        return f"{self.name} ({self.optimizer}): {self.report}"


class Optimizer(torch.optim.Optimizer):
    """Compiled rules as a PyTorch optimizer.

        optimizer = steepest.torch.Optimizer(model, "muon", lr=0.02)

    params: a model, named parameters, parameters, or groups. Of the first three, a rule
        for matrices gets the hidden matrices, and `others` the embeddings, heads, norms
        and biases; parameters without names are told apart by their dimensions. A rule
        whose entries step by themselves gets all of them. Groups are taken as they are:
        dictionaries of "params", and, as far as they differ from what is given here,
        "optimizer" (see below), hyper-parameters, and the options.
    optimizer: the name of a shipped optimizer, the path or the text of a spec, or what
        `steepest.build` returns.
    others: the same for the parameters that are no hidden matrices; `others_options` are
        its hyper-parameters. It has the defaults of its spec otherwise, also for `lr`.
    threads: how many to work on; default: `torch.get_num_threads()`.
    finite_gradients: you vouch for gradients without NaNs and infinities, as after
        `clip_grad_norm_(..., error_if_nonfinite=True)` or a `GradScaler`, which passes over
        the step otherwise. Elementwise rules in float32 then read a gradient once instead of twice.
        What they make of a NaN is written when the promise is false.
    capturable: on a GPU, steps may be captured into a graph of CUDA. Hyper-parameters that
        are tensors on the GPU are read anew at every replay.

    Options, here or in a group:
    maximize: ascend.
    master: bfloat16 parameters have an unrounded copy among their states.
    split: (rows, columns) of equal blocks that are matrices of their own: (3, 1) for the
        parts of a fused projection, (1, 12) for the heads of an output projection.
    per_head: the number of heads whose outputs are the rows, each a matrix of its own, as in
        the query, key and value projections; the same as split=(per_head, 1), instead of it.

    All other keywords are hyper-parameters of `optimizer`, by their names in the spec.

    A step is one call for all parameters, in place, without copies. Parameters without a
    gradient are passed over. Parameters whose gradient holds a NaN or an infinity are
    left as they are while the others step, and a `StepError` says which: at once on the
    CPU, from `check` on a GPU, where a step waits for nothing.
    """

    def __init__(
        self,
        params: torch.nn.Module | Iterable[Any],
        optimizer: object = "muon",
        *,
        others: object = "adamw",
        others_options: Mapping[str, Any] | None = None,
        threads: int | None = None,
        finite_gradients: bool = False,
        capturable: bool = False,
        maximize: bool = False,
        master: bool = False,
        split: tuple[int, int] | int | None = None,
        per_head: int | None = None,
        **hypers: Any,
    ) -> None:
        if threads is not None and (not isinstance(threads, int) or threads < 1):
            raise SteepestError(f"expected at least one thread, got {threads!r}")
        if not isinstance(others_options, Mapping | None):
            raise SteepestError(f"expected a dictionary of others_options, got {others_options!r}")
        self._threads = threads
        self._finite_gradients = finite_gradients
        self._capturable = capturable
        self._plan: Plan | None = None
        self._planned_for: list[list[Any]] = []
        self._last: Plan | None = None
        self._team: Any = None
        self._is_sharded = False
        self._optimizer = text_of(optimizer)
        rule = compile_spec(self._optimizer)
        check_hypers(rule, hypers)
        self._hypers = hypers
        options = {"maximize": maximize, "master": master, "split": split, "per_head": per_head}
        Split.of(options)
        groups = groups_of(params, rule, text_of(others), dict(others_options or {}), options)
        super().__init__(groups, dict(options))
        self.defaults.update({**rule.hypers, **hypers})

    # ---- groups ----

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group, as `torch.optim.Optimizer.add_param_group` does. A group of
        another optimizer than the constructor's has that one's defaults.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"expected a dictionary, got {type(param_group).__name__}")
        group = dict(param_group)
        spec = text_of(group.pop("optimizer", self._optimizer))
        rule = compile_spec(spec)
        given = self._hypers if spec == self._optimizer else {}
        numbers = {**rule.hypers, **given}
        unknown = [
            name
            for name, value in group.items()
            if isinstance(value, (int, float))
            and name not in (*numbers, *OPTIONS, *_SCHEDULED)
        ]
        if unknown:
            check_hypers(rule, {unknown[0]: 0.0})
        check_keys(group, ("params", "param_names", "optimizer", *OPTIONS, *numbers))
        check_hypers(rule, {name: group[name] for name in numbers if name in group})
        # One of them in a group stands instead of either in the constructor.
        for said, other in (("split", "per_head"), ("per_head", "split")):
            if group.get(said) is not None:
                group.setdefault(other, None)
        Split.of({**self.defaults, **group})
        own = {"optimizer": spec, **numbers, **group}
        if not isinstance(own["params"], torch.Tensor):
            own["params"] = list(own["params"])
        for parameter in tensors_of(own["params"]):
            check_parameter(parameter)
        super().add_param_group(own)
        self._is_sharded |= any(map(is_dtensor, self.param_groups[-1]["params"]))
        kept = self.param_groups[-1]
        for name in self.defaults:
            if name not in own and name not in OPTIONS:
                del kept[name]
        self._plan = None

    def _items(self) -> Iterable[tuple[dict[str, Any], str, torch.Tensor]]:
        number = 0
        for group in self.param_groups:
            names = group.get("param_names") or [None] * len(group["params"])
            for name, parameter in zip(names, group["params"], strict=True):
                yield group, name or f"parameter {number}", parameter
                number += 1

    # ---- steps ----

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # nothing in it is for a graph
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; returns what the closure returns. With sharded parameters all ranks
        take it together.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        if self._is_sharded:
            self._step_shards()
            return loss
        parameters = [p for group in self.param_groups for p in group["params"]]
        gradients = [p.grad for p in parameters]
        if not all(map(is_not, gradients, repeat(None))):
            parameters = [p for p in parameters if p.grad is not None]
            gradients = [p.grad for p in parameters]
        if not parameters:
            return loss
        options = [[group[name] for name in _PLANNED] for group in self.param_groups]
        if (
            self._plan is None
            or options != self._planned_for
            or not self._plan.bind(parameters, parameters, gradients, self.state)
        ):
            self._plan = self._make_plan()
            self._planned_for = options
        self._run(self._plan)
        return loss

    def _run(self, plan: Plan) -> None:
        self._last = plan
        plan.set_hypers()
        try:
            plan.run()
        finally:
            increment_version(plan.parameters)

    def _rule(
        self, group: Mapping[str, Any], parameter: torch.Tensor, who: str
    ) -> CompiledOptimizer:
        return rule_for(
            group["optimizer"],
            parameter.dtype,
            maximize=bool(group["maximize"]),
            master=bool(group["master"]) and parameter.dtype is torch.bfloat16,
            who=who,
            target=engine_of(parameter.device, who).options,
        )

    def _make_plan(self) -> Plan:
        """Checks everything, makes the states that are missing, and plans."""
        items, gradients = [], []
        for group, name, parameter in self._items():
            gradient = parameter.grad
            if gradient is None:
                continue
            check_parameter(parameter, name)
            check_gradient(gradient, parameter, name)
            rule = self._rule(group, parameter, name)
            state = self.state.get(parameter, {})
            split = Split.of(group)
            items.append(Item(parameter, parameter, rule, split, group, state, name))
            gradients.append(gradient)
        return self._planned(items, gradients)

    def _planned(self, items: list[Item], gradients: list[torch.Tensor]) -> Plan:
        for item in items:
            make_states(item)
        plan = Plan(items, gradients, self._settings())
        for item in items:
            self.state[item.parameter] = item.state
        return plan

    def _settings(self) -> Settings:
        threads = self._threads or torch.get_num_threads()
        return Settings(threads, self._capturable, self._finite_gradients)

    # ---- shards ----

    @torch.no_grad()
    def _step_shards(self) -> None:
        """Sharded matrices are stepped whole by their owners; everything else is stepped
        where it is, while the matrices are under way.
        """
        from steepest.torch import sharded

        if self._team is None:
            self._team = sharded.Team()
        items, gradients = [], []
        for group, name, parameter in self._items():
            gradient = parameter.grad
            whole = sharded.is_sharded(parameter)
            rule = self._rule(group, parameter, name)
            if whole and not rule.entrywise:
                self._team.add(parameter, group, name, rule, Split.of(group))
                self.state.setdefault(parameter, {})
                continue
            if gradient is None:
                continue
            check_gradient(gradient, parameter, name)
            local = sharded.local_of(parameter)
            split = Split() if whole else Split.of(group)
            state = {n: sharded.local_of(v) for n, v in self.state.get(parameter, {}).items()}
            item = Item(parameter, local, rule, split, group, state, name)
            part = sharded.local_of(gradient)
            if not local.numel():
                item, part = self._team.stand_in(item)
            items.append(item)
            gradients.append(part)
        self._team.begin(self.state, self._settings())
        try:
            self._step_local_parts(items, gradients)
        finally:
            self._team.finish()

    def _step_local_parts(self, items: list[Item], gradients: list[torch.Tensor]) -> None:
        from steepest.torch import sharded

        if not items:
            return
        sources = [item.source for item in items]
        parameters = [item.parameter for item in items]
        if self._plan is None or not self._plan.bind(sources, parameters, gradients):
            for item in items:
                make_states(item)
            self._plan = Plan(items, gradients, self._settings())
            for item in items:
                self.state[item.source] = sharded.shard_like(item)
        self._run(self._plan)

    def check(self) -> None:
        """Raises the `StepError` of the last step if a parameter was not stepped, as for a
        gradient that is not finite. Waits for that step on a GPU; on the CPU `step` itself
        has raised it.
        """
        if self._last is not None:
            self._last.check()
        if self._team is not None:
            self._team.check()

    def report(self) -> list[ParameterReport]:
        """The certificates of the last step, parameter by parameter, for which it waits."""
        if self._last is None:
            return []
        return [
            ParameterReport(item.name, item.parameter, item.rule.name, report)
            for item, report in self._last.reports()
        ]

    # ---- state ----

    def state_dict(self) -> dict[str, Any]:
        """As `torch.optim.Optimizer.state_dict`. The states of sharded matrices are
        sharded like these, for which all ranks must ask together.
        """
        packed = super().state_dict()
        if self._team is not None:
            keys = {id(p): k for k, (_, _, p) in enumerate(self._items())}
            for matrix in self._team.matrices:
                own = self.state.get(matrix.parameter, {})
                packed["state"][keys[id(matrix.parameter)]] = self._team.shard_states(matrix, own)
        return packed

    def _take_sharded_states(self) -> None:
        """The states of sharded matrices go to their owners, whole."""
        from steepest.torch import sharded

        self._team = sharded.Team()
        for group, name, parameter in self._items():
            rule = self._rule(group, parameter, name)
            if not sharded.is_sharded(parameter) or rule.entrywise:
                continue
            matrix = self._team.add(parameter, group, name, rule, Split.of(group))
            matrix.wanted = {n: sharded.whole_of(v) for n, v in self.state[parameter].items()}
        self._team.assign()
        for matrix in self._team.matrices:
            self.state[matrix.parameter] = matrix.wanted if matrix.is_mine else {}
            matrix.wanted = {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` returned. States keep their types, whatever the
        parameters' are. A state of another optimizer is refused, and nothing changes.
        """
        check_form(state_dict)
        loaded: list[Mapping[str, Any]] = []

        def check(_: torch.optim.Optimizer, given: dict[str, Any]) -> None:
            check_state_dict(given, self.param_groups, list(self._items()), self._rule)
            loaded.append(given)

        def take(_: torch.optim.Optimizer) -> None:
            self._take_states(loaded[0])

        # Between the hooks of others: those before may still change what is loaded, and those
        # after see it as it stays.
        handles = (
            self.register_load_state_dict_pre_hook(check),
            self.register_load_state_dict_post_hook(take, prepend=True),
        )
        try:
            super().load_state_dict(state_dict)
        finally:
            for handle in handles:
                handle.remove()

    def _take_states(self, given: Mapping[str, Any]) -> None:
        """States as they were given: the base class gives them the type of their parameter."""
        keys = [key for group in given["param_groups"] for key in group["params"]]
        for key, (_, _, parameter) in zip(keys, self._items(), strict=True):
            for name, value in given["state"].get(key, {}).items():
                self.state[parameter][name] = moved(value, parameter)
        if self._is_sharded:
            self._take_sharded_states()

    def __getstate__(self) -> dict[str, Any]:
        kept = super().__getstate__()
        return {
            **kept,
            "_optimizer": self._optimizer,
            "_hypers": self._hypers,
            "_threads": self._threads,
            "_finite_gradients": self._finite_gradients,
            "_capturable": self._capturable,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in OPTIONS.items():  # of versions that did not have it
                group.setdefault(name, value)
        self._plan = self._last = self._team = None
        self._planned_for = []
        self._is_sharded = any(is_dtensor(p) for g in self.param_groups for p in g["params"])


def report(optimizer: Optimizer) -> list[ParameterReport]:
    """The certificates of the optimizer's last step, parameter by parameter."""
    return optimizer.report()
