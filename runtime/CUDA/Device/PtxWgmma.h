//===- PtxWgmma.h - wgmma.mma_async as PTX --------------------------------===//
//
// D += A B by a warp group, D 64 x columns in registers, A and B in shared
// memory behind descriptors. The registers of an accumulator have to be written
// out, as text and as operands.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PTXWGMMA_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PTXWGMMA_H

#include "Primitives.h"

namespace steepest::sm {

// clang-format off
#define STEEPEST_REGISTERS_32 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define STEEPEST_REGISTERS_64 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define STEEPEST_REGISTERS_128 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, " \
  "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, " \
  "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, " \
  "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, " \
  "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
#define STEEPEST_OPERANDS_4(d, i) \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define STEEPEST_OPERANDS_16(d, i) \
  STEEPEST_OPERANDS_4(d, i), STEEPEST_OPERANDS_4(d, i + 4), \
  STEEPEST_OPERANDS_4(d, i + 8), STEEPEST_OPERANDS_4(d, i + 12)
#define STEEPEST_OPERANDS_32(d, i) \
  STEEPEST_OPERANDS_16(d, i), STEEPEST_OPERANDS_16(d, i + 16)
#define STEEPEST_OPERANDS_64(d, i) \
  STEEPEST_OPERANDS_32(d, i), STEEPEST_OPERANDS_32(d, i + 32)
#define STEEPEST_OPERANDS_128(d, i) \
  STEEPEST_OPERANDS_64(d, i), STEEPEST_OPERANDS_64(d, i + 64)

#define STEEPEST_WGMMA_16(count, columns, type, a, b, transposed)              \
  asm volatile("wgmma.mma_async.sync.aligned.m64n" #columns "k16.f32." type    \
               " {" STEEPEST_REGISTERS_##count "}, %" a ", %" b                \
               ", 1, 1, 1, %" transposed ";"                                   \
               : STEEPEST_OPERANDS_##count(d, 0)                               \
               : "l"(descriptorA), "l"(descriptorB), "n"((int)transposeA),     \
                 "n"((int)transposeB))
#define STEEPEST_WGMMA_TF32(count, columns, a, b)                              \
  asm volatile("wgmma.mma_async.sync.aligned.m64n" #columns "k8.f32.tf32.tf32" \
               " {" STEEPEST_REGISTERS_##count "}, %" a ", %" b ", 1, 1, 1;"   \
               : STEEPEST_OPERANDS_##count(d, 0)                               \
               : "l"(descriptorA), "l"(descriptorB))
// clang-format on

/// D += A B, D 64 x 2 `count`; k is 16, or 8 for Tf32. `transposeA` says that
/// k runs down the columns of what is stored, the same for B.
template <MmaType type, bool transposeA, bool transposeB, int count>
STEEPEST_DEVICE void wgmma(float (&d)[count], uint64_t descriptorA,
                           uint64_t descriptorB) {
  static_assert(count == 32 || count == 64 || count == 128);
  static_assert(type != MmaType::Tf32 || (!transposeA && !transposeB));
  if constexpr (count == 32) {
    if constexpr (type == MmaType::Bf16)
      STEEPEST_WGMMA_16(32, 64, "bf16.bf16", "32", "33", "34, %35");
    else if constexpr (type == MmaType::F16)
      STEEPEST_WGMMA_16(32, 64, "f16.f16", "32", "33", "34, %35");
    else
      STEEPEST_WGMMA_TF32(32, 64, "32", "33");
  } else if constexpr (count == 64) {
    if constexpr (type == MmaType::Bf16)
      STEEPEST_WGMMA_16(64, 128, "bf16.bf16", "64", "65", "66, %67");
    else if constexpr (type == MmaType::F16)
      STEEPEST_WGMMA_16(64, 128, "f16.f16", "64", "65", "66, %67");
    else
      STEEPEST_WGMMA_TF32(64, 128, "64", "65");
  } else if constexpr (count == 128) {
    if constexpr (type == MmaType::Bf16)
      STEEPEST_WGMMA_16(128, 256, "bf16.bf16", "128", "129", "130, %131");
    else if constexpr (type == MmaType::F16)
      STEEPEST_WGMMA_16(128, 256, "f16.f16", "128", "129", "130, %131");
    else
      STEEPEST_WGMMA_TF32(128, 256, "128", "129");
  }
}

} // namespace steepest::sm

#undef STEEPEST_WGMMA_16
#undef STEEPEST_WGMMA_TF32
#undef STEEPEST_REGISTERS_32
#undef STEEPEST_REGISTERS_64
#undef STEEPEST_REGISTERS_128
#undef STEEPEST_OPERANDS_4
#undef STEEPEST_OPERANDS_16
#undef STEEPEST_OPERANDS_32
#undef STEEPEST_OPERANDS_64
#undef STEEPEST_OPERANDS_128

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PTXWGMMA_H
