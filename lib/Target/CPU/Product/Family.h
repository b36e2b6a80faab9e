//===- Family.h - the generated product functions of a module ---*- C++ -*-===//
//
// One function of a kind per type of factor, f32, f64 or bf16 (`Pairs.h`):
// transposition, symmetry and the terms of the epilogue are arguments of it.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_FAMILY_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_FAMILY_H

#include "lib/Target/CPU/Product/Configuration.h"
#include "lib/Target/CPU/Product/MacroKernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace steepest::product {

class ProductFamily {
public:
  ProductFamily(mlir::ModuleOp module, unsigned vectorBits);

  /// To be told about all products before the first function is made.
  void expect(const Configuration &configuration) {
    needs[configuration.factor].add(configuration);
  }

  /// The function (lhs, rhs, into, addend, alpha, beta, gamma, transposeLhs,
  /// transposeRhs, symmetric, mirrors, lhsLower, rhsLower, hasAddend, hasGamma,
  /// mirrorsBlocks, lhsBlocks, rhsBlocks, scratch); matrices have the type of
  /// `getMatrixType`, flags are i1.
  mlir::func::FuncOp getProduct(mlir::Type factor);

private:
  /// Computes one slab: the operands of a product without scratch, then
  /// rowBegin, rowEnd, columnBegin, columnEnd and the two buffers.
  mlir::func::FuncOp getSlab(mlir::Type factor);
  /// Sums and stores the tiles of a block, whose members are the arguments.
  mlir::func::FuncOp getTiles(mlir::Type factor);
  mlir::func::FuncOp getPack(mlir::Type factor, bool transposing,
                             int64_t width);
  mlir::func::FuncOp getMirror(mlir::Type element);

  void emitProduct(Emitter &e, mlir::Type factor, const Problem &problem,
                   mlir::Value scratch);

  /// Hands the calls that slabs are made of to `body`.
  void withCalls(Emitter &e, mlir::Type factor,
                 llvm::function_ref<void(const SlabCalls &)> body);

  /// An internal function called `name`; `emit` is given its arguments when it
  /// does not exist yet.
  mlir::func::FuncOp
  get(const llvm::Twine &name, mlir::TypeRange arguments,
      llvm::function_ref<void(Emitter &, mlir::ValueRange)> emit);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  llvm::DenseMap<mlir::Type, Needs> needs;
  unsigned vectorBits;
};

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_FAMILY_H
