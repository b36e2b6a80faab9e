//===- Stiefel.cpp - orthonormal columns or rows --------------------------===//
//
// Tall W (rows >= cols) has W^T W = I; x is tangent when W^T x is skew. Wide W
// is the transpose of a tall one: W W^T = I, x W^T skew. The orthogonal group
// is the square case. Retractions are those of Orthonormal.cpp.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Orthonormal.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

/// The orthogonal group is square: tall, and known to be.
template <typename Attr>
constexpr bool isSquare = std::is_same_v<Attr, OrthogonalAttr>;

template <typename Attr>
struct StiefelModel
    : OrthonormalModel<StiefelModel<Attr>, Attr, isSquare<Attr>> {
  using Base = OrthonormalModel<StiefelModel<Attr>, Attr, isSquare<Attr>>;
  using Builder = FormulaBuilder;
  using Base::byOrientation;

  /// x - W sym(W^T x). Should W have drifted off the manifold, <x, Phi> of a
  /// tangent Phi is still that of the projection, and projecting again makes
  /// the tangency quadratically small in the drift.
  Value buildProjection(Attribute, Builder &m, Value w, Value x) const {
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      return applySmall(m, w, m.sym(buildMixed(m, w, x, tall)), tall, -1, x);
    });
  }

  /// max |W^T x + x^T W|.
  Value buildTangency(Attribute, Builder &m, Value w, Value x) const {
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      Value mixed = buildMixed(m, w, x, tall);
      return buildMaxAbs(m, m.add(mixed, m.transpose(mixed)));
    });
  }

  Value buildDistance(Attribute manifold, Builder &m, Value w) const {
    Value distance = Base::buildDistance(manifold, m, w);
    return isSquare<Attr> ? buildSquareDistance(m, w, distance) : distance;
  }
};

} // namespace

void steepest::attachStiefel(MLIRContext &context) {
  StiefelAttr::attachInterface<StiefelModel<StiefelAttr>>(context);
  OrthogonalAttr::attachInterface<StiefelModel<OrthogonalAttr>>(context);
}
