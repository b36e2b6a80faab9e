//===- GramSign.cpp - polynomial steps on the Gram matrix alone -----------===//
//
// All steps of an odd polynomial iteration are polynomials in G = X^T X, so
// that X is needed at both ends only (Gram Newton-Schulz):
//
//   G = X^T X, Q = I; each step (a, b, c):
//     P = a I + b G + c G^2,   Q <- P Q,   G <- P G P;
//   X <- X Q.
//
// Every product in between is of commuting symmetric m x m matrices, half of
// whose result is computed. A cubic step (c = 0) takes one product less:
// T = a G + b G^2, G <- a T + b G T, Q <- a Q + b G Q.
//
// Restarts. The eigenvalues of G are known to about eps absolutely, those of X
// to about eps too: a small s is known to eps / s^2 relatively through G. So
// the steps are cut into segments; each begins with a fresh Gram matrix, of an
// X whose small singular values the steps before have raised. Where to cut
// follows from the steps: `deviationOf`.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/GramPrecision.h"
#include "lib/Transforms/LowerSpectral/PolynomialSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class GramSign : public SignRoute {
public:
  GramSign(const SignProblem &problem, Segments segments)
      : element(problem.element), steps(problem.steps->steps),
        segments(std::move(segments)) {}

  Cost getCost(const Machine &machine) const override {
    Monomial n = Monomial::n(), m = Monomial::m();
    Cost cost;
    Cost inner = machine.product(m, m, m, element, /*symmetric=*/true);
    cost += countInner() * inner;
    for (size_t i = 0; i < segments.starts.size(); ++i) {
      cost += machine.product(m, n, m, element, /*symmetric=*/true);
      cost += machine.product(n, m, m, element);
    }
    return cost;
  }

  std::string getSummary() const override {
    size_t parts = segments.starts.size();
    std::string text =
        llvm::formatv("{0} symmetric products of m x m and {1} on X: {2} n m^2 "
                      "+ {0} m^3 flops for n x m, m <= n; rounding moves "
                      "values by at most {3}",
                      countInner(), 2 * parts, 3 * parts,
                      matrix::printReal(segments.deviation));
    for (unsigned start : ArrayRef(segments.starts).drop_front())
      text += llvm::formatv("; a fresh Gram matrix after step {0}", start);
    return text;
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    Normalized start = normalize(m, x);
    auto type = cast<RankedTensorType>(x.getType());
    Value phi;
    if (type.isDynamicDim(0) && type.isDynamicDim(1)) {
      // The steps are the same for both orientations.
      phi = apply(m, start.matrix, std::nullopt);
    } else {
      phi = m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
               return SmallVector<Value>{apply(inner, start.matrix, tall)};
             }).front();
    }
    double deviation = roundingOfSteps(element) + segments.deviation;
    return boundSign(m, x, start.frobenius, phi, steps, deviation);
  }

private:
  /// Symmetric products of m x m matrices.
  unsigned countInner() const {
    unsigned count = 0;
    forEachStep([&](const OddStep &step, bool first, bool last) {
      bool quintic = step.c != 0;
      count += quintic + !first + (last ? 0 : 2);
    });
    return count;
  }

  void forEachStep(
      function_ref<void(const OddStep &, bool first, bool last)> body) const {
    for (size_t i = 0; i < steps.size(); ++i)
      body(steps[i], llvm::is_contained(segments.starts, i),
           i + 1 == steps.size() || llvm::is_contained(segments.starts, i + 1));
  }

  Value apply(FormulaBuilder &m, Value x, std::optional<bool> tall) const {
    auto oriented = [&](function_ref<Value(FormulaBuilder &, bool)> body) {
      if (tall)
        return body(m, *tall);
      return m
          .byOrientation(x,
                         [&](FormulaBuilder &inner, bool isTall) {
                           return SmallVector<Value>{body(inner, isTall)};
                         })
          .front();
    };
    auto constant = [&](double value) { return m.constant(value, element); };
    auto symmetric = [&](Value a, Value b) {
      FormulaBuilder::ProductOptions options;
      options.symmetric = true;
      return m.product(a, b, options);
    };
    // alpha A B + beta B.
    auto combine = [&](double alpha, Value a, Value b, double beta) {
      FormulaBuilder::ProductOptions options;
      options.symmetric = true;
      options.alpha = constant(alpha);
      options.beta = constant(beta);
      options.addend = b;
      return m.product(a, b, options);
    };
    Value gram, q;
    forEachStep([&](const OddStep &step, bool first, bool last) {
      if (first)
        gram = oriented([&](FormulaBuilder &inner, bool isTall) {
          return isTall ? inner.gram(x) : inner.outerGram(x);
        });
      Value next;
      if (step.c == 0) {
        q = first ? m.add(m.mul(gram, constant(step.b)),
                          m.mul(m.identity(gram), constant(step.a)))
                  : combine(step.b, gram, q, step.a);
        if (!last)
          next = combine(step.b, gram, combine(step.b, gram, gram, step.a),
                         step.a);
      } else {
        FormulaBuilder::ProductOptions options;
        options.symmetric = true;
        options.alpha = constant(step.c);
        options.beta = constant(step.b);
        options.addend = gram;
        options.gamma = constant(step.a);
        Value p = m.product(gram, gram, options);
        q = first ? p : symmetric(p, q);
        if (!last)
          next = symmetric(p, symmetric(p, gram));
      }
      gram = next;
      if (last)
        x = oriented([&](FormulaBuilder &inner, bool isTall) {
          return isTall ? inner.product(x, q) : inner.product(q, x);
        });
    });
    return x;
  }

  Type element;
  OddSteps steps;
  Segments segments;
};
} // namespace

std::unique_ptr<SignRoute> steepest::prepareGramSign(const SignProblem &problem,
                                                     std::string &refusal) {
  if (!problem.steps) {
    refusal = "no polynomial steps reach the contract";
    return nullptr;
  }
  double unit = problem.element.isF32() ? 0x1p-23 : 0x1p-52;
  Segments segments = placeRestarts(problem.steps->steps, unit, problem.lowest,
                                    1 + problem.error, problem.allowance);
  if (segments.starts.size() < problem.steps->steps.size() ||
      problem.steps->steps.size() == 1)
    if (segments.deviation <= problem.allowance)
      return std::make_unique<GramSign>(problem, std::move(segments));
  refusal = llvm::formatv(
      "rounding of the Gram matrix in {0} moves values by {1}, the contract "
      "leaves {2}",
      problem.element, matrix::printReal(segments.deviation),
      matrix::printReal(problem.allowance));
  return nullptr;
}
