//===- LowerBlocks.cpp - symmetric results without a mirror ---------------===//

#include "dialect/Kernel/Kernel.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERBLOCKSPASS
#include "lib/Transforms/LowerBlocks/LowerBlocks.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using kernel::ProductOp;

/// Whether a use of a buffer can do with lower blocks: it writes a symmetric
/// result, or reads no more than a product packs or adds.
static bool acceptsBlocks(OpOperand &use) {
  if (isa<memref::DimOp>(use.getOwner()))
    return true;
  auto product = dyn_cast<ProductOp>(use.getOwner());
  if (!product)
    return false;
  if (&use == &product.getLhsMutable() || &use == &product.getRhsMutable())
    return product.getFactors().has_value();
  bool isResult = &use == &product.getIntoMutable();
  bool isAddend = !isResult && use.get() == product.getAddend();
  return product.getSymmetric() &&
         (isAddend || (isResult && !product.getLowerResult()));
}

namespace {
struct LowerBlocks : steepest::impl::LowerBlocksPassBase<LowerBlocks> {
  void runOnOperation() override {
    getOperation().walk([&](memref::AllocOp buffer) {
      Value memory = buffer.getResult();
      auto isFactor = [](OpOperand &use) {
        auto product = dyn_cast<ProductOp>(use.getOwner());
        return product && (&use == &product.getLhsMutable() ||
                           &use == &product.getRhsMutable());
      };
      // What nobody multiplies by is left as it is.
      if (llvm::all_of(memory.getUses(), acceptsBlocks) &&
          llvm::any_of(memory.getUses(), isFactor))
        leaveInBlocks(memory);
    });
  }

private:
  void leaveInBlocks(Value memory) {
    for (OpOperand &use : memory.getUses()) {
      auto product = dyn_cast<ProductOp>(use.getOwner());
      if (!product)
        continue;
      if (&use == &product.getLhsMutable())
        product.setLhsLowerBlocks(true);
      else if (&use == &product.getRhsMutable())
        product.setRhsLowerBlocks(true);
      else if (&use == &product.getIntoMutable()) {
        product.setLowerBlocksResult(true);
        remark::passed(product.getLoc(),
                       remark::RemarkOpts::name("LowerBlocks")
                           .category("steepest-lower-blocks")
                           .function(getOperation().getName()))
            << remark::add("all who read the result pack it from the lower "
                           "triangle, so that it is not mirrored");
      }
    }
  }
};
} // namespace
