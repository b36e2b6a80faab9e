//===- Kernel.h - the kernel dialect ----------------------------*- C++ -*-===//
//
// Kernels over memory that the caller owns. Ops are documented in KernelOps.td,
// the function attributes `kernel.entry` and `kernel.workspace` in
// KernelDialect.td.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_KERNEL_KERNEL_H
#define STEEPEST_DIALECT_KERNEL_KERNEL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/Kernel/KernelDialect.h.inc"
#include "dialect/Kernel/KernelEnums.h.inc"

namespace steepest::kernel {

/// Whether consecutive elements of a row (or of the vector) are adjacent.
bool hasUnitInnerStride(mlir::MemRefType type);

/// The type of one element of `type` in the body of a `kernel.map`: truth
/// values are i8 in memory and i1 in registers, bf16 is i16 in memory.
mlir::Type getElementInRegister(mlir::MemRefType type);
/// The type in memory of what is `element` in registers.
mlir::Type getElementInMemory(mlir::Type element);

/// memref<?xi8>, the type of scratch and of the workspace.
mlir::MemRefType getBytesType(mlir::MLIRContext *context);

} // namespace steepest::kernel

#define GET_ATTRDEF_CLASSES
#include "dialect/Kernel/KernelAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialect/Kernel/KernelOps.h.inc"

#endif // STEEPEST_DIALECT_KERNEL_KERNEL_H
