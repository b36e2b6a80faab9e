"""Specs from keywords: `build`.

A spec says more than keywords can; these say the whole of what stands in the dialect's
`direction`, `directions` and `retract`, and the usual ways to average a gradient. What
they come to is MLIR, to be printed, changed and kept.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from steepest.attributes import Attribute, as_attribute, attribute, literal
from steepest.compiler import compile as compile_spec
from steepest.errors import SteepestError
from steepest.optimizer import CompiledOptimizer

AttributeLike = Attribute | str


@dataclasses.dataclass(frozen=True)
class Spec:
    """An optimizer declared by keywords. `str` is its MLIR."""

    name: str
    text: str
    keywords: Mapping[str, Any]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        said = ", ".join(f"{key}={value!r}" for key, value in self.keywords.items())
        return f"steepest.build({said})"

    def compile(self, **options: Any) -> CompiledOptimizer:
        """`steepest.compile` of this spec."""
        return compile_spec(self, **options)


def build(
    norm: AttributeLike | Sequence[AttributeLike] = "spectral",
    *,
    manifold: AttributeLike | Sequence[AttributeLike | None] | None = None,
    momentum: float | None = 0.95,
    nesterov: bool = False,
    bias_correction: bool = False,
    second_moment: float | None = None,
    epsilon: float = 1e-8,
    left: float | None = None,
    right: float | None = None,
    factor_momentum: float | None = None,
    penalty: bool = False,
    accuracy: AttributeLike | float | None = None,
    method: AttributeLike | tuple[str, Mapping[str, Any]] | None = None,
    retraction: str | None = None,
    warm_start: bool = False,
    over: str = "max",
    scales: Sequence[float] | None = None,
    lr: float = 0.02,
    decay: float | None = None,
    initial: Mapping[str, float | str] | None = None,
    dtype: str = "f32",
    rank: int = 2,
    name: str = "optimizer",
) -> Spec:
    """The steepest-descent rule

        maximise <A, Phi>  subject to  ||Phi|| <= 1, Phi tangent at W;   W <- W - lr Phi

    for the average A of the gradients G, as a spec.

    norm: an attribute or its text: "spectral", "lp<3>", attribute("scaled",
        norm="spectral", cols=-0.5). Several norms make one rule for several parameters
        (w0, w1, ...), under the `over` ("max", "l2" or "l1") of their lengths times
        `scales`.
    manifold: where W lives; one for each norm where there are several (None: nowhere).
    momentum: default of the hyper-parameter beta of M <- beta M + (1 - beta) G; A = M.
        None: A = G, without a state.
    nesterov: A = beta M + (1 - beta) G, the look-ahead.
    bias_correction: A and the second moment are divided by 1 - beta^t.
    second_moment: default of the hyper-parameter beta2 of V <- beta2 V + (1 - beta2) G^2;
        sqrt(V) + epsilon are the weights of the norm (`weighted_l2`).
    left, right: exponents of the factors L = sum G G^T and R = sum G^T G (float64);
        L^left and R^right are the maps of `transported`, which is put around the norm.
        Frobenius with left = right = -1/8 in penalty form is Shampoo.
    factor_momentum: default of the hyper-parameter factor_beta that makes the factors
        averages instead of sums.
    penalty: Phi times the dual norm of A, as in gradient descent.
    accuracy: a gap as a number, or an attribute: "exact", "band<lowest = 1.0e-3, error =
        1.0e-2>".
    method: the name of one, a pair of name and options, or an attribute:
        attribute("polynomial", "muon", steps=5).
    retraction: a name; the default is the manifold's.
    warm_start: keep the multiplier of the direction as the state nu.
    decay: default of the hyper-parameter decay of W <- (1 - lr decay) W before the step.
    initial: other beginnings of the states than zeros: a number, "identity" or "copy".
    dtype: "f32" or "f64"; rank: 2 (matrices) or 1 (vectors).

    What does not go together the compiler says, when the spec is compiled.
    """
    given = {key: value for key, value in locals().items()}
    if not isinstance(norm, (str, Attribute)) and (not isinstance(norm, Sequence) or not norm):
        raise SteepestError(f"expected a norm, or one for each parameter, got {norm!r}")
    layers = 1 if isinstance(norm, (str, Attribute)) else len(norm)
    writer = _Writer(name, dtype, rank, dict(initial or {}))
    norms = [norm] if isinstance(norm, (str, Attribute)) else list(norm)
    single = manifold is None or isinstance(manifold, (str, Attribute))
    manifolds: list[Any] = [manifold] * layers if single else list(manifold)  # type: ignore
    if len(manifolds) != layers or not layers:
        raise SteepestError(
            f"expected a manifold for each of {layers} norms, or one for all, got {len(manifolds)}"
        )
    if decay is not None and any(manifolds):
        raise SteepestError("expected no decay on a manifold, which it would leave")
    attributes = [as_attribute(one) for one in norms]
    places = [None if one is None else as_attribute(one) for one in manifolds]
    asked = {"accuracy": _accuracy(accuracy), "method": _method(method)}
    contract = {key: value for key, value in asked.items() if value is not None}
    if layers > 1 and (
        method or warm_start or second_moment is not None or left is not None or right is not None
    ):
        raise SteepestError(
            "expected no method, warm start, second moment or factors with several norms"
        )

    writer.hyper("lr", lr)
    inputs = []
    for layer in range(layers):
        suffix = str(layer) if layers > 1 else ""
        writer.parameter("w" + suffix, "g" + suffix)
        average = _Average(writer, suffix, "w" + suffix, "g" + suffix)
        inputs.append(average.first(momentum, nesterov, bias_correction))
    operands: list[str] = []
    if left is not None or right is not None:
        operands += average.factors(left, right, factor_momentum)
        attributes[0] = attribute(
            "transported",
            norm=attributes[0],
            **{
                side: False
                for side, given_side in (("left", left), ("right", right))
                if given_side is None
            },
        )
    if second_moment is not None:
        operands.append(average.weights(second_moment, epsilon, bias_correction))

    if layers == 1:
        phis = writer.direction(
            inputs[0], attributes[0], operands, places[0], penalty, contract, warm_start
        )
    else:
        phis = writer.directions(inputs, attributes, places, over, scales, penalty, contract)
    for layer, phi in enumerate(phis):
        weight = "w" + (str(layer) if layers > 1 else "")
        writer.step(weight, phi, places[layer], retraction, decay)
    defaults = build.__kwdefaults__ or {}
    keywords = {
        key: value for key, value in given.items() if key == "norm" or defaults.get(key) != value
    }
    return Spec(name, writer.text(), keywords)


def _accuracy(value: AttributeLike | float | None) -> Attribute | None:
    if isinstance(value, (int, float)):
        return attribute("gap", float(value))
    return None if value is None else as_attribute(value)


def _method(value: Any) -> Attribute | None:
    if isinstance(value, tuple):
        return attribute("method", *value)
    if isinstance(value, str) and "<" not in value and not value.startswith("#"):
        return attribute("method", value)
    return None if value is None else as_attribute(value)


class _Writer:
    """The text of a spec, piece by piece. Values are names without their percent sign."""

    def __init__(self, name: str, dtype: str, rank: int, initial: dict[str, float | str]) -> None:
        if dtype not in ("f32", "f64"):
            raise SteepestError(f"expected the dtype f32 or f64, got '{dtype}'")
        if rank not in (1, 2):
            raise SteepestError(f"expected the rank 1 or 2, got {rank}")
        self.name = name
        self.dtype = dtype
        self.type = f"tensor<{'?x' * rank}{dtype}>"
        self._initial = initial
        self._parameters: list[str] = []
        self._states: list[str] = []
        self._hypers: dict[str, str] = {}
        self._lines: list[str] = []
        self._updates: list[tuple[str, str, str]] = []
        self._known: set[str] = set()

    def parameter(self, weight: str, gradient: str) -> None:
        self._parameters.append(f"%{weight}: {self.type}, %{gradient}: {self.type}")

    def hyper(self, name: str, default: float, dtype: str = "") -> str:
        if not isinstance(default, numbers.Real) or not math.isfinite(default):
            raise SteepestError(f"expected a finite number for '{name}', got {default!r}")
        self._hypers[name] = f"%{name}: {dtype or self.dtype} = {literal(default)}"
        return name

    def state(self, name: str, kind: str = "", begins: str = "zeros", after: str = "") -> str:
        """A state with its initial value; `after` says of which parameter it has its shape."""
        value = self._initial.pop(name, begins)
        if value == "copy":
            value = after.removeprefix("like ").split(" ")[0]
            after = ""
        text = value if isinstance(value, str) else f"{literal(value)}"
        said = f"%{name}: {kind or self.type} = {text} {after}"
        self._states.append(said.rstrip())
        return name

    def line(self, result: str, text: str) -> str:
        """`%result = text`, once."""
        if result not in self._known:
            self._known.add(result)
            self._lines.append(f"%{result} = {text}")
        return result

    def update(self, target: str, value: str, kind: str = "") -> None:
        self._updates.append((target, value, kind or self.type))

    def one(self, dtype: str = "") -> str:
        dtype = dtype or self.dtype
        return self.line("one" if dtype == self.dtype else f"one_{dtype}",
                         f"arith.constant 1.0 : {dtype}")  # fmt: skip

    def _tail(self, penalty: bool, contract: Mapping[str, Attribute]) -> str:
        said = " penalty" if penalty else ""
        return said + "".join(f" {key}({value})" for key, value in contract.items())

    def direction(
        self,
        value: str,
        norm: Attribute,
        operands: Sequence[str],
        manifold: Attribute | None,
        penalty: bool,
        contract: Mapping[str, Attribute],
        warm_start: bool,
    ) -> list[str]:
        results = "phi"
        text = f"steepest.direction %{value}"
        if manifold:
            text += " at %w"
        if warm_start:
            self.state("nu", after="like %w" if len(self._parameters) > 1 else "")
            self.update("nu", "nu_next")
            text += " from %nu"
            results = "phi, %nu_next"
        text += f" norm({', '.join([str(norm), *(f'%{one}' for one in operands)])})"
        if manifold:
            text += f" on({manifold})"
        self.line(results, f"{text}{self._tail(penalty, contract)} : {self.type}")
        return ["phi"]

    def directions(
        self,
        values: Sequence[str],
        norms: Sequence[Attribute],
        manifolds: Sequence[Attribute | None],
        over: str,
        scales: Sequence[float] | None,
        penalty: bool,
        contract: Mapping[str, Attribute],
    ) -> list[str]:
        text = f"steepest.directions over {over} ({', '.join('%' + one for one in values)})"
        if any(manifolds):
            text += f" at ({', '.join(f'%w{layer}' for layer in range(len(values)))})"
        text += f" norms([{', '.join(map(str, norms))}])"
        if any(manifolds):
            text += f" on([{', '.join(str(one) if one else 'unit' for one in manifolds)}])"
        if scales is not None:
            text += f" scales([{', '.join(literal(one) for one in scales)}])"
        types = ", ".join([self.type] * len(values))
        self.line(f"phi:{len(values)}", f"{text}{self._tail(penalty, contract)} : {types}")
        return [f"phi#{index}" for index in range(len(values))]

    def step(
        self,
        weight: str,
        phi: str,
        manifold: Attribute | None,
        retraction: str | None,
        decay: float | None,
    ) -> None:
        point = weight
        if decay is not None:
            self.hyper("decay", decay)
            self.line("rate", f"arith.mulf %lr, %decay : {self.dtype}")
            one = self.one()
            self.line("keep", f"arith.subf %{one}, %rate : {self.dtype}")
            point = self.line(f"{weight}_kept", f"steepest.scale %{weight}, %keep : {self.type}")
        if manifold:
            by = f' by("{retraction}")' if retraction else ""
            text = f"steepest.retract %{point}, %{phi}, %lr on({manifold}){by} : {self.type}"
        else:
            text = f"steepest.descend %{point}, %{phi}, %lr : {self.type}"
        self._updates.insert(0, (weight, self.line(f"{weight}_next", text), self.type))

    def text(self) -> str:
        if self._initial:
            raise SteepestError(
                f"expected initial values of states, got '{next(iter(self._initial))}'"
            )
        head = f"steepest.optimizer @{self.name}({', '.join(self._parameters)})"
        if self._states:
            head += f"\n    state({', '.join(self._states)})"
        head += f"\n    hyper({', '.join(self._hypers.values())}) {{"
        pairs = ", ".join(f"%{target} = %{value}" for target, value, _ in self._updates)
        types = ", ".join(kind for _, _, kind in self._updates)
        body = "".join(f"\n  {line}" for line in self._lines)
        return f"{head}{body}\n  steepest.update {pairs}\n    : {types}\n}}\n"


class _Average:
    """What becomes of one parameter's gradient before its direction is taken."""

    def __init__(self, writer: _Writer, suffix: str, weight: str, gradient: str) -> None:
        self._writer = writer
        self._suffix = suffix
        self._gradient = gradient
        self._like = f"like %{weight}"

    def _ema(self, result: str, old: str, new: str, beta: str) -> str:
        return self._writer.line(
            result, f"steepest.ema %{old}, %{new}, %{beta} : {self._writer.type}"
        )

    def _corrected(self, value: str, beta: str) -> str:
        """value / (1 - beta^t), the powers being kept as a state."""
        writer, dtype = self._writer, self._writer.dtype
        power = f"{beta}_power"
        if power not in writer._known:
            writer.state(power, dtype, "1.0")
            writer.update(power, f"{power}_next", dtype)
            writer._known.add(power)
        writer.line(f"{power}_next", f"arith.mulf %{power}, %{beta} : {dtype}")
        one = writer.one()
        writer.line(f"{power}_left", f"arith.subf %{one}, %{power}_next : {dtype}")
        writer.line(f"{power}_inverse", f"arith.divf %{one}, %{power}_left : {dtype}")
        return writer.line(
            f"{value}_hat", f"steepest.scale %{value}, %{power}_inverse : {writer.type}"
        )

    def first(self, momentum: float | None, nesterov: bool, bias_correction: bool) -> str:
        if momentum is None:
            if nesterov:
                raise SteepestError("expected a momentum to look ahead with, got none")
            return self._gradient
        writer, state = self._writer, f"m{self._suffix}"
        beta = writer.hyper("beta", momentum)
        writer.state(state, after=self._like)
        value = self._ema(f"{state}_next", state, self._gradient, beta)
        writer.update(state, value)
        if nesterov:
            value = self._ema(f"{state}_ahead", value, self._gradient, beta)
        return self._corrected(value, beta) if bias_correction else value

    def weights(self, second_moment: float, epsilon: float, bias_correction: bool) -> str:
        """sqrt(V) + epsilon."""
        writer = self._writer
        beta = writer.hyper("beta2", second_moment)
        writer.hyper("epsilon", epsilon)
        writer.state("v", after=self._like)
        gradient = self._gradient
        writer.line("squares", f"arith.mulf %{gradient}, %{gradient} : {writer.type}")
        value = self._ema("v_next", "v", "squares", beta)
        writer.update("v", value)
        if bias_correction:
            value = self._corrected(value, beta)
        writer.line("root", f"math.sqrt %{value} : {writer.type}")
        writer.line("epsilons", f"steepest.fill %epsilon like %root : {writer.type}")
        return writer.line("weights", f"arith.addf %root, %epsilons : {writer.type}")

    def factors(
        self, left: float | None, right: float | None, momentum: float | None
    ) -> list[str]:
        """L^left and R^right of the factors, sums in float64 or averages."""
        writer = self._writer
        wide = writer.type.replace("f32", "f64")
        gradient = self._gradient
        if wide != writer.type:
            gradient = writer.line("g64", f"arith.extf %{gradient} : {writer.type} to {wide}")
        one = writer.one("f64")
        keep, scale = one, ""
        if momentum is not None:
            keep = writer.hyper("factor_beta", momentum, "f64")
            writer.line("fresh", f"arith.subf %{one}, %{keep} : f64")
            scale = " scale(%fresh : f64)"
        maps = []
        for state, exponent, side, turned in (
            ("l", left, "rows", "transpose_rhs"),
            ("r", right, "columns", "transpose_lhs"),
        ):
            if exponent is None:
                continue
            writer.state(state, wide, after=f"{self._like} by {side}")
            writer.line(
                f"{state}_next",
                f"matrix.product %{gradient}, %{gradient}{scale} plus(%{keep}, %{state} : f64, "
                f"{wide}) {{{turned}, symmetric}} : {wide}, {wide} -> {wide}",
            )
            writer.update(state, f"{state}_next", wide)
            value = writer.line(
                f"{state}_power",
                f"steepest.power %{state}_next, {literal(exponent)} : {wide}",
            )
            if wide != writer.type:
                value = writer.line(
                    f"{state}_map", f"arith.truncf %{value} : {wide} to {writer.type}"
                )
            maps.append(value)
        return maps
