//===- Cost.cpp - how long a kernel takes ---------------------------------===//
//
// Plain estimates, for a core with two 512-bit multiply-add units and its share
// of the memory: 64 operations and 5 bytes per cycle (Zen 5, both cores busy,
// 2026-11). On other machines all of it is wrong by similar factors, which the
// order of tasks does not notice.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Cost.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest;

/// Operations in the time of a byte of memory traffic.
static constexpr int64_t perByte = 12;
/// Operations in the time that entering a kernel takes, some 50 ns.
static constexpr int64_t perKernel = 12000;
/// LAPACK's symmetric eigen-solver takes 9 n^3 operations with eigenvectors and
/// 4/3 n^3 without, at a small part of the rate of products.
static constexpr int64_t perEigenvectors = 50, perEigenvalues = 20;

/// An inverse takes n^3 operations, at a part of the rate of products that
/// grows with the order like n / (n + 60) to 11/12 of it: of 230 operations a
/// nanosecond 58 at 32, 100 at 64, 140 at 128, 173 at 256, 195 from 512 on
/// (`benchmarks/inverse`, Zen 5).
static constexpr int64_t inverseHalf = 60;
static constexpr int64_t inverseNumerator = 12, inverseDenominator = 11;

using ExtentOf = function_ref<Value(Value, unsigned)>;

static int64_t bytesOf(Value memory) {
  return llvm::divideCeil(
      cast<MemRefType>(memory.getType()).getElementTypeBitWidth(), 8);
}

/// Arithmetic on f64 has half the lanes.
static int64_t slownessOf(Value memory) { return bytesOf(memory) > 4 ? 2 : 1; }

/// Elements times bytes each; null when an extent is unknown.
static Value buildTraffic(IndexBuilder &b, ValueRange memories,
                          ExtentOf extent) {
  Value total = b.index(0);
  for (Value memory : memories) {
    Value bytes = b.index(bytesOf(memory));
    for (int64_t dim = 0, rank = cast<MemRefType>(memory.getType()).getRank();
         dim < rank; ++dim) {
      Value size = extent(memory, dim);
      if (!size)
        return {};
      bytes = b.mul(bytes, size);
    }
    total = b.add(total, bytes);
  }
  return total;
}

static Value buildProductCost(IndexBuilder &b, kernel::ProductOp op,
                              ExtentOf extent) {
  Value rows = extent(op.getInto(), 0), cols = extent(op.getInto(), 1);
  Value inner = extent(op.getLhs(), op.getTransposeLhs() ? 0 : 1);
  if (!rows || !cols || !inner)
    return {};
  int64_t each = (op.getSymmetric() ? 1 : 2) * slownessOf(op.getInto());
  return b.mul(b.mul(b.mul(rows, cols), inner), each);
}

Value steepest::buildKernelCost(OpBuilder &builder, Operation *op,
                                ExtentOf extent) {
  IndexBuilder b(op->getLoc(), builder);
  Value cost;
  if (auto product = dyn_cast<kernel::ProductOp>(op)) {
    cost = buildProductCost(b, product, extent);
  } else if (auto rational = dyn_cast<kernel::RationalOp>(op)) {
    int64_t terms =
        rational.getPoles().size() * slownessOf(rational.getMatrix());
    if (Value n = extent(rational.getMatrix(), 0)) {
      Value each = b.mul(b.mul(n, n), b.add(n, inverseHalf));
      cost = b.div(b.mul(each, terms * inverseNumerator),
                   b.index(inverseDenominator));
    }
  } else if (auto eigh = dyn_cast<kernel::EighOp>(op)) {
    int64_t each = (eigh.getValuesOnly() ? perEigenvalues : perEigenvectors) *
                   slownessOf(eigh.getMatrix());
    if (Value n = extent(eigh.getMatrix(), 0))
      cost = b.mul(b.mul(b.mul(n, n), n), each);
  } else if (isa<kernel::MapOp, kernel::CopyOp, kernel::TransposeOp>(op)) {
    SmallVector<Value> memories;
    for (Value operand : op->getOperands())
      if (isa<MemRefType>(operand.getType()) &&
          operand.getType() != kernel::getBytesType(b.getContext()))
        memories.push_back(operand);
    if (Value traffic = buildTraffic(b, memories, extent))
      cost = b.mul(traffic, perByte);
  }
  return cost ? Value(b.add(cost, perKernel)) : Value();
}
