"""The lit format of specs: steps of compiled code, the states carried on, each
compared with float64 from the same numbers. What is allowed follows from the
type, the arithmetic and, for solved directions, the certified gap; the report of
steepest-run says it."""

import os

import lit.formats
import lit.Test
import lit.util

STEPS = 20
# Sanitizers look at memory, which is the same in every step, and are slow.
SANITIZED_STEPS = 3
# Large enough for the direction to count beside the weights, small enough for
# the cheap retractions.
RATE = 0.1
# Tall, wide, square, one entry, odd extents, a batch.
SHAPES = ["24x16", "16x24", "20x20", "1x1", "9x5", "2x5x8"]
# Of specs that are about other shapes: square matrices, several parameters.
SHAPES_OF = {
    "modular": ["24x16,16x16,12x16", "1x1,1x1,1x1", "2x9x5,2x5x5,2x3x5"],
    "orthogonal_muon": ["20x20", "1x1", "9x9", "2x8x8"],
}


class Examples(lit.formats.TestFormat):
    def __init__(self, specs, steepest_run):
        self.specs = specs
        self.steepest_run = steepest_run

    def getTestsInDirectory(self, suite, path, lit_config, local_config):
        for name in sorted(os.listdir(self.specs)):
            if name.endswith(".mlir"):
                yield lit.Test.Test(
                    suite, path + (name,), local_config, os.path.join(self.specs, name)
                )

    def execute(self, test, lit_config):
        cases = SHAPES_OF.get(
            os.path.basename(test.file_path).removesuffix(".mlir"), SHAPES
        )
        sanitized = "asan" in test.config.available_features
        steps = SANITIZED_STEPS if sanitized else STEPS
        command = [self.steepest_run, test.file_path]
        command += [f"--case={case}" for case in cases]
        command += [f"--steps={steps}", f"--hyper=lr={RATE}"]
        if lit_config.noExecute:
            return lit.Test.PASS, ""
        try:
            out, err, code = lit.util.executeCommand(
                command,
                env=test.config.environment,
                timeout=lit_config.maxIndividualTestTime,
            )
        except lit.util.ExecuteCommandTimeoutException as timeout:
            return lit.Test.TIMEOUT, f"{' '.join(command)}\n{timeout.msg}"
        # A comparison that was left out is not one that holds.
        compared = out.count(f"  step {steps} of {steps}\n")
        ok = code == 0 and compared == len(cases) and out.endswith("\nall ok\n")
        text = f"{' '.join(command)}\n{err}{out}"
        return (lit.Test.PASS if ok else lit.Test.FAIL), text
