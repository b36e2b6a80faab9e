//===- Template.cpp - calls of the device template ------------------------===//

#include "lib/Target/CUDA/EmitDevice/Template.h"

#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest;

Value steepest::callTemplate(IndexBuilder &b, gpu::GPUModuleOp module,
                             StringRef name, ValueRange arguments,
                             Type result) {
  std::string symbol = ("steepest_product_" + name).str();
  auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(symbol);
  if (!function) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    Type returned = result ? result : LLVM::LLVMVoidType::get(b.getContext());
    function = LLVM::LLVMFuncOp::create(
        b, symbol,
        LLVM::LLVMFunctionType::get(returned,
                                    SmallVector<Type>(arguments.getTypes())));
    // What is asked of the template depends on the shape and the launch alone.
    if (result) {
      auto none = LLVM::ModRefInfo::NoModRef;
      function.setMemoryEffectsAttr(LLVM::MemoryEffectsAttr::get(
          b.getContext(), none, none, none, none, none, none));
    }
  }
  auto call = LLVM::CallOp::create(b, function, arguments);
  return result ? call.getResult() : Value();
}

func::FuncOp steepest::makeDeviceFunction(IndexBuilder &b,
                                          gpu::GPUModuleOp module,
                                          StringRef name, TypeRange types,
                                          ArrayRef<StringRef> names) {
  b.setInsertionPointToStart(module.getBody());
  auto function =
      func::FuncOp::create(b, name, b.getFunctionType(types, TypeRange()));
  function.setPrivate();
  // What LLVM calls it, which the conversion hands on.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  b.setInsertionPointToStart(function.addEntryBlock());
  for (auto [argument, text] : llvm::zip(function.getArguments(), names))
    named(argument, text);
  return function;
}

std::pair<Value, Value> steepest::buildGlobalMatrix(IndexBuilder &b,
                                                    Value memory) {
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memory);
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
  Value first = b.add(
      base, b.mul(metadata.getOffset(), element.getIntOrFloatBitWidth() / 8));
  Value pointer = LLVM::IntToPtrOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), 1),
      arith::IndexCastOp::create(b, b.getI64Type(), first).getResult());
  Value leading =
      arith::IndexCastOp::create(b, b.getI64Type(), metadata.getStrides()[0]);
  return {pointer, leading};
}
