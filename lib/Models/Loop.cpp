//===- Loop.cpp - iterations inside formulas ------------------------------===//

#include "lib/Models/Loop.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

Values
steepest::buildLoop(FormulaBuilder &m, Values init,
                    function_ref<Value(FormulaBuilder &, ValueRange)> isOpen,
                    function_ref<Values(FormulaBuilder &, ValueRange)> step) {
  SmallVector<Type> types(ValueRange(init).getTypes());
  auto op = scf::WhileOp::create(
      m.getBuilder(), m.getLoc(), types, init,
      [&](OpBuilder &builder, Location loc, ValueRange state) {
        FormulaBuilder inner(builder, loc);
        Value open = isOpen(inner, state);
        scf::ConditionOp::create(builder, loc, open, state);
      },
      [&](OpBuilder &builder, Location loc, ValueRange state) {
        FormulaBuilder inner(builder, loc);
        Values next = step(inner, state);
        scf::YieldOp::create(builder, loc, next);
      });
  return Values(op.getResults());
}
