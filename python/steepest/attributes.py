"""Norms, manifolds, methods and contracts, as Python values.

They are the attributes of the dialect, of which this knows the syntax and nothing else:
which there are, what they take and what can be combined the compiler says. So a norm
that is added to the dialect, or that a plugin brings, can be said here at once.

    attribute("spectral")                            #steepest.spectral
    attribute("lp", 3)                               #steepest.lp<3>
    attribute("scaled", norm="spectral", cols=-0.5)  #steepest.scaled<norm = ..., cols = -0.5>
    attribute("polynomial", "muon", steps=5)         #steepest.polynomial<"muon", steps = 5>
    attribute("acme.diamond")                        #acme.diamond, of a plugin
"""

from __future__ import annotations

import dataclasses
import keyword
import re
from collections.abc import Mapping
from typing import Any

from steepest.errors import SteepestError

#: What a parameter of an attribute may be.
Value = Any  # Attribute | str | bool | int | float | list | Mapping


@dataclasses.dataclass(frozen=True)
class Attribute:
    """An attribute of a dialect. `positional` and `named` are what stands in its angle
    brackets; a string among the first is a string, among the second an attribute.
    """

    dialect: str
    mnemonic: str
    positional: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        text = f"#{self.dialect}.{self.mnemonic}"
        parts = [_print(value) for value in self.positional]
        parts += [f"{name} = {_print(value)}" for name, value in self.named]
        return f"{text}<{', '.join(parts)}>" if parts else text

    def __repr__(self) -> str:
        prefix = "" if self.dialect == "steepest" else f"{self.dialect}."
        said = [repr(prefix + self.mnemonic)]
        said += [_say(value) for value in self.positional]
        said += [
            f"{name}={_say(value)}" if name.isidentifier() and not keyword.iskeyword(name)
            else f"**{{{name!r}: {_say(value)}}}"
            for name, value in self.named
        ]  # fmt: skip
        return f"attribute({', '.join(said)})"

    def get(self, name: str, default: Value = None) -> Value:
        """The named parameter, or `default`."""
        return dict(self.named).get(name, default)


def attribute(mnemonic: str, *positional: Value, **named: Value) -> Attribute:
    """The attribute `#steepest.<mnemonic>`, or `#<dialect>.<mnemonic>` for a mnemonic
    with a dot. Named parameters that are strings are attributes themselves.
    """
    dialect, _, name = mnemonic.rpartition(".")
    return Attribute(
        dialect or "steepest",
        name,
        tuple(positional),
        tuple((k, as_attribute(v) if isinstance(v, str) else v) for k, v in named.items()),
    )


def as_attribute(value: Attribute | str) -> Attribute:
    """An attribute from its text, where `#steepest.` may be left out everywhere."""
    if isinstance(value, Attribute):
        return value
    if not isinstance(value, str):
        raise SteepestError(f"expected an attribute or its name, got {value!r}")
    parser = _Parser(value.strip())
    result = parser.value()
    if not isinstance(result, Attribute) or parser.rest():
        raise SteepestError(f"expected an attribute such as 'spectral' or 'lp<3>', got '{value}'")
    return result


def _say(value: Value) -> str:
    """A Python expression for the value."""
    return 'float("inf")' if value == float("inf") else repr(value)


def literal(value: float) -> str:
    """A number as MLIR writes it: with a point, also before an exponent."""
    try:
        text = repr(float(value))
    except (TypeError, ValueError) as error:
        raise SteepestError(f"expected a number, got {value!r}") from error
    if "." in text or "e" not in text:
        return text
    return text.replace("e", ".0e")


def _print(value: Value) -> str:
    if isinstance(value, Attribute):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return literal(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_print, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_print(v)}" for k, v in value.items()) + "}"
    raise SteepestError(f"expected a number, a string or an attribute, got {value!r}")


class _Parser:
    """Reads what `_print` writes, and what the compiler prints of the same."""

    _TOKEN = re.compile(
        r"""\s*(?:(?P<attribute>\#[\w$]+\.[\w$.]+)|(?P<number>[-+]?\d[\d.]*(?:[eE][-+]?\d+)?)
            |(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_][\w$.]*)|(?P<sign>[<>{}\[\],=:]))""",
        re.VERBOSE,
    )

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def rest(self) -> str:
        """What has not been read."""
        return self._text[self._at :].strip()

    def _next(self) -> tuple[str, str]:
        found = self._TOKEN.match(self._text, self._at)
        if not found:
            raise SteepestError(f"cannot read '{self.rest()}' in the attribute '{self._text}'")
        self._at = found.end()
        return found.lastgroup or "", found[found.lastgroup or 0]

    def _take(self, sign: str) -> bool:
        found = self._TOKEN.match(self._text, self._at)
        if found and found["sign"] == sign:
            self._at = found.end()
            return True
        return False

    def _named(self) -> str:
        """The name before an `=`, or nothing."""
        found = re.compile(r"\s*(\w+)\s*=").match(self._text, self._at)
        if not found:
            return ""
        self._at = found.end()
        return found[1]

    def value(self) -> Value:
        kind, text = self._next()
        if kind == "attribute":
            return self._parameters(text[1:])
        if kind == "number":
            value = float(text) if re.search(r"[.eE]", text) else int(text)
            if self._take(":"):  # the type that the compiler prints
                self._next()
            return value
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "word" and text in ("true", "false"):
            return text == "true"
        if kind == "word" and text == "inf":
            return float("inf")
        if kind == "word":
            return self._parameters(text if "." in text else f"steepest.{text}")
        if text == "[":
            return self._list("]")
        if text == "{":
            entries = {}
            while not self._take("}"):
                name = self._named()
                entries[name or self._next()[1]] = self.value() if name else True
                self._take(",")
            return entries
        raise SteepestError(f"cannot read '{text}' in the attribute '{self._text}'")

    def _list(self, end: str) -> list[Value]:
        values = []
        while not self._take(end):
            values.append(self.value())
            self._take(",")
        return values

    def _parameters(self, name: str) -> Attribute:
        dialect, mnemonic = name.split(".", 1)
        positional: list[Value] = []
        named: list[tuple[str, Value]] = []
        if self._take("<"):
            while not self._take(">"):
                name = self._named()
                if name:
                    named.append((name, self.value()))
                else:
                    positional.append(self.value())
                self._take(",")
        return Attribute(dialect, mnemonic, tuple(positional), tuple(named))
