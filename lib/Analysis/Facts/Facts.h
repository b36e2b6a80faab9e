//===- Facts.h - algebraic facts about matrices -----------------*- C++ -*-===//
//
// What is known of the matrices of a matrix program without computing them: a
// forward dataflow analysis over its values. Rewrites ask it instead of looking
// for the formulas that make a matrix symmetric or orthonormal.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_ANALYSIS_FACTS_FACTS_H
#define STEEPEST_LIB_ANALYSIS_FACTS_FACTS_H

#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/IR/Value.h"

namespace steepest {

/// Facts hold up to rounding, but for the orthonormality of a parameter on a
/// manifold, which holds within `drift`.
struct MatrixFacts {
  /// False before anything is known, as in a loop that has not been entered:
  /// all facts may still turn out to hold.
  bool reached = false;
  /// As many rows as columns, which types of dynamic extents do not say. Holds
  /// of what is symmetric, and of what is orthonormal in both ways.
  bool square = false;
  /// A = A^T.
  bool symmetric = false;
  /// Symmetric, and x^T A x >= 0 for all x.
  bool positive = false;
  /// A^T A = I and A A^T = I, the largest entry of the difference at most
  /// `drift`.
  bool orthonormalColumns = false, orthonormalRows = false;
  double drift = 0;
  /// A multiple of the identity.
  bool scalar = false;
  /// A is a polynomial, or another function, of this symmetric matrix. Two
  /// functions of one matrix commute. Every symmetric matrix is a function of
  /// itself (`Facts::getRoot`), which is not said here.
  mlir::Value functionOf;

  bool operator==(const MatrixFacts &other) const;
  /// What holds of a value that is one or the other.
  static MatrixFacts join(const MatrixFacts &a, const MatrixFacts &b);
  /// "symmetric, positive semidefinite"; "nothing" without any fact.
  void print(llvm::raw_ostream &os) const;
};

/// The facts of all values in `top`, which must not change while they are used.
class Facts {
public:
  explicit Facts(mlir::Operation *top);

  MatrixFacts of(mlir::Value value) const;
  /// The symmetric matrix that `value` is a function of; null if there is none.
  mlir::Value getRoot(mlir::Value value) const;
  /// Whether A B = B A follows.
  bool commute(mlir::Value a, mlir::Value b) const;

private:
  mlir::DataFlowSolver solver;
};

/// Whether the value is 1 where the row is the column, and 0 elsewhere: the
/// identity matrix if it is square.
bool isIdentityMatrix(mlir::Value value);

/// Whether the value is computed outside of the loop.
bool isInvariant(mlir::Value value, mlir::Operation *loop);

} // namespace steepest

#endif // STEEPEST_LIB_ANALYSIS_FACTS_FACTS_H
