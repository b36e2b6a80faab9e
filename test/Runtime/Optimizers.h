//===- Optimizers.h - descriptors written by hand ---------------*- C++ -*-===//

#ifndef STEEPEST_TEST_RUNTIME_OPTIMIZERS_H
#define STEEPEST_TEST_RUNTIME_OPTIMIZERS_H

#include "steepest.h"

/// m' = beta m + g, w' = w - lr m', for a matrix; certificate.value = <g, m'>.
/// Works in parallel over rows with a temporary in the workspace, refuses
/// gradients that are not finite, and checks by itself that no two tasks run at
/// once on one worker (status no_convergence if so).
const steepest_optimizer *momentum();
const steepest_optimizer *momentumDouble();

/// w' = w - lr g for a vector, and for a scalar.
const steepest_optimizer *vectorDescent();
const steepest_optimizer *scalarDescent();

/// Tensors of every kind of shape and initial value; the kernel adds one to
/// every element of every state and of the parameter.
///   w ?x?, g ?x?, left rows x rows, right cols x cols, row sums, a table of
///   2x3, a copy of w in f64, a counter.
const steepest_optimizer *variety();

#endif // STEEPEST_TEST_RUNTIME_OPTIMIZERS_H
