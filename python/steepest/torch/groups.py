"""What is given to an optimizer: specs, numbers, parameters, groups, and what is refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from steepest.compiler import optimizer_names, read_spec
from steepest.errors import SteepestError
from steepest.optimizer import CompiledOptimizer
from steepest.tools import shipped_specs
from steepest.torch.engine import engine_of
from steepest.torch.policy import Sorted, sort_model, sort_named

#: What a group may say besides hyper-parameters, and what it says when it does not.
OPTIONS: dict[str, Any] = {"maximize": False, "master": False, "split": None, "per_head": None}


def text_of(spec: object) -> str:
    """What a group keeps of a spec: the name of a shipped one, the text of any other."""
    if isinstance(spec, CompiledOptimizer):
        return spec.spec
    if isinstance(spec, str) and spec in shipped_specs():
        return spec
    return read_spec(spec)[0]


def name_of(spec: object) -> str:
    """What messages call the optimizer of a group."""
    if not isinstance(spec, str):
        return "another kind of optimizer"
    return (optimizer_names(spec) or [spec])[0]


def check_hypers(rule: CompiledOptimizer, given: Mapping[str, Any]) -> None:
    """Refuses what is no hyper-parameter of the rule, and what is no number."""
    for name, value in given.items():
        if name not in rule.hypers:
            raise SteepestError(
                f"{rule.name} has no hyper-parameter '{name}'; "
                f"it has {', '.join(rule.hypers) or 'none'}"
            )
        rule.hyper_value(name, value)


def check_keys(group: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuses a group without parameters, and what was probably meant by another name.
    (Groups may hold anything else, as PyTorch's do.)
    """
    if "params" not in group:
        raise SteepestError(f"expected a group with 'params', got one with {', '.join(group)}")
    names = list(known)
    for key in group:
        close = difflib.get_close_matches(key, names, 1, 0.8)
        if key not in names and close:
            raise SteepestError(f"a group has '{key}': did you mean '{close[0]}'?")


def tensors_of(params: Any) -> list[torch.Tensor]:
    """The parameters of a group, without their names."""
    if isinstance(params, torch.Tensor):
        return [params]
    return [p[1] if isinstance(p, tuple) else p for p in params]


def check_parameter(parameter: object, name: str = "a parameter") -> None:
    """Refuses what can never be stepped. (What is no tensor, or no leaf, PyTorch refuses.)"""
    if not isinstance(parameter, torch.Tensor):
        return
    if parameter.device.type != "meta":
        engine_of(parameter.device, name)
    if parameter.is_complex() or not parameter.is_floating_point():
        raise SteepestError(f"{name}: expected real numbers, got {parameter.dtype}")
    if parameter.layout is not torch.strided:
        raise SteepestError(f"{name}: expected a dense parameter, got {parameter.layout}")


def check_gradient(gradient: torch.Tensor, parameter: torch.Tensor, name: str) -> None:
    """Refuses a gradient that is not like its parameter."""
    if parameter.device.type == "meta":
        raise SteepestError(f"{name} is on the device meta, which has no memory to step")
    if gradient.layout is not torch.strided:
        raise SteepestError(f"the gradient of {name} is {gradient.layout}, expected a dense one")
    for what in ("device", "dtype", "shape"):
        expected, found = getattr(parameter, what), getattr(gradient, what)
        if expected != found:
            raise SteepestError(
                f"the gradient of {name} has {what} {found}, expected {expected} like its parameter"
            )


def groups_of(
    params: torch.nn.Module | Iterable[Any],
    rule: CompiledOptimizer,
    others: str,
    others_options: dict[str, Any],
    options: Mapping[str, Any],
) -> list[Any]:
    """The groups that the parameters come to, by the policy where it applies."""
    if isinstance(params, torch.Tensor) or not isinstance(params, Iterable | torch.nn.Module):
        raise TypeError(
            "expected an iterable of parameters, named parameters or groups, or a model; got a "
            f"{type(params).__name__}"
        )
    model = params if isinstance(params, torch.nn.Module) else None
    given = [] if model is not None else list(params)  # type: ignore[arg-type]
    if model is None and (not given or any(isinstance(one, dict) for one in given)):
        return given
    if rule.entrywise:
        if others_options:
            raise SteepestError(
                f"{rule.name} steps all parameters, so that others_options are for none"
            )
        return list(model.named_parameters()) if model is not None else given
    if model is not None:
        piles = sort_model(model)
    elif isinstance(given[0], tuple):
        piles = sort_named(given)
    else:
        plain = sort_named(("", parameter) for parameter in given)
        if not plain.others:
            return given
        return _grouped(plain, others, others_options, options, named=False)
    return _grouped(piles, others, others_options, options, named=True)


def _grouped(
    piles: Sorted,
    others: str,
    others_options: dict[str, Any],
    options: Mapping[str, Any],
    named: bool,
) -> list[Any]:
    def members(pile: list[tuple[str, torch.Tensor]]) -> list[Any]:
        return list(pile) if named else [parameter for _, parameter in pile]

    groups: list[Any] = []
    if piles.matrices:
        groups.append({"params": members(piles.matrices)})
    if piles.others:
        whole = {"split": None, "per_head": None}
        groups.append(
            {"params": members(piles.others), "optimizer": others, **whole, **others_options}
        )
    return groups
