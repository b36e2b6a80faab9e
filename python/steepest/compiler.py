"""From a spec to a loaded optimizer: `compile`."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import TypedDict

from steepest import cache, tools
from steepest.errors import CompileError, SteepestError
from steepest.optimizer import CompiledOptimizer, Options

#: After this many seconds a compilation says that it is running.
PATIENCE = 1.0

_OPTIMIZER = re.compile(r'steepest\.optimizer\s+@(?:"([^"]+)"|([\w$.]+))')
_COMMENT = re.compile(r"//[^\n]*")


def optimizer_names(text: str) -> list[str]:
    """The names of the optimizers in the text of a spec."""
    return [a or b for a, b in _OPTIMIZER.findall(_COMMENT.sub("", text))]


def read_spec(spec: object) -> tuple[str, str]:
    """The text of a spec and what to call it in messages. `spec` is the text itself
    (anything whose `str` contains an optimizer, such as what `steepest.build` returns),
    the name of a shipped optimizer, or the path of a file.
    """
    text = spec if isinstance(spec, str) else None
    if text is None and not isinstance(spec, os.PathLike):
        text = str(spec)
        if "steepest.optimizer" not in text:
            raise SteepestError(f"{_EXPECTED}, got {spec!r} of type {type(spec).__name__}")
    if text is not None and "steepest.optimizer" in text:
        return text, "<spec>"
    if text is not None:
        shipped = tools.shipped_specs().get(text)
        if shipped:
            return shipped.read_text(encoding="utf-8"), str(shipped)
    path = pathlib.Path(text if isinstance(spec, str) else spec)  # type: ignore[arg-type]
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "not a text"
        raise SteepestError(f"{_EXPECTED}, got '{spec}' ({said}); {_guess(str(spec))}") from error


_EXPECTED = "expected the text of a spec, the path of one or the name of a shipped optimizer"


def _guess(name: str) -> str:
    """What a shipped name may have been meant by another, else all of them."""
    shipped = list(tools.shipped_specs())
    close = difflib.get_close_matches(name.lower().replace("-", "_"), shipped, 3)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"shipped are: {', '.join(shipped) or 'none here'}"


def run_compiler(arguments: Sequence[str], text: str, display: str, doing: str = "") -> str:
    """Runs `steepestc` on the text of a spec and returns what it printed. Says on the
    standard error what it is `doing` when that takes long. Diagnostics call the spec
    `display`.
    """
    command = [str(tools.find_compiler()), "-", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        start = time.monotonic()
        try:
            try:
                out, err = process.communicate(text, timeout=PATIENCE if doing else None)
            except subprocess.TimeoutExpired:
                print(f"steepest: {doing} ...", file=sys.stderr, flush=True)
                out, err = process.communicate()
                took = time.monotonic() - start
                print(f"steepest: {doing} took {took:.1f} s", file=sys.stderr, flush=True)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        # What is wrong with an option has no place in the spec.
        err = re.sub(r"^(?:<stdin>|-):0:0: ", "", err, flags=re.MULTILINE)
        err = re.sub(r"^(<stdin>|-)(?=:\d+:\d+: )", lambda _: display, err, flags=re.MULTILINE)
        raise CompileError(err.strip() or f"steepestc failed on {display}")
    return out


class Target(TypedDict, total=False):
    """What to compile for, as `compile` takes it."""

    target: str
    arch: str


@functools.lru_cache(maxsize=256)
def _load(library: str, name: str, options: Options) -> CompiledOptimizer:
    return CompiledOptimizer(pathlib.Path(library), name, options)


def compile(  # noqa: A001 - what it does, in the package's namespace
    spec: object,
    *,
    name: str | None = None,
    target: str = "cpu",
    arch: str = "native",
    dtype: str | None = None,
    storage: str | None = None,
    master: bool = False,
    maximize: bool = False,
    shapes: Sequence[tuple[int, ...]] = (),
    without: Sequence[str] = (),
    plugins: Sequence[str | os.PathLike[str]] = (),
) -> CompiledOptimizer:
    """Compiles a spec, or finds what an earlier call compiled, and loads it.

    spec: the text of a spec, the path of one, the name of a shipped optimizer
        (`python -m steepest list`), or what `steepest.build` returns.
    name: which optimizer of a spec with several.
    target: "cpu", or "cuda" for arrays in the memory of a GPU.
    arch: the processor to compile for, as LLVM names it; "native" is this machine's. Of
        GPUs those to compile for, as ptxas names them, comma separated; "native" is what
        runs on all that steepestc knows, and needs no GPU to be there.
    dtype: "f32" or "f64": make the rule for these, whatever the spec says.
    storage: "bf16": parameters and gradients are stored as this, states and arithmetic
        stay as they are.
    master: with `storage`, keep the parameters unrounded, as states `master_NAME`.
    maximize: ascend.
    shapes: make versions for parameters of these shapes too.
    without: rewrites of the algebra phase to leave out, by name.
    plugins: plugins to load, which define norms, manifolds and methods.

    The result is kept in `$STEEPEST_CACHE` (default: the user's folder for caches) under
    the spec, the compiler, the target and the options. Several processes may compile the
    same at once.

    Raises `CompileError` with the compiler's diagnostics, `CacheError` when the folder
    cannot be used, `CompilerNotFoundError`.
    """
    arguments = _target_arguments(target, arch)
    for name_of_list, given in (("shapes", shapes), ("without", without), ("plugins", plugins)):
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise SteepestError(f"expected a list for {name_of_list}, got {given!r}")
    for shape in shapes:
        if isinstance(shape, str) or not isinstance(shape, Sequence):
            raise SteepestError(
                f"expected shapes such as [(768, 3072)], got {shape!r} among {shapes!r}"
            )
    text, display = read_spec(spec)
    names = optimizer_names(text)
    if name is None and len(names) > 1:
        raise SteepestError(
            f"expected name= one of {', '.join(names)}: {display} has several optimizers"
        )
    if name is not None and name not in names:
        raise SteepestError(
            f"expected the name of an optimizer of {display}, got '{name}'; "
            f"it has {', '.join(names) or 'none'}"
        )
    if dtype:
        arguments.append(f"--element-type={dtype}")
    if storage:
        arguments.append(f"--parameter-type={storage}")
    arguments += ["--master"] * master + ["--maximize"] * maximize
    if shapes:
        arguments.append("--specialize=" + ",".join("x".join(map(str, s)) for s in shapes))
    if without:
        arguments.append("--without=" + ",".join(without))
    paths = [pathlib.Path(plugin).resolve() for plugin in plugins]
    arguments += [f"--load-dialect-plugin={path}" for path in paths]
    key = cache.key_of(
        {
            "text": text,
            "compiler": cache.file_identity(tools.find_compiler()),
            "plugins": [_content(path) for path in paths],
            "arguments": arguments,
            "processor": cache.host_processor() if (target, arch) == ("cpu", "native") else "",
        }
    )
    chosen = name or (names[0] if names else "spec")

    def make(folder: pathlib.Path) -> None:
        library = folder / "optimizer.so"
        (folder / "spec.mlir").write_text(text, encoding="utf-8")
        run_compiler([*arguments, "-o", str(library)], text, display, f"compiling {chosen}")

    if (target, arch) == ("cuda", "model"):
        # Code for the model of an SM finds the model in the mock driver, by name.
        from steepest.cuda import driver

        driver()
    options = Options(
        dtype,
        storage,
        master,
        maximize,
        tuple(map(tuple, shapes)),
        tuple(without),
        tuple(map(str, paths)),
    )
    return _load(str(cache.fetch(key, make) / "optimizer.so"), chosen, options)


def compile_for(optimizer: CompiledOptimizer, target: Target) -> CompiledOptimizer:
    """The same rule for another device: compiled from the same spec with the same options."""
    options = dataclasses.asdict(optimizer.options)
    return compile(optimizer.spec, name=optimizer.name, **options, **target)


def _target_arguments(target: str, arch: str) -> list[str]:
    if target == "cpu":
        return [f"--target-cpu={arch}"]
    if target == "cuda":
        return ["--target=cuda"] + ([] if arch == "native" else [f"--arch={arch}"])
    raise SteepestError(f"expected the target 'cpu' or 'cuda', got '{target}'")


def _content(path: pathlib.Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SteepestError(f"cannot read the plugin {path}: {error.strerror}") from error


def explain(spec: object, **options: object) -> str:
    """What the compiler chose for every direction of a spec, and why."""
    return compile(spec, **options).explanation  # type: ignore[arg-type]
