//===- Extents.h - extents of the tensors of a rule -------------*- C++ -*-===//
//
// The types of a spec mostly leave extents open. What is known of them all the
// same is whose they are: a momentum has the rows and columns of its parameter,
// a factor `by rows` has the rows twice. Here this is worked out for every
// value of a rule, so that memory can be planned, and a spec that adds a factor
// to a parameter be refused.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_EXTENTS_H
#define STEEPEST_DIALECT_STEEPEST_EXTENTS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// A number, or the extent of dimension `dim` of argument `argument`, which is
/// `like` itself.
struct ExtentSource {
  int64_t size = mlir::ShapedType::kDynamic;
  unsigned argument = 0, dim = 0;

  bool isStatic() const { return !mlir::ShapedType::isDynamic(size); }
  bool operator==(const ExtentSource &other) const {
    return size == other.size &&
           (isStatic() || (argument == other.argument && dim == other.dim));
  }
  bool operator!=(const ExtentSource &other) const { return !(*this == other); }
};

/// The extent of dimension `dim` of an argument of the optimizer.
ExtentSource getArgumentExtent(OptimizerOp optimizer, unsigned argument,
                               unsigned dim);

/// The extent of dimension `dim` of a tensor of the optimizer, if it follows
/// from those of the arguments.
std::optional<ExtentSource> getExtent(OptimizerOp optimizer, mlir::Value tensor,
                                      unsigned dim);

/// For messages: `rows of w x 32`.
std::string printExtents(OptimizerOp optimizer, mlir::Value tensor);

} // namespace steepest

#endif // STEEPEST_DIALECT_STEEPEST_EXTENTS_H
