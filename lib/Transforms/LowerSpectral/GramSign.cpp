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
      : element(problem.getElement()), steps(problem.steps->steps),
        schatten4(problem.schatten4), lowest(problem.lowest),
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
    SmallVector<Value> results;
    if (type.isDynamicDim(0) && type.isDynamicDim(1)) {
      // The steps are the same for both orientations.
      results = apply(m, start.matrix, std::nullopt);
    } else {
      results = m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
        return apply(inner, start.matrix, tall);
      });
    }
    Value norm =
        schatten4 ? m.mul(start.frobenius, results[1]) : start.frobenius;
    double deviation = roundingOfSteps(element) + segments.deviation;
    return boundSign(m, x, start.frobenius, norm, results[0], steps, lowest,
                     deviation);
  }

private:
  /// Symmetric products of m x m matrices.
  unsigned countInner() const {
    unsigned count = 0;
    forEachStep([&](size_t i, bool first, bool last) {
      bool quintic = steps[i].c != 0;
      count += quintic + !first + (last ? 0 : 2);
    });
    return count;
  }

  void forEachStep(
      function_ref<void(size_t step, bool first, bool last)> body) const {
    for (size_t i = 0; i < steps.size(); ++i)
      body(i, llvm::is_contained(segments.starts, i),
           i + 1 == steps.size() || llvm::is_contained(segments.starts, i + 1));
  }

  /// The value of the steps on X and, where X is rescaled, what by.
  SmallVector<Value> apply(FormulaBuilder &m, Value x,
                           std::optional<bool> tall) const {
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
    // alpha A B + beta B, or alpha A B.
    auto product = [&](Value a, Value b, Value alpha = {}, Value beta = {}) {
      FormulaBuilder::ProductOptions options;
      options.symmetric = true;
      options.alpha = alpha;
      options.beta = beta;
      options.addend = beta ? b : Value();
      return m.product(a, b, options);
    };
    Rescaling all;
    Value gram, q;
    forEachStep([&](size_t i, bool first, bool last) {
      const OddStep &step = steps[i];
      if (first)
        gram = oriented([&](FormulaBuilder &inner, bool isTall) {
          return isTall ? inner.gram(x) : inner.outerGram(x);
        });
      bool rescale = schatten4 && i == 0;
      if (rescale)
        all = Rescaling::of(m, gram);
      // With the Gram matrix divided by t, and X by its root at the end.
      auto scaled = [&](double value, unsigned power) {
        return (rescale ? all : Rescaling()).scale(m, value, power, element);
      };
      Value next;
      if (step.c == 0) {
        q = first ? m.add(m.mul(gram, scaled(step.b, 1)),
                          m.mul(m.identity(gram), scaled(step.a, 0)))
                  : product(gram, q, scaled(step.b, 1), scaled(step.a, 0));
        if (!last) {
          Value t = product(gram, gram, scaled(step.b, 2), scaled(step.a, 1));
          next = product(gram, t, scaled(step.b, 1), scaled(step.a, 0));
        }
      } else {
        FormulaBuilder::ProductOptions options;
        options.symmetric = true;
        options.alpha = scaled(step.c, 2);
        options.beta = scaled(step.b, 1);
        options.addend = gram;
        options.gamma = scaled(step.a, 0);
        Value p = m.product(gram, gram, options);
        q = first ? p : product(p, q);
        if (!last)
          next = product(p, product(p, gram, rescale ? scaled(1, 1) : Value()));
      }
      gram = next;
      if (!last)
        return;
      FormulaBuilder::ProductOptions options;
      if (all.inverseRoot && i < firstRestart())
        options.alpha = m.cast(all.inverseRoot, element);
      x = oriented([&](FormulaBuilder &inner, bool isTall) {
        return isTall ? inner.product(x, q, options)
                      : inner.product(q, x, options);
      });
    });
    return schatten4 ? SmallVector<Value>{x, all.root} : SmallVector<Value>{x};
  }

  /// The number of steps in the first segment.
  size_t firstRestart() const {
    return segments.starts.size() > 1 ? segments.starts[1] : steps.size();
  }

  Type element;
  OddSteps steps;
  bool schatten4;
  double lowest;
  Segments segments;
};
} // namespace

std::unique_ptr<SignRoute> steepest::prepareGramSign(const SignProblem &problem,
                                                     std::string &refusal) {
  if (!problem.steps) {
    refusal = "the contract asks for no polynomial steps";
    return nullptr;
  }
  double unit = problem.getElement().isF32() ? 0x1p-23 : 0x1p-52;
  double most = 1 + problem.steps->error + problem.rounding;
  Segments segments =
      placeRestarts(problem.steps->steps, problem.schatten4, unit,
                    problem.lowest, most, problem.allowance);
  if (segments.starts.size() < problem.steps->steps.size() ||
      problem.steps->steps.size() == 1)
    if (segments.deviation <= problem.allowance)
      return std::make_unique<GramSign>(problem, std::move(segments));
  refusal = llvm::formatv(
      "rounding of the Gram matrix in {0} moves values by {1}, the contract "
      "leaves {2}",
      problem.getElement(), matrix::printReal(segments.deviation),
      matrix::printReal(problem.allowance));
  return nullptr;
}
