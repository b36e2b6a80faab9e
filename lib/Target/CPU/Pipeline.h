//===- Pipeline.h - from kernels to the LLVM dialect ------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PIPELINE_H
#define STEEPEST_LIB_TARGET_CPU_PIPELINE_H

#include "lib/Target/CPU/CPUTarget.h"
#include "mlir/Pass/PassManager.h"

namespace steepest {

/// Kernel ops become loops and vectors, tasks become functions, entries get
/// their C signature. What is left are upstream dialects.
void buildEmitKernelsPipeline(mlir::OpPassManager &passes,
                              const CPUTarget &target);

/// The above, and then everything to the LLVM dialect.
void buildLowerToLLVMPipeline(mlir::OpPassManager &passes,
                              const CPUTarget &target);

/// Registers the passes of this folder, and the pipelines as
/// `steepest-emit-kernels` and `steepest-lower-to-llvm` with the option
/// `target-cpu`.
void registerCPUTargetPasses();

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_PIPELINE_H
