//===- PolynomialSign.cpp - msign by odd polynomial steps -----------------===//
//
// X <- X (a I + b R + c R^2), R = X^T X for tall X (and the mirror image of it
// for wide X), from X / f, f = ||X||_F or ||X||_S4. On singular values this is
// the scalar polynomial p(s) = a s + b s^3 + c s^5 of each step.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/PolynomialSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/LowerSpectral/SumBound.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

double steepest::roundingOfSteps(Type element) {
  return element.isF32() ? 1e-5 : 1e-13;
}

double steepest::unitOf(Type element) {
  return element.isF32() ? 0x1p-23 : 0x1p-52;
}

Normalized steepest::normalize(FormulaBuilder &m, Value x) {
  Value frobenius = m.frobenius(x);
  Value inverse = m.divOrZero(m.constant(1), frobenius);
  Type element = getElementTypeOrSelf(x);
  return {m.cast(m.mul(m.toF64(x), inverse), element), frobenius};
}

Rescaling Rescaling::of(FormulaBuilder &m, Value gram) {
  Value t = m.frobenius(gram), one = m.constant(1), root = m.sqrt(t);
  return {root, m.divOrZero(one, t), m.divOrZero(one, root)};
}

Value Rescaling::scale(FormulaBuilder &m, double coefficient, unsigned power,
                       Type element) const {
  if (!inverse || power == 0)
    return m.constant(coefficient, element);
  Value value = m.constant(coefficient);
  for (unsigned i = 0; i < power; ++i)
    value = m.mul(value, inverse);
  return m.cast(value, element);
}

FormulaBuilder::Msign steepest::boundSign(FormulaBuilder &m, Value x,
                                          Value frobenius, Value norm,
                                          Value phi, const OddSteps &steps,
                                          double lowest, double deviation,
                                          const Deviation *rounded) {
  // Rounding takes much of what is small and little of the rest.
  auto least = [&](double lower, double upper) {
    double value = imageOf(steps, lower, upper).lower;
    if (!rounded)
      return value;
    Deviation::From from = rounded->from(lower);
    return value - from.values - from.vectors * from.vectors;
  };
  SumBound bound{least, deviation, /*power=*/0, lowest};
  Value nuclear = m.mul(norm, bound.build(m, x, phi, frobenius, norm));
  double largest = std::max(1.0, imageOf(steps, 0, 1).upper);
  if (rounded)
    largest = std::max(largest, rounded->top);
  return {phi, nuclear, m.constant(largest * (1 + deviation))};
}

//===----------------------------------------------------------------------===//
// The standard route: every step on X itself
//===----------------------------------------------------------------------===//

/// With factors in bf16 each step moves values by this much, at most, in the
/// spectral norm. It is not proved but measured, with room beside it: a
/// fifth of the largest distance of Muon's five steps from exact ones was
/// 4.03e-2 for the standard form, among 20000 random matrices of 1 to 128 rows
/// and 1 to 8 times as many columns (Gaussian, rows or spectra decaying to
/// 1e-4, of low rank, all singular values equal, entries or rows far larger
/// than the rest; equal ones are the worst), and 4.4e-2 for the Gram form
/// (`RoundedGramSign.cpp`). From 256 rows on it is 1.0e-2 for Gaussian ones and
/// 2.8e-3 for decaying spectra.
static constexpr double bf16Rounding = 5e-2;

/// With factors in f16 or tf32, which round an eighth as much, this part of it:
/// the largest distance found was 2.1e-2 (bf16: 1.3e-1) among 500 matrices as
/// above. It does not grow with the extents: a step of the same kinds of 256
/// and 512 rows moved values by 1.8e-3 at most in standard form, and of 512 by
/// 2.6e-3 in Gram form with restarts. Entries of a normalised X that have no
/// normal number in f16 do no more: tf32, which has one, gives the same within
/// a fifth, and of 4096 Gaussian rows in the third digit.
/// `RoundedStepsTests.cpp` looks at a part of that anew. Steps that raise small
/// singular values more than Muon's were not looked at.
static constexpr double finerRounding = 0.25;
static constexpr double largestGrowth = 3.5;

/// X (b R + c R^2) + a X, and with `rescale` the same from X / ||X||_S4 on,
/// with what that divided by. What is rounded must not contain a I,
/// whose rounding would be added to singular values that are small beside it:
/// at 256 rows and a spectrum decaying to 1e-4, 1.4e-2 becomes 1.1e-1.
static Value buildStep(FormulaBuilder &m, Value x, bool tall, OddStep step,
                       Type factors, bool rescale, Rescaling &rescaling) {
  Type element = getElementTypeOrSelf(x);
  FormulaBuilder::ProductOptions gramOptions;
  gramOptions.symmetric = true;
  gramOptions.factors = factors;
  (tall ? gramOptions.transposeLhs : gramOptions.transposeRhs) = true;
  Value gram = m.product(x, x, gramOptions);
  if (rescale)
    rescaling = Rescaling::of(m, gram);
  // By t^(power + 1/2) with the root.
  auto scaled = [&](double value, unsigned power, bool root = false) {
    Value scale =
        (rescale ? rescaling : Rescaling()).scale(m, value, power, m.f64());
    return m.cast(root && rescale ? m.mul(scale, rescaling.inverseRoot) : scale,
                  element);
  };

  FormulaBuilder::ProductOptions last;
  last.factors = factors;
  Value factor = gram;
  if (step.c == 0) {
    // A cubic step needs no second symmetric product.
    last.alpha = scaled(step.b, 1, true);
    last.beta = scaled(step.a, 0, true);
    last.addend = x;
  } else {
    FormulaBuilder::ProductOptions options;
    options.symmetric = true;
    options.factors = factors;
    options.alpha = scaled(step.c, 2);
    options.beta = scaled(step.b, 1);
    options.addend = gram;
    if (rescale)
      last.alpha = scaled(1, 0, true);
    if (factors) {
      last.beta = scaled(step.a, 0, true);
      last.addend = x;
    } else {
      options.gamma = scaled(step.a, 0);
    }
    factor = m.product(gram, gram, options);
  }
  return tall ? m.product(x, factor, last) : m.product(factor, x, last);
}

Deviation steepest::deviationOfStandardSign(const SignProblem &problem) {
  const OddSteps &steps = problem.steps->steps;
  std::vector<unsigned> starts(steps.size());
  std::iota(starts.begin(), starts.end(), 0);
  return deviationOf(steps, problem.schatten4, starts,
                     unitOf(problem.getElement()), problem.lowest,
                     problem.getMost());
}

namespace {
class StandardSign : public SignRoute {
public:
  StandardSign(const SignProblem &problem, Type factors)
      : element(problem.getElement()), steps(problem.steps->steps),
        schatten4(problem.schatten4), factors(factors), lowest(problem.lowest),
        deviation(std::max(roundingOfSteps(element),
                           factors ? problem.allowance : 0)) {
    if (!factors)
      rounded = deviationOfStandardSign(problem);
  }

  Cost getCost(const Machine &machine) const override {
    Monomial n = Monomial::n(), m = Monomial::m();
    Type factor = factors ? factors : element;
    Cost cost;
    for (const OddStep &step : steps) {
      cost += machine.product(m, n, m, factor, /*symmetric=*/true);
      if (step.c != 0)
        cost += machine.product(m, m, m, factor, /*symmetric=*/true);
      cost += machine.product(n, m, m, factor);
    }
    return cost;
  }

  std::string getSummary() const override {
    size_t cubic =
        llvm::count_if(steps, [](const OddStep &step) { return step.c == 0; });
    return llvm::formatv("{0} products on X and {1} of its Gram matrix{3}: {2} "
                         "n m^2 + {1} m^3 flops for n x m, m <= n",
                         2 * steps.size(), steps.size() - cubic,
                         3 * steps.size(), describeFactors(factors));
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    Normalized start = normalize(m, x);
    SmallVector<Value> results =
        m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
          Value y = start.matrix;
          Rescaling rescaling;
          for (auto [i, step] : llvm::enumerate(steps))
            y = buildStep(inner, y, tall, step, factors,
                          /*rescale=*/i == 0 && schatten4, rescaling);
          return schatten4 ? SmallVector<Value>{y, rescaling.root}
                           : SmallVector<Value>{y};
        });
    Value norm =
        schatten4 ? m.mul(start.frobenius, results[1]) : start.frobenius;
    return boundSign(m, x, start.frobenius, norm, results[0], steps, lowest,
                     deviation, rounded ? &*rounded : nullptr);
  }

private:
  Type element;
  OddSteps steps;
  bool schatten4;
  Type factors;
  double lowest, deviation;
  /// Of unrounded factors.
  std::optional<Deviation> rounded;
};
} // namespace

std::string steepest::describeFactors(Type factors) {
  std::string text;
  if (factors)
    llvm::raw_string_ostream(text) << ", of factors in " << factors;
  return text;
}

double steepest::getFactorRounding(Type factors) {
  return factors.isBF16() ? 0x1p-9 : 0x1p-12;
}

double steepest::getRoundingPerStep(Type factors) {
  return bf16Rounding * (factors.isBF16() ? 1 : finerRounding);
}

bool steepest::areFactorsAllowed(const SignProblem &problem, Type factors,
                                 std::string &refusal) {
  double rounding = 0, growth = 0;
  if (problem.steps)
    for (const OddStep &step : problem.steps->steps) {
      rounding += getRoundingPerStep(factors);
      growth = std::max(growth, std::abs(step.a));
    }
  llvm::raw_string_ostream reason(refusal);
  if (!problem.steps)
    reason << "the contract asks for no polynomial steps";
  else if (!problem.getElement().isF32())
    reason << "the element type is not f32";
  else if (problem.rounding < rounding)
    reason << "factors in " << factors << " move values by "
           << matrix::printReal(rounding) << ", the contract allows "
           << matrix::printReal(problem.rounding);
  else if (!factors.isBF16() && growth > largestGrowth)
    reason << "a step multiplies small singular values by "
           << matrix::printReal(growth) << "; what factors in " << factors
           << " do is known for at most " << matrix::printReal(largestGrowth);
  else if (!llvm::is_contained(problem.factors, factors))
    reason << "the processor has no products of " << factors;
  else
    return true;
  return false;
}

std::unique_ptr<SignRoute>
steepest::prepareRoundedSign(const SignProblem &problem, Type factors,
                             std::string &refusal) {
  if (!areFactorsAllowed(problem, factors, refusal))
    return nullptr;
  return std::make_unique<StandardSign>(problem, factors);
}

std::unique_ptr<SignRoute>
steepest::prepareStandardSign(const SignProblem &problem,
                              std::string &refusal) {
  if (problem.steps)
    return std::make_unique<StandardSign>(problem, Type());
  refusal = "the contract asks for no polynomial steps";
  return nullptr;
}
