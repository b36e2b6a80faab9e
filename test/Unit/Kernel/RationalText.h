//===- RationalText.h - a rational function as a kernel ---------*- C++ -*-===//
//
// The text of a module with one `kernel.rational`, for tests and benchmarks.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_KERNEL_RATIONALTEXT_H
#define STEEPEST_TEST_UNIT_KERNEL_RATIONALTEXT_H

#include <string>
#include <vector>

namespace steepest::test {

/// constant I + sum_j weights_j (A + poles_j I)^-1.
struct Terms {
  double constant;
  std::vector<double> weights, poles;
};

/// A module for the processor that LLVM calls `cpu`, or "native", that exports
/// `rational__kernel`, with the tensors A and Y and its scratch as workspace,
/// which returns 0 when Y is defined and 3 when not; and `bytes`, with the
/// extents of A and the number of threads, which returns the bytes of that
/// scratch. Empty when there is no such processor.
std::string getRationalText(const Terms &terms, bool isDouble,
                            const std::string &cpu);

} // namespace steepest::test

#endif // STEEPEST_TEST_UNIT_KERNEL_RATIONALTEXT_H
