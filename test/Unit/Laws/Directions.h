//===- Directions.h - solving directions on numbers -------------*- C++ -*-===//

#ifndef STEEPEST_TEST_UNIT_LAWS_DIRECTIONS_H
#define STEEPEST_TEST_UNIT_LAWS_DIRECTIONS_H

#include "test/Unit/Laws/Harness.h"

namespace steepest::laws {

/// A direction to solve. Empty texts: no manifold, no accuracy.
struct Question {
  std::string norm, manifold, accuracy = "#steepest.exact";
  /// A norm operand, used where the norm has one.
  Matrix weights = {};
  unsigned rank = 2;
  bool isStatic = false;
  /// What the data is said to be rounded to.
  bool isFloat32 = false;
  /// Polynomial steps to use instead of an accuracy.
  std::string polynomial = {};
};

struct Answer {
  std::string method;
  Matrix phi;
  double value, bound, tangency, iterations, outcome;
  /// Why the methods before it were not taken, one a line.
  std::string rejected = {};

  double gap() const { return bound > 0 ? (bound - value) / bound : 0; }
};

/// Solves by the first method of the registry that matches, and evaluates what
/// it builds. Without a match the method is empty.
Answer solve(const Question &question, const Matrix &g, const Matrix &w = {});

/// The length of x in the norm of the question.
double lengthOf(const Question &question, const Matrix &x);

} // namespace steepest::laws

#endif // STEEPEST_TEST_UNIT_LAWS_DIRECTIONS_H
