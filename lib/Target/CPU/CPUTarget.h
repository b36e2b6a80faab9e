//===- CPUTarget.h - the processor that code is made for --------*- C++ -*-===//
//
// A target is a name that LLVM knows ("znver5", "x86-64-v3", "native") and what
// follows from it: instructions, and from these the sizes that the emission of
// kernels is parameterised with.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_CPUTARGET_H
#define STEEPEST_LIB_TARGET_CPU_CPUTARGET_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>
#include <vector>

namespace steepest {

struct CPUTarget {
  std::string triple;
  /// Never "native": the name of the processor found.
  std::string cpu;
  /// Differences from what the name implies, as "+avx2,-avx512f". Empty unless
  /// the target was asked for as "native".
  std::string adjustments;
  /// Everything the code may use, as LLVM spells it.
  std::vector<std::string> features;
  /// Width of the vector registers: 512, 256 or 128.
  unsigned vectorBits = 128;

  bool hasFeature(llvm::StringRef feature) const;
  /// Whether bf16 is multiplied in pairs with sums in f32, at twice the rate.
  bool hasBf16Products() const {
    return vectorBits == 512 && hasFeature("avx512bf16");
  }
  /// Elements of f32 in a vector register. Maps use as many lanes for wider
  /// elements too, in several registers.
  int64_t getLanes() const { return vectorBits / 32; }
  /// The features, comma separated, for the descriptor.
  std::string getFeatureList() const;
  /// Triple and processor, for people.
  std::string getDescription() const { return triple + " " + cpu; }

  std::unique_ptr<llvm::TargetMachine> createTargetMachine() const;
};

/// The target called `name`; "native" is the machine this runs on. Reports an
/// error that lists some names when there is no such processor.
mlir::FailureOr<CPUTarget>
getCPUTarget(llvm::StringRef name,
             llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_CPUTARGET_H
