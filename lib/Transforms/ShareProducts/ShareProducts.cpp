//===- ShareProducts.cpp - one product for A B and its transpose ----------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"
#include "mlir/IR/Dominance.h"

namespace steepest {
#define GEN_PASS_DEF_SHAREPRODUCTSPASS
#include "lib/Transforms/ShareProducts/ShareProducts.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// op(A), op(B), and the factor and the shift, that make a product.
using Key = std::tuple<Value, bool, Value, bool, Value, Value>;

static Key keyOf(matrix::ProductOp op) {
  return {op.getLhs(),          op.getTransposeLhs(), op.getRhs(),
          op.getTransposeRhs(), op.getAlpha(),        op.getGamma()};
}

/// The key of the transpose: B^T A^T.
static Key transposedKeyOf(matrix::ProductOp op) {
  return {op.getRhs(),           !op.getTransposeRhs(), op.getLhs(),
          !op.getTransposeLhs(), op.getAlpha(),         op.getGamma()};
}

namespace {
struct ShareProducts : steepest::impl::ShareProductsPassBase<ShareProducts> {
  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    DominanceInfo &dominance = getAnalysis<DominanceInfo>();
    SmallVector<matrix::ProductOp> known;
    SmallVector<Operation *> dead;
    // In program order: what dominates comes first.
    optimizer.walk<WalkOrder::PreOrder>([&](matrix::ProductOp op) {
      if (op.getAddend())
        return;
      Key key = keyOf(op);
      auto mirror = llvm::find_if(known, [&](matrix::ProductOp other) {
        return transposedKeyOf(other) == key &&
               dominance.dominates(other.getOperation(), op.getOperation());
      });
      if (mirror == known.end() || key == transposedKeyOf(op)) {
        known.push_back(op);
        return;
      }
      OpBuilder builder(op);
      Value shared = matrix::TransposeOp::create(
          builder, op.getLoc(), op.getResult().getType(), mirror->getResult());
      remark::passed(op.getLoc(), remark::RemarkOpts::name("SharedProduct")
                                      .category("steepest-share-products")
                                      .function(optimizer.getSymName()))
          << remark::metric("extents", printExtents(op))
          << remark::add("the transpose of a product that is there already");
      op.getResult().replaceAllUsesWith(shared);
      dead.push_back(op);
    });
    for (Operation *op : dead)
      op->erase();
  }
};
} // namespace
