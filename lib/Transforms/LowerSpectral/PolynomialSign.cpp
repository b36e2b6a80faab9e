//===- PolynomialSign.cpp - msign by odd polynomial steps -----------------===//
//
// X <- X (a I + b R + c R^2), R = X^T X for tall X (and the mirror image of it
// for wide X), from X / ||X||_F. On singular values this is the scalar
// polynomial p(s) = a s + b s^3 + c s^5 of each step.
//
// Bounds. Let P be the composition of the steps, k = min(rows, cols) and
// f = ||X||_F. For any l in (0, 1), with lo = min P on [l, 1]:
//   s_i >= l f:  s_i <= s_i P(s_i / f) / lo,   s_i < l f:  at most k of them,
// so ||X||_* <= <X, Phi> / lo + k l f. The least over a few l is taken.
// ||Phi||_2 <= max P on [0, 1]. With rounding, Phi + E, ||E||_2 <= r: since
// |<X, E>| <= r ||X||_*, lo becomes lo - r and the tail k l f (1 + r / (lo -
// r)); max P becomes max P + r.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/PolynomialSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

double steepest::roundingOfSteps(Type element) {
  return element.isF32() ? 1e-5 : 1e-13;
}

Normalized steepest::normalize(FormulaBuilder &m, Value x) {
  Value frobenius = m.frobenius(x);
  Value inverse = m.divOrZero(m.constant(1), frobenius);
  Type element = getElementTypeOrSelf(x);
  return {m.cast(m.mul(m.toF64(x), inverse), element), frobenius};
}

FormulaBuilder::Msign steepest::boundSign(FormulaBuilder &m, Value x,
                                          Value frobenius, Value phi,
                                          const OddSteps &steps,
                                          double deviation) {
  Value value = m.dot(x, phi);
  Value smaller = m.min(m.toFloat(m.rows(x)), m.toFloat(m.cols(x)));
  Value nuclear;
  for (double lowest : {1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2}) {
    // Rounding may put a singular value just above 1.
    double least = imageOf(steps, lowest, 1).lower - deviation;
    if (least <= 0)
      continue;
    Value head = m.mul(value, m.constant(1 / least));
    Value tail = m.mul(m.mul(smaller, frobenius),
                       m.constant(lowest * (1 + deviation / least)));
    Value bound = m.add(head, tail);
    nuclear = nuclear ? m.min(nuclear, bound) : bound;
  }
  // ||X||_* <= sqrt(k) ||X||_F always.
  Value crude = m.mul(m.sqrt(smaller), frobenius);
  nuclear = nuclear ? m.min(nuclear, crude) : crude;
  double largest = std::max(1.0, imageOf(steps, 0, 1).upper);
  return {phi, nuclear, m.constant(largest * (1 + deviation))};
}

//===----------------------------------------------------------------------===//
// The standard route: every step on X itself
//===----------------------------------------------------------------------===//

/// With factors in bf16 each step adds this much, at most: a fifth of the
/// largest distance, in the spectral norm, of Muon's five steps from exact ones
/// that was found (1.9e-1) among 16000 random matrices of 1 to 128 rows and 1
/// to 8 times as many columns: Gaussian, rows decaying to 1e-4, rank one, all
/// singular values equal. The last are the worst. From 256 rows on it is
/// 5.1e-2 for Gaussian ones and 1.4e-2 for decaying spectra.
static constexpr double bf16Rounding = 4e-2;

/// X (b R + c R^2) + a X. What is rounded to bf16 must not contain a I, whose
/// rounding would be added to singular values that are small beside it: at 256
/// rows and a spectrum decaying to 1e-4, 1.4e-2 becomes 1.1e-1.
static Value buildStep(FormulaBuilder &m, Value x, bool tall, OddStep step,
                       bool bf16) {
  Type element = getElementTypeOrSelf(x);
  auto constant = [&](double value) { return m.constant(value, element); };
  FormulaBuilder::ProductOptions gramOptions;
  gramOptions.symmetric = true;
  gramOptions.bf16Factors = bf16;
  (tall ? gramOptions.transposeLhs : gramOptions.transposeRhs) = true;
  Value gram = m.product(x, x, gramOptions);

  FormulaBuilder::ProductOptions last;
  last.bf16Factors = bf16;
  Value factor = gram;
  if (step.c == 0) {
    // A cubic step needs no second symmetric product.
    last.alpha = constant(step.b);
    last.beta = constant(step.a);
    last.addend = x;
  } else {
    FormulaBuilder::ProductOptions options;
    options.symmetric = true;
    options.bf16Factors = bf16;
    options.alpha = constant(step.c);
    options.beta = constant(step.b);
    options.addend = gram;
    if (bf16) {
      last.beta = constant(step.a);
      last.addend = x;
    } else {
      options.gamma = constant(step.a);
    }
    factor = m.product(gram, gram, options);
  }
  return tall ? m.product(x, factor, last) : m.product(factor, x, last);
}

namespace {
class StandardSign : public SignRoute {
public:
  StandardSign(const SignProblem &problem, bool bf16)
      : element(problem.element), steps(problem.steps->steps), bf16(bf16),
        deviation(
            std::max(roundingOfSteps(element), bf16 ? problem.allowance : 0)) {}

  Cost getCost(const Machine &machine) const override {
    Monomial n = Monomial::n(), m = Monomial::m();
    Type factor =
        bf16 ? Type(BFloat16Type::get(element.getContext())) : element;
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
                         3 * steps.size(), bf16 ? ", of factors in bf16" : "");
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    Normalized start = normalize(m, x);
    Value phi = m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
                   Value y = start.matrix;
                   for (const OddStep &step : steps)
                     y = buildStep(inner, y, tall, step, bf16);
                   return SmallVector<Value>{y};
                 }).front();
    return boundSign(m, x, start.frobenius, phi, steps, deviation);
  }

private:
  Type element;
  OddSteps steps;
  bool bf16;
  double deviation;
};
} // namespace

std::unique_ptr<SignRoute> steepest::prepareBf16Sign(const SignProblem &problem,
                                                     std::string &refusal) {
  if (!problem.steps)
    refusal = "no polynomial steps reach the contract";
  else if (!problem.element.isF32())
    refusal = "the element type is not f32";
  else if (problem.rounding < bf16Rounding * problem.steps->steps.size())
    refusal = llvm::formatv(
        "factors in bf16 move values by {0}, the contract allows {1}",
        matrix::printReal(bf16Rounding * problem.steps->steps.size()),
        matrix::printReal(problem.rounding));
  else if (!problem.hasBf16Products)
    refusal = "the processor has no products of bf16";
  else
    return std::make_unique<StandardSign>(problem, /*bf16=*/true);
  return nullptr;
}

std::unique_ptr<SignRoute>
steepest::prepareStandardSign(const SignProblem &problem,
                              std::string &refusal) {
  if (problem.steps)
    return std::make_unique<StandardSign>(problem, /*bf16=*/false);
  refusal = "no polynomial steps reach the contract";
  return nullptr;
}
