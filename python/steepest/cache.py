"""The folder of compiled optimizers, shared by any number of processes.

An entry is a folder named after the hash of all that went into it. It is made elsewhere
in the cache and renamed into place, so that it is complete when it can be seen. A lock
for each entry keeps processes that want the same from making it twice; where files
cannot be locked both make it, and the first to rename wins.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from steepest.errors import CacheError

#: The environment variable that names the folder.
CACHE = "STEEPEST_CACHE"


def cache_folder() -> pathlib.Path:
    """`$STEEPEST_CACHE`, or `steepest` in the user's folder for caches."""
    named = os.environ.get(CACHE)
    if named:
        return pathlib.Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(base) if base else pathlib.Path.home() / ".cache") / "steepest"


@functools.cache
def host_processor() -> str:
    """What the code of `arch="native"` depends on: the processor's model and features."""
    lines = []
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if not line:
                break
            if line.startswith(("vendor_id", "cpu family", "model", "flags", "Features")):
                lines.append(line)
    return "\n".join([platform.machine(), *lines])


def file_identity(path: pathlib.Path) -> list[Any]:
    """What changes when a program or a library does."""
    found = path.stat()
    return [str(path), found.st_size, found.st_mtime_ns]


def key_of(contents: Mapping[str, Any]) -> str:
    """The name of the entry for these contents."""
    text = json.dumps(contents, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@contextlib.contextmanager
def _lock(path: pathlib.Path) -> Iterator[None]:
    with open(path, "w", encoding="utf-8") as file:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch(key: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """The folder of the entry `key`; `make(folder)` fills it when there is none yet."""
    root = cache_folder()
    entry = root / key
    if entry.is_dir():
        return entry
    try:
        root.mkdir(parents=True, exist_ok=True)
        work = tempfile.TemporaryDirectory(prefix="make-", dir=root, ignore_cleanup_errors=True)
        lock = _lock(root / f"{key}.lock")
        lock.__enter__()
    except OSError as error:
        raise CacheError(
            f"expected a folder that can be written for compiled optimizers, got {root}: "
            f"{error.strerror}; set ${CACHE} to another"
        ) from error
    try:
        if entry.is_dir():
            return entry
        made = pathlib.Path(work.name) / "entry"
        made.mkdir()
        make(made)
        with contextlib.suppress(OSError):
            os.rename(made, entry)
        if not entry.is_dir():
            raise CacheError(f"cannot rename {made} to {entry}")
        return entry
    finally:
        lock.__exit__(None, None, None)
        with contextlib.suppress(OSError):
            os.unlink(root / f"{key}.lock")
        work.cleanup()


def clear() -> None:
    """Removes all compiled optimizers. Those that are in use stay loaded."""
    shutil.rmtree(cache_folder(), ignore_errors=True)
