//===- Pipeline.h - from kernels to device and host code --------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_PIPELINE_H
#define STEEPEST_LIB_TARGET_CUDA_PIPELINE_H

#include "lib/Target/CPU/CPUTarget.h"
#include "mlir/Pass/PassManager.h"

namespace steepest {

/// Steps become `gpu.module`s of the NVVM and LLVM dialects; what the host
/// computes, sizes and costs, becomes the LLVM dialect for `host`.
void buildCUDAPipeline(mlir::OpPassManager &passes, const CPUTarget &host);

/// The beginning of it: programs of a thread, in structured control flow over
/// numbers and memory.
void buildDevicePrograms(mlir::OpPassManager &passes);

/// The passes, and the pipeline `steepest-lower-to-cuda`.
void registerCUDATargetPasses();

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_PIPELINE_H
