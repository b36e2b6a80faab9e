//===- GramDiagonal.cpp - orthogonal columns of free lengths --------------===//
//
// W^T W is diagonal; with d_i the lengths of the columns, W = Q diag(d). The
// conditions on x, <w_i, x_j> + <w_j, x_i> = 0 for i < j, have the normals
// w_i e_j^T + w_j e_i^T, of length sqrt(d_i^2 + d_j^2) and orthogonal to each
// other. Normal vectors are W X with X symmetric and zero on the diagonal.
//
// Retraction. The columns of the step Y are divided by their lengths l, and
// the polar factor of that, U (U^T U)^(-1/2), gets them back. On the manifold U
// is orthonormal and nothing changes, in whichever order the lengths are. After
// a tangent step the entry (i, j) of Y^T Y is rate^2 <phi_i, phi_j>: the first
// order is right, and the correction of second order. Columns are divided
// before the polar factor is taken, not after, because it loses columns that
// are too short beside others.
//
// There is no cheap retraction: singular values of U lie in [0, sqrt(cols)],
// without a bound near 1 where the step is long beside a column.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Orthonormal.h"

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

static Value buildSquaredLengths(FormulaBuilder &m, Value w) {
  return m.sum(m.square(m.toF64(w)), Extent::Column);
}

/// x, zero on the diagonal. A NaN there stays one.
static Value buildOffDiagonal(FormulaBuilder &m, Value x) {
  Value mask = m.sub(m.constant(1), m.toF64(m.identity(x)));
  return m.mul(x, mask);
}

/// d_i^2 + d_j^2 in the shape of `like`.
static Value buildPairs(FormulaBuilder &m, Value squaredLengths, Value like) {
  return m.add(m.alongRows(squaredLengths, like),
               m.alongColumns(squaredLengths, like));
}

/// <w_i, x_j> + <w_j, x_i> in float64, zero on the diagonal.
static Value buildConditions(FormulaBuilder &m, Value w, Value x) {
  Value mixed = m.toF64(m.productTN(w, x));
  return buildOffDiagonal(m, m.add(mixed, m.transpose(mixed)));
}

/// `y`, of float64, with its columns divided by `lengths`; zero ones stay.
static Value buildUnitColumns(FormulaBuilder &m, Value y, Value lengths) {
  Value scales = m.divOrZero(m.constant(1), lengths);
  return m.mul(y, m.alongColumns(scales, y));
}

/// Q diag(l) for y with columns of lengths l, Q a polar factor of y with unit
/// columns; `y` of float64, the result in the type of `like`.
static Value buildPlaced(FormulaBuilder &m, Value y, Value like) {
  Value lengths = m.sqrt(buildSquaredLengths(m, y));
  Value unit = roundLike(m, buildUnitColumns(m, y, lengths), like);
  Value q = m.toF64(buildIsometry(m, unit, /*tall=*/true));
  return roundLike(m, m.mul(q, m.alongColumns(lengths, q)), like);
}

namespace {

struct GramDiagonalModel
    : ManifoldModelAttrInterface::ExternalModel<GramDiagonalModel,
                                                GramDiagonalAttr> {
  /// x - W X, X_ij = (<w_i, x_j> + <w_j, x_i>) / (d_i^2 + d_j^2) for i != j.
  Value buildProjection(Attribute, FormulaBuilder &m, Value w, Value x) const {
    Value conditions = buildConditions(m, w, x);
    Value pairs = buildPairs(m, buildSquaredLengths(m, w), conditions);
    Value multipliers = roundLike(m, m.divOrZero(conditions, pairs), w);
    return applySmall(m, w, multipliers, /*tall=*/true, -1, x);
  }

  /// The largest component along a unit normal.
  Value buildTangency(Attribute, FormulaBuilder &m, Value w, Value x) const {
    Value conditions = buildConditions(m, w, x);
    Value pairs = buildPairs(m, buildSquaredLengths(m, w), conditions);
    return buildMaxAbs(m, m.divOrZero(conditions, m.sqrt(pairs)));
  }

  /// ||U^T U - I||_F / sqrt(cols) off the diagonal: cosines of angles.
  Value buildDistance(Attribute, FormulaBuilder &m, Value w) const {
    Value w64 = m.toF64(w);
    Value unit = buildUnitColumns(m, w64, m.sqrt(buildSquaredLengths(m, w)));
    Value cosines = m.toF64(m.gram(roundLike(m, unit, w)));
    return m.divOrZero(m.frobenius(buildOffDiagonal(m, cosines)),
                       m.sqrt(m.toFloat(m.cols(w))));
  }

  Value buildRetraction(Attribute, FormulaBuilder &m, StringRef, Value w,
                        Value phi, Value rate) const {
    return buildPlaced(m, buildStep(m, w, phi, rate), w);
  }

  /// Columns keep their lengths, and zero columns stay. Not the nearest point,
  /// for which there is no formula.
  Value buildNearest(Attribute, FormulaBuilder &m, Value w) const {
    return buildPlaced(m, m.toF64(w), w);
  }
};

} // namespace

void steepest::attachGramDiagonal(MLIRContext &context) {
  GramDiagonalAttr::attachInterface<GramDiagonalModel>(context);
}
