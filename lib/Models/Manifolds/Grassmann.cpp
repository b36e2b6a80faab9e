//===- Grassmann.cpp - subspaces ------------------------------------------===//
//
// A subspace is given by an orthonormal basis, the columns of a tall W (the
// rows of a wide one). Moving the basis within the subspace changes nothing, so
// that tangent vectors are orthogonal to it: W^T x = 0, and the projection is a
// product with I - W W^T from the long side.
//
// Should W have drifted, W^T W = I + E, that product is no projection. With
// S = I - E in between, I - W S W^T has the eigenvalues 1 off the range of W
// and 1 - (1 + e)(1 - e) = e^2 on it: it makes nothing longer, what it leaves
// of the normal part is quadratic in the drift, and what it removes, W Y, is
// normal, so that <x, Phi> of a tangent Phi is that of the projection of x.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Orthonormal.h"

using namespace mlir;
using namespace steepest;

namespace {

struct GrassmannModel : OrthonormalModel<GrassmannModel, GrassmannAttr> {
  /// x - W (Y - E Y) with Y = W^T x, E = W^T W - I.
  Value buildProjection(Attribute, Builder &m, Value w, Value x) const {
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      Value y = buildMixed(m, w, x, tall);
      Value error = buildSmallGram(m, w, tall, 1, -1);
      Builder::ProductOptions options;
      options.alpha = m.constant(-1);
      options.beta = m.constant(1);
      options.addend = y;
      Value mended =
          tall ? m.product(error, y, options) : m.product(y, error, options);
      return applySmall(m, w, mended, tall, -1, x);
    });
  }

  /// max |W^T x|.
  Value buildTangency(Attribute, Builder &m, Value w, Value x) const {
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      return buildMaxAbs(m, buildMixed(m, w, x, tall));
    });
  }
};

} // namespace

void steepest::attachGrassmann(MLIRContext &context) {
  GrassmannAttr::attachInterface<GrassmannModel>(context);
}
