"""The lit format of specs as CUDA C++: every one is written, and taken by clang
as device code for two architectures, without a toolkit and without a warning.
Some are executed, too: the same source, compiled by the host's compiler for the
CPU model of an SM, against float64 as in test/CUDA/Steps."""

import os

import lit.formats
import lit.Test
import lit.util

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


class Sources(lit.formats.ShTest):
    """Specs, and the ordinary tests that lie in the folder."""

    def __init__(self, source, build, clang):
        super().__init__(execute_external=False)
        self.specs = os.path.join(source, "examples", "optimizers")
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

    def getTestsInDirectory(self, suite, path, lit_config, local_config):
        yield from super().getTestsInDirectory(suite, path, lit_config, local_config)
        for name in sorted(os.listdir(self.specs)):
            if name.endswith(".mlir"):
                yield lit.Test.Test(
                    suite, path + (name,), local_config, os.path.join(self.specs, name)
                )

    def execute(self, test, lit_config):
        if not (test.file_path or "").startswith(self.specs):
            return super().execute(test, lit_config)
        name = os.path.basename(test.file_path).removesuffix(".mlir")
        os.makedirs(self.output, exist_ok=True)
        source = os.path.join(self.output, f"{name}.cu")
        commands = [[self.steepestc, test.file_path, "--target=cuda", "-o", source]]
        for architecture in ARCHITECTURES:
            commands += [[*self.device, f"--cuda-gpu-arch={architecture}", source]]
        # The model has fibres of its own, and its driver no sanitizers.
        cases = EXECUTED.get(name, [])
        if "asan" in test.config.available_features:
            cases = []
        run = [self.steepest_run, test.file_path, f"--sm-model={self.driver}"]
        run += [f"--sm-source={self.host}", "--threads=2", "--padding=3"]
        run += [f"--steps={STEPS}", *(f"--case={case}" for case in cases)]
        products = PRODUCTS.get(name, [None]) if cases else []
        if lit_config.noExecute:
            return lit.Test.PASS, ""
        for command, product in [
            *((command, None) for command in commands),
            *((run, product) for product in products),
        ]:
            environment = dict(test.config.environment)
            if product is not None:
                environment["STEEPEST_MODEL_PRODUCT"] = str(product)
            try:
                out, err, code = lit.util.executeCommand(
                    command,
                    env=environment,
                    timeout=lit_config.maxIndividualTestTime,
                )
            except lit.util.ExecuteCommandTimeoutException as timeout:
                return lit.Test.TIMEOUT, f"{' '.join(command)}\n{timeout.msg}"
            ok = code == 0
            if command is run:
                # A comparison that was left out is not one that holds.
                compared = out.count(f"  step {STEPS} of {STEPS}\n")
                ok &= compared == len(cases) and out.endswith("\nall ok\n")
            if not ok:
                text = f"product {product}: {' '.join(command)}\n{err}{out}"
                return lit.Test.FAIL, text
        return lit.Test.PASS, ""
