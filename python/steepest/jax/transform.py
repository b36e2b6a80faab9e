"""The transformation: states, labels, and what a step is made of."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypedDict

import jax
import jax.numpy as jnp
import numpy as np
import optax

from steepest.abi import DType, Initial
from steepest.compiler import compile as compile_spec
from steepest.compiler import compile_for
from steepest.errors import SteepestError, StepError
from steepest.jax.call import step_entries
from steepest.jax.native import handler
from steepest.jax.plan import CERTIFICATE, Plan, jax_dtype
from steepest.jax.policy import matrix_or_rest, path_name
from steepest.optimizer import CompiledOptimizer, TensorInfo
from steepest.report import Report
from steepest.runtime import default_threads, runtime

#: A number, an array of one number, or a function from the step (0, 1, ...) to one.
Hyper = float | jax.Array | Callable[[jax.Array], jax.Array | float]
#: A pytree of labels, or a function from the parameters to one.
Labels = Any | Callable[[Any], Any]



class _Adaptation(TypedDict, total=False):
    """Options of `steepest.compile`."""

    dtype: str
    storage: str


#: What the compiler makes of a rule for parameters of a type that it does not name.
_ADAPTED: dict[np.dtype, _Adaptation] = {
    np.dtype(jnp.float32): {"dtype": "f32"},
    np.dtype(jnp.float64): {"dtype": "f64"},
    np.dtype(jnp.bfloat16): {"storage": "bf16"},
}


@dataclasses.dataclass(frozen=True, eq=False)
class Rule:
    """A spec, compiled as it is, with the hyper-parameters that are not its defaults."""

    spec: object
    optimizer: CompiledOptimizer
    hypers: Mapping[str, Hyper]

    def adapted(self, dtype: np.dtype, master: bool) -> CompiledOptimizer:
        """The same rule for parameters of another type, where the compiler makes it."""
        if dtype == jax_dtype(self.optimizer.parameters[0].dtype):
            return self.optimizer
        if dtype not in _ADAPTED:
            raise TypeError(
                f"{self.optimizer.name} steps parameters of "
                f"{', '.join(map(str, _ADAPTED))}, got {dtype}"
            )
        changes: dict[str, Any] = {**_ADAPTED[dtype]}
        changes["master"] = master and "storage" in changes
        options = dataclasses.asdict(self.optimizer.options) | changes
        return compile_spec(self.spec, name=self.optimizer.name, **options)


def rule(spec: object, **hypers: Hyper) -> Rule:
    """A rule: `spec` is whatever `steepest.compile` takes, or what it returns. Numbers of
    hyper-parameters may be schedules, and arrays that are traced.
    """
    if isinstance(spec, Rule):
        return dataclasses.replace(spec, hypers={**spec.hypers, **hypers})
    if isinstance(spec, CompiledOptimizer):
        # Programs on the CPU step with the CPU's.
        optimizer, spec = compile_for(spec, {}) if spec.is_for_gpu else spec, spec.spec
    else:
        optimizer = compile_spec(spec)
    if len(optimizer.parameters) != 1 or len(optimizer.gradients) != 1:
        raise SteepestError(
            f"{optimizer.name}: expected a rule of one parameter, got one of "
            f"{', '.join(info.name for info in optimizer.parameters)}"
        )
    unknown = [name for name in hypers if name not in optimizer.hypers]
    if unknown:
        raise SteepestError(
            f"{optimizer.name} has no hyper-parameter '{unknown[0]}'; it has "
            f"{', '.join(optimizer.hypers) or 'none'}"
        )
    return Rule(spec, optimizer, hypers)


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
    transform = _Transform(
        dict(rules), labels, master, threads or default_threads(), finite_gradients
    )
    result = Optimizer(transform.init, transform.update)
    result.step = transform.step
    result.report = transform.report
    result.check = transform.check
    return result


@dataclasses.dataclass(frozen=True)
class _Entry:
    """A parameter, and how its rule sees it: a vector is a matrix of one row."""

    name: str
    rule: Rule
    optimizer: CompiledOptimizer
    shape: tuple[int, ...]
    view: tuple[int, ...]

    @property
    def batch(self) -> tuple[int, ...]:
        """The dimensions before those of the rule."""
        return self.view[: len(self.view) - self.optimizer.parameters[0].rank]

    def state_shapes(self) -> dict[str, tuple[TensorInfo, tuple[int, ...]]]:
        """Of every state its declaration and its shape: the parameter's own, where it is
        the same to the rule.
        """
        result = {}
        for info in self.optimizer.states:
            shape = (*self.batch, *info.extents(self.view[len(self.batch) :]))
            result[info.name] = (info, self.shape if shape == self.view else shape)
        return result

    def ranks(self) -> list[int]:
        """Of every tensor of the rule how many dimensions are a problem's."""
        own = len(self.shape) - len(self.batch)
        shapes = self.state_shapes()
        return [
            len(shapes[info.name][1]) - len(self.batch) if info.name in shapes else own
            for info in self.optimizer.tensors
        ]


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

    def entries(self, params: Any) -> list[_Entry]:
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

    def _entry(self, name: str, leaf: Any, chosen: Rule) -> _Entry:
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
        return _Entry(name, chosen, adapted, shape, (1,) * (rank - len(shape)) + shape)

    # ---- states ----

    def init(self, params: Any) -> OptimizerState:
        leaves, tree = _flatten(params)
        states, certificates, statuses = [], [], []
        for entry, leaf in zip(self.entries(params), leaves, strict=True):
            state = {
                name: _initial(info, shape, leaf)
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
            operands += _operands(entry, leaf, gradient, own)
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
        self, entries: list[_Entry], count: jax.Array, deltas: bool
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
                    numbers.append(float(value))
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


def _initial(info: TensorInfo, shape: tuple[int, ...], parameter: Any) -> jax.Array:
    dtype = jax_dtype(info.dtype)
    if info.dtype is DType.F64 and not jax.config.read("jax_enable_x64"):
        raise TypeError(f"the state '{info.name}' is of float64: expected jax_enable_x64")
    if info.initial is Initial.PARAMETER:
        return jnp.array(parameter, dtype).reshape(shape)
    if info.initial is Initial.IDENTITY:
        return jnp.broadcast_to(jnp.eye(shape[-2], shape[-1], dtype=dtype), shape)
    return jnp.full(shape, info.initial_value, dtype)


def _operands(
    entry: _Entry, leaf: Any, gradient: Any, state: Mapping[str, Any]
) -> list[jax.Array]:
    """The tensors of an entry in the order of the descriptor, checked."""
    optimizer = entry.optimizer
    who = f"{entry.name}: {optimizer.name}"
    if tuple(gradient.shape) != entry.shape:
        raise ValueError(
            f"{entry.name}: expected a gradient of shape {entry.shape}, got "
            f"{tuple(gradient.shape)}"
        )
    wanted = jax_dtype(optimizer.gradients[0].dtype)
    if jnp.promote_types(gradient.dtype, wanted) != wanted:
        raise TypeError(f"{who} takes gradients of {wanted}, got {gradient.dtype}")
    shapes = entry.state_shapes()
    if set(state) != set(shapes):
        raise ValueError(
            f"{who}: expected the states {', '.join(shapes) or '(none)'}, got "
            f"{', '.join(state) or 'none'}"
        )
    for name, (info, shape) in shapes.items():
        array = state[name]
        if tuple(array.shape) != shape or array.dtype != jax_dtype(info.dtype):
            raise ValueError(
                f"{who}: expected the state '{name}' to be {jax_dtype(info.dtype)} of shape "
                f"{shape}, got {array.dtype} of shape {tuple(array.shape)}"
            )
    tensors = {
        **state,
        optimizer.parameters[0].name: leaf,
        optimizer.gradients[0].name: jnp.asarray(gradient, wanted),
    }
    return [tensors[info.name] for info in optimizer.tensors]
