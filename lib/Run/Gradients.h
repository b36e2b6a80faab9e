//===- Gradients.h - kinds of random gradients ------------------*- C++ -*-===//
//
// Gradients that are easy and hard for solvers. All but `gaussian` and `zero`
// are scaled to ||G||_F = sqrt(min(rows, cols)).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_RUN_GRADIENTS_H
#define STEEPEST_LIB_RUN_GRADIENTS_H

#include "lib/Run/Tensors.h"

namespace steepest::run {

enum class GradientKind {
  /// Independent normal numbers.
  Gaussian,
  /// Random singular vectors, singular values from 1 to 1e-4.
  Decay,
  /// Rank min(rows, cols) / 16, with and without noise of a thousandth.
  LowRank,
  ExactlyLowRank,
  /// W S with a symmetric S: normal to the Stiefel manifold at W.
  Aligned,
  Zero
};

/// The kind of this name; an error that lists them otherwise.
llvm::Expected<GradientKind> parseGradientKind(llvm::StringRef name);
llvm::StringRef printGradientKind(GradientKind kind);

/// Fills one matrix or vector (not a batch), times `scale`. Vectors are
/// matrices of one column. `point` is the parameter that belongs to it.
void fillGradient(HostTensor &gradient, const HostTensor &point,
                  GradientKind kind, std::mt19937_64 &generator, double scale);

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_GRADIENTS_H
