//===- DeviceCode.h - from device code to PTX -------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_DEVICECODE_H
#define STEEPEST_LIB_TARGET_CUDA_DEVICECODE_H

#include "lib/Target/CUDA/CUDATarget.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/IR/Module.h"

namespace steepest {

/// What a driver loads. The numbers are those of runtime/CUDA/steepest_cuda.h.
enum class ImageKind : int32_t { PTX = 0, Cubin = 1, Fatbin = 2, Model = 3 };

struct DeviceImage {
  ImageKind kind;
  /// As ptxas names it; empty for a fatbin.
  std::string architecture;
  std::string bytes;
};

/// LLVM IR of the device code for one architecture: linked with the template,
/// optimised, and without any symbol that is not in it. For the model, calls
/// of the template stay: it has that as machine code.
std::unique_ptr<llvm::Module>
translateDevice(mlir::gpu::GPUModuleOp module, llvm::LLVMContext &context,
                const CUDAArchitecture &architecture, bool isModel);

/// PTX for one architecture.
mlir::FailureOr<DeviceImage> emitPTX(mlir::gpu::GPUModuleOp module,
                                     const CUDAArchitecture &architecture);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_DEVICECODE_H
