//===- Orthonormal.h - orthonormal columns or rows --------------*- C++ -*-===//
//
// Tall W (rows >= cols) has W^T W = I, wide W is the transpose of a tall one.
// `tall` picks the side; what is said here of tall W holds for wide W
// transposed.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_MANIFOLDS_ORTHONORMAL_H
#define STEEPEST_LIB_MODELS_MANIFOLDS_ORTHONORMAL_H

#include "lib/Models/Manifolds/Manifolds.h"

namespace steepest {

/// alpha W^T W + gamma I.
mlir::Value buildSmallGram(matrix::FormulaBuilder &m, mlir::Value w, bool tall,
                           double alpha, double gamma);

/// W^T X.
mlir::Value buildMixed(matrix::FormulaBuilder &m, mlir::Value w, mlir::Value x,
                       bool tall);

/// alpha W S, plus `addend` when given.
mlir::Value applySmall(matrix::FormulaBuilder &m, mlir::Value w, mlir::Value s,
                       bool tall, double alpha, mlir::Value addend);

/// ||W^T W - I||_F / sqrt(cols).
mlir::Value buildGramError(matrix::FormulaBuilder &m, mlir::Value w, bool tall);

/// One centred Newton-Schulz step for the polar factor of w - rate phi.
mlir::Value buildCubic(matrix::FormulaBuilder &m, mlir::Value w,
                       mlir::Value phi, mlir::Value rate, bool tall);

/// The polar factor of w - rate phi.
mlir::Value buildPolar(matrix::FormulaBuilder &m, mlir::Value w,
                       mlir::Value phi, mlir::Value rate);

/// An orthonormal matrix nearest to x: its polar factor where x has full rank,
/// one of its polar factors otherwise, the same one for the same x.
mlir::Value buildIsometry(matrix::FormulaBuilder &m, mlir::Value x, bool tall);

/// What manifolds of orthonormal matrices share; `isSquare` says that there is
/// but one orientation. Both retractions rest on W^T phi being skew.
template <typename Model, typename Attr, bool isSquare = false>
struct OrthonormalModel
    : ManifoldModelAttrInterface::ExternalModel<Model, Attr> {
  using Builder = matrix::FormulaBuilder;

  static mlir::Value
  byOrientation(Builder &m, mlir::Value w,
                llvm::function_ref<mlir::Value(Builder &m, bool tall)> body) {
    if constexpr (isSquare)
      return body(m, true);
    return m.byOrientation(w, [&](Builder &inner, bool tall) {
      return llvm::SmallVector<mlir::Value>{body(inner, tall)};
    })[0];
  }

  mlir::Value buildDistance(mlir::Attribute, Builder &m, mlir::Value w) const {
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      return buildGramError(m, w, tall);
    });
  }

  mlir::Value buildRetraction(mlir::Attribute, Builder &m, llvm::StringRef name,
                              mlir::Value w, mlir::Value phi,
                              mlir::Value rate) const {
    if (name == "polar")
      return buildPolar(m, w, phi, rate);
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      return buildCubic(m, w, phi, rate, tall);
    });
  }

  mlir::Value buildNearest(mlir::Attribute, Builder &m, mlir::Value w) const {
    return byOrientation(
        m, w, [&](Builder &m, bool tall) { return buildIsometry(m, w, tall); });
  }
};

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_MANIFOLDS_ORTHONORMAL_H
