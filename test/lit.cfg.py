# Configures the tests for lit. What CMake knows comes from
# lit.site.cfg.py.in; the rest is probed here, so that hardware that is missing
# shows as UNSUPPORTED.

import glob
import importlib.util
import os
import shutil
import subprocess
import sys

import lit.util
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "Steepest"
# In a module of its own, where the processes that run tests find it again.
sys.path.append(os.path.dirname(__file__))
from formats import Scripts

config.test_format = Scripts()
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.steepest_binary_dir, "test")

config.environment["FILECHECK_OPTS"] = (
    "-enable-var-scope --allow-unused-prefixes=false"
)
# Tests must not see the terminal, nor the user's language.
config.environment["LC_ALL"] = "C.UTF-8"

# A test that hangs should say so long before CI's own limit.
if lit.util.killProcessAndChildrenIsSupported()[0]:
    lit_config.maxIndividualTestTime = 600

# ---- features ----


def cpu_flags():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("flags"):
                return set(line.split(":")[1].split())
    return set()


config.available_features |= cpu_flags() & {"avx2", "avx512f", "fma"}
if config.steepest_sanitize:
    config.available_features.add("asan")
if config.openblas_library:
    config.available_features.add("openblas")
# The Python that runs lit runs the tests' scripts too.
if all(map(importlib.util.find_spec, ["matplotlib", "numpy"])):
    config.available_features.add("matplotlib")
if shutil.which("nvidia-smi"):
    listing = subprocess.run(
        ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout.strip():
        config.available_features.add("cuda")
        if shutil.which("compute-sanitizer"):
            config.available_features.add("compute-sanitizer")

# NVIDIA's assembler: of a toolkit, or as scripts/setup.sh installs it.
ptxas_folders = [
    os.path.join(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "bin"),
    *os.environ["PATH"].split(os.pathsep),
    *glob.glob(
        os.path.join(
            config.steepest_source_dir, "build", "ptxas", "nvidia", "*", "bin"
        )
    ),
]
ptxas = shutil.which("ptxas", path=os.pathsep.join(ptxas_folders))
if ptxas:
    config.available_features.add("ptxas")
nvcc = shutil.which("nvcc", path=os.pathsep.join(ptxas_folders))
if nvcc and os.path.exists(
    os.path.join(os.path.dirname(nvcc), "..", "include", "cuda_runtime.h")
):
    config.available_features.add("nvcc")

# ---- sanitizers ----

if config.steepest_sanitize:
    # libMLIR and libLLVM are not instrumented: memory that our copy of their
    # allocators poisons they do not free from poison, and what they keep until
    # exit looks leaked.
    config.environment["ASAN_OPTIONS"] = ":".join(
        ["allow_user_poisoning=0", "detect_leaks=0"]
    )
    config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
    llvm_config.with_system_environment(["ASAN_SYMBOLIZER_PATH"])

# ---- substitutions ----

# Our tools by their full path, so that a missing one is an error and not
# somebody else's program of the same name.
tools = [
    "fashion-mnist",
    "gpt2",
    "steepest-lsp-server",
    "steepest-run",
    "steepestc",
]
steepest_opt = ToolSubst("steepest-opt")
if os.environ.get("STEEPEST_CHECK_ROUNDTRIP"):
    # Turns the whole suite into a test of printing and parsing.
    steepest_opt = ToolSubst("steepest-opt", extra_args=["--verify-roundtrip"])
llvm_config.add_tool_substitutions(
    [steepest_opt] + tools, [os.path.join(config.steepest_binary_dir, "bin")]
)
llvm_config.add_tool_substitutions(
    ["FileCheck", "count", "not", "split-file"], [config.llvm_tools_dir]
)
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)

config.substitutions += [
    ("%source_root", config.steepest_source_dir),
    ("%build_root", config.steepest_binary_dir),
    ("%plugins", os.path.join(config.steepest_binary_dir, "lib")),
    ("%cmake", config.cmake_command),
    ("%mlir_include", config.mlir_include_dir),
    ("%llvm_tools", config.llvm_tools_dir),
    ("%cc", config.host_cc),
    ("%cxx", config.host_cxx),
    ("%python", sys.executable),
    ("%ptxas", ptxas or "ptxas"),
    ("%nvcc", nvcc or "nvcc"),
]
