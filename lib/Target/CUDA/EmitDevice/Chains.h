//===- Chains.h - chains of products in shared memory -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAINS_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAINS_H

#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace steepest {

/// Gives each chain of products of a step's program a second way, which one
/// block takes in its shared memory when the matrices fit there; the products
/// stay as the other way. Before kernels are replaced. Returns how many chains
/// there are.
int64_t emitDeviceChains(mlir::func::FuncOp entry, Team &team);

/// Has launches provide for the chains of the module all the shared memory that
/// its other code leaves. After kernels are replaced.
void requireChainMemory(mlir::gpu::GPUModuleOp module);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAINS_H
