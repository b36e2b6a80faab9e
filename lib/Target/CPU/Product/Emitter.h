//===- Emitter.h - a builder that reads like the algorithm ------*- C++ -*-===//
//
// Index arithmetic, loops and masked vectors in as few words as possible, so
// that the emission of a kernel can be read as the kernel itself. Only ops that
// lower without patterns of their own are used: vectors of rank 1, masks made
// by comparing with a constant. No alloca is ever made.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITTER_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITTER_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace steepest::product {

/// A matrix of unit stride along rows as one flat piece of memory. The element
/// (i, j) is at `i * stride + j` of `flat`.
struct MatrixView {
  mlir::Value flat, rows, cols, stride;
};

/// Memory that starts at some offset, of unit stride.
mlir::MemRefType getFlatType(mlir::Type element);
/// Any matrix of unit stride along rows.
mlir::MemRefType getMatrixType(mlir::Type element);

class Emitter : public mlir::ImplicitLocOpBuilder {
public:
  using Value = mlir::Value;
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  // Nonnegative indices.
  Value index(int64_t value);
  Value add(Value a, Value b);
  Value add(Value a, int64_t b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value mul(Value a, int64_t b);
  Value min(Value a, Value b);
  Value max(Value a, Value b);
  Value div(Value a, Value b);
  Value ceilDiv(Value a, int64_t b);
  /// The least multiple of `b` that is at least, the greatest that is at most
  /// `a`.
  Value roundUp(Value a, int64_t b);
  Value roundDown(Value a, int64_t b);
  Value less(Value a, Value b);
  Value lessEqual(Value a, Value b);
  Value equal(Value a, Value b);
  Value logicalAnd(Value a, Value b);
  Value logicalNot(Value a);
  Value select(Value condition, Value a, Value b);
  Value yes();
  Value no();

  // Vectors of rank 1.
  Value splat(Value scalar, int64_t size);
  Value zeros(mlir::Type element, int64_t size);
  /// `vector` followed by arbitrary numbers.
  Value widen(Value vector, int64_t size);
  /// Two vectors of equal size, one behind the other.
  Value concat(Value low, Value high);
  /// Lanes l with l < count.
  Value maskBelow(Value count, int64_t size);
  /// Lanes l with l == position, which may be negative.
  Value maskAt(Value position, int64_t size);
  Value load(Value flat, Value offset, int64_t size);
  void store(Value vector, Value flat, Value offset);
  /// Zero where the mask is not set.
  Value maskedLoad(Value flat, Value offset, Value mask);
  void maskedStore(Value vector, Value flat, Value offset, Value mask);

  // Control flow.
  void forEach(Value begin, Value end, Value step,
               llvm::function_ref<void(Value)> body);
  llvm::SmallVector<Value>
  fold(Value begin, Value end, Value step, mlir::ValueRange initial,
       llvm::function_ref<llvm::SmallVector<Value>(Value, mlir::ValueRange)>
           body);
  using Branch = llvm::function_ref<llvm::SmallVector<Value>()>;
  llvm::SmallVector<Value> either(Value condition, Branch then,
                                  Branch otherwise);
  void when(Value condition, llvm::function_ref<void()> then);

  /// A memref of rank 2, of the type of `getMatrixType`.
  Value castToMatrix(Value memref);
  /// The view of a memref of rank 2.
  MatrixView view(Value memref);
};

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITTER_H
