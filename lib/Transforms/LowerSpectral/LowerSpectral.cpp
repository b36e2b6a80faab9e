//===- LowerSpectral.cpp - spectral functions by products -----------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Support/Polynomials.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/Spectral.h"
#include "lib/Transforms/Passes.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERSPECTRALPASS
#include "lib/Transforms/LowerSpectral/LowerSpectral.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

static constexpr StringLiteral category = "steepest-lower-spectral";

/// The steps that a contract asks for, with a remark that shows them.
static FailureOr<OddSteps> stepsOf(matrix::MsignOp op, StringRef function) {
  Schedule schedule;
  if (auto polynomials = dyn_cast<matrix::PolynomialsAttr>(op.getContract())) {
    ArrayRef<double> c = polynomials.getCoefficients();
    for (size_t i = 0; i < c.size(); i += 3)
      schedule.steps.push_back({c[i], c[i + 1], c[i + 2]});
    schedule.error = imageOf(schedule.steps, 1e-3, 1).error();
  } else {
    auto band = cast<matrix::BandAttr>(op.getContract());
    std::optional<Schedule> found = stepsFor(band.getLowest(), band.getError());
    if (!found)
      return op.emitOpError() << "has no polynomial steps for " << band
                              << "; ask for #steepest.exact";
    schedule = *found;
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(schedule.steps, os, [&](OddStep step) {
    os << llvm::formatv("({0:f4}, {1:f4}, {2:f4})", step.a, step.b, step.c);
  });
  remark::passed(op.getLoc(), remark::RemarkOpts::name("PolynomialSteps")
                                  .category(category)
                                  .function(function))
      << remark::metric("steps", static_cast<int64_t>(schedule.steps.size()))
      << remark::metric("contract", op.getContract())
      << remark::metric("error", matrix::printReal(schedule.error))
      << remark::metric("coefficients", text)
      << remark::add("{0} (3 n m^2 + m^3) flops for an n x m matrix, m <= n, "
                     "with symmetric products",
                     static_cast<int64_t>(schedule.steps.size()));
  return schedule.steps;
}

static std::string printReals(ArrayRef<double> values) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(
      values, os, [&](double value) { os << llvm::formatv("{0:e3}", value); });
  return text;
}

/// The fractions of an msign, with a remark that shows them.
static RationalPlan fractionsOf(matrix::MsignOp op,
                                matrix::FractionsAttr fractions,
                                StringRef function) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  RationalPlan plan = planOf(fractions, type.getElementType());
  const PartialFractions &h = plan.fit.function;
  auto terms = static_cast<int64_t>(h.poles.size());
  remark::passed(op.getLoc(), remark::RemarkOpts::name("PartialFractions")
                                  .category(category)
                                  .function(function))
      << remark::metric("terms", terms)
      << remark::metric("contract", op.getContract())
      << remark::metric("constant", matrix::printReal(h.constant))
      << remark::metric("weights", printReals(h.weights))
      << remark::metric("poles", printReals(h.poles))
      << remark::metric("in_float64", static_cast<int64_t>(plan.wide.poles))
      << remark::metric("rounding", matrix::printReal(plan.rounding))
      << remark::add("{0} inverses of the shifted Gram matrix: 3 n m^2 + {0} "
                     "m^3 flops for an n x m matrix, m <= n",
                     terms);
  return plan;
}

static void remarkGram(Operation *op, StringRef function) {
  remark::passed(op->getLoc(), remark::RemarkOpts::name("GramDecomposition")
                                   .category(category)
                                   .function(function))
      << remark::metric("operation", op->getName().getStringRef())
      << remark::add("eigen-decomposition of the smaller Gram matrix in "
                     "float64: 3 n m^2 + about 11 m^3 flops");
}

namespace {
struct LowerSpectral : steepest::impl::LowerSpectralPassBase<LowerSpectral> {
  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    StringRef function = optimizer.getSymName();
    SmallVector<Operation *> work;
    optimizer.walk([&](Operation *op) {
      if (isa<matrix::MsignOp, matrix::SpectralPowerOp, matrix::LeadingOp,
              matrix::SingularValuesOp>(op))
        work.push_back(op);
    });
    for (Operation *op : work) {
      OpBuilder builder(op);
      FormulaBuilder m(builder, op->getLoc());
      SmallVector<Value> results;
      auto msign = dyn_cast<matrix::MsignOp>(op);
      if (auto fractions =
              msign ? dyn_cast<matrix::FractionsAttr>(msign.getContract())
                    : nullptr) {
        auto sign = buildRationalSign(m, msign.getInput(),
                                      fractionsOf(msign, fractions, function));
        results = {sign.result, sign.nuclear, sign.spectral};
      } else if (msign && !isa<matrix::ExactAttr>(msign.getContract())) {
        FailureOr<OddSteps> steps = stepsOf(msign, function);
        if (failed(steps))
          return signalPassFailure();
        auto sign = buildPolynomialSign(m, msign.getInput(), *steps);
        results = {sign.result, sign.nuclear, sign.spectral};
      } else {
        remarkGram(op, function);
        if (msign) {
          auto sign = buildExactSign(m, msign.getInput());
          results = {sign.result, sign.nuclear, sign.spectral};
        } else if (auto power = dyn_cast<matrix::SpectralPowerOp>(op)) {
          results = {buildSpectralPower(m, power.getInput(),
                                        power.getPower().convertToDouble())};
        } else if (auto leading = dyn_cast<matrix::LeadingOp>(op)) {
          results = {buildLeading(m, leading.getInput())};
        } else {
          auto values = cast<matrix::SingularValuesOp>(op);
          results = {buildSingularValues(m, values.getInput())};
        }
      }
      op->replaceAllUsesWith(results);
      op->erase();
    }
  }
};
} // namespace
