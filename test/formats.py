"""The lit formats of the tests: what all of them leave out under sanitizers, and
programs that run specs and judge themselves."""

import functools
import os

import lit.formats
import lit.Test
import lit.util

# Steps of a run, of which the last one is looked for in what it says.
LAST_STEP = "  step {0} of {0}\n"


@functools.cache
def left_out_of_sanitizers(tests):
    """The paths below the folder of the tests that sanitizers do not see, with the
    reasons."""
    reasons = {}
    with open(os.path.join(tests, "left-out-of-sanitizers.txt"), encoding="utf-8") as table:
        for line in table:
            path, colon, reason = line.strip().partition(": ")
            if path.startswith("#") or not path:
                continue
            if not colon or not os.path.exists(os.path.join(tests, path)):
                raise ValueError(f"expected a path in {tests} and why, got '{line.strip()}'")
            reasons[path] = reason
    return reasons


def model_product(product):
    """What is added to the environment for the model of an SM to compute products in the
    way of this number, or, by None, as a step chooses."""
    return {} if product is None else {"STEEPEST_MODEL_PRODUCT": str(product)}


def why_left_out(test):
    """Why sanitizers do not see a test, or None where they do or there are none."""
    if "asan" not in test.config.available_features:
        return None
    reasons = left_out_of_sanitizers(os.path.dirname(__file__))
    path = test.path_in_suite
    for length in range(len(path), 0, -1):
        reason = reasons.get("/".join(path[:length]))
        if reason:
            return reason
    return None


class Scripts(lit.formats.ShTest):
    """Tests with RUN lines."""

    def __init__(self):
        super().__init__(execute_external=False)

    def execute(self, test, lit_config):
        reason = why_left_out(test)
        if reason:
            return lit.Test.UNSUPPORTED, reason
        return super().execute(test, lit_config)


class UnitTests(lit.formats.GoogleTest):
    """The GoogleTest executables, and by name the folders of those that a build with
    sanitizers leaves out. Paths are those of executables, or `Unit` and the folder."""

    def __init__(self, sanitize):
        super().__init__(".", ".gtest")
        self.sanitize = sanitize

    def getTestsInDirectory(self, suite, path, lit_config, local_config):
        yield from super().getTestsInDirectory(suite, path, lit_config, local_config)
        if path or not self.sanitize:
            return
        for folder in left_out_of_sanitizers(os.path.dirname(__file__)):
            if folder.startswith("Unit/"):
                yield lit.Test.Test(suite, tuple(folder.split("/")), local_config)

    def execute(self, test, lit_config):
        reason = why_left_out(test)
        if reason:
            return lit.Test.UNSUPPORTED, reason
        return super().execute(test, lit_config)


class Specs(lit.formats.ShTest):
    """Every spec of a folder is a test, found by its file, beside the ordinary tests that
    lie in the folder of the tests. `commands` says what is run for one."""

    def __init__(self, specs):
        super().__init__(execute_external=False)
        self.specs = specs

    def getTestsInDirectory(self, suite, path, lit_config, local_config):
        yield from super().getTestsInDirectory(suite, path, lit_config, local_config)
        for name in sorted(os.listdir(self.specs)):
            if name.endswith(".mlir"):
                yield lit.Test.Test(
                    suite, path + (name,), local_config, os.path.join(self.specs, name)
                )

    def commands(self, test, name):
        """Triples: a command, what is added to the environment, and None or how many
        cases of `steps` steps it has to say it has compared."""
        raise NotImplementedError

    def execute(self, test, lit_config):
        reason = why_left_out(test)
        if reason:
            return lit.Test.UNSUPPORTED, reason
        if not (test.file_path or "").startswith(self.specs):
            return super().execute(test, lit_config)
        if lit_config.noExecute:
            return lit.Test.PASS, ""
        name = os.path.basename(test.file_path).removesuffix(".mlir")
        for command, added, wanted in self.commands(test, name):
            try:
                out, err, code = lit.util.executeCommand(
                    command,
                    env={**test.config.environment, **added},
                    timeout=lit_config.maxIndividualTestTime,
                )
            except lit.util.ExecuteCommandTimeoutException as timeout:
                return lit.Test.TIMEOUT, f"{' '.join(command)}\n{timeout.msg}"
            ok = code == 0
            if wanted:
                # A comparison that was left out is not one that holds.
                steps, cases = wanted
                ok &= out.count(LAST_STEP.format(steps)) == cases
                ok &= out.endswith("\nall ok\n")
            if not ok:
                said = " ".join(f"{key}={value}" for key, value in added.items())
                return lit.Test.FAIL, f"{said} {' '.join(command)}\n{err}{out}"
        return lit.Test.PASS, ""
