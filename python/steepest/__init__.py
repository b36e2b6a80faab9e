"""Optimizers declared as steepest-descent problems, compiled.

    import steepest

    muon = steepest.compile("muon")
    state = muon.init(w)
    report = muon.step(w, g, state, lr=0.01)
    print(report)            # how far the step is from the true optimum

`compile` takes the name of a shipped optimizer, the path or the text of a spec, or what
`build` returns. `steepest.torch` and `steepest.jax` put the same artefacts into training
loops.
"""

from steepest.attributes import Attribute, attribute
from steepest.compiler import compile, explain  # noqa: A004
from steepest.errors import (
    CacheError,
    CompileError,
    CompilerNotFoundError,
    Diagnostic,
    SteepestError,
    StepError,
)
from steepest.optimizer import CompiledOptimizer, TensorInfo
from steepest.report import Certificate, DirectionInfo, Report
from steepest.spec import Spec, build
from steepest.tools import shipped_specs

__all__ = [
    "Attribute",
    "CacheError",
    "Certificate",
    "CompileError",
    "CompiledOptimizer",
    "CompilerNotFoundError",
    "Diagnostic",
    "DirectionInfo",
    "Report",
    "Spec",
    "SteepestError",
    "StepError",
    "TensorInfo",
    "attribute",
    "build",
    "compile",
    "explain",
    "shipped_specs",
]
__version__ = "0.1.0"
