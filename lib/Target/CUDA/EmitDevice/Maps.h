//===- Maps.h - fused maps on a team of blocks ------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPS_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPS_H

#include "lib/Target/CUDA/EmitDevice/Team.h"

namespace steepest {

/// Replaces the map by loops over the tasks of this block and a meeting of the
/// team. Fails for a map with more scalars than a team has slots.
mlir::LogicalResult emitDeviceMap(kernel::MapOp op, Team &team);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPS_H
