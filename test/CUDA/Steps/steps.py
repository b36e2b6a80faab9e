"""The lit format of specs on the CPU model of an SM: two steps of the compiler's
own device code, compared with float64, with rows further apart, in batches and
by several teams of blocks, which must all give the same bits."""

import os

import lit.formats
import lit.Test
import lit.util

STEPS = 2
# Several blocks with rows that do not allow wide loads, wide, one entry, a batch.
SHAPES = ["150x41", "16x24", "1x1", "3x9x8"]
SMALL = ["24x16", "1x1", "3x5x9"]
# Of solvers whose iterations take the model seconds.
SMALLEST = ["12x8", "1x1", "2x5x3"]
# Of specs that are about other shapes: square matrices, several parameters.
SHAPES_OF = {
    # Eigen-decompositions take the model long.
    "caspr": SMALL,
    "manifold_muon": SMALLEST,
    "manifold_muon_admm": SMALLEST,
    "manifold_muon_dual_ascent": ["6x4", "1x1"],
    "manifold_muon_online_dual": SMALLEST,
    "manifold_muon_su": ["12x8", "1x1"],
    "nuclear": SMALL,
    "oblique_muon": ["24x16", "5x9"],
    "one_sided_shampoo": SMALL,
    "polargrad": SMALL,
    "schatten": SMALL,
    "shampoo": SMALL,
    "soap": SMALL,
    "spectral_ball_muon": SMALLEST,
    "spectral_sphere_muon": ["24x16", "5x9"],
    "spectral_sphere_muon_bisection": SMALLEST,
    "spectral_sphere_muon_online_dual": SMALLEST,
    "spectral_sphere_muon_su": SMALLEST,
    # Its polynomial is within the tolerance for small ones only, on any target.
    "grassmann_muon": ["24x16", "16x24", "1x1", "3x9x8"],
    "modular": ["24x16,16x16,12x16", "1x1,1x1,1x1", "2x9x5,2x5x5,2x3x5"],
    "orthogonal_muon": ["20x20", "1x1", "2x8x8"],
}
# Specs whose products are computed in every way there is: as the step chooses,
# which for small sizes is in shared memory, and by number
# (runtime/CUDA/Device/Choice.h), since the sizes for which the step chooses
# these take the model too long.
PRODUCTS = {"muon": [None, 0, 1], "muon_bf16": [None, 0, 1, 2, 3]}


class Steps(lit.formats.TestFormat):
    def __init__(self, specs, steepest_run, driver):
        self.specs = specs
        self.steepest_run = steepest_run
        self.driver = driver

    def getTestsInDirectory(self, suite, path, lit_config, local_config):
        for name in sorted(os.listdir(self.specs)):
            if name.endswith(".mlir"):
                yield lit.Test.Test(
                    suite, path + (name,), local_config, os.path.join(self.specs, name)
                )

    def execute(self, test, lit_config):
        if "asan" in test.config.available_features:
            # The model has fibres of its own, and its driver no sanitizers.
            return lit.Test.UNSUPPORTED, "the mock driver runs without sanitizers"
        name = os.path.basename(test.file_path).removesuffix(".mlir")
        cases = SHAPES_OF.get(name, SHAPES)
        command = [self.steepest_run, test.file_path, f"--sm-model={self.driver}"]
        command += [f"--case={case}" for case in cases]
        command += [f"--steps={STEPS}", "--threads=2", "--padding=3"]
        if lit_config.noExecute:
            return lit.Test.PASS, ""
        for product in PRODUCTS.get(name, [None]):
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
            # A comparison that was left out is not one that holds.
            compared = out.count(f"  step {STEPS} of {STEPS}\n")
            ok = code == 0 and compared == len(cases) and out.endswith("\nall ok\n")
            if not ok:
                text = f"product {product}: {' '.join(command)}\n{err}{out}"
                return lit.Test.FAIL, text
        return lit.Test.PASS, ""
