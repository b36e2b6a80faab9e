//===- RationalSign.cpp - msign by partial fractions ----------------------===//
//
// With s = ||X||_S4 = ||X X^T||_F^(1/2), which is at least ||X||_2 and at most
// ||X||_F, and A = X X^T / s^2, of Frobenius norm 1,
//
//   Phi = h(A) X / s = U diag(Z(s_i / s)) V^T,   Z(t) = t h(t^2).
//
// X is divided by ||X||_F first, so that no square leaves the range; the Gram
// matrix of that is divided by its Frobenius norm, whose root is s / ||X||_F.
//
// The bounds of SumBound.h hold with f = s and g = Z: h falls, so that Z is
// at least a h(b^2) on [a, b], and what rounding adds is RationalPlan.h's.
// ||Phi||_2 is at most max Z on [0, 1] plus that. The singular values may
// exceed s by the rounding of s.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/LowerSpectral/SumBound.h"
#include "runtime/steepest.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

double steepest::getNormExcess(Type element) {
  return element.isF32() ? 1e-5 : 1e-13;
}

PartialFractions steepest::functionOf(matrix::FractionsAttr fractions) {
  ArrayRef<double> weights = fractions.getWeights(),
                   poles = fractions.getPoles();
  return {fractions.getConstant(),
          {weights.begin(), weights.end()},
          {poles.begin(), poles.end()}};
}

RationalPlan steepest::planOf(matrix::FractionsAttr fractions, Type element) {
  RationalPlan plan;
  plan.fit.function = functionOf(fractions);
  plan.wide = {fractions.getWide(), fractions.getWideProduct()};
  plan.rounding = roundingOf(plan.fit.function, element.isF64(), plan.wide);
  return plan;
}

matrix::FractionsAttr steepest::fractionsOf(MLIRContext *context,
                                            const RationalPlan &plan) {
  const PartialFractions &h = plan.fit.function;
  return matrix::FractionsAttr::get(context, h.constant,
                                    DenseF64ArrayAttr::get(context, h.weights),
                                    DenseF64ArrayAttr::get(context, h.poles),
                                    plan.wide.poles, plan.wide.product);
}

double steepest::getAspect(RankedTensorType type) {
  if (!type.hasStaticShape())
    return 1;
  double rows = type.getDimSize(0), cols = type.getDimSize(1);
  return std::max(rows, cols) / std::max(std::min(rows, cols), 1.0);
}

Value steepest::buildTerms(FormulaBuilder &m, Value a,
                           const PartialFractions &h, size_t first,
                           size_t last) {
  ArrayRef<double> weights(h.weights), poles(h.poles);
  auto [result, defined] = m.rational(a, last == poles.size() ? h.constant : 0,
                                      weights.slice(first, last - first),
                                      poles.slice(first, last - first));
  m.require(defined, STEEPEST_NO_CONVERGENCE);
  return result;
}

namespace {
struct Applied {
  /// h(A) X / s in the element type of X, and s in the unit of Y.
  Value phi, scale;
};
} // namespace

/// h(A) Y / s for Y of norm 1, in float64 and in the element type.
static Applied applyFractions(FormulaBuilder &m, Value y, Value narrow,
                              bool tall, const RationalPlan &plan) {
  const PartialFractions &h = plan.fit.function;
  Type element = getElementTypeOrSelf(narrow);
  size_t terms = h.poles.size();
  size_t wide = element.isF64() ? 0 : plan.wide.poles;
  Value factor = wide > 0 ? y : narrow;
  Value gram = tall ? m.gram(factor) : m.outerGram(factor);
  Value size = m.frobenius(gram);
  Value a = m.cast(m.mul(m.toF64(gram), m.divOrZero(m.constant(1), size)),
                   getElementTypeOrSelf(gram));
  Type sum = plan.wide.product ? m.f64() : element;
  Value kernel;
  if (wide > 0)
    kernel = m.cast(buildTerms(m, a, h, 0, wide), sum);
  if (wide < terms) {
    Value rest = m.cast(buildTerms(m, m.cast(a, element), h, wide, terms), sum);
    kernel = kernel ? m.add(kernel, rest) : rest;
  }
  Value scale = m.sqrt(size);
  FormulaBuilder::ProductOptions options;
  options.alpha = m.divOrZero(m.constant(1), scale);
  Value operand = plan.wide.product ? y : narrow;
  Value phi = tall ? m.product(operand, kernel, options)
                   : m.product(kernel, operand, options);
  return {m.cast(phi, element), scale};
}

namespace {
/// h(A) X / s and its norms.
struct Result {
  Value phi, frobenius, schatten;
};
} // namespace

static Result build(FormulaBuilder &m, Value x, const RationalPlan &plan) {
  Type element = getElementTypeOrSelf(x);
  Value frobenius = m.frobenius(x);
  Value inverse = m.divOrZero(m.constant(1), frobenius);
  // Both outside of the branches, where one pass makes them; that in float64 is
  // dropped where nothing reads it.
  Value y = m.mul(m.toF64(x), inverse);
  Value narrow = m.cast(y, element);
  SmallVector<Value> applied =
      m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
        Applied result = applyFractions(inner, y, narrow, tall, plan);
        return SmallVector<Value>{result.phi, result.scale};
      });
  return {applied[0], frobenius, m.mul(frobenius, applied[1])};
}

FormulaBuilder::Msign steepest::buildRationalSign(FormulaBuilder &m, Value x,
                                                  const RationalPlan &plan) {
  Result result = build(m, x, plan);
  const PartialFractions &h = plan.fit.function;
  double most = 1 + getNormExcess(getElementTypeOrSelf(x));
  auto image = [&](double l) { return imageOf(h, 0.5, l * l, most * most); };
  auto least = [&](double lower, double upper) {
    return upper < 1 ? lower * h(upper * upper) : image(lower).lower;
  };
  double largest = image(0).upper;
  Value sum =
      SumBound{least, plan.rounding, /*power=*/0, /*lowest=*/0, largest}.build(
          m, x, result.phi, result.frobenius, result.schatten);
  double spectral = std::max(1.0, largest) + plan.rounding;
  return {result.phi, m.mul(result.schatten, sum), m.constant(spectral)};
}

FormulaBuilder::SpectralPower
steepest::buildRationalPower(FormulaBuilder &m, Value x, double power,
                             const RationalPlan &plan) {
  Result result = build(m, x, plan);
  const PartialFractions &h = plan.fit.function;
  // g(t) = t^(1-p) h(t^2) = (t^2)^e h(t^2).
  double e = (1 - power) / 2, most = 1 + getNormExcess(getElementTypeOrSelf(x));
  auto image = [&](double l) { return imageOf(h, e, l * l, most * most); };
  auto least = [&](double lower, double upper) {
    return upper < 1 ? std::pow(lower, 2 * e) * h(upper * upper)
                     : image(lower).lower;
  };
  Value sum = SumBound{least, plan.rounding, power}.build(
      m, x, result.phi, result.frobenius, result.schatten);
  Value scale = m.pow(result.schatten, power);
  Value value =
      m.cast(m.mul(m.toF64(result.phi), scale), getElementTypeOrSelf(x));
  return {value, m.mul(m.mul(result.schatten, scale), sum),
          buildRationalExcess(m, x, power, plan)};
}

Value steepest::buildRationalExcess(FormulaBuilder &m, Value x, double power,
                                    const RationalPlan &plan) {
  // With f = t^p g(t), r = 1 + 1 / p and V = sum t f: f^r = f t g^(1/p) is at
  // most t f (max g)^(1/p), so that the norm of these values is at most
  // (max g)^(1 / (1 + p)) V^(1/r). E has at most d k^(1/r), and V is at least
  // half of sum t^4 = 1.
  double e = (1 - power) / 2, most = 1 + getNormExcess(getElementTypeOrSelf(x));
  double largest = imageOf(plan.fit.function, e, 0, most * most).upper;
  Value smaller = m.min(m.toFloat(m.rows(x)), m.toFloat(m.cols(x)));
  Value rounding =
      m.mul(m.pow(m.mul(smaller, m.constant(2)), power / (1 + power)),
            m.constant(plan.rounding));
  return m.add(m.constant(std::pow(largest, 1 / (1 + power))), rounding);
}

//===----------------------------------------------------------------------===//
// The route
//===----------------------------------------------------------------------===//

std::string steepest::printReals(ArrayRef<double> values) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(
      values, os, [&](double value) { os << llvm::formatv("{0:e3}", value); });
  return text;
}

Cost steepest::getRationalCost(const RationalPlan &plan, Type element,
                               const Machine &machine) {
  Monomial n = Monomial::n(), m = Monomial::m();
  Type f64 = Float64Type::get(element.getContext());
  unsigned terms = plan.fit.function.poles.size();
  unsigned wide = element.isF64() ? 0 : plan.wide.poles;
  Type last = plan.wide.product ? f64 : element;
  return machine.product(m, n, m, wide ? f64 : element, /*symmetric=*/true) +
         machine.inverses(m, wide, f64) +
         machine.inverses(m, terms - wide, element) +
         machine.product(n, m, m, last);
}

namespace {
class RationalSign : public SignRoute {
public:
  RationalSign(const SignProblem &problem, RationalPlan plan)
      : element(problem.getElement()), plan(std::move(plan)) {}

  Cost getCost(const Machine &machine) const override {
    return getRationalCost(plan, element, machine);
  }

  std::string getSummary() const override {
    const PartialFractions &h = plan.fit.function;
    return llvm::formatv(
        "{0} inverses of the shifted Gram matrix, {1} in float64: 3 n m^2 + "
        "{0} m^3 flops for an n x m matrix, m <= n; constant {2}, weights {3}, "
        "poles {4}, rounding {5}",
        h.poles.size(), plan.wide.poles, matrix::printReal(h.constant),
        printReals(h.weights), printReals(h.poles),
        matrix::printReal(plan.rounding));
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    return buildRationalSign(m, x, plan);
  }

private:
  Type element;
  RationalPlan plan;
};
} // namespace

std::unique_ptr<SignRoute>
steepest::prepareRationalSign(const SignProblem &problem,
                              std::string &refusal) {
  if (auto fractions = dyn_cast<matrix::FractionsAttr>(problem.contract))
    return std::make_unique<RationalSign>(
        problem, planOf(fractions, problem.getElement()));
  refusal = "the contract asks for no fractions";
  return nullptr;
}
