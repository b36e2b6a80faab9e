//===- EstimateCost.cpp - how long a step takes ---------------------------===//

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Cost.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/PlanWorkspace/ShapeFunction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace steepest {
#define GEN_PASS_DEF_ESTIMATECOSTPASS
#include "lib/Transforms/EstimateCost/EstimateCost.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// Turns of a loop whose number is known only while it runs: what solvers take.
static constexpr int64_t assumedTurns = 8;

namespace {
class Estimator {
public:
  explicit Estimator(func::FuncOp entry)
      : entry(entry),
        function(entry, "__cost", kernel::KernelDialect::getCostAttrName(),
                 /*takesThreads=*/false) {}

  void run() { function.finish(costOf(entry.getBody())); }

private:
  Value costOf(Region &region);
  Value costOf(Operation &op);
  Value turnsOf(scf::ForOp loop);
  Value multiply(Value a, Value b) {
    return arith::MulIOp::create(function.getBuilder(), entry.getLoc(), a, b);
  }

  func::FuncOp entry;
  ShapeFunction function;
};
} // namespace

Value Estimator::costOf(Region &region) {
  Value total = function.constant(0);
  for (Operation &op : region.getOps())
    if (Value cost = costOf(op))
      total = arith::AddIOp::create(function.getBuilder(), entry.getLoc(),
                                    total, cost);
  return total;
}

Value Estimator::turnsOf(scf::ForOp loop) {
  Value begin = function.clone(loop.getLowerBound());
  Value end = function.clone(loop.getUpperBound());
  Value step = function.clone(loop.getStep());
  if (!begin || !end || !step || !begin.getType().isIndex())
    return function.constant(assumedTurns);
  OpBuilder &builder = function.getBuilder();
  Location loc = entry.getLoc();
  Value length = arith::SubIOp::create(builder, loc, end, begin);
  length = arith::MaxSIOp::create(builder, loc, length, function.constant(0));
  return arith::CeilDivUIOp::create(builder, loc, length, step);
}

/// Null for what costs nothing worth counting.
Value Estimator::costOf(Operation &op) {
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Value then = costOf(branch.getThenRegion()),
          otherwise = costOf(branch.getElseRegion());
    // What extents decide is known.
    if (Value condition = function.clone(branch.getCondition()))
      return arith::SelectOp::create(function.getBuilder(), entry.getLoc(),
                                     condition, then, otherwise);
    return arith::MaxUIOp::create(function.getBuilder(), entry.getLoc(), then,
                                  otherwise);
  }
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return multiply(costOf(loop.getRegion()), turnsOf(loop));
  if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    Value before = costOf(loop.getBefore());
    Value turn = arith::AddIOp::create(function.getBuilder(), entry.getLoc(),
                                       before, costOf(loop.getAfter()));
    return multiply(turn, function.constant(assumedTurns));
  }
  return buildKernelCost(
      function.getBuilder(), &op,
      [&](Value memory, unsigned dim) { return function.extent(memory, dim); });
}

namespace {
struct EstimateCost : steepest::impl::EstimateCostPassBase<EstimateCost> {
  void runOnOperation() override {
    for (func::FuncOp function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (function->hasAttr(kernel::KernelDialect::getEntryAttrName()))
        Estimator(function).run();
  }
};
} // namespace
