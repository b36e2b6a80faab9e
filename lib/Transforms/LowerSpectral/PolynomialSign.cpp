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
// ||Phi||_2 <= max P on [0, 1].
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
    Value tail = m.mul(m.mul(smaller, frobenius), m.constant(lowest));
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

static Value buildStep(FormulaBuilder &m, Value x, bool tall, OddStep step) {
  Type element = getElementTypeOrSelf(x);
  auto constant = [&](double value) { return m.constant(value, element); };
  Value gram = tall ? m.gram(x) : m.outerGram(x);
  Value factor;
  if (step.c == 0) {
    // A cubic step needs no second symmetric product.
    factor = m.add(m.mul(gram, constant(step.b)),
                   m.mul(m.identity(gram), constant(step.a)));
  } else {
    FormulaBuilder::ProductOptions options;
    options.symmetric = true;
    options.alpha = constant(step.c);
    options.beta = constant(step.b);
    options.addend = gram;
    options.gamma = constant(step.a);
    factor = m.product(gram, gram, options);
  }
  return tall ? m.product(x, factor) : m.product(factor, x);
}

namespace {
class StandardSign : public SignRoute {
public:
  explicit StandardSign(const SignProblem &problem)
      : element(problem.element), steps(problem.steps->steps) {}

  Cost getCost(const Machine &machine) const override {
    Monomial n = Monomial::n(), m = Monomial::m();
    Cost cost;
    for (const OddStep &step : steps) {
      cost += machine.product(m, n, m, element, /*symmetric=*/true);
      if (step.c != 0)
        cost += machine.product(m, m, m, element, /*symmetric=*/true);
      cost += machine.product(n, m, m, element);
    }
    return cost;
  }

  std::string getSummary() const override {
    size_t cubic =
        llvm::count_if(steps, [](const OddStep &step) { return step.c == 0; });
    return llvm::formatv("{0} products on X and {1} of its Gram matrix: {2} n "
                         "m^2 + {1} m^3 flops for n x m, m <= n",
                         2 * steps.size(), steps.size() - cubic,
                         3 * steps.size());
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    Normalized start = normalize(m, x);
    Value phi = m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
                   Value y = start.matrix;
                   for (const OddStep &step : steps)
                     y = buildStep(inner, y, tall, step);
                   return SmallVector<Value>{y};
                 }).front();
    return boundSign(m, x, start.frobenius, phi, steps,
                     roundingOfSteps(element));
  }

private:
  Type element;
  OddSteps steps;
};
} // namespace

std::unique_ptr<SignRoute>
steepest::prepareStandardSign(const SignProblem &problem,
                              std::string &refusal) {
  if (problem.steps)
    return std::make_unique<StandardSign>(problem);
  refusal = "no polynomial steps reach the contract";
  return nullptr;
}
