//===- Model.h - device code for the CPU model of an SM ---------*- C++ -*-===//
//
// The LLVM IR that would become PTX, for this machine: what a processor does
// not have (threads, barriers, shuffles, shared memory) becomes calls of the
// model, test/CUDA/Model/Device.h. So tests run what the compiler makes.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_MODEL_H
#define STEEPEST_LIB_TARGET_CUDA_MODEL_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Support/LLVM.h"

#include <string>

namespace steepest {

/// Name of the function `void (const void *arguments)` that runs one thread of
/// a kernel.
std::string getModelSymbol(llvm::StringRef kernel);

/// An object file with the kernels of the module. Reports an instruction that
/// the model does not have.
mlir::FailureOr<std::string> emitModelObject(mlir::gpu::GPUModuleOp module);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_MODEL_H
