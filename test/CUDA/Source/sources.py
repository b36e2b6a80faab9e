"""The lit format of specs as CUDA C++: every one is written, and taken by clang
as device code for two architectures, without a toolkit and without a warning.
Some are executed, too: the same source, compiled by the host's compiler for the
CPU model of an SM, against float64 as in test/CUDA/Steps."""

import os

import formats

ARCHITECTURES = ["sm_80", "sm_90a"]
STEPS = 2
# Several blocks with rows that do not allow wide loads, wide, one entry, a batch.
SHAPES = ["150x41", "16x24", "1x1", "3x9x8"]
SMALL = ["24x16", "1x1", "3x5x9"]
# What is executed: maps, rounded parameters, products, eigen-decompositions,
# partial fractions, a solver's loop.
EXECUTED = {
    "adamw": SHAPES,
    "adamw_bf16": SHAPES,
    "muon": SHAPES,
    "muon_bf16": SHAPES,
    "normuon": SHAPES,
    "schatten": SMALL,
    "sgd": SHAPES,
    "shampoo": SMALL,
    "spectral_sphere_muon": ["24x16", "5x9"],
}
# The ways to compute products, by their numbers (runtime/CUDA/Device/Choice.h).
PRODUCTS = {"muon": range(2), "muon_bf16": range(4)}


class Sources(formats.Specs):
    def __init__(self, source, build, clang):
        super().__init__(os.path.join(source, "examples", "optimizers"))
        self.steepestc = os.path.join(build, "bin", "steepestc")
        self.steepest_run = os.path.join(build, "bin", "steepest-run")
        self.driver = os.path.join(build, "lib", "libsteepest-mock-cuda.so")
        self.output = os.path.join(build, "test", "CUDA", "Source", "Output")
        tests = os.path.join(source, "test", "CUDA")
        builtins = os.path.join(tests, "Source", "Builtins")
        headers = [f"-I{os.path.join(build, 'include')}", f"-I{builtins}"]
        self.device = [clang, "-x", "cuda", "-std=c++17", "-fsyntax-only"]
        self.device += ["--cuda-device-only", "-nocudainc", "-nocudalib"]
        self.device += ["-Wall", "-Wextra", "-Werror", "-Wno-unknown-cuda-version"]
        self.device += ["-include", "cuda_runtime_api.h", *headers]
        host = [clang, "-x c++ -std=c++17 -O0 -ffp-contract=off -Wall -Werror"]
        host += ["-DSTEEPEST_SM_MODEL", f"-I{tests}", *headers]
        self.host = " ".join(host)

    def commands(self, test, name):
        os.makedirs(self.output, exist_ok=True)
        source = os.path.join(self.output, f"{name}.cu")
        yield [self.steepestc, test.file_path, "--target=cuda", "-o", source], {}, None
        if "asan" in test.config.available_features:
            # The rest is clang's work, and the mock driver's, which the model's fibres
            # need and which has no sanitizers.
            return
        for architecture in ARCHITECTURES:
            yield [*self.device, f"--cuda-gpu-arch={architecture}", source], {}, None
        cases = EXECUTED.get(name)
        if not cases:
            return
        run = [self.steepest_run, test.file_path, f"--sm-model={self.driver}"]
        run += [f"--sm-source={self.host}", "--threads=2", "--padding=3"]
        run += [f"--steps={STEPS}", *(f"--case={case}" for case in cases)]
        for product in PRODUCTS.get(name, [None]):
            yield run, formats.model_product(product), (STEPS, len(cases))
