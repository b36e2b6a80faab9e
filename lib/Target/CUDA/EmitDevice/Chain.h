//===- Chain.h - the matrices of a chain of products ------------*- C++ -*-===//
//
// What a product of a chain (Chains.cpp) writes is a new *version* of a matrix.
// Versions of one shape share places in shared memory, as registers are shared:
// one that nobody reads again leaves its place to the next.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAIN_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAIN_H

#include "dialect/Kernel/Kernel.h"
#include "llvm/ADT/DenseMap.h"

namespace steepest {

class Chain {
public:
  /// Number of something, for what is not there.
  static constexpr int none = -1;

  struct Version {
    mlir::Value memory;
    int shape;
    /// The products that write it (`none`: it was there before the chain) and
    /// that read it last (`none`: no product does).
    int written, read = none;
    bool isUsedAfter = false;
    /// Among those of its shape.
    int place = none;

    bool isGiven() const { return written == none; }
  };

  struct Shape {
    int rows, columns; // extents
    int places = 0;
  };

  /// Versions that a product works on.
  struct Operands {
    int lhs, rhs, addend, into;
  };

  explicit Chain(llvm::ArrayRef<kernel::ProductOp> products);

  llvm::ArrayRef<kernel::ProductOp> getProducts() const { return products; }
  /// One for each product.
  llvm::ArrayRef<Operands> getOperands() const { return operands; }
  llvm::ArrayRef<Version> getVersions() const { return versions; }
  llvm::ArrayRef<Shape> getShapes() const { return shapes; }

  /// What the chain starts from and leaves: extents, scalars, and matrices of
  /// global memory.
  llvm::ArrayRef<mlir::OpFoldResult> getExtents() const { return extents; }
  llvm::ArrayRef<mlir::Value> getScalars() const { return scalars; }
  llvm::ArrayRef<mlir::Value> getMatrices() const { return matrices; }

  /// All places.
  int64_t countPlaces() const;
  /// Shared memory for matrices that are all square.
  int64_t getBytes(int64_t order) const;
  /// Everything that code for the chain depends on.
  std::string getStructure() const;

private:
  mlir::OpFoldResult getExtent(mlir::Value memory, unsigned dimension);
  int getShape(mlir::Value memory);
  int read(mlir::Value memory, int product);
  int write(mlir::Value memory, int product);
  void findUsesAfter();
  void assignPlaces();

  llvm::SmallVector<kernel::ProductOp> products;
  llvm::SmallVector<Operands> operands;
  llvm::SmallVector<Version> versions;
  llvm::DenseMap<mlir::Value, int> current;
  llvm::SmallVector<Shape> shapes;
  llvm::SmallVector<mlir::OpFoldResult> extents;
  llvm::SmallVector<mlir::Value> scalars, matrices;
};

/// Which of `all` is `one`, `Chain::none` if it is none of them.
int numberIn(llvm::ArrayRef<mlir::Value> all, mlir::Value one);

/// The product of the template, by what factors are rounded to.
llvm::StringRef getStagedName(kernel::ProductOp product);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_CHAIN_H
