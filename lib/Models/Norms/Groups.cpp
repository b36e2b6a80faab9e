//===- Groups.cpp - the largest column and the largest row ----------------===//
//
// max_j ||x_j||, the 1->2 operator norm, has the dual sum_j ||x_j||: every
// column is a Euclidean problem of its own and is normalised. The same for
// rows, the 2->inf operator norm.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

template <typename Attr, matrix::Extent extent>
struct GroupModel
    : NormModelAttrInterface::ExternalModel<GroupModel<Attr, extent>, Attr> {
  /// The length of every column (row).
  static Value buildLengths(FormulaBuilder &m, Value x) {
    return m.sqrt(m.sum(m.square(m.toF64(x)), extent));
  }

  Value buildNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return m.max(m.maximum(buildLengths(m, x)), m.constant(0));
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return m.sum(buildLengths(m, x));
  }
  Dualized buildDualizer(Attribute, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    Value lengths = buildLengths(m, x);
    Value scales = m.broadcast(inverseOrZero(m, lengths), x, extent);
    Value phi = m.mul(m.toF64(x), scales);
    return {m.cast(phi, getElementTypeOrSelf(x.getType())), m.sum(lengths),
            m.constant(1), /*attained=*/true};
  }
  /// The first longest column (row), normalised, alone.
  Value buildGradient(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    Value lengths = buildLengths(m, x);
    Value chosen = m.compareInt(arith::CmpIPredicate::eq,
                                m.indices(matrix::IndexKind::Linear, lengths),
                                m.argmax(lengths));
    Value scales = m.select(chosen, inverseOrZero(m, lengths), m.constant(0));
    Value v = m.mul(m.toF64(x), m.broadcast(scales, x, extent));
    return m.cast(v, getElementTypeOrSelf(x.getType()));
  }
  Value buildBallProjection(Attribute, FormulaBuilder &m, Value x, ValueRange,
                            Value radius) const {
    return buildEuclideanProjection(m, x, radius, extent);
  }
};

} // namespace

void steepest::attachGroupNorms(MLIRContext &context) {
  ColumnsAttr::attachInterface<GroupModel<ColumnsAttr, matrix::Extent::Column>>(
      context);
  RowsAttr::attachInterface<GroupModel<RowsAttr, matrix::Extent::Row>>(context);
}
