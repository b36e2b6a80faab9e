//===- Blas.cpp - OpenBLAS, loaded at run time ----------------------------===//

#include "benchmarks/native/Blas.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace steepest::benchmark {

template <typename Function>
static void bind(void *library, const char *name, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function)
    return;
  std::fprintf(stderr, "error: no symbol %s in the BLAS library\n", name);
  std::exit(1);
}

Blas Blas::load(const char *path, const char *core, int threads) {
  // With OPENBLAS_CORETYPE=Haswell in the environment OpenBLAS would run AVX2
  // kernels at half the peak of an AVX-512 machine.
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("OPENBLAS_L2_SIZE");
  if (core)
    setenv("OPENBLAS_CORETYPE", core, 1);
  setenv("OPENBLAS_NUM_THREADS", std::to_string(threads).c_str(), 1);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    std::fprintf(stderr, "error: %s\n", dlerror());
    std::exit(isAbsent);
  }
  Blas blas;
  bind(library, "cblas_sgemm", blas.sgemm);
  bind(library, "cblas_dgemm", blas.dgemm);
  bind(library, "cblas_ssyrk", blas.ssyrk);
  bind(library, "cblas_dsyrk", blas.dsyrk);
  bind(library, "spotrf_", blas.spotrf);
  bind(library, "spotri_", blas.spotri);
  bind(library, "dpotrf_", blas.dpotrf);
  bind(library, "dpotri_", blas.dpotri);
  char *(*getCore)();
  bind(library, "openblas_get_corename", getCore);
  blas.core = getCore();
  return blas;
}

} // namespace steepest::benchmark
