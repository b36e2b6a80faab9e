//===- Family.h - the generated product functions of a module ---*- C++ -*-===//
//
// Each configuration of a product becomes one private function, made when it is
// first needed; the functions that pack operands are shared.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_FAMILY_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_FAMILY_H

#include "lib/Target/CPU/Product/Configuration.h"
#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/MacroKernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace steepest::product {

class ProductFamily {
public:
  ProductFamily(mlir::ModuleOp module, unsigned vectorBits);

  /// The function (lhs, rhs, into, scratch, [alpha], [beta, addend], [gamma])
  /// for `configuration`; matrices have the type of `getMatrixType`.
  mlir::func::FuncOp getProduct(const Configuration &configuration);

private:
  /// Computes one slab: the operands of a product without scratch, then
  /// rowBegin, rowEnd, columnBegin, columnEnd and the two buffers.
  mlir::func::FuncOp getSlab(const Configuration &configuration);
  mlir::func::FuncOp getPack(mlir::Type element, bool transposing,
                             int64_t width);
  mlir::func::FuncOp create(llvm::StringRef name, mlir::TypeRange arguments);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  unsigned vectorBits;
};

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_FAMILY_H
