//===- LowerSpectral.cpp - spectral functions by products -----------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
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
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    return target.set(context, vectorBits, device, stepPairs, factors);
  }

  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    const Machine &machine = target.getMachine();
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
      if (auto msign = dyn_cast<matrix::MsignOp>(op)) {
        auto type = cast<RankedTensorType>(msign.getInput().getType());
        SignProblem problem = getSignProblem(type, msign.getContract(), target);
        auto sign = buildSignByRoute(m, msign, problem, machine, function);
        if (failed(sign))
          return signalPassFailure();
        results = {sign->result, sign->nuclear, sign->spectral};
      } else {
        auto power = dyn_cast<matrix::SpectralPowerOp>(op);
        auto fractions = dyn_cast_or_null<matrix::FractionsAttr>(
            power ? power.getContractAttr() : Attribute());
        if (!fractions)
          remarkGram(op, function);
        if (power) {
          double exponent = power.getPower().convertToDouble();
          Value x = power.getInput();
          Type element = getElementTypeOrSelf(x);
          if (fractions) {
            auto [result, sum, excess] =
                buildRationalPower(m, x, exponent, planOf(fractions, element));
            results = {result, sum, excess};
          } else {
            auto [result, sum, excess] = buildSpectralPower(m, x, exponent);
            results = {result, sum, excess};
          }
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

private:
  SignTarget target;
};
} // namespace
