//===- HostTypes.h - structs of the C ABI as LLVM types ---------*- C++ -*-===//
//
// The internal structs of runtime/steepest.h that generated code reads and
// writes. Member numbers follow the order there; test/Unit/Kernel runs through
// the real header, so that a change of one without the other shows.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_HOSTTYPES_H
#define STEEPEST_LIB_TARGET_CPU_HOSTTYPES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace steepest {

/// Members of `steepest_kernel_arguments`.
enum class ContextMember : int32_t {
  Tensors,
  Hypers,
  Workspace,
  Certificates,
  ParallelFor,
  Pool,
  Threads,
  FiniteGradients
};

/// Members of `steepest_matrix`.
enum class MatrixMember : int32_t { Data, Rows, Cols, RowStride };

/// Doubles in `steepest_certificate`, of which the last is reserved.
inline constexpr int64_t certificateDoubles = 8;

inline mlir::Type getPointerType(mlir::MLIRContext *context) {
  return mlir::LLVM::LLVMPointerType::get(context);
}

/// `steepest_kernel_arguments`.
inline mlir::Type getContextType(mlir::MLIRContext *context) {
  mlir::Type pointer = getPointerType(context);
  mlir::Type i64 = mlir::IntegerType::get(context, 64);
  return mlir::LLVM::LLVMStructType::getLiteral(
      context,
      {pointer, pointer, pointer, pointer, pointer, pointer, i64, i64});
}

/// `steepest_matrix`.
inline mlir::Type getMatrixType(mlir::MLIRContext *context) {
  mlir::Type i64 = mlir::IntegerType::get(context, 64);
  return mlir::LLVM::LLVMStructType::getLiteral(
      context, {getPointerType(context), i64, i64, i64});
}

/// Address of member `number` of the struct at `address`.
inline mlir::Value buildMemberAddress(mlir::ImplicitLocOpBuilder &builder,
                                      mlir::Type structType,
                                      mlir::Value address, int32_t number) {
  return mlir::LLVM::GEPOp::create(
      builder, getPointerType(builder.getContext()), structType, address,
      llvm::ArrayRef<mlir::LLVM::GEPArg>{0, number});
}

/// Value of a member of the `steepest_kernel_arguments` at `context`.
inline mlir::Value buildContextMember(mlir::ImplicitLocOpBuilder &builder,
                                      mlir::Value context,
                                      ContextMember member) {
  auto type = llvm::cast<mlir::LLVM::LLVMStructType>(
      getContextType(builder.getContext()));
  auto number = static_cast<int32_t>(member);
  return mlir::LLVM::LoadOp::create(
      builder, type.getBody()[number],
      buildMemberAddress(builder, type, context, number));
}

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_HOSTTYPES_H
