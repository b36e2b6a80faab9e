//===- EmitSource.h - a step as CUDA C++ ------------------------*- C++ -*-===//
//
// What `steepestc --emit=cu` writes: one file with the step as a kernel, what a
// launch hands to it, and a launcher by the CUDA runtime's API. It includes
// headers of the device template (runtime/CUDA/Device), which are installed;
// the template is longer than a step and shared by all of them.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITSOURCE_EMITSOURCE_H
#define STEEPEST_LIB_TARGET_CUDA_EMITSOURCE_EMITSOURCE_H

#include "lib/Target/CUDA/CUDATarget.h"
#include "lib/Target/Common/Descriptor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace steepest {

/// Before device code is emitted: notes at each kernel what it computes, which
/// becomes the comment above its code. Arguments are called by the
/// description's names.
void describeKernels(mlir::func::FuncOp entry,
                     const OptimizerDescription &description);

/// The text of the file. `device` is what device code is before its entry is
/// made (`buildDevicePrograms`); `module` has the functions of sizes and costs.
/// An operation that there is no C++ for is an error at its place.
mlir::FailureOr<std::string> emitSource(mlir::gpu::GPUModuleOp device,
                                        mlir::ModuleOp module,
                                        const OptimizerDescription &description,
                                        const CUDATarget &target);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITSOURCE_EMITSOURCE_H
