//===- Features.h - what this CPU can run -----------------------*- C++ -*-===//
//
// A kernel is compiled for one CPU and may be called on another. The descriptor
// lists the features it was compiled with, in LLVM's spelling; a step on a CPU
// without one of them is refused instead of ending in an illegal instruction.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_FEATURES_H
#define STEEPEST_RUNTIME_FEATURES_H

#include <cstddef>
#include <cstdint>

namespace steepest::runtime {

/// The words of CPUID that say what code can use.
enum CpuWord {
  Leaf1ECX,
  Leaf1EDX,
  Leaf7EBX,
  Leaf7ECX,
  Leaf7EDX,
  Leaf7Sub1EAX,
  Leaf7Sub1EDX,
  Leaf1EEAX,
  Leaf24EBX,
  Extended1ECX,
  NumCpuWords
};

/// A CPU and the register state its operating system saves.
struct Cpu {
  uint32_t words[NumCpuWords];
  uint64_t savedState;
};

/// Asks the CPU this runs on.
Cpu detectCpu();

/// Whether `cpu` has all of `features`, a list as in "avx2,fma" or
/// "+avx2,+fma". Writes those it lacks to `missing`, comma separated and cut
/// short with
/// "..." when there is no room. Names that say nothing about the instructions
/// in use are passed over; names that nobody here knows count as lacking.
bool supportsFeatures(const Cpu &cpu, const char *features, char *missing,
                      size_t size);

/// The same for this CPU, remembering lists that passed: costs a hash of the
/// text.
bool supportsFeatures(const char *features, char *missing, size_t size);

} // namespace steepest::runtime

#endif // STEEPEST_RUNTIME_FEATURES_H
