//===- SymmetricProducts.cpp - compute half of symmetric products ---------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Facts/Facts.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"

namespace steepest {
#define GEN_PASS_DEF_SYMMETRICPRODUCTSPASS
#include "lib/Transforms/SymmetricProducts/SymmetricProducts.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {
struct SymmetricProducts
    : steepest::impl::SymmetricProductsPassBase<SymmetricProducts> {
  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    Facts facts(optimizer);
    optimizer.walk([&](matrix::ProductOp op) {
      if (op.getSymmetric() || !facts.of(op.getResult()).symmetric)
        return;
      op.setSymmetric(true);
      remark::passed(op.getLoc(), remark::RemarkOpts::name("SymmetricProduct")
                                      .category("steepest-symmetric-products")
                                      .function(optimizer.getSymName()))
          << remark::metric("extents", printExtents(op))
          << remark::add("half of the result is computed and mirrored");
    });
  }
};
} // namespace
