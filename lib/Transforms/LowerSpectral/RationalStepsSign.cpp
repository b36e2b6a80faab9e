//===- RationalStepsSign.cpp - msign by functions in turn -----------------===//
//
// X_0 = X / s with s = ||X||_S4, and X_k = X_(k-1) h_k(A), A = X_(k-1)^T
// X_(k-1), for tall X and the mirror image of it for wide X: a Gram matrix, one
// inverse for each fraction and a product each (RationalSteps.h says why no
// decomposition is needed).
//
// Bounds. Those of SumBound.h hold with f = s and g the composition. The turn
// of singular vectors by rounding, beside which the last step adds its own
// rounding to the value, costs <X, Phi> only its square. The rounding of X_k is
// 4 eps beside a singular value t of X / s that is as small as that; it costs
// <X, Phi> at most t (4 eps / t)^2 <= 16 eps of each of k = min(rows, cols).
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/RationalStepsSign.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/LowerSpectral/SumBound.h"
#include "llvm/Support/FormatVariadic.h"

#include <limits>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

RationalSteps steepest::stepsOf(matrix::RationalStepsAttr contract) {
  RationalSteps steps;
  for (matrix::FractionsAttr step : contract.getSteps())
    steps.push_back({functionOf(step), step.getWideProduct()});
  return steps;
}

matrix::RationalStepsAttr steepest::rationalStepsOf(MLIRContext *context,
                                                    const RationalSteps &steps,
                                                    double lowest) {
  SmallVector<matrix::FractionsAttr> fractions;
  for (const RationalStep &step : steps) {
    unsigned wide = step.wide ? step.function.poles.size() : 0;
    RationalPlan plan{{step.function, 0}, {wide, step.wide}, 0};
    fractions.push_back(fractionsOf(context, plan));
  }
  return matrix::RationalStepsAttr::get(context, fractions, lowest);
}

double steepest::getWorkingPrecision(Type element) {
  return element.isF32() ? 4e-6 : 1e-12;
}

Cost steepest::getRationalStepsCost(const RationalSteps &steps, Type element,
                                    const Machine &machine) {
  Monomial n = Monomial::n(), m = Monomial::m();
  Type f64 = Float64Type::get(element.getContext());
  Cost cost;
  for (const RationalStep &step : steps) {
    Type type = step.wide ? f64 : element;
    cost += machine.product(m, n, m, type, /*symmetric=*/true);
    cost += machine.inverses(m, step.function.poles.size(), type);
    cost += machine.product(n, m, m, type);
  }
  return cost;
}

namespace {
class RationalStepsSign : public SignRoute {
public:
  RationalStepsSign(Type element, RationalSteps steps, double lowest)
      : element(element), steps(std::move(steps)), lowest(lowest) {}

  Cost getCost(const Machine &machine) const override {
    return getRationalStepsCost(steps, element, machine);
  }

  std::string getSummary() const override {
    size_t inverses = 0, wide = 0;
    std::string poles;
    for (const RationalStep &step : steps) {
      inverses += step.function.poles.size();
      wide += step.wide;
      poles += (poles.empty() ? "" : "; ") + printReals(step.function.poles);
    }
    steepest::Range range = imageOf(steps, lowest, 1);
    return llvm::formatv(
        "{0} rational functions of fresh Gram matrices, {1} in float64: {2} n "
        "m^2 + {3} m^3 flops for an n x m matrix, m <= n; poles {4}; from {5} "
        "of the Schatten-4 norm on within {6} of 1, rounding {7}",
        steps.size(), element.isF64() ? steps.size() : wide, 3 * steps.size(),
        inverses, poles, matrix::printReal(lowest),
        matrix::printReal(range.error()),
        matrix::printReal(roundingOf(steps, element.isF64(), lowest)));
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    Value frobenius = m.frobenius(x);
    Value inverse = m.divOrZero(m.constant(1), frobenius);
    Value y = m.mul(m.toF64(x), inverse);
    SmallVector<Value> applied =
        m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
          return apply(inner, y, tall);
        });
    Value phi = applied[0], schatten = m.mul(frobenius, applied[1]);
    return bound(m, x, phi, frobenius, schatten);
  }

private:
  /// The value of the steps for Y of norm 1, and ||Y||_S4.
  SmallVector<Value> apply(FormulaBuilder &m, Value y, bool tall) const {
    Value scale;
    for (const RationalStep &step : steps) {
      y = m.cast(y, step.wide ? m.f64() : element);
      Value gram = tall ? m.gram(y) : m.outerGram(y);
      FormulaBuilder::ProductOptions options;
      if (!scale) {
        Value size = m.frobenius(gram);
        scale = m.sqrt(size);
        Type type = getElementTypeOrSelf(gram);
        gram = m.mul(gram, m.cast(m.divOrZero(m.constant(1), size), type));
        options.alpha = m.cast(m.divOrZero(m.constant(1), scale), type);
      }
      const PartialFractions &h = step.function;
      Value kernel = buildTerms(m, gram, h, 0, h.poles.size());
      y = tall ? m.product(y, kernel, options) : m.product(kernel, y, options);
    }
    return {m.cast(y, element), scale};
  }

  FormulaBuilder::Msign bound(FormulaBuilder &m, Value x, Value phi,
                              Value frobenius, Value schatten) const {
    double most = 1 + getNormExcess(element);
    double epsilon = element.isF64()
                         ? std::numeric_limits<double>::epsilon()
                         : double(std::numeric_limits<float>::epsilon());
    // With the rounding of the result to its element type.
    double deviation = lastRoundingOf(steps, element.isF64()) + epsilon;
    auto least = [&](double lower, double upper) {
      return imageOf(steps, lower, upper < 1 ? upper : most).lower;
    };
    double largest = imageOf(steps, 0, most).upper;
    Value sum = SumBound{least, deviation, /*power=*/0, lowest, largest}.build(
        m, x, phi, frobenius, schatten);
    bool allWide = llvm::all_of(steps, [](auto &step) { return step.wide; });
    double rounding =
        allWide ? std::numeric_limits<double>::epsilon() : epsilon;
    Value smaller = m.min(m.toFloat(m.rows(x)), m.toFloat(m.cols(x)));
    sum = m.add(sum, m.mul(smaller, m.constant(16 * rounding)));
    double spectral = std::max(1.0, largest) + deviation;
    return {phi, m.mul(schatten, sum), m.constant(spectral)};
  }

  Type element;
  RationalSteps steps;
  double lowest;
};
} // namespace

std::unique_ptr<SignRoute>
steepest::prepareRationalStepsSign(const SignProblem &problem,
                                   std::string &refusal) {
  if (auto forced = dyn_cast<matrix::RationalStepsAttr>(problem.contract))
    return std::make_unique<RationalStepsSign>(
        problem.getElement(), stepsOf(forced), forced.getLowest());
  refusal = "the contract asks for no rational steps";
  return nullptr;
}
