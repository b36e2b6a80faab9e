//===- EmitMaps.cpp - the pass that emits maps ----------------------------===//

#include "lib/Target/CPU/EmitMaps/EmitMaps.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/EmitMaps/MapEmitter.h"
#include "lib/Target/Common/MapTasks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/MathExtras.h"

namespace steepest {
#define GEN_PASS_DEF_EMITMAPSPASS
#include "lib/Target/CPU/EmitMaps/EmitMaps.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// Says how the map is cut, and why it is not when it is not.
static void report(kernel::MapOp op, int64_t lanes) {
  ArrayRef<kernel::ResultAttr> kinds = op.getKinds();
  auto options =
      remark::RemarkOpts::name("MapEmitted").category("steepest-emit-maps");
  remark::passed(op.getLoc(), options)
      << remark::metric("lanes", lanes)
      << remark::metric("inputs", op.getInputs().size())
      << remark::metric("results", kinds.size());
  if (foldsTo(kinds, kernel::Extent::Row) &&
      foldsTo(kinds, kernel::Extent::Column))
    remark::missed(
        op.getLoc(),
        remark::RemarkOpts::name("MapSerial").category("steepest-emit-maps"))
        << remark::reason("folds to rows and to columns leave one task")
        << remark::suggest("two maps, one for each");
}

/// `lanes` fills a register with f32. A map of f64 alone takes half as many,
/// one register again: twice the registers are twice the code, and in a solver
/// on float64 that is most of it.
static int64_t lanesFor(kernel::MapOp op, int64_t lanes) {
  auto isWide = [](Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isF64() || element.isInteger(64);
  };
  bool allWide = llvm::all_of(op.getInputs().getTypes(), isWide) &&
                 llvm::all_of(op.getYielded().getTypes(), isWide);
  return allWide && lanes > 1 ? lanes / 2 : lanes;
}

namespace {

struct EmitMaps : steepest::impl::EmitMapsPassBase<EmitMaps> {
  using Base::Base;

  void runOnOperation() override {
    if (lanes <= 0 || !llvm::isPowerOf2_64(lanes)) {
      emitError(getOperation()->getLoc())
          << "expects a power of two as number of lanes, got "
          << lanes.getValue();
      return signalPassFailure();
    }
    getOperation()->walk([&](kernel::MapOp op) {
      int64_t count = lanesFor(op, lanes);
      report(op, count);
      emitMap(op, count);
    });
  }
};

} // namespace
