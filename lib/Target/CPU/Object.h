//===- Object.h - from the LLVM dialect to machine code ---------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_OBJECT_H
#define STEEPEST_LIB_TARGET_CPU_OBJECT_H

#include "lib/Target/CPU/CPUTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/raw_ostream.h"

namespace steepest {

enum class ObjectFormat { Object, Assembly, LLVMIR };

/// Optimizes a module of the LLVM dialect for `target` and writes it to
/// `stream`. Of the functions and globals that it defines only those named in
/// `exported` can be seen from outside. `timing` gets the parts of the work.
mlir::LogicalResult emitObject(mlir::ModuleOp module, const CPUTarget &target,
                               llvm::ArrayRef<std::string> exported,
                               ObjectFormat format,
                               llvm::raw_pwrite_stream &stream,
                               mlir::TimingScope timing = {});

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_OBJECT_H
