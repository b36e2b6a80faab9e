"""The transformation: states, labels, and what a step is made of."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from steepest.errors import SteepestError, StepError
from steepest.jax.call import step_entries
from steepest.jax.entry import Entry, initial_state, operands_of
from steepest.jax.native import handler
from steepest.jax.plan import CERTIFICATE, Plan
from steepest.jax.policy import matrix_or_rest, path_name
from steepest.jax.rules import Hyper, Rule, rule
from steepest.report import Report
from steepest.runtime import default_threads, runtime

#: A pytree of labels, or a function from the parameters to one.
Labels = Any | Callable[[Any], Any]


class OptimizerState(NamedTuple):
    """What is kept between steps; a pytree of arrays.

    count: how many steps there were.
    states: for every name of a state the parameters' tree with that state of each, or
        an `optax.MaskedNode` where the parameter's rule has none of that name.
    certificates: the parameters' tree with the certificates of the last step, [...,
        directions, 7]; see `Optimizer.report`.
    statuses: the parameters' tree with the statuses of the last step, a number for each
        problem of a batch; 0 where it was stepped. On a GPU `Optimizer.check` reads them;
        on the CPU a program fails instead.
    """

    count: jax.Array  # type: ignore[assignment]  # not the method of tuples
    states: Any
    certificates: Any
    statuses: Any


class Optimizer(optax.GradientTransformationExtraArgs):  # type: ignore[misc]  # without types
    """An optax transformation that can also step parameters in place.

    init(params) -> state
    update(grads, state, params) -> (updates, state): as optax has it. `updates` are the
        new weights minus the old ones.
    step(params, grads, state) -> (params, state): the same step without the difference
        and the copy that it needs. Under `jax.jit(opt.step, donate_argnums=(0, 2))` no
        weight and no state is copied.
    report(state, params) -> {path: Report}: the certificates of the last step.
    check(state, params): raises a `StepError` that names the parameters that the last step
        did not step, as for a gradient that is not finite. On the CPU the program itself
        has failed.
    """

    step: Callable[[Any, Any, OptimizerState], tuple[Any, OptimizerState]]
    report: Callable[[OptimizerState, Any], dict[str, Report]]
    check: Callable[[OptimizerState, Any], None]


def optimizer(
    spec: object,
    *,
    lr: Hyper | None = None,
    rest: object | None = None,
    labels: Labels | None = None,
    master: bool = False,
    threads: int | None = None,
    finite_gradients: bool = False,
    **hypers: Hyper,
) -> Optimizer:
    """A transformation that steps hidden matrices by one rule and all else by another.

    spec: what `rule` takes: a shipped name, a path, the text of a spec, what
        `steepest.build` returns.
    lr: the hyper-parameter of this name of `spec`; None: its default.
    rest: the same for everything that `labels` does not call "matrix". None: "adamw",
        or `spec` itself where it steps every entry by itself. With hyper-parameters of its
        own: `rest=steepest.jax.rule("adamw", lr=3e-4)`.
    labels: a pytree of "matrix" and "rest", or a function from the parameters to one
        (default: `matrix_or_rest`).
    master: keep f32 weights in the state for parameters of bf16, which are stepped by the
        same rule compiled for them.
    threads: how many a step works on (default: as many as there are).
    finite_gradients: you vouch for gradients without NaNs and infinities, as inside
        `optax.apply_if_finite`. Elementwise rules then read a gradient once instead of
        twice. What they make of a NaN is written when the promise is false.
    hypers: other hyper-parameters of `spec`. All of them are numbers, schedules, or
        arrays, traced ones too.

    `optax.inject_hyperparams(steepest.jax.optimizer)("muon", lr=0.02)` keeps `lr` in the
    state.
    """
    # `inject_hyperparams` passes what it does not inject by the names of parameters, and
    # so `hypers` as one.
    injected: Any = hypers.pop("hypers", {})
    if not isinstance(injected, Mapping):
        raise SteepestError("expected no hyper-parameter named 'hypers'")
    hypers = {**hypers, **injected}
    if lr is not None:
        hypers["lr"] = lr
    main = rule(spec, **hypers)
    if rest is None:
        rest = main if main.optimizer.entrywise else "adamw"
    other = rest if isinstance(rest, Rule) else rule(rest)
    rules = {"matrix": main, "rest": other}
    return partition(
        rules,
        labels or matrix_or_rest,
        master=master,
        threads=threads,
        finite_gradients=finite_gradients,
    )


def partition(
    rules: Mapping[str, Rule],
    labels: Labels,
    *,
    master: bool = False,
    threads: int | None = None,
    finite_gradients: bool = False,
) -> Optimizer:
    """A transformation that steps every parameter by the rule of its label, all of them
    in one call. See `optimizer` for the arguments.
    """
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise SteepestError(f"expected at least one thread, got {threads!r}")
    transform = _Transform(
        dict(rules), labels, master, threads or default_threads(), finite_gradients
    )
    result = Optimizer(transform.init, transform.update)
    result.step = transform.step
    result.report = transform.report
    result.check = transform.check
    return result


class _Transform:
    """The functions of an `Optimizer`."""

    def __init__(
        self,
        rules: dict[str, Rule],
        labels: Labels,
        master: bool,
        threads: int,
        finite_gradients: bool,
    ) -> None:
        self.rules, self.labels, self.master, self.threads = rules, labels, master, threads
        self.finite_gradients = finite_gradients
        handler().use_threads(threads)
        optimizers = [one.optimizer for one in rules.values()]
        if master:
            optimizers += [one.adapted(np.dtype(jnp.bfloat16), True) for one in rules.values()]
        self.state_names = list(
            dict.fromkeys(info.name for one in optimizers for info in one.states)
        )

    # ---- parameters ----

    def entries(self, params: Any) -> list[Entry]:
        """The parameters with their rules; an error for what a rule cannot step."""
        labels = self.labels(params) if callable(self.labels) else self.labels
        leaves, tree = _flatten(params, with_path=True)
        try:
            found = tree.flatten_up_to(labels)
        except ValueError as error:
            raise ValueError(
                f"expected labels with the tree of the parameters: {error}"
            ) from error
        entries = []
        for (path, leaf), label in zip(leaves, found, strict=True):
            name = path_name(path)
            if label not in self.rules:
                raise ValueError(
                    f"{name}: expected a label of {', '.join(self.rules)}, got '{label}'"
                )
            entries.append(self._entry(name, leaf, self.rules[label]))
        return entries

    def _entry(self, name: str, leaf: Any, chosen: Rule) -> Entry:
        try:
            adapted = chosen.adapted(np.dtype(leaf.dtype), self.master)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None
        shape = tuple(leaf.shape)
        rank = adapted.parameters[0].rank
        if len(shape) < rank and not adapted.entrywise:
            raise ValueError(
                f"{name}: {adapted.name} steps matrices as a whole, got an array of "
                f"{len(shape)} dimensions; give it to another rule"
            )
        return Entry(name, chosen, adapted, shape, (1,) * (rank - len(shape)) + shape)

    # ---- states ----

    def init(self, params: Any) -> OptimizerState:
        leaves, tree = _flatten(params)
        states, certificates, statuses = [], [], []
        for entry, leaf in zip(self.entries(params), leaves, strict=True):
            state = {
                name: initial_state(info, shape, leaf)
                for name, (info, shape) in entry.state_shapes().items()
            }
            states.append(state)
            directions = len(entry.optimizer.directions)
            certificates.append(
                jnp.zeros((*entry.batch, directions, len(CERTIFICATE)), jnp.float32)
            )
            statuses.append(jnp.zeros(entry.batch, jnp.int32))
        return OptimizerState(
            jnp.zeros((), jnp.int32),
            self._by_name(tree, states),
            tree.unflatten(certificates),
            tree.unflatten(statuses),
        )

    def _by_name(self, tree: Any, states: list[dict[str, jax.Array]]) -> dict[str, Any]:
        return {
            name: tree.unflatten([own.get(name, optax.MaskedNode()) for own in states])
            for name in self.state_names
        }

    # ---- steps ----

    def update(
        self, updates: Any, state: OptimizerState, params: Any = None, **extra: Any
    ) -> tuple[Any, OptimizerState]:
        del extra
        if params is None:
            raise ValueError("expected the parameters: update(grads, state, params)")
        return self._step(params, updates, state, deltas=True)

    def step(self, params: Any, grads: Any, state: OptimizerState) -> tuple[Any, OptimizerState]:
        return self._step(params, grads, state, deltas=False)

    def _step(
        self, params: Any, grads: Any, state: OptimizerState, deltas: bool
    ) -> tuple[Any, OptimizerState]:
        """The new parameters, or how they would move."""
        leaves, tree = _flatten(params)
        entries = self.entries(params)
        if not entries:
            return params, state._replace(count=optax.safe_increment(state.count))
        try:
            gradients = tree.flatten_up_to(grads)
        except ValueError as error:
            raise ValueError(
                f"expected gradients with the tree of the parameters: {error}"
            ) from error
        states = self._by_parameter(tree, state)
        plan, operands = self._plan(entries, state.count, deltas)
        for entry, leaf, gradient, own in zip(entries, leaves, gradients, states, strict=True):
            operands += operands_of(entry, leaf, gradient, own)
        results = iter(step_entries(plan, operands))

        stepped, new_states, certificates, statuses = [], [], [], []
        for entry in entries:
            stepped.append(next(results))
            new_states.append({name: next(results) for name in entry.state_shapes()})
            certificates.append(next(results))
            statuses.append(next(results))
        return tree.unflatten(stepped), OptimizerState(
            optax.safe_increment(state.count),
            self._by_name(tree, new_states),
            tree.unflatten(certificates),
            tree.unflatten(statuses),
        )

    def _by_parameter(self, tree: Any, state: OptimizerState) -> list[dict[str, jax.Array]]:
        if not isinstance(state, OptimizerState) or set(state.states) != set(self.state_names):
            got = ", ".join(state.states) if isinstance(state, OptimizerState) else type(state)
            raise ValueError(
                f"expected the states {', '.join(self.state_names)} of this optimizer, got {got}"
            )
        states: list[dict[str, jax.Array]] = [{} for _ in range(tree.num_leaves)]
        for name, kept in state.states.items():
            try:
                found = tree.flatten_up_to(kept)
            except ValueError as error:
                raise ValueError(
                    f"expected the state '{name}' to have the tree of the parameters: {error}"
                ) from error
            for own, array in zip(states, found, strict=True):
                if not isinstance(array, optax.MaskedNode):
                    own[name] = array
        return states

    def _plan(
        self, entries: list[Entry], count: jax.Array, deltas: bool
    ) -> tuple[Plan, list[jax.Array]]:
        """The plan of a call, and the hyper-parameters that are its first operands."""
        pairs = {(id(e.rule), id(e.optimizer)): (e.rule, e.optimizer) for e in entries}
        numbers: list[float] = []
        traced: list[int] = []
        operands: list[jax.Array] = []
        for one, adapted in pairs.values():
            for name, default in adapted.hypers.items():
                value = one.hypers.get(name, default)
                if callable(value):
                    value = value(count)
                if isinstance(value, (int, float)):
                    numbers.append(adapted.hyper_value(name, value))
                    continue
                value = jnp.asarray(value)
                if value.shape != ():
                    raise ValueError(
                        f"{one.optimizer.name}: expected one number for '{name}', got an "
                        f"array of shape {value.shape}"
                    )
                if value.dtype != jnp.float64:
                    value = value.astype(jnp.float32)
                traced.append(len(numbers))
                operands.append(value)
                numbers.append(default)
        order = list(pairs)
        plan = Plan(
            rules=tuple(handler().register(adapted) for _, adapted in pairs.values()),
            names=tuple(entry.name for entry in entries),
            entries=tuple(order.index((id(e.rule), id(e.optimizer))) for e in entries),
            ranks=tuple(rank for entry in entries for rank in entry.ranks()),
            hypers=tuple(numbers),
            traced=tuple(traced),
            threads=self.threads,
            deltas=deltas,
            finite_gradients=self.finite_gradients,
        )
        return plan, operands

    # ---- certificates ----

    def report(self, state: OptimizerState, params: Any) -> dict[str, Report]:
        _, tree = _flatten(params)
        reports = {}
        for entry, array in zip(
            self.entries(params), tree.flatten_up_to(state.certificates), strict=True
        ):
            rows = np.asarray(array, np.float64).reshape(-1, len(CERTIFICATE))
            raw = [
                types.SimpleNamespace(**dict(zip(CERTIFICATE, row, strict=True))) for row in rows
            ]
            reports[entry.name] = Report(entry.optimizer.directions, raw)  # type: ignore[arg-type]
        return reports


    def check(self, state: OptimizerState, params: Any) -> None:
        _, tree = _flatten(params)
        said, first = [], 0
        for entry, array in zip(
            self.entries(params), tree.flatten_up_to(state.statuses), strict=True
        ):
            for problem, status in np.ndenumerate(np.asarray(array)):
                if status:
                    first = first or int(status)
                    where = f"[{', '.join(map(str, problem))}]" if problem else ""
                    name = runtime().status_name(int(status))
                    said.append(f"{entry.name}{where} ({entry.optimizer.name}): {name}")
        if said:
            raise StepError("\n".join(said), runtime().status_name(first))


def _flatten(tree: Any, with_path: bool = False) -> tuple[list[Any], Any]:
    """The leaves of a tree, and its shape, of which JAX has no type to be named."""
    util = jax.tree_util
    return (util.tree_flatten_with_path if with_path else util.tree_flatten)(tree)
