//===- Cost.h - what a piece of a matrix program costs ----------*- C++ -*-===//
//
// Nanoseconds of one thread as a function of two extents: n, the larger one of
// the matrix at hand, and m, the smaller one. Functions, not numbers, because
// the extents are often known at run time only: the same object is evaluated by
// the compiler, written into the program as arithmetic, and printed.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_ANALYSIS_COST_COST_H
#define STEEPEST_LIB_ANALYSIS_COST_COST_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "llvm/ADT/SmallVector.h"

#include <string>

namespace steepest {

/// factor n^larger m^smaller.
struct Monomial {
  double factor = 1;
  unsigned larger = 0, smaller = 0;

  /// n and m themselves, and a number.
  static Monomial n() { return {1, 1, 0}; }
  static Monomial m() { return {1, 0, 1}; }
  static Monomial number(double value) { return {value, 0, 0}; }

  double at(double n, double m) const;
};

Monomial operator*(const Monomial &a, const Monomial &b);

/// A sum of monomials with factors >= 0.
class Cost {
public:
  Cost() = default;

  Cost &operator+=(const Monomial &term);
  Cost &operator+=(const Cost &other);
  friend Cost operator+(Cost a, const Cost &b) { return a += b; }
  friend Cost operator*(double factor, const Cost &cost);

  /// Nanoseconds at these extents, n >= m > 0.
  double at(double n, double m) const;
  /// The same, as a f64 value of the program, from f64 extents.
  mlir::Value build(matrix::FormulaBuilder &builder, mlir::Value n,
                    mlir::Value m) const;
  /// "0.013 n m^2 + 0.073 m^3", highest degree first.
  std::string print() const;

private:
  llvm::SmallVector<Monomial> terms;
};

/// The nanoseconds a person reads: "870 ns", "12.3 us", "4.56 ms".
std::string printTime(double nanoseconds);

} // namespace steepest

#endif // STEEPEST_LIB_ANALYSIS_COST_COST_H
