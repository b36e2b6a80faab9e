//===- FixedPoint.cpp - Su's fixed points ---------------------------------===//
//
// For a Schatten norm with p >= 2 (the spectral norm too), 1/p + 1/q = 1, the
// dual ||Z||_q^q has at Z0 the majorant tr(Z K Z^T), K = (Z0^T Z0)^((q-2)/2),
// up to constants. Minimising it over the multipliers is a linear problem; the
// dual never increases.
//
// On the Stiefel manifold Z = P G + W C, C symmetric, and with B = W^T P G,
// which is skew, the problem is K C + C K = -(B^T K + K B) ("steepest descent
// on the Stiefel manifold"). In the eigenbasis of Z0^T Z0, with h = s^(2-q):
//
//   C_ij = B_ij (h_j - h_i) / (h_i + h_j),
//
// which needs no inverse.
//
// With one condition <V, Phi> = 0, Z = P G + x V and
//
//   x = -tr(V^T P G K) / tr(V^T V K).
//
// The variant without an inverse, for the spectral norm,
//
//   x = (tr(V^T Phi Q) - tr(V^T Phi) tr(Q) / m - tr(V^T G)) / tr(V^T V),
//
// Q = (Z^T Z)^(1/2), is a gradient step of the dual: V^T Phi Q has the trace of
// V^T Z, so that x changes by -(tr(Q) / m) <V, Phi> / <V, V>.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Published/Published.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// Singular values below this share of the largest are raised to it where they
/// are inverted; a Gram matrix does not resolve them.
static constexpr double smallestShare = 1e-7;

/// 2 - q of a Schatten norm with p >= 2, up to a factor.
static std::optional<double> getExponent(Attribute norm) {
  auto member = dyn_cast<NormAttrInterface>(norm);
  std::optional<double> p =
      member ? member.getNormFacts().schattenOrder : std::nullopt;
  if (!p || *p < 2)
    return std::nullopt;
  return std::isinf(*p) ? 1 : 2 - *p / (*p - 1);
}

namespace {

/// Z^T Z = V diag(s^2) V^T of tall Z, Z Z^T of wide.
struct Spectrum {
  Value squares, vectors;
  bool tall;

  Spectrum(FormulaBuilder &m, Value z, bool tall) : tall(tall) {
    FormulaBuilder::Eigh eigh = m.eigh(tall ? m.gram(z) : m.outerGram(z));
    m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
    squares = m.max(eigh.values, m.constant(0));
    vectors = eigh.vectors;
  }
  /// V diag(weights) V^T.
  Value apply(FormulaBuilder &m, Value weights) const {
    FormulaBuilder::ProductOptions options;
    options.transposeLhs = options.symmetric = true;
    return m.product(vectors, m.mul(vectors, m.alongRows(weights, vectors)),
                     options);
  }
};

class FixedPoint : public PublishedMethod {
public:
  StringRef getName() const override { return "fixed_point"; }
  ArrayRef<StringRef> getOptions() const override {
    static constexpr StringRef names[] = {"steps", "variant"};
    return names;
  }
  StringRef getArgument() const override {
    return "the multiplier that minimises the quadratic majorant tr(Z K Z^T) "
           "of the dual at the last one, K = (Z^T Z)^((q-2)/2): the dual never "
           "increases";
  }

protected:
  LogicalResult matchPair(DirectionOp op, const Problem &problem,
                          std::string &reason) const override;
  SolvedDirection solve(FormulaBuilder &m, DirectionOp op,
                        const AmbientProblem &problem,
                        Options &options) const override;
};

} // namespace

LogicalResult FixedPoint::matchPair(DirectionOp op, const Problem &problem,
                                    std::string &reason) const {
  if (!getExponent(problem.normName)) {
    reason = "the norm " + printed(problem.normName) +
             " is not spectral or Schatten with p >= 2";
    return failure();
  }
  if (isa<StiefelAttr>(problem.manifoldName))
    return success();
  return expectOneNormal(problem, reason);
}

/// P G + W C with the C of the majorant at Z.
static Value moveOnStiefel(FormulaBuilder &m, const AmbientProblem &problem,
                           Value z, double exponent) {
  Value w = problem.point, g = problem.tangent;
  return m.byOrientation(z, [&](FormulaBuilder &m, bool tall) -> Values {
    Spectrum spectrum(m, z, tall);
    Value mixed = m.skew(tall ? m.productTN(w, g) : m.productNT(w, g));
    FormulaBuilder::ProductOptions transposed;
    transposed.transposeRhs = true;
    const Value &v = spectrum.vectors;
    Value b = m.product(m.product(v, mixed), v, transposed);
    Value h = exponent == 0 ? m.broadcast(m.constant(1), spectrum.squares)
                            : m.pow(spectrum.squares, exponent / 2);
    Value hi = m.alongRows(h, b), hj = m.alongColumns(h, b);
    Value c = m.mul(b, m.divOrZero(m.sub(hj, hi), m.add(hi, hj)));
    Value back = m.product(m.productTN(v, c), v);
    Value normal = tall ? m.product(w, back) : m.product(back, w);
    return {m.add(g, normal)};
  })[0];
}

/// The multiplier x of the majorant at Z.
static Value moveAlong(FormulaBuilder &m, const AmbientProblem &problem,
                       Value z, Value v, double exponent) {
  return m.byOrientation(z, [&](FormulaBuilder &m, bool tall) -> Values {
    Spectrum spectrum(m, z, tall);
    Value least = m.mul(m.maximum(spectrum.squares),
                        m.constant(smallestShare * smallestShare));
    Value squares = m.max(spectrum.squares, least);
    Value weights =
        m.divOrZero(m.broadcast(m.constant(1), squares),
                    exponent == 0 ? m.broadcast(m.constant(1), squares)
                                  : m.pow(squares, exponent / 2));
    Value k = spectrum.apply(m, weights);
    Value vk = tall ? m.product(v, k) : m.product(k, v);
    return {m.neg(m.divOrZero(m.dot(vk, problem.tangent), m.dot(vk, v)))};
  })[0];
}

SolvedDirection FixedPoint::solve(FormulaBuilder &m, DirectionOp op,
                                  const AmbientProblem &problem,
                                  Options &options) const {
  int64_t steps = options.getCount("steps", 100);
  bool isInverseFree =
      options.getWord("variant", {"majorant", "inverse_free"}) ==
      "inverse_free";
  bool isStiefel = isa<StiefelAttr>(*op.getManifold());
  double exponent = *getExponent(op.getNorm());
  Value first = problem.tangent;
  if (Value from = op.getNormal())
    first = problem.makeBound(m, problem.fromNormal(m, from)).z;
  Value v = isStiefel ? Value() : problem.buildNormal(m);
  return buildIteration(
      m, problem, {steps, getGapGoal(op)}, {first},
      [&](FormulaBuilder &m, ValueRange state, Value) -> Iterate {
        Value z = state[0], phi = problem.dualize(m, z), next;
        if (isInverseFree) {
          // tr(Q) / m is the mean singular value of Z; Q x the normal part.
          Value size = m.min(m.toFloat(m.rows(z)), m.toFloat(m.cols(z)));
          Value mean = m.div(m.dot(z, phi), size);
          next = m.sub(z, m.mul(problem.normalPart(m, phi), mean));
        } else if (isStiefel) {
          next = moveOnStiefel(m, problem, z, exponent);
        } else {
          Value x = moveAlong(m, problem, z, v, exponent);
          next = m.add(problem.tangent, m.mul(v, x));
        }
        return {{next}, phi, z};
      });
}

std::unique_ptr<DirectionMethod> steepest::createFixedPoint() {
  return std::make_unique<FixedPoint>();
}
