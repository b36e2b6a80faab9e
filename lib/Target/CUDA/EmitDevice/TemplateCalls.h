//===- TemplateCalls.h - functions that call products -----------*- C++ -*-===//
//
// Entry points are inlined where they are called, with the flags as constants;
// so each is called from one function per combination of flags, which is not.
// What multiplies panels is called by the step itself: ptxas waits for every
// wgmma of a function that is called, so that it has to become part of the
// kernel, at one place for all products (MergeCalls.h).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEMPLATECALLS_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEMPLATECALLS_H

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace steepest {

/// Marks a product of a symmetric matrix with itself.
constexpr llvm::StringLiteral mirroredFactorAttrName =
    "steepest.mirrored_factor";

/// The ways to compute products of one kind.
struct ProductFamily {
  /// An entry point, and the dynamic shared memory that it needs.
  struct EntryPoint {
    llvm::StringRef name;
    int64_t sharedBytes;
  };

  /// Part of the names of functions.
  llvm::StringRef name;
  /// The entry point that chooses; empty where there is nothing to choose.
  llvm::StringRef choose;
  /// By the number of the choice: on any GPU, then, from panels.
  llvm::SmallVector<EntryPoint> direct, fromPanels;
  /// What packs panels, and the bytes of their elements.
  llvm::StringRef pack;
  int64_t elementBytes = 0;
};

/// That of a product, whose result has these elements.
ProductFamily getProductFamily(kernel::ProductOp op, mlir::Type element);

/// Functions of a device module that call the template.
class TemplateCalls {
public:
  TemplateCalls(kernel::ProductOp op, mlir::gpu::GPUModuleOp module);

  /// (a, lda, b, ldb, c, ldc, d, ldd, m, n, k, alpha, beta, gamma), and where
  /// factors may be packed, the choice.
  mlir::func::FuncOp getProduct(const ProductFamily &family);
  /// (m, n, k), and returns the choice.
  mlir::func::FuncOp getChoice(const ProductFamily &family);
  /// (a, lda, b, ldb, m, n, k, panels a, panels b, the team's header): packs
  /// the factors, and meets.
  mlir::func::FuncOp getPacking(const ProductFamily &family);
  /// (panels a, panels b, c, ldc, d, ldd, m, n, k, alpha, beta, gamma, choice).
  mlir::func::FuncOp getFromPanels(const ProductFamily &family);
  /// Whether the choice is one from panels, on a GPU that has them.
  mlir::Value usesPanels(IndexBuilder &at, const ProductFamily &family,
                         mlir::Value choice);
  /// X X^T and X^T X read the same panels twice, and so does S S of what a
  /// mirrored product has written, which is symmetric bit for bit.
  bool packsOnce();

private:
  /// Symmetry as the template counts it.
  enum Symmetry { Full = 0, Symmetric = 1, Lower = 2 };

  mlir::Value call(llvm::StringRef name, mlir::ValueRange arguments,
                   mlir::Type result = {});
  mlir::Value constant(int64_t value);
  mlir::Value choose(const ProductFamily &family, mlir::ValueRange extents);
  /// Calls `emit` with the number that is the choice.
  void switchOn(mlir::Value choice, int64_t first, int64_t count,
                llvm::function_ref<void(int64_t)> emit);
  llvm::StringRef symmetryName() const;
  std::string transposeName();
  mlir::Value asGeneric(mlir::Value pointer);

  kernel::ProductOp op;
  mlir::gpu::GPUModuleOp module;
  mlir::OpBuilder builder;
  IndexBuilder b;
  mlir::Type i32, i64, element, generic, global;
  Symmetry symmetry;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEMPLATECALLS_H
