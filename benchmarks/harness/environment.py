"""The process in which everything is timed: variables, processors, versions."""

import importlib.metadata
import os
import platform
import re
import sys

# OpenBLAS obeys these. "Haswell" left in the environment halves its speed on a
# machine with AVX-512, and would double every ratio.
_MISLEADING = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"]


def prepare(threads):
    """Starts the process anew without the variables that mislead libraries, which
    read them when they are loaded, and keeps to `threads` processors, so that
    every pool of every peer has that many at most.
    """
    if any(name in os.environ for name in _MISLEADING):
        kept = {k: v for k, v in os.environ.items() if k not in _MISLEADING}
        os.execve(sys.executable, [sys.executable, *sys.argv], kept)
    processors = sorted(os.sched_getaffinity(0))
    if threads > len(processors):
        sys.exit(f"error: expected at most {len(processors)} threads, got {threads}")
    os.sched_setaffinity(0, processors[-threads:])
    for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
        os.environ[name] = str(threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def _cpu_fields():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        first = file.read().split("\n\n")[0]
    return dict(
        (part.strip() for part in line.split(":", 1))
        for line in first.splitlines()
        if ":" in line
    )


def version_of(package):
    """The installed version, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def describe(threads):
    """What a reader needs to judge the figures, and nothing that names a host."""
    cpu = _cpu_fields()
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1))
    flags = cpu.get("flags", "").split()
    return {
        "processor": cpu.get("model name", "unknown"),
        "family": cpu.get("cpu family"),
        "model": cpu.get("model"),
        "cores": os.cpu_count(),
        "threads": threads,
        "cache": cpu.get("cache size"),
        "memory_gib": round(memory / 2**20, 1),
        "features": [f for f in ("avx2", "fma", "avx512f", "avx512_bf16") if f in flags],
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {
            "python": platform.python_version(),
            **{
                name: version_of(name)
                for name in ("numpy", "torch", "jax", "optax", "emerging-optimizers")
                if version_of(name)
            },
        },
    }


def available_bytes():
    """Memory that can be had without swapping."""
    with open("/proc/meminfo", encoding="utf-8") as file:
        return int(re.search(r"MemAvailable:\s+(\d+)", file.read()).group(1)) * 1024
