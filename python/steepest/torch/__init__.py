"""Compiled optimizers in PyTorch.

    import steepest.torch

    optimizer = steepest.torch.Optimizer(model, "muon", lr=0.02)
    loss.backward()
    optimizer.step()
    print(*optimizer.report(), sep="\\n")     # how far each step is from the optimum
"""

from steepest.torch.optimizer import Optimizer, ParameterReport, report
from steepest.torch.policy import sort_model, sort_named

__all__ = ["Optimizer", "ParameterReport", "report", "sort_model", "sort_named"]
