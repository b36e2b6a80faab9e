//===- GramSign.cpp - polynomial steps on the Gram matrix alone -----------===//
//
// Restarts. The eigenvalues of G are known to about eps absolutely, those of X
// to about eps too: a small s is known to eps / s^2 relatively through G. So
// the steps are cut into segments; each begins with a fresh Gram matrix, of an
// X whose small singular values the steps before have raised. Where to cut
// follows from the steps: `deviationOf`. Quintic steps are taken two at a time
// (`StepPairs.h`) where the contract leaves room for the rounding of that.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/GramSteps.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class GramSign : public SignRoute {
public:
  GramSign(const SignProblem &problem, Segments segments, StepPairs pairs)
      : element(problem.getElement()), pairCount(pairs.count),
        steps(problem.steps->steps, problem.schatten4, /*factors=*/{},
              std::move(pairs.pairs)),
        lowest(problem.lowest), segments(std::move(segments)) {}

  Cost getCost(const Machine &machine) const override {
    return steps.getCost(machine, element, segments.starts);
  }

  std::string getSummary() const override {
    size_t parts = segments.starts.size();
    std::string text =
        llvm::formatv("{0} symmetric products of m x m and {1} on X: {2} n m^2 "
                      "+ {0} m^3 flops for n x m, m <= n; rounding moves "
                      "values by at most {3}, vectors by {4}",
                      steps.countInner(segments.starts), 2 * parts, 3 * parts,
                      matrix::printReal(segments.deviation.values),
                      matrix::printReal(segments.deviation.vectors));
    if (pairCount)
      text += llvm::formatv("; {0} times two steps in four products for r(G)",
                            pairCount);
    for (unsigned start : ArrayRef(segments.starts).drop_front())
      text += llvm::formatv("; a fresh Gram matrix after step {0}", start);
    return text;
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    return buildGramSign(m, x, steps, lowest, roundingOfSteps(element),
                         &segments.deviation,
                         [&](FormulaBuilder &inner, const GramStart &start) {
                           return steps.build(inner, start, segments.starts);
                         });
  }

private:
  Type element;
  unsigned pairCount;
  GramSteps steps;
  double lowest;
  Segments segments;
};
} // namespace

Segments steepest::segmentsOfGramSign(const SignProblem &problem) {
  return placeRestarts(problem.steps->steps, problem.schatten4,
                       unitOf(problem.getElement()), problem.lowest,
                       problem.getMost(), problem.allowance);
}

std::unique_ptr<SignRoute> steepest::prepareGramSign(const SignProblem &problem,
                                                     std::string &refusal) {
  if (!problem.steps) {
    refusal = "the contract asks for no polynomial steps";
    return nullptr;
  }
  Segments segments = segmentsOfGramSign(problem);
  if (segments.starts.size() < problem.steps->steps.size() ||
      problem.steps->steps.size() == 1)
    if (segments.deviation.ofBounds() <= problem.allowance) {
      // Results stay as exact as without pairs: these add a small part of what
      // the Gram form rounds anyway. And m of room for them, with v the turn of
      // vectors so far, is room where m + (v + m)^2 - v^2 <= left.
      constexpr double part = 0.02;
      double left = problem.allowance - segments.deviation.ofBounds();
      double room = std::min(left / (1 + 2 * segments.deviation.vectors + left),
                             part * segments.deviation.ofBounds());
      StepPairs pairs = placePairs(problem.steps->steps, segments.starts,
                                   unitOf(problem.getElement()),
                                   problem.stepPairs ? room : -1);
      segments.deviation.add(pairs.deviation);
      return std::make_unique<GramSign>(problem, std::move(segments),
                                        std::move(pairs));
    }
  refusal = llvm::formatv(
      "rounding of the Gram matrix in {0} moves values by {1}, the contract "
      "leaves {2}",
      problem.getElement(), matrix::printReal(segments.deviation.ofBounds()),
      matrix::printReal(problem.allowance));
  return nullptr;
}
