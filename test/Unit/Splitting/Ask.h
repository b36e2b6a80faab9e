//===- Ask.h - asking a method for a direction ------------------*- C++ -*-===//

#ifndef STEEPEST_TEST_UNIT_SPLITTING_ASK_H
#define STEEPEST_TEST_UNIT_SPLITTING_ASK_H

#include "test/Unit/Laws/ManifoldLaws.h"

namespace steepest::laws {

/// A direction to solve by a method, as in `"admm", {steps = 10}`.
struct Asked {
  std::string norm, manifold, method;
  std::string accuracy = "#steepest.gap<1.0e-3>";
  /// A norm operand, used where the norm has one.
  Matrix weights = {};
  /// A multiplier to start from.
  Matrix from = {};
  bool isFloat32 = false, isStatic = false;
};

struct Solved {
  Matrix phi;
  double value, bound, tangency, iterations, outcome;
  Matrix normal;
  /// What was reported, and why the method does not match.
  std::string message;

  double gap() const { return bound > 0 ? (bound - value) / bound : 0; }
};

Solved ask(const Asked &asked, const Matrix &g, const Matrix &w);

/// The length of x in the norm.
double lengthOf(const Asked &asked, const Matrix &x);

/// A point of the manifold for matrices like these.
Matrix pointOf(const Asked &asked, const Matrix &start);

/// Gradients as solvers meet them.
enum class Kind { Gaussian, Decay, LowRank, ExactlyLowRank };
Matrix makeGradient(Source &source, Kind kind, int64_t rows, int64_t cols);

} // namespace steepest::laws

#endif // STEEPEST_TEST_UNIT_SPLITTING_ASK_H
