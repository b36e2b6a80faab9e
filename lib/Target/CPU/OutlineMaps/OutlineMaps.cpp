//===- OutlineMaps.cpp - the pass that shares maps ------------------------===//

#include "lib/Target/CPU/OutlineMaps/OutlineMaps.h"

#include "dialect/Kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"

namespace steepest {
#define GEN_PASS_DEF_OUTLINEMAPSPASS
#include "lib/Target/CPU/OutlineMaps/OutlineMaps.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {

/// The functions made so far, found again by what they do.
class SharedMaps {
public:
  explicit SharedMaps(ModuleOp module) : module(module), symbols(module) {}

  /// Replaces a map by a call.
  void outline(kernel::MapOp op);

  unsigned getNumFunctions() const { return numFunctions; }

private:
  /// A function that holds a copy of `op`, with an argument for each of
  /// `values`. It is in no module yet.
  OwningOpRef<func::FuncOp> buildFunction(kernel::MapOp op,
                                          ArrayRef<Value> values);
  /// The function of the module that does the same; `function` itself where it
  /// is the first.
  func::FuncOp share(OwningOpRef<func::FuncOp> function);

  ModuleOp module;
  SymbolTable symbols;
  DenseMap<size_t, SmallVector<func::FuncOp, 1>> functions;
  unsigned numFunctions = 0;
};

} // namespace

static bool isConstant(Value value) {
  Operation *definition = value.getDefiningOp();
  return definition && definition->hasTrait<OpTrait::ConstantLike>();
}

OwningOpRef<func::FuncOp> SharedMaps::buildFunction(kernel::MapOp op,
                                                    ArrayRef<Value> values) {
  OpBuilder builder(op.getContext());
  auto type = builder.getFunctionType(TypeRange(ValueRange(values)),
                                      op.getFolds().getTypes());
  auto function =
      func::FuncOp::create(builder, op.getLoc(), "kernel.map_0", type);
  function.setPrivate();
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  IRMapping mapping;
  mapping.map(values, entry->getArguments());
  auto cloneConstant = [&](Value value) {
    if (isConstant(value) && !mapping.contains(value))
      builder.clone(*value.getDefiningOp(), mapping);
  };
  llvm::for_each(op->getOperands(), cloneConstant);
  visitUsedValuesDefinedAbove(
      op->getRegions(), [&](OpOperand *use) { cloneConstant(use->get()); });
  Operation *map = builder.clone(*op, mapping);
  func::ReturnOp::create(builder, op.getLoc(), map->getResults());
  return function;
}

static size_t hash(func::FuncOp function) {
  llvm::hash_code code = hash_value(function.getFunctionType());
  function.walk([&](Operation *op) {
    if (op != function)
      code = llvm::hash_combine(code,
                                OperationEquivalence::computeHash(
                                    op, OperationEquivalence::ignoreHashValue,
                                    OperationEquivalence::ignoreHashValue,
                                    OperationEquivalence::IgnoreLocations));
  });
  return code;
}

func::FuncOp SharedMaps::share(OwningOpRef<func::FuncOp> function) {
  SmallVector<func::FuncOp, 1> &known = functions[hash(*function)];
  for (func::FuncOp other : known)
    if (other.getFunctionType() == function->getFunctionType() &&
        OperationEquivalence::isRegionEquivalentTo(
            &other.getBody(), &function->getBody(),
            OperationEquivalence::IgnoreLocations))
      return other;
  function->setSymName("kernel.map_" + std::to_string(numFunctions++));
  func::FuncOp added = function.release();
  symbols.insert(added);
  known.push_back(added);
  return added;
}

void SharedMaps::outline(kernel::MapOp op) {
  llvm::SetVector<Value> values;
  auto add = [&](Value value) {
    if (!isConstant(value))
      values.insert(value);
  };
  llvm::for_each(op->getOperands(), add);
  visitUsedValuesDefinedAbove(op->getRegions(),
                              [&](OpOperand *use) { add(use->get()); });
  func::FuncOp function = share(buildFunction(op, values.getArrayRef()));
  OpBuilder builder(op);
  auto call = func::CallOp::create(builder, op.getLoc(), function,
                                   values.getArrayRef());
  op->replaceAllUsesWith(call);
  op->erase();
}

namespace {

struct OutlineMaps : steepest::impl::OutlineMapsPassBase<OutlineMaps> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<kernel::MapOp> maps;
    module.walk([&](kernel::MapOp op) { maps.push_back(op); });
    SharedMaps shared(module);
    for (kernel::MapOp op : maps)
      shared.outline(op);
    remark::analysis(module.getLoc(), remark::RemarkOpts::name("MapsShared")
                                          .category("steepest-outline-maps"))
        << remark::metric("maps", maps.size())
        << remark::metric("functions", shared.getNumFunctions());
  }
};

} // namespace
