//===- ChainFunction.h - a chain of products on one block -------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAINFUNCTION_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAINFUNCTION_H

#include "lib/Target/CUDA/EmitDevice/Chain.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace steepest {

/// Marks a function that is a chain.
inline constexpr llvm::StringLiteral chainAttrName = "steepest.chain";

/// Whether the matrices of the chain fit into the shared memory of the launch.
mlir::Value buildChainFits(IndexBuilder &builder, mlir::gpu::GPUModuleOp module,
                           const Chain &chain);

/// A function of one block that stages what the chain starts from, multiplies
/// in shared memory and stores what is used afterwards. Its arguments are each
/// matrix with its leading dimension, the extents and the scalars of the chain.
mlir::func::FuncOp makeChainFunction(IndexBuilder &builder,
                                     mlir::gpu::GPUModuleOp module,
                                     const Chain &chain, unsigned number);

/// Calls it where the chain stands.
void callChainFunction(IndexBuilder &builder, mlir::func::FuncOp function,
                       const Chain &chain);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAINFUNCTION_H
