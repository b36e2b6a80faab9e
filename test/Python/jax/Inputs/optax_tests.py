"""The tests that optax runs its contributed optimizers through, run through ours.

They come with optax. Three optimizers of its list are replaced: one of adaptive rates by
our AdamW, another by Muon beside AdamW, and the plain gradient descent that its wrappers
(mechanize, schedule_free, reduce_on_plateau) are tried on by ours. Rules have no form for
float16, so that its tests are left out.
"""

import sys
import unittest
from unittest import mock

import optax
from optax.contrib import _common_test as common

from steepest.jax import optimizer, rule

# `inject_hyperparams` and the test of schedules look at names and annotations.


def adamw(learning_rate: optax.ScalarOrSchedule):
    return optimizer("adamw", lr=learning_rate, decay=0.0)


def muon(learning_rate: optax.ScalarOrSchedule):
    return optimizer("muon", lr=learning_rate, rest=rule("adamw", lr=learning_rate, decay=0.0))


def sgd(learning_rate: optax.ScalarOrSchedule):
    return optimizer("sgd", lr=learning_rate, beta=0.0)


OURS = {"adopt": adamw, "ademamix": muon, "sgd": sgd}


def is_ours(test):
    """Whether a test is of one of those three; its parameters are in its description."""
    description = str(test.shortDescription())
    # Of the sum of gradients, which is another rule.
    return any(f"opt_name='{name}'" in description for name in OURS) and not (
        "'momentum'" in description or "float16'>" in description.replace("bfloat16", "")
    )


def main():
    suite = unittest.TestSuite(
        test
        for test in unittest.TestLoader().loadTestsFromTestCase(common.ContribTest)
        if is_ours(test)
    )
    count = suite.countTestCases()
    with mock.patch.object(common, "_get_opt_factory", OURS.__getitem__):
        result = unittest.TextTestRunner().run(suite)
    # A description that reads otherwise would leave nothing to run.
    print(f"{count} tests of optax")
    for test, reason in result.skipped:
        print(f"skipped: {test.shortDescription()}: {reason}")
    return not result.wasSuccessful() or count < 30


if __name__ == "__main__":
    sys.exit(main())
