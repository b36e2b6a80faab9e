"""States that are loaded: what is refused, and where the others go."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from steepest.compiler import compile as compile_spec
from steepest.errors import SteepestError
from steepest.optimizer import CompiledOptimizer
from steepest.torch.groups import OPTIONS, check_hypers, name_of
from steepest.torch.rules import Split
from steepest.torch.tasks import Item, check_states

#: A group, the name of a parameter in it, and the parameter.
Member = tuple[dict[str, Any], str, torch.Tensor]


def check_form(given: object) -> None:
    """Refuses what no `state_dict` returned."""
    if not isinstance(given, Mapping) or not {"param_groups", "state"} <= set(given):
        raise SteepestError(
            "expected what state_dict returned, with 'param_groups' and 'state', got "
            + (repr(list(given)) if isinstance(given, dict) else repr(given))
        )


def check_state_dict(
    given: Mapping[str, Any],
    groups: Sequence[Mapping[str, Any]],
    members: Sequence[Member],
    rule_of: Callable[[Mapping[str, Any], torch.Tensor, str], CompiledOptimizer],
) -> None:
    """Refuses the state of another optimizer than the one with these groups and members.
    Options are those of the state, which are loaded with it. (Other numbers of groups and
    of their parameters PyTorch refuses.)
    """
    check_form(given)
    keys: list[tuple[Any, dict[str, Any]]] = []
    for number, (own, other) in enumerate(zip(groups, given["param_groups"], strict=False)):
        if own["optimizer"] != other.get("optimizer"):
            raise SteepestError(
                f"group {number} is stepped by {name_of(own['optimizer'])}, expected a state "
                f"of that, got one of {name_of(other.get('optimizer'))}"
            )
        rule = compile_spec(own["optimizer"])
        check_hypers(rule, {name: other.get(name) for name in rule.hypers})
        keys += [(key, {**OPTIONS, **other}) for key in other["params"]]
    for (key, group), (_, name, parameter) in zip(keys, members, strict=False):
        state = given["state"].get(key)
        if state:
            _check_state(state, rule_of(group, parameter, name), group, name, parameter)


def _check_state(
    state: Mapping[str, Any],
    rule: CompiledOptimizer,
    group: dict[str, Any],
    who: str,
    parameter: torch.Tensor,
) -> None:
    whole, split = parameter, Split.of(group)
    if is_dtensor(parameter):
        whole = torch.empty(parameter.shape, dtype=parameter.dtype, device="meta")
        split = Split() if rule.entrywise else split
    check_states(Item(parameter, whole, rule, split, group, dict(state), who))


def moved(state: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """A copy of a state beside the parameter: in its layout, if it has its shape."""
    plain = state.detach()
    if state.shape != parameter.shape or is_dtensor(parameter):
        return plain.to(parameter.device, copy=True)
    return torch.empty_like(parameter, dtype=state.dtype, requires_grad=False).copy_(plain)


def is_dtensor(parameter: object) -> bool:
    """Whether a parameter is a `DTensor`."""
    # Where the module has not been loaded there are none, and it takes a while to.
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(parameter, module.DTensor)
