//===- Cases.h - problems for the primal-dual solver ------------*- C++ -*-===//
//
// W with orthonormal columns and gradients with the spectra that make the
// problem easy or hard, rounded to float32 as training delivers them.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_SOLVER_CASES_H
#define STEEPEST_TEST_UNIT_SOLVER_CASES_H

#include "lib/Reference/Spectral.h"
#include <array>
#include <cstdint>

namespace steepest::solver {

using reference::Matrix;
using reference::Vector;

enum class Kind {
  Gauss,    ///< independent normal entries
  Decay,    ///< singular values from 1 to 1e-4, geometrically
  LowRank,  ///< rank m / 16 plus a thousandth of noise
  ExactLow, ///< rank m / 16
  Aligned,  ///< W S with symmetric S: normal to the manifold
  Zero
};

/// The kinds that need iterations.
constexpr std::array<Kind, 4> iteratedKinds = {Kind::Gauss, Kind::Decay,
                                               Kind::LowRank, Kind::ExactLow};

const char *nameOf(Kind kind);

struct Problem {
  Matrix w, g;
};

/// ||G||_F = scale sqrt(m) before rounding, except for a zero gradient.
Problem makeProblem(int64_t n, int64_t m, Kind kind, uint64_t seed,
                    double scale = 1);

/// The nearest float32 of every element.
Matrix roundToFloat(const Matrix &x);

Matrix sym(const Matrix &x);
Matrix skew(const Matrix &x);

} // namespace steepest::solver

#endif // STEEPEST_TEST_UNIT_SOLVER_CASES_H
