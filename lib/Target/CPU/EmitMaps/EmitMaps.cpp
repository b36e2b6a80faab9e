//===- EmitMaps.cpp - the pass that emits maps ----------------------------===//

#include "lib/Target/CPU/EmitMaps/EmitMaps.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/EmitMaps/MapEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace steepest {
#define GEN_PASS_DEF_EMITMAPSPASS
#include "lib/Target/CPU/EmitMaps/EmitMaps.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {

struct EmitMaps : steepest::impl::EmitMapsPassBase<EmitMaps> {
  using Base::Base;

  void runOnOperation() override {
    if (lanes <= 0 || !llvm::isPowerOf2_64(lanes)) {
      emitError(getOperation()->getLoc())
          << "expects a power of two as number of lanes, got " << lanes;
      return signalPassFailure();
    }
    getOperation()->walk([&](kernel::MapOp op) { emitMap(op, lanes); });
  }
};

} // namespace
