//===- Template.h - calls of the device template ----------------*- C++ -*-===//
//
// Emitted code calls entry points of runtime/CUDA/Device by name; the template
// is linked as bitcode later, and here they are declarations.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEMPLATE_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEMPLATE_H

#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace steepest {

/// Calls `steepest_product_<name>`; the value it returns, if `result` is a
/// type.
mlir::Value callTemplate(IndexBuilder &builder, mlir::gpu::GPUModuleOp module,
                         llvm::StringRef name, mlir::ValueRange arguments,
                         mlir::Type result = {});

/// A function of the device module that is not inlined, which leaves the
/// builder at the start of its body. Entry points are inlined where they are
/// called, so that each should be called from few of these. Its arguments are
/// called as `names` says, if it does.
mlir::func::FuncOp
makeDeviceFunction(IndexBuilder &builder, mlir::gpu::GPUModuleOp module,
                   llvm::StringRef name, mlir::TypeRange types,
                   mlir::ArrayRef<llvm::StringRef> names = {});

/// Where a matrix of global memory starts, and the elements from one of its
/// rows to the next as i64.
std::pair<mlir::Value, mlir::Value> buildGlobalMatrix(IndexBuilder &builder,
                                                      mlir::Value memory);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEMPLATE_H
