//===- MapEmitter.h - loops and vectors of a fused map ----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITMAPS_MAPEMITTER_H
#define STEEPEST_LIB_TARGET_CPU_EMITMAPS_MAPEMITTER_H

#include "dialect/Kernel/Kernel.h"

namespace steepest {

/// Replaces a map by tasks (`kernel.parallel`) of loops over rows and vectors
/// of `lanes` columns, a power of two.
void emitMap(kernel::MapOp op, int64_t lanes);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_EMITMAPS_MAPEMITTER_H
