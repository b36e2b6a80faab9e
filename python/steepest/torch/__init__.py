"""Compiled optimizers in PyTorch.

    import steepest.torch

    optimizer = steepest.torch.Optimizer(model, "muon", lr=0.02)
    loss.backward()
    optimizer.step()
    print(*optimizer.report(), sep="\\n")     # how far each step is from the optimum
"""

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"steepest.torch needs PyTorch, as pip installs with steepest[torch]: {error}"
    ) from error

from steepest.torch.optimizer import Optimizer, ParameterReport, report
from steepest.torch.policy import sort_model, sort_named

__all__ = ["Optimizer", "ParameterReport", "report", "sort_model", "sort_named"]
