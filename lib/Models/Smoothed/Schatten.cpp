//===- Schatten.cpp - norms of singular values ----------------------------===//
//
// The l_p norm of the singular values of Z, of n x m with n >= m; wide matrices
// are treated as the transposes they are. With Z^T Z = V diag(s^2) V^T and the
// weights w, roots r and k = 1/w of the smoothed powers of s (Smoothed.h), the
// gradient is Phi = Z W with W = V diag(w) V^T and K = W^-1. Hats are matrices
// times V: X^ = X V.
//
// q <= 2. Phi K = Z is linearised with Phi an unknown of its own,
//
//   dPhi K + Phi dK = D,     dPhi^ = D^ / k_j - Phi^ dK^ / k_j,
//   dK^_ij = delta_ij (M_ij k_i / k_j + M_ji),   M = Phi^T^ D^,
//
// already divided by k_j, where delta is the table of divided differences of k
// with respect to s^2, 1 / (r_i + r_j) for q = 1. Of the exact derivative
// Z^T D + D^T Z = K M + M^T K this takes the half that makes the operator
// symmetric for every Phi; for q = 1 it is semidefinite whenever ||Phi|| <= 1:
//
//   (r_i M_ij + r_j M_ji)^2 / (r_i r_j (r_i + r_j))
//       <= M_ij^2 / r_j + M_ji^2 / r_i.
//
// For q > 1 the p-norm of Phi says nothing of the sort. What is at most one at
// a solution is U = Z diag(1/r) = Phi diag(k / r) in these coordinates: a
// lagged Phi has the singular values of its U cut to one. (Without that,
// conjugate gradients meet negative curvature for p = 16 and above.)
//
// q > 2. W itself is differentiated: dPhi^ = D^ w_j + Z^ (dw (M + M^T)) with
// M = Z^T^ D^ and the divided differences dw of w, which are positive.
//
// The eigenvalues are those of Z^T Z in float64: singular values below 1e-8 of
// the largest are rounding, which the dual norm allows for.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Norms.h"
#include "lib/Models/Smoothed/Smoothed.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// Relative errors of the eigenvalues of a Gram matrix.
static constexpr double gramRounding =
    8 * std::numeric_limits<double>::epsilon();
/// Arguments nearer than this, relative, have a derivative for a divided
/// difference.
static constexpr double nearArguments = 1e-6;

namespace {

class SchattenDual : public SmoothedDual {
public:
  SchattenDual(FormulaBuilder &m, Value z, double p, Value smoothing);

  Value scale() override { return powers->scale; }
  Value dual() override { return bound; }
  Value value() override { return powers->value; }
  Value phi() override { return gradient; }
  Value prepare(Builder &m, Value phi) override;
  Value derivative(Builder &m, Value prepared, Value d) override;
  Value majoriser(Builder &m, Value d) override {
    return apply(m, d, powers->bounds);
  }
  Value inverseMajoriser(Builder &m, Value d) override {
    return apply(m, d, inverse(m, powers->bounds));
  }

private:
  /// Builds an n x m result for either orientation of z.
  Value oriented(Builder &m, Type type,
                 function_ref<Value(Builder &, bool tall)> body) const;
  Value recast(Builder &m, Value x, Type type) const {
    if (x.getType() == type)
      return x;
    return tensor::CastOp::create(m.getBuilder(), m.getLoc(), type, x);
  }
  Value inverse(Builder &m, Value x) const {
    return m.div(m.broadcast(m.constant(1), x), x);
  }
  /// X V, and Y V^T.
  Value rotate(Builder &m, Value x, bool tall) const {
    return tall ? m.productNT(x, vectors) : m.product(vectors, x);
  }
  Value rotateBack(Builder &m, Value x, bool tall) const {
    return tall ? m.product(x, vectors) : m.productTN(vectors, x);
  }
  /// X diag(v).
  Value scaleColumns(Builder &m, Value x, Value v, bool tall) const {
    return m.mul(x, tall ? m.alongColumns(v, x) : m.alongRows(v, x));
  }
  /// X V diag(v) V^T.
  Value apply(Builder &m, Value x, Value v) const;
  /// (f_i - f_j) / (a_i - a_j), `slope` where the arguments are near.
  Value divided(Builder &m, Value f, Value a,
                function_ref<Value(Value middle)> slope) const;

  Value z;
  /// V^T, m x m.
  Value vectors;
  std::unique_ptr<SmoothedPowers> powers;
  /// delta, or dw for q > 2.
  Value differences;
  Value bound, gradient;
};

} // namespace

Value SchattenDual::oriented(
    Builder &m, Type type,
    function_ref<Value(Builder &, bool tall)> body) const {
  return m.byOrientation(z, [&](Builder &inner, bool tall) {
    return SmallVector<Value>{recast(inner, body(inner, tall), type)};
  })[0];
}

Value SchattenDual::apply(Builder &m, Value x, Value v) const {
  return oriented(m, z.getType(), [&](Builder &m, bool tall) {
    Value scaled = scaleColumns(m, rotate(m, x, tall), v, tall);
    return rotateBack(m, scaled, tall);
  });
}

Value SchattenDual::divided(Builder &m, Value f, Value a,
                            function_ref<Value(Value)> slope) const {
  Value aRow = m.alongRows(a, vectors), aColumn = m.alongColumns(a, vectors);
  Value change = m.sub(aRow, aColumn);
  Value middle = m.max(m.mul(m.add(aRow, aColumn), m.constant(0.5)),
                       m.broadcast(m.constant(1e-280), vectors));
  Value isNear = m.compare(CmpFPredicate::OLE, m.abs(change),
                           m.mul(middle, m.constant(nearArguments)));
  Value divisor = m.select(isNear, m.constant(1), change);
  Value quotient = m.div(
      m.sub(m.alongRows(f, vectors), m.alongColumns(f, vectors)), divisor);
  return m.select(isNear, slope(middle), quotient);
}

SchattenDual::SchattenDual(FormulaBuilder &m, Value z, double p,
                           Value smoothing)
    : z(z) {
  auto type = cast<RankedTensorType>(z.getType());
  int64_t size = type.hasStaticShape()
                     ? std::min(type.getDimSize(0), type.getDimSize(1))
                     : ShapedType::kDynamic;
  Value gram = oriented(
      m, RankedTensorType::get({size, size}, m.f64()),
      [&](Builder &m, bool tall) { return tall ? m.gram(z) : m.outerGram(z); });
  FormulaBuilder::Eigh eigh = m.eigh(gram);
  vectors = eigh.vectors;
  Value squares = m.max(eigh.values, m.broadcast(m.constant(0), eigh.values));
  powers =
      std::make_unique<SmoothedPowers>(m, squares, p, smoothing, gramRounding);
  // Nothing is known when the factorisation failed.
  Value unknown = m.constant(std::numeric_limits<double>::quiet_NaN());
  bound = m.select(eigh.converged, powers->dual, unknown);
  gradient = apply(m, z, powers->weights);

  Value w = powers->weights, r = powers->roots, q = powers->exponent;
  if (std::isinf(p)) {
    Value sum = m.add(m.alongRows(r, vectors), m.alongColumns(r, vectors));
    differences = m.div(m.broadcast(m.constant(1), sum), sum);
    return;
  }
  // The slope with respect to s^2 of k ~ r^(2-q) is (1 - q/2) k / r^2, that of
  // w ~ s^(q-2) is (q/2 - 1) w / s^2. Of near arguments the mean will do.
  Value half = m.sub(m.mul(q, m.constant(0.5)), m.constant(1));
  if (powers->isConcave())
    half = m.neg(half);
  Value f = powers->isConcave() ? inverse(m, w) : w;
  Value mean = m.mul(m.add(m.alongRows(f, vectors), m.alongColumns(f, vectors)),
                     m.constant(0.5));
  differences = divided(m, f, m.square(r), [&](Value middle) {
    return m.div(m.mul(mean, half), middle);
  });
}

/// Phi^ with U = Phi^ diag(k / r) cut to the unit ball, or Z^ for q > 2.
Value SchattenDual::prepare(Builder &m, Value phi) {
  return oriented(m, z.getType(), [&](Builder &m, bool tall) {
    Value rotated = rotate(m, powers->isConcave() ? phi : z, tall);
    if (!powers->isConcave() || std::isinf(powers->p))
      return rotated;
    Value ratio = m.mul(powers->weights, powers->roots);
    Value u = scaleColumns(m, rotated, inverse(m, ratio), tall);
    FormulaBuilder::Eigh eigh = m.eigh(tall ? m.gram(u) : m.outerGram(u));
    Value length =
        m.sqrt(m.max(eigh.values, m.broadcast(m.constant(1), eigh.values)));
    Value turned =
        tall ? m.productNT(u, eigh.vectors) : m.product(eigh.vectors, u);
    Value shortened = scaleColumns(m, turned, inverse(m, length), tall);
    Value cut = tall ? m.product(shortened, eigh.vectors)
                     : m.productTN(eigh.vectors, shortened);
    cut = recast(m, cut, u.getType());
    return scaleColumns(m, m.select(eigh.converged, cut, u), ratio, tall);
  });
}

Value SchattenDual::derivative(Builder &m, Value left, Value d) {
  return oriented(m, z.getType(), [&](Builder &m, bool tall) {
    Value e = rotate(m, d, tall);
    Value mixed = tall ? m.productTN(left, e) : m.productNT(left, e);
    mixed = recast(m, mixed, vectors.getType());
    Value w = powers->weights;
    Value linear = scaleColumns(m, e, w, tall);
    Value flipped = m.transpose(mixed), change;
    if (powers->isConcave()) {
      Value k = inverse(m, w);
      Value balanced =
          m.mul(m.mul(mixed, m.alongRows(k, mixed)), m.alongColumns(w, mixed));
      change = m.neg(m.mul(differences, m.add(balanced, flipped)));
    } else {
      change = m.mul(differences, m.add(mixed, flipped));
    }
    Value coupled = tall ? m.product(left, change) : m.productTN(change, left);
    return rotateBack(
        m,
        m.add(recast(m, linear, z.getType()), recast(m, coupled, z.getType())),
        tall);
  });
}

namespace {
template <typename Attr>
struct Model
    : SmoothedNormModelAttrInterface::ExternalModel<Model<Attr>, Attr> {
  static double getP(Attribute attr) {
    if constexpr (std::is_same_v<Attr, SchattenAttr>)
      return cast<SchattenAttr>(attr).getP();
    else if constexpr (std::is_same_v<Attr, NuclearAttr>)
      return 1;
    else
      return std::numeric_limits<double>::infinity();
  }
  std::unique_ptr<SmoothedDual> buildSmoothedDual(Attribute attr,
                                                  FormulaBuilder &m, Value z,
                                                  ValueRange,
                                                  Value smoothing) const {
    return std::make_unique<SchattenDual>(m, z, getP(attr), smoothing);
  }
};
} // namespace

void steepest::attachSmoothedSchatten(MLIRContext &context) {
  NuclearAttr::attachInterface<Model<NuclearAttr>>(context);
  SchattenAttr::attachInterface<Model<SchattenAttr>>(context);
  SpectralAttr::attachInterface<Model<SpectralAttr>>(context);
}
