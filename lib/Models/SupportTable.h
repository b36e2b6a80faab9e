//===- SupportTable.h - which method solves which pair ----------*- C++ -*-===//
//
// The product space of norms and manifolds, as the compiler itself sees it: for
// every pair a direction is made, verified, and offered to the methods.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_SUPPORTTABLE_H
#define STEEPEST_LIB_MODELS_SUPPORTTABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace mlir {
class Attribute;
class MLIRContext;
class RankedTensorType;
} // namespace mlir
namespace llvm {
class raw_ostream;
}

namespace steepest {

/// One pair and how it is solved.
struct SupportCell {
  /// As users write them; `none` for no manifold.
  std::string norm, manifold;
  /// The method, and what it is (`closed form`, ...); empty when refused.
  std::string method, kind;
  /// Why it is refused.
  std::string reason;
};

/// A member of each family, with parameters where it has some: every norm and
/// manifold of the dialect at least once, and those of `more`.
std::vector<mlir::Attribute>
getRepresentativeNorms(mlir::MLIRContext &context,
                       llvm::ArrayRef<mlir::Attribute> more = {});
std::vector<mlir::Attribute>
getRepresentativeManifolds(mlir::MLIRContext &context,
                           llvm::ArrayRef<mlir::Attribute> more = {});

/// The norm in its canonical form for tensors of this type, without its radius:
/// what methods see.
mlir::Attribute getUnitNorm(mlir::Attribute norm, mlir::RankedTensorType type);

/// Every pair, norms outermost, for tensors of this rank (2: matrices, 1:
/// vectors). Members that cannot measure or contain any are left out of those
/// of vectors.
std::vector<SupportCell> makeSupportTable(mlir::MLIRContext &context,
                                          unsigned rank,
                                          llvm::ArrayRef<mlir::Attribute> more);

/// The page docs/support.md.
void printSupport(mlir::MLIRContext &context,
                  llvm::ArrayRef<mlir::Attribute> more, llvm::raw_ostream &os);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_SUPPORTTABLE_H
