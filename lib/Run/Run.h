//===- Run.h - compile a spec, step, compare --------------------*- C++ -*-===//
//
// What steepest-run does: steps of compiled code on random or given tensors,
// each compared with the reference evaluator in float64.
//
// Tensors. A step that starts from the same numbers must end at the reference's
// up to  t max|change| + e max|value|:  a relative error t of what the rule
// computed, and the rounding of what it was added to. See `Tolerance`.
//
// Certificates. By weak duality the value of any feasible direction is at most
// the bound of any other certificate; both pairs are checked.
//
// Solved directions. An iteration to a certified gap may end at another
// maximiser than the reference's. The direction of the compiled code is taken
// from a twin of the rule that stores it, checked on its own in float64 (its
// norm, its tangency, its value against both bounds), and given to the
// reference for everything that follows it.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_RUN_RUN_H
#define STEEPEST_LIB_RUN_RUN_H

#include "lib/Run/Gradients.h"
#include "lib/Run/Program.h"
#include "lib/Run/Reference.h"

namespace steepest::run {

struct RunOptions {
  CompilerOptions compiler;
  /// A driver that runs device code on the CPU model of an SM: steps are
  /// compiled for that. Empty for steps on the CPU itself.
  std::string driver;
  /// A C++ compiler with options, by which the model runs the steps as CUDA
  /// C++; empty for the compiler's own code.
  std::string sourceCompiler;
  std::string spec;
  /// Of several optimizers in the file; empty runs all.
  std::string optimizer;
  /// The shapes of the parameters, for each case.
  std::vector<std::vector<Shape>> cases;
  uint64_t seed = 1;
  int64_t steps = 1;
  int32_t threads = 1;
  /// Elements by which rows lie further apart in a second, compared step.
  int64_t padding = 0;
  /// Factors of random gradients; every case is run with each.
  std::vector<double> scales = {1};
  /// Kinds of random gradients, with each of which every case is run.
  std::vector<GradientKind> gradients = {GradientKind::Gaussian};
  bool useReference = true;
  /// Recompute the certificate of every direction, those of closed forms as
  /// well.
  bool certify = false;
  /// Replaces the relative part of the tolerance.
  std::optional<double> tolerance;
  std::vector<std::pair<std::string, double>> hypers;
  /// Names of tensors and files.
  std::vector<std::pair<std::string, std::string>> given, saved;
};

/// Prints the report. True when everything is as it should be; complains on
/// the error stream where something could not be done.
bool run(const RunOptions &options, llvm::raw_ostream &os);

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_RUN_H
