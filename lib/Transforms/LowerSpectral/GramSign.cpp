//===- GramSign.cpp - polynomial steps on the Gram matrix alone -----------===//
//
// Restarts. The eigenvalues of G are known to about eps absolutely, those of X
// to about eps too: a small s is known to eps / s^2 relatively through G. So
// the steps are cut into segments; each begins with a fresh Gram matrix, of an
// X whose small singular values the steps before have raised. Where to cut
// follows from the steps: `deviationOf`.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/GramPrecision.h"
#include "lib/Transforms/LowerSpectral/GramSteps.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class GramSign : public SignRoute {
public:
  GramSign(const SignProblem &problem, Segments segments)
      : element(problem.getElement()),
        steps(problem.steps->steps, problem.schatten4, /*factors=*/{}),
        lowest(problem.lowest), segments(std::move(segments)) {}

  Cost getCost(const Machine &machine) const override {
    return steps.getCost(machine, element, segments.starts);
  }

  std::string getSummary() const override {
    size_t parts = segments.starts.size();
    std::string text =
        llvm::formatv("{0} symmetric products of m x m and {1} on X: {2} n m^2 "
                      "+ {0} m^3 flops for n x m, m <= n; rounding moves "
                      "values by at most {3}",
                      steps.countInner(segments.starts), 2 * parts, 3 * parts,
                      matrix::printReal(segments.deviation));
    for (unsigned start : ArrayRef(segments.starts).drop_front())
      text += llvm::formatv("; a fresh Gram matrix after step {0}", start);
    return text;
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    return buildGramSign(m, x, steps, lowest,
                         roundingOfSteps(element) + segments.deviation,
                         [&](FormulaBuilder &inner, const GramStart &start) {
                           return steps.build(inner, start, segments.starts);
                         });
  }

private:
  Type element;
  GramSteps steps;
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
