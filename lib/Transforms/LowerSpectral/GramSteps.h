//===- GramSteps.h - odd steps on the Gram matrix ---------------*- C++ -*-===//
//
// All steps of an odd polynomial iteration are polynomials in G = X^T X, so
// that X is needed at both ends only (Gram Newton-Schulz):
//
//   G = X^T X, Q = I; each step (a, b, c):
//     P = a I + b G + c G^2,   Q <- P Q,   G <- P G P;
//   X <- X Q.
//
// Every product in between is of commuting symmetric m x m matrices, half of
// whose result is computed. A cubic step (c = 0) takes one product less:
// T = a G + b G^2, G <- a T + b G T, Q <- a Q + b G Q.
//
// Two quintic steps may be taken as one polynomial of degree 12
// (`StepPairs.h`): R = r(G), Q <- R Q, G <- R G R, one product less than one
// after the other.
//
// With factors that are rounded no multiple of the identity is rounded, which
// would be added to values that are small beside it. With P' = P - a I,
//
//   P Y = a Y + P' Y for Y = Q, G and P G,   X Q = q X + X (Q - q I),
//
// where q is the mean of the diagonal of Q, which makes the least of Q - q I.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMSTEPS_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMSTEPS_H

#include "lib/Analysis/Cost/Machine.h"
#include "lib/Support/StepPairs.h"
#include "lib/Transforms/LowerSpectral/PolynomialSign.h"

namespace steepest {

/// Where the steps begin: a matrix X, its Gram matrix, and what X is yet to be
/// divided by, if anything. `tall` is whether X has more rows than columns, if
/// that is known.
struct GramStart {
  mlir::Value x, gram;
  Rescaling rescaling;
  std::optional<bool> tall;
};

class GramSteps {
public:
  /// Steps from X / ||X||_S4 on, where asked for, or from X; factors of
  /// products are rounded to `factors`, if given. `pairs`, one for each step
  /// where there are any, are for factors that are not rounded.
  GramSteps(OddSteps steps, bool schatten4, mlir::Type factors,
            std::vector<std::optional<StepPair>> pairs = {})
      : steps(std::move(steps)), schatten4(schatten4), factors(factors),
        pairs(std::move(pairs)) {
    assert((this->pairs.empty() || !factors) && "pairs of exact factors");
    this->pairs.resize(this->steps.size());
  }

  const OddSteps &getSteps() const { return steps; }
  bool isRescaled() const { return schatten4; }

  /// X with its Gram matrix.
  GramStart begin(matrix::FormulaBuilder &m, mlir::Value x,
                  std::optional<bool> tall) const;
  /// All steps on X. `starts` begins with 0; every other member is a number of
  /// steps after which the Gram matrix is formed anew.
  mlir::Value build(matrix::FormulaBuilder &m, const GramStart &start,
                    llvm::ArrayRef<unsigned> starts) const;

  /// Symmetric products of m x m matrices.
  unsigned countInner(llvm::ArrayRef<unsigned> starts) const;
  Cost getCost(const Machine &machine, mlir::Type element,
               llvm::ArrayRef<unsigned> starts) const;

private:
  mlir::Value buildGram(matrix::FormulaBuilder &m, mlir::Value x,
                        std::optional<bool> tall) const;
  /// A step, or the first one of a pair.
  void forEachStep(
      llvm::ArrayRef<unsigned> starts,
      llvm::function_ref<void(size_t step, bool first, bool last)> body) const;

  OddSteps steps;
  bool schatten4;
  mlir::Type factors;
  std::vector<std::optional<StepPair>> pairs;
};

/// The polar factor by these steps with its bounds; `build` makes the steps.
matrix::FormulaBuilder::Msign buildGramSign(
    matrix::FormulaBuilder &m, mlir::Value x, const GramSteps &steps,
    double lowest, double deviation, const Deviation *rounded,
    llvm::function_ref<mlir::Value(matrix::FormulaBuilder &, const GramStart &)>
        build);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMSTEPS_H
