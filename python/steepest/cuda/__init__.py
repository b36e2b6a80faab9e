"""Compiled optimizers on a GPU: the driver, memory, and launches.

`steepest.compile(spec, target="cuda")` steps arrays in the memory of a GPU; `steepest.torch`
uses the launches of this package for its own tensors.
"""

from steepest.cuda.driver import Driver, driver
from steepest.cuda.launch import Launch, Loaded, loaded
from steepest.cuda.memory import Memory

__all__ = ["Driver", "Launch", "Loaded", "Memory", "driver", "loaded"]
