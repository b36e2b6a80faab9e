//===- EmitInverse.cpp - the pass that emits inverses ---------------------===//

#include "lib/Target/CPU/EmitInverse/EmitInverse.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/EmitInverse/Factor.h"
#include "lib/Target/CPU/EmitInverse/Workspace.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_EMITINVERSEPASS
#include "lib/Target/CPU/EmitInverse/EmitInverse.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using namespace steepest::product;
using inverse::Workspace;

/// From this order on one factor keeps several workers busy: two are 1.5 times
/// as fast as one at 256, 1.75 times at 512. Terms side by side are faster
/// where there are enough of them (two workers and two terms: 1.3 times at
/// order 64, 1.7 at 128, 1.9 at 256, 512), so this matters when there are more
/// workers than terms, which was not measured for want of processors.
static constexpr int64_t parallelOrder = 256;

namespace {

/// Emits one rational function. Terms are taken in rounds of as many as there
/// are slots.
class RationalEmitter {
public:
  RationalEmitter(kernel::RationalOp op, func::FuncOp factor,
                  const ProductTile &tile)
      : op(op), factor(factor), e(op.getLoc(), OpBuilder(op)),
        element(op.getInto().getType().getElementType()),
        a(e.castToMatrix(op.getMatrix())), into(e.castToMatrix(op.getInto())),
        n(memref::DimOp::create(e, a, 0)),
        threads(kernel::ThreadsOp::create(e, e.getIndexType())),
        workspace(e, n, op.getPoles().size(), threads, element, tile) {}

  void emit();

private:
  Value real(double value) {
    return arith::ConstantOp::create(e, e.getFloatAttr(element, value));
  }
  /// Element `term` of constants.
  Value choose(ArrayRef<double> values, Value term);
  /// Factors the term in a slot, and notes whether it was positive definite.
  void emitFactor(Value term, Value slot, Value productScratch);
  void emitFactors(Value first, Value count);
  /// Adds the term in a slot to the result.
  void emitProduct(Value term, Value slot);

  kernel::RationalOp op;
  func::FuncOp factor;
  Emitter e;
  Type element;
  Value a, into, n, threads;
  Workspace workspace;
};

} // namespace

Value RationalEmitter::choose(ArrayRef<double> values, Value term) {
  Value chosen = real(values.back());
  for (int64_t i = values.size() - 2; i >= 0; --i)
    chosen = e.select(e.lessEqual(term, e.index(i)), real(values[i]), chosen);
  return chosen;
}

void RationalEmitter::emitFactor(Value term, Value slot, Value productScratch) {
  Value scratch = op.getScratch();
  Value schur = workspace.getSchur(e, scratch, slot);
  Value isDefined =
      func::CallOp::create(
          e, factor,
          ValueRange{a, choose(op.getPoles(), term), schur, schur,
                     workspace.getFactor(e, scratch, slot),
                     workspace.getRows(e, scratch, slot), productScratch})
          .getResult(0);
  Value flag = arith::ExtUIOp::create(e, e.getI8Type(), isDefined);
  memref::StoreOp::create(e, flag, workspace.getFlags(e, scratch), slot);
}

void RationalEmitter::emitFactors(Value first, Value count) {
  Value zero = e.index(0), one = e.index(1);
  // A factor for each worker; or less, if a factor has nothing to share.
  Value work = e.mul(count, n);
  Value isSideBySide = e.logicalAnd(
      e.logicalAnd(e.less(one, count), buildWorthWorkers(e, n, n, work)),
      e.select(e.lessEqual(e.index(parallelOrder), n),
               e.lessEqual(threads, count), e.yes()));
  e.either(
      isSideBySide,
      [&]() -> SmallVector<Value> {
        kernel::ParallelOp::create(
            e, count, [&](OpBuilder &, Location, Value task, Value) {
              OpBuilder::InsertionGuard guard(e);
              e.setInsertionPointToStart(cast<BlockArgument>(task).getOwner());
              emitFactor(e.add(first, task), task,
                         workspace.getProductScratch(e, op.getScratch(), task));
            });
        return {};
      },
      [&]() -> SmallVector<Value> {
        e.forEach(zero, count, one, [&](Value slot) {
          emitFactor(e.add(first, slot), slot,
                     workspace.getProductScratch(e, op.getScratch()));
        });
        return {};
      });
}

void RationalEmitter::emitProduct(Value term, Value slot) {
  int64_t poles = op.getPoles().size();
  Value scratch = op.getScratch();
  Value productScratch = workspace.getProductScratch(e, scratch);
  Value x = workspace.getFactor(e, scratch, slot);
  Value weight = choose(op.getWeights(), term);
  // What lies above the diagonal is made once, by the last term.
  auto add = [&](bool isFirst, bool isLast) {
    kernel::ProductOp::create(
        e, x, x, into, productScratch, weight, isFirst ? Value() : real(1),
        isFirst ? Value() : into,
        isLast ? real(op.getConstant().convertToDouble()) : Value(),
        /*transpose_lhs=*/true, /*transpose_rhs=*/false, /*symmetric=*/true,
        /*lower_result=*/!isLast, /*lhs_lower=*/true, /*rhs_lower=*/true,
        /*factors=*/TypeAttr());
    return SmallVector<Value>();
  };
  auto addLater = [&]() -> SmallVector<Value> {
    if (poles == 2)
      return add(/*isFirst=*/false, /*isLast=*/true);
    return e.either(
        e.less(term, e.index(poles - 1)), [&] { return add(false, false); },
        [&] { return add(false, true); });
  };
  if (poles == 1)
    add(/*isFirst=*/true, /*isLast=*/true);
  else
    e.either(
        e.less(term, e.index(1)), [&] { return add(true, false); }, addLater);
}

void RationalEmitter::emit() {
  int64_t poles = op.getPoles().size();
  Value zero = e.index(0), one = e.index(1), slots = workspace.getSlots();
  Value last = e.index(poles);
  auto round = [&](Value first, ValueRange found) -> SmallVector<Value> {
    Value count = e.min(slots, e.sub(last, first));
    emitFactors(first, count);
    Value flags = workspace.getFlags(e, op.getScratch());
    auto add = [&](Value slot, ValueRange found) -> SmallVector<Value> {
      emitProduct(e.add(first, slot), slot);
      Value flag = memref::LoadOp::create(e, flags, slot);
      Value isDefined = arith::TruncIOp::create(e, e.getI1Type(), flag);
      return {e.logicalAnd(found.front(), isDefined)};
    };
    return e.fold(zero, count, one, found, add);
  };
  Value isDefined = e.fold(zero, last, slots, e.yes(), round).front();
  op.replaceAllUsesWith(isDefined);
  op.erase();
}

namespace {

struct EmitInverse : steepest::impl::EmitInversePassBase<EmitInverse> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifyVectorBits(getOperation(), vectorBits)))
      return signalPassFailure();
    SmallVector<kernel::RationalOp> ops;
    getOperation().walk([&](kernel::RationalOp op) { ops.push_back(op); });
    SymbolTable symbols(getOperation());
    for (kernel::RationalOp op : ops) {
      Type element = op.getInto().getType().getElementType();
      ProductTile tile = getProductTile(element, vectorBits);
      func::FuncOp factor = inverse::getFactor(symbols, element, tile);
      remark::passed(op.getLoc(), remark::RemarkOpts::name("InverseEmitted")
                                      .category("steepest-emit-inverse"))
          << remark::metric("kernel", factor.getName())
          << remark::metric("terms", op.getPoles().size())
          << remark::metric("leaf", inverse::getLeafOrder(tile))
          << remark::metric("parallel-from", parallelOrder);
      RationalEmitter(op, factor, tile).emit();
    }
  }
};

} // namespace
