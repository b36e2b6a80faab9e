//===- FoldTransposes.cpp - transposes go into products -------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Facts/Facts.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"

namespace steepest {
#define GEN_PASS_DEF_FOLDTRANSPOSESPASS
#include "lib/Transforms/FoldTransposes/FoldTransposes.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {
struct FoldTransposes : steepest::impl::FoldTransposesPassBase<FoldTransposes> {
  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    Facts facts(optimizer);
    SmallVector<Operation *> work;
    optimizer.walk([&](Operation *op) {
      if (isa<matrix::ProductOp, matrix::TransposeOp>(op))
        work.push_back(op);
    });
    int64_t folded = 0;
    // Erased last: the facts are kept by the address of a value.
    SmallVector<Operation *> dead;
    for (Operation *op : work) {
      if (auto product = dyn_cast<matrix::ProductOp>(op)) {
        bool left = product.getTransposeLhs(),
             right = product.getTransposeRhs();
        folded += takeOver(facts, product.getLhsMutable(), left);
        folded += takeOver(facts, product.getRhsMutable(), right);
        product.setTransposeLhs(left);
        product.setTransposeRhs(right);
        continue;
      }
      auto transpose = cast<matrix::TransposeOp>(op);
      if (Value result = simplify(facts, transpose)) {
        transpose.getResult().replaceAllUsesWith(result);
        dead.push_back(transpose);
        ++folded;
      }
    }
    for (Operation *op : llvm::reverse(dead))
      op->erase();
    if (folded > 0)
      remark::passed(optimizer.getLoc(),
                     remark::RemarkOpts::name("FoldedTransposes")
                         .category("steepest-fold-transposes")
                         .function(optimizer.getSymName()))
          << remark::metric("transposes", folded);
  }

private:
  /// Makes a product read through the transposes of an operand.
  static int64_t takeOver(const Facts &facts, OpOperand &operand,
                          bool &transposed) {
    int64_t folded = 0;
    while (auto inner = operand.get().getDefiningOp<matrix::TransposeOp>()) {
      operand.set(inner.getInput());
      transposed = !transposed;
      ++folded;
    }
    if (transposed && facts.of(operand.get()).symmetric)
      transposed = false;
    return folded;
  }

  static Value simplify(const Facts &facts, matrix::TransposeOp op) {
    Value input = op.getInput();
    if (auto inner = input.getDefiningOp<matrix::TransposeOp>())
      return inner.getInput();
    if (facts.of(input).symmetric && input.getType() == op.getType())
      return input;
    auto product = input.getDefiningOp<matrix::ProductOp>();
    if (!product || product.getAddend() || !input.hasOneUse() ||
        product->getBlock() != op->getBlock())
      return {};
    // (alpha A B + gamma I)^T = alpha B^T A^T + gamma I.
    OpBuilder builder(op);
    return matrix::ProductOp::create(
        builder, product.getLoc(), op.getType(), product.getRhs(),
        product.getLhs(), product.getAlpha(), Value(), Value(),
        product.getGamma(), !product.getTransposeRhs(),
        !product.getTransposeLhs(), product.getSymmetric(),
        product.getFactorsAttr());
  }
};
} // namespace
