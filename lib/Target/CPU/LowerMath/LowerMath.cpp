//===- LowerMath.cpp - the pass that keeps functions exact ----------------===//

#include "lib/Target/CPU/LowerMath/LowerMath.h"

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERMATHPASS
#include "lib/Target/CPU/LowerMath/LowerMath.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

static void lowerIntegerPower(math::FPowIOp op) {
  OpBuilder builder(op);
  Value exponent =
      arith::SIToFPOp::create(builder, op.getLoc(), op.getType(), op.getRhs());
  Value power =
      math::PowFOp::create(builder, op.getLoc(), op.getLhs(), exponent);
  op.replaceAllUsesWith(power);
  op.erase();
}

namespace {

struct LowerMath : steepest::impl::LowerMathPassBase<LowerMath> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([](math::FPowIOp op) { lowerIntegerPower(op); });
    SmallVector<Operation *> functions;
    getOperation()->walk([&](Operation *op) {
      if (isa<math::ExpM1Op, math::Log1pOp>(op))
        functions.push_back(op);
    });
    RewritePatternSet patterns(&getContext());
    populateMathToLibmConversionPatterns(patterns);
    // A function of a vector first becomes several of scalars.
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    if (failed(applyOpPatternsGreedily(functions, std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
