//===- ControlOps.cpp - control flow in the reference evaluator -----------===//

#include "lib/Reference/Interpreter.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

// Inside the namespace, so that `Value` is ours.
namespace steepest::reference {

Interpreter::Outcome Interpreter::evaluateControl(Operation &op,
                                                  Results &results) {
  auto valuesOf = [&](ValueRange keys) {
    return Values(
        llvm::map_range(keys, [&](mlir::Value key) { return get(key); }));
  };
  auto finish = [&](FailureOr<Values> values) -> Outcome {
    if (failed(values))
      return LogicalResult(failure());
    results.assign(values->begin(), values->end());
    return success();
  };

  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Region &region = get(branch.getCondition()).truth()
                         ? branch.getThenRegion()
                         : branch.getElseRegion();
    if (region.empty())
      return success();
    return finish(run(region.front(), {}));
  }

  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    int64_t lower = get(loop.getLowerBound()).integer();
    int64_t upper = get(loop.getUpperBound()).integer();
    int64_t step = get(loop.getStep()).integer();
    if (step <= 0)
      return LogicalResult(loop.emitError()
                           << "expects a step > 0, got " << step);
    Values carried = valuesOf(loop.getInitArgs());
    for (int64_t i = lower; i < upper; i += step) {
      carried.insert(carried.begin(), Value(i));
      FailureOr<Values> next = run(*loop.getBody(), carried);
      if (failed(next))
        return LogicalResult(failure());
      carried = std::move(*next);
    }
    return finish(std::move(carried));
  }

  if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    Values carried = valuesOf(loop.getInits());
    while (true) {
      // The terminator of the first block has the condition in front.
      FailureOr<Values> before = run(*loop.getBeforeBody(), carried);
      if (failed(before))
        return LogicalResult(failure());
      bool goesOn = before->front().truth();
      before->erase(before->begin());
      if (!goesOn)
        return finish(std::move(before));
      FailureOr<Values> after = run(*loop.getAfterBody(), *before);
      if (failed(after))
        return LogicalResult(failure());
      carried = std::move(*after);
    }
  }

  if (auto call = dyn_cast<func::CallOp>(op)) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (!callee)
      return LogicalResult(call.emitError() << "expects a function, got '"
                                            << call.getCallee() << "'");
    return finish(evaluate(callee, valuesOf(call.getOperands())));
  }
  return std::nullopt;
}

} // namespace steepest::reference
