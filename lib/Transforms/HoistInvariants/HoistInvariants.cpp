//===- HoistInvariants.cpp - what a loop does not change ------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Facts/Facts.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace steepest {
#define GEN_PASS_DEF_HOISTINVARIANTSPASS
#include "lib/Transforms/HoistInvariants/HoistInvariants.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// Worth a place in memory for the length of a loop. Elementwise work is not,
/// by itself: it is part of a pass that runs anyway.
static bool isExpensive(Operation *op) {
  return isa<matrix::ProductOp, matrix::EighOp, matrix::EigenvaluesOp,
             matrix::RationalOp, matrix::MsignOp, matrix::SpectralPowerOp,
             matrix::LeadingOp, matrix::SingularValuesOp>(op);
}

/// What `op` needs of the loop's body, in order, itself last; false when that
/// depends on the loop.
static bool collect(Operation *op, Operation *loop,
                    llvm::SetVector<Operation *> &slice) {
  if (slice.contains(op))
    return true;
  if (!isPure(op) || op->getNumRegions() > 0)
    return false;
  for (Value operand : op->getOperands()) {
    if (isInvariant(operand, loop))
      continue;
    Operation *source = operand.getDefiningOp();
    if (!source || source->getParentOp() != loop ||
        !collect(source, loop, slice))
      return false;
  }
  slice.insert(op);
  return true;
}

namespace {
struct HoistInvariants
    : steepest::impl::HoistInvariantsPassBase<HoistInvariants> {
  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    // Inner loops first: what leaves one may leave the next.
    optimizer.walk([&](LoopLikeOpInterface loop) {
      SmallVector<Operation *> work;
      for (Region *region : loop.getLoopRegions())
        for (Operation &op : region->getOps())
          if (isExpensive(&op))
            work.push_back(&op);
      for (Operation *op : work) {
        llvm::SetVector<Operation *> slice;
        if (hasLeft(op, loop) || !collect(op, loop, slice))
          continue;
        for (Operation *part : slice)
          part->moveBefore(loop);
        remark::passed(op->getLoc(), remark::RemarkOpts::name("Hoisted")
                                         .category("steepest-hoist-invariants")
                                         .function(optimizer.getSymName()))
            << remark::metric("operation", op->getName().getStringRef())
            << remark::metric("operations", static_cast<int64_t>(slice.size()));
      }
    });
  }

private:
  /// Whether an earlier slice took it along.
  static bool hasLeft(Operation *op, Operation *loop) {
    return !loop->isProperAncestor(op);
  }
};
} // namespace
