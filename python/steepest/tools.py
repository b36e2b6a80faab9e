"""Where the compiler, the runtime library and the shipped specs are.

The compiler is, in this order, what `$STEEPEST_COMPILER` names, the build of the tree
that this package lies in, and the `steepestc` on the path. Everything else is found from
it: the runtime library is in `../lib`. The specs are in the package.
"""

from __future__ import annotations

import os
import pathlib
import shutil

from steepest.errors import CompilerNotFoundError

#: The environment variable that names the compiler.
COMPILER = "STEEPEST_COMPILER"

_PACKAGE = pathlib.Path(__file__).resolve().parent
#: The root of the tree, when this package lies in one.
_TREE = _PACKAGE.parents[1]


def find_compiler() -> pathlib.Path:
    """The path of `steepestc`; a `CompilerNotFoundError` that says where it was looked
    for when there is none.
    """
    named = os.environ.get(COMPILER)
    if named:
        path = pathlib.Path(named).expanduser()
        if path.is_dir():
            path /= "steepestc"
        if not os.access(path, os.X_OK):
            raise CompilerNotFoundError(f"${COMPILER} is '{named}', expected a program")
        return path.resolve()
    built = _TREE / "build" / "bin" / "steepestc"
    if os.access(built, os.X_OK):
        return built
    found = shutil.which("steepestc")
    if found:
        return pathlib.Path(found).resolve()
    # An installed package lies in no tree.
    missing = f"{built} does not exist, and " if (_TREE / "quickstart").exists() else ""
    raise CompilerNotFoundError(
        f"expected steepestc, got none: ${COMPILER} is not set, {missing}there is none on the "
        f"path; build it (./quickstart in the tree of Steepest) or set ${COMPILER}"
    )


def find_runtime() -> pathlib.Path:
    """The path of `libsteepest.so`, beside the compiler."""
    compiler = find_compiler()
    root = compiler.parents[1]
    folders = [root / "lib", root / "lib64", *sorted(root.glob("lib/*-linux-gnu"))]
    for folder in folders:
        library = folder / "libsteepest.so"
        if library.exists():
            return library
    raise CompilerNotFoundError(
        f"expected the runtime library libsteepest.so in {root / 'lib'}, got none; "
        f"it is built and installed with {compiler.name}"
    )


def shipped_specs() -> dict[str, pathlib.Path]:
    """The optimizers that come with Steepest: their specs by name."""
    return {path.stem: path for path in sorted((_PACKAGE / "optimizers").glob("*.mlir"))}
