//===- Register.h - all dialects, models and passes -------------*- C++ -*-===//

#ifndef STEEPEST_LIB_PIPELINES_REGISTER_H
#define STEEPEST_LIB_PIPELINES_REGISTER_H

#include "mlir/IR/DialectRegistry.h"

namespace steepest {

/// Our dialects with their models, the upstream dialects that specs and phases
/// use, and the translations to LLVM IR.
void registerEverything(mlir::DialectRegistry &registry);

/// Our passes and pipelines, and the upstream passes that they use.
void registerAllPasses();

} // namespace steepest

#endif // STEEPEST_LIB_PIPELINES_REGISTER_H
