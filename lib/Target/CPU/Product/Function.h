//===- Function.h - functions that kernels share ----------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_FUNCTION_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_FUNCTION_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace steepest::product {

/// The internal function called `name` of the module of `symbols`, which LLVM
/// keeps apart from its callers: its loops have the registers to themselves.
/// When it does not exist yet, `emit` is given the arguments and returns the
/// results; it may call the function that it is given.
mlir::func::FuncOp getFunction(
    mlir::SymbolTable &symbols, const llvm::Twine &name,
    mlir::TypeRange arguments, mlir::TypeRange results,
    llvm::function_ref<llvm::SmallVector<mlir::Value>(Emitter &,
                                                      mlir::func::FuncOp)>
        emit);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_FUNCTION_H
