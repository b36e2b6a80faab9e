//===- Primitives.h - what the template asks of the machine ---------------===//
//
// The primitives of steepest::sm have two implementations: Ptx.h, one PTX
// instruction each, and the CPU model of an SM, which the include path provides
// (test/CUDA/Model). Nothing else in the template knows which one it runs on.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PRIMITIVES_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PRIMITIVES_H

#include "Device.h"

namespace steepest::sm {

/// Sixteen bytes, what the widest loads and stores move.
struct alignas(16) Chunk {
  uint32_t words[4];
};

/// The number types of tensor cores.
enum class MmaType { Bf16, F16, Tf32 };

} // namespace steepest::sm

#ifdef STEEPEST_SM_MODEL
#include "Model/Primitives.h"
#else
#include "Ptx.h"
#include "PtxWgmma.h"
#endif

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PRIMITIVES_H
