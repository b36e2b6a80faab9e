//===- Blas.h - OpenBLAS, loaded at run time --------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_NATIVE_BLAS_H
#define STEEPEST_BENCHMARKS_NATIVE_BLAS_H

#include <cstdint>

namespace steepest::benchmark {

/// The CBLAS interface with 32-bit integers. Row-major, as in cblas.h.
struct Blas {
  /// By custom, the status of what is skipped.
  static constexpr int isAbsent = 77;
  static constexpr int rowMajor = 101, noTranspose = 111, transpose = 112,
                       lower = 122;

  void (*sgemm)(int, int, int, int, int, int, float, const float *, int,
                const float *, int, float, float *, int);
  void (*dgemm)(int, int, int, int, int, int, double, const double *, int,
                const double *, int, double, double *, int);
  void (*ssyrk)(int, int, int, int, int, float, const float *, int, float,
                float *, int);
  void (*dsyrk)(int, int, int, int, int, double, const double *, int, double,
                double *, int);
  /// LAPACK, column-major: the Cholesky factor, and the inverse from it.
  using SinglePotr = void (*)(const char *, const int *, float *, const int *,
                              int *);
  using DoublePotr = void (*)(const char *, const int *, double *, const int *,
                              int *);
  SinglePotr spotrf, spotri;
  DoublePotr dpotrf, dpotri;
  /// The kernels that were chosen.
  const char *core;

  /// Loads `path` for `threads` threads with its kernels for `core`, or with
  /// the best it has for this machine: environment variables that choose others
  /// are removed first. Ends the program with the status `isAbsent` when there
  /// is no such library.
  static Blas load(const char *path, const char *core, int threads = 1);
};

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_NATIVE_BLAS_H
