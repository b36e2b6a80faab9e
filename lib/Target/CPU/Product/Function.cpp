//===- Function.cpp - functions that kernels share ------------------------===//

#include "lib/Target/CPU/Product/Function.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace steepest::product {

func::FuncOp
getFunction(SymbolTable &symbols, const Twine &name, TypeRange arguments,
            TypeRange results,
            function_ref<SmallVector<Value>(Emitter &, func::FuncOp)> emit) {
  std::string text = name.str();
  if (auto existing = symbols.lookup<func::FuncOp>(text))
    return existing;
  Operation *module = symbols.getOp();
  OpBuilder builder(module->getContext());
  auto function =
      func::FuncOp::create(builder, module->getLoc(), text,
                           builder.getFunctionType(arguments, results));
  function.setPrivate();
  function->setAttr(
      "llvm.linkage",
      LLVM::LinkageAttr::get(module->getContext(), LLVM::Linkage::Internal));
  function->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
  symbols.insert(function);
  Emitter e(function.getLoc(), module->getContext());
  e.setInsertionPointToStart(function.addEntryBlock());
  func::ReturnOp::create(e, emit(e, function));
  return function;
}

} // namespace steepest::product
