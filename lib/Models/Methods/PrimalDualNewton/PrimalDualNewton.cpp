//===- PrimalDualNewton.cpp - spectral norm x Stiefel manifold ------------===//
//
// Links the texts of the method into one module and inlines its entry. The
// functions have one block each and do not recurse, so that inlining is
// cloning.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/PrimalDualNewton/PrimalDualNewton.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace steepest;

namespace {
struct Text {
  StringRef name, content;
};
} // namespace

static const Text texts[] = {
    {
        "Formulas.mlir",
#include "lib/Models/Methods/PrimalDualNewton/Formulas.mlir.inc"
    },
    {
        "PrimalDualNewton.mlir",
#include "lib/Models/Methods/PrimalDualNewton/PrimalDualNewton.mlir.inc"
    },
    {
        "Steps.mlir",
#include "lib/Models/Methods/PrimalDualNewton/Steps.mlir.inc"
    },
};

static constexpr StringLiteral entryName = "primal_dual_newton";

OwningOpRef<ModuleOp> steepest::parsePrimalDualNewton(MLIRContext *context) {
  OwningOpRef<ModuleOp> linked = ModuleOp::create(UnknownLoc::get(context));
  ParserConfig config(context);
  for (const Text &text : texts) {
    OwningOpRef<ModuleOp> part =
        parseSourceString<ModuleOp>(text.content, config, text.name);
    if (!part)
      return {};
    // A text declares what it takes from the others.
    for (auto function :
         llvm::make_early_inc_range(part->getOps<func::FuncOp>()))
      if (!function.isDeclaration())
        function->moveBefore(linked->getBody(), linked->getBody()->end());
  }
  if (failed(verify(*linked)))
    return {};
  return linked;
}

/// Clones the body of `function` at the insertion point and returns what it
/// returns.
static SmallVector<Value> cloneBody(OpBuilder &builder, func::FuncOp function,
                                    ValueRange arguments) {
  Block &block = function.getBody().front();
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    builder.clone(op, mapping);
  return llvm::map_to_vector(
      block.getTerminator()->getOperands(),
      [&](Value value) { return mapping.lookupOrDefault(value); });
}

/// Inlines the calls in `entry`, those that come in with them as well.
static void inlineCalls(func::FuncOp entry, const SymbolTable &symbols) {
  SmallVector<func::CallOp> calls;
  do {
    calls.clear();
    entry.walk([&](func::CallOp call) { calls.push_back(call); });
    for (func::CallOp call : calls) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      OpBuilder builder(call);
      call->replaceAllUsesWith(cloneBody(builder, callee, call.getOperands()));
      call->erase();
    }
  } while (!calls.empty());
}

FailureOr<NewtonResult>
steepest::buildPrimalDualNewton(matrix::FormulaBuilder &formulas, Value w,
                                Value g, Value y, Value tolerance,
                                double epsilon, int64_t budget) {
  OpBuilder &builder = formulas.getBuilder();
  Location loc = formulas.getLoc();
  auto type = cast<RankedTensorType>(w.getType());
  auto square = RankedTensorType::get({type.getDimSize(1), type.getDimSize(1)},
                                      type.getElementType());
  OwningOpRef<ModuleOp> module = parsePrimalDualNewton(builder.getContext());
  if (!module)
    return failure();
  SymbolTable symbols(*module);
  auto entry = symbols.lookup<func::FuncOp>(entryName);
  inlineCalls(entry, symbols);

  Value warm = formulas.truth(bool(y));
  if (!y)
    y = formulas.fill(formulas.constant(0),
                      {formulas.cols(w), formulas.cols(w)});
  SmallVector<Value> arguments = {w,
                                  g,
                                  y,
                                  warm,
                                  tolerance,
                                  formulas.constant(epsilon),
                                  formulas.index(budget)};
  // The program is written for any shape.
  auto castTo = [&](Value value, Type to) -> Value {
    if (value.getType() == to)
      return value;
    return tensor::CastOp::create(builder, loc, to, value);
  };
  for (auto [argument, to] :
       llvm::zip_equal(arguments, entry.getArgumentTypes()))
    argument = castTo(argument, to);
  SmallVector<Value> results = cloneBody(builder, entry, arguments);

  NewtonResult result;
  result.phi = castTo(results[0], type);
  result.value = results[1];
  result.bound = results[2];
  result.tangency = results[3];
  result.iterations = results[4];
  result.outcome = results[5];
  result.correction = castTo(results[6], square);
  return result;
}
