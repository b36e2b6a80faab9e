//===- Moves.h - transposes on a team of blocks -----------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MOVES_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MOVES_H

#include "lib/Target/CUDA/EmitDevice/Team.h"

namespace steepest {

/// Replaces the transpose by loops over tiles and a meeting of the team.
void emitDeviceTranspose(kernel::TransposeOp op, Team &team);

/// The copy as a map, which is emitted in its turn.
kernel::MapOp makeMap(kernel::CopyOp op);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MOVES_H
