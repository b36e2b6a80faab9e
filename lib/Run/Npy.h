//===- Npy.h - arrays in NumPy's file format --------------------*- C++ -*-===//
//
// Reads and writes what a step takes and gives: little-endian float32 and
// float64 arrays of up to three dimensions in C order.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_RUN_NPY_H
#define STEEPEST_LIB_RUN_NPY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace steepest::run {

struct NpyArray {
  std::vector<int64_t> shape;
  bool isDouble = true;
  /// A float32 converts to float64 and back without a change.
  std::vector<double> values;
};

llvm::Expected<NpyArray> readNpy(llvm::StringRef path);
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_NPY_H
