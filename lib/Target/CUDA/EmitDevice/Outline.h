//===- Outline.h - kernels as functions of a long program -------*- C++ -*-===//
//
// A program of a few maps has them in its body, where LLVM and ptxas see all of
// it at once. In one of hundreds that is what makes it slow to compile and the
// registers scarce: values of one map live across others. There each map is a
// function that is called, and maps that differ by their operands alone are
// one.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_OUTLINE_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_OUTLINE_H

#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace steepest {

/// The functions of one program.
class OutlinedKernels {
public:
  explicit OutlinedKernels(Team &team) : team(team) {}

  /// Moves the map or transpose into a function, which `emit` fills, and calls
  /// that instead. Folds to scalar are left in the team's slots, in their
  /// order.
  mlir::LogicalResult outline(
      mlir::Operation *op,
      llvm::function_ref<mlir::LogicalResult(mlir::Operation *, Team &)> emit);

private:
  Team &team;
  /// By what they do, as text.
  llvm::StringMap<mlir::func::FuncOp> functions;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_OUTLINE_H
