//===- DeviceLayout.h - what a launch hands to a kernel ---------*- C++ -*-===//
//
// The structs of runtime/CUDA/Layout.h as LLVM types: member numbers follow the
// order there. test/Integration/CUDA runs through the real header, so that a
// change of one without the other shows.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_DEVICELAYOUT_H
#define STEEPEST_LIB_TARGET_CUDA_DEVICELAYOUT_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "runtime/CUDA/Layout.h"

namespace steepest {

/// Members of `KernelArguments`, the last of which is an array.
enum class ArgumentMember : int32_t {
  Problems,
  NumEntries,
  NumDirections,
  Headers,
  Workspace,
  SliceBytes,
  Entries
};

/// Members of `KernelEntry`, the last two of which are arrays.
enum class EntryMember : int32_t {
  Begin,
  End,
  Statuses,
  Certificates,
  DeviceHypers,
  Tensors,
  Hypers
};

/// Members of `KernelTensor`.
enum class TensorMember : int32_t { Data, Rows, Cols, RowStride, BatchStride };

/// Where the magic word of a team's header is.
inline constexpr int64_t teamMagicOffset = 8;

/// Tasks of a list that one launch takes: as many as its arguments have room
/// for.
inline int64_t countTasksPerLaunch(int64_t numTensors, int64_t numHypers) {
  return std::max<int64_t>(
      1, runtime::cuda::maximumEntries(numTensors, numHypers));
}

inline mlir::Type getKernelArgumentsType(mlir::MLIRContext *context,
                                         int32_t numTensors,
                                         int32_t numHypers) {
  using namespace mlir;
  Type pointer = LLVM::LLVMPointerType::get(context, 1);
  Type i64 = IntegerType::get(context, 64);
  Type tensor =
      LLVM::LLVMStructType::getLiteral(context, {pointer, i64, i64, i64, i64});
  Type entry = LLVM::LLVMStructType::getLiteral(
      context,
      {i64, i64, pointer, pointer, pointer,
       LLVM::LLVMArrayType::get(tensor, numTensors),
       LLVM::LLVMArrayType::get(Float64Type::get(context), numHypers)});
  int64_t entries = countTasksPerLaunch(numTensors, numHypers);
  return LLVM::LLVMStructType::getLiteral(
      context, {i64, i64, i64, pointer, pointer, i64,
                LLVM::LLVMArrayType::get(entry, entries)});
}

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_DEVICELAYOUT_H
