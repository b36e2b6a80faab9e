"""What goes wrong, by name. Every error of the package is a `SteepestError`."""

from __future__ import annotations

import dataclasses
import re


class SteepestError(RuntimeError):
    """The base of all errors of this package."""


class CompilerNotFoundError(SteepestError):
    """There is no `steepestc`, or no runtime library, to be found."""


class CacheError(SteepestError):
    """The folder of compiled optimizers cannot be used."""


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    """One message of the compiler. `line` and `column` count from 1; they are 0 where
    the message has no place in the spec.
    """

    severity: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else ""
        return f"{place}{self.severity}: {self.message}"


_DIAGNOSTIC = re.compile(
    r"^(?:(?P<file>[^\n:]+):(?P<line>\d+):(?P<column>\d+): )?"
    r"(?:[\w-]+: )?(?P<severity>error|warning|note|remark): (?P<message>.*)$",
    re.MULTILINE,
)


def parse_diagnostics(text: str) -> tuple[Diagnostic, ...]:
    """The diagnostics in what the compiler printed."""
    return tuple(
        Diagnostic(
            found["severity"],
            found["message"],
            found["file"] or "",
            int(found["line"] or 0),
            int(found["column"] or 0),
        )
        for found in _DIAGNOSTIC.finditer(text)
    )


class CompileError(SteepestError):
    """The compiler refused a spec. The text is what it printed, with the lines of the
    spec; `diagnostics` has the same, message by message.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.diagnostics = parse_diagnostics(text)


class StepError(SteepestError):
    """A call of a compiled optimizer was refused or failed. `status` is the name of the
    status in `steepest.h`, such as "nonfinite" or "bad_shape". Nothing was written for
    what the message names.
    """

    def __init__(self, message: str, status: str) -> None:
        super().__init__(message)
        self.status = status
