//===- Products.cpp - generated products against OpenBLAS -----------------===//
//
// Compiles the product kernels for this machine and times them against OpenBLAS
// on the same matrices: one thread, in one process, interleaved, medians, after
// comparing the results. `ratio` is the time of OpenBLAS over ours: above 1 we
// are faster.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/products/Blas.h"
#include "benchmarks/products/Timer.h"
#include "test/Unit/Product/Jit.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>

using namespace steepest::benchmark;
using namespace steepest::product::jit;

namespace {

/// Aligned memory on large pages where there are any, filled with numbers in
/// [-1, 1].
template <typename Real> class Buffer {
public:
  explicit Buffer(int64_t size) : size(size) {
    size_t page = size_t(2) << 20;
    size_t bytes = (size * sizeof(Real) + page - 1) / page * page;
    data = static_cast<Real *>(std::aligned_alloc(page, bytes));
    madvise(data, bytes, MADV_HUGEPAGE);
    std::memset(data, 0, bytes);
    std::mt19937 random(size);
    for (int64_t i = 0; i < size; ++i)
      data[i] = Real(int32_t(random())) / Real(2147483648.0);
  }
  Buffer(const Buffer &) = delete;
  ~Buffer() { std::free(data); }

  int64_t size;
  Real *data;
};

struct Shape {
  int64_t m, n, k;
};

/// Refuses to time different results. Two sums of k terms of at most 1, in
/// different orders: k roundings of partial sums of at most k, whose random
/// signs leave sqrt(k) of them.
template <typename Real>
void compare(const Real *ours, const Real *theirs, int64_t m, int64_t n,
             int64_t k, bool lowerOnly, const char *what) {
  double bound =
      k * std::sqrt(double(k)) * double(std::numeric_limits<Real>::epsilon());
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < (lowerOnly ? i + 1 : n); ++j)
      if (!(std::fabs(ours[i * n + j] - theirs[i * n + j]) <= bound)) {
        std::fprintf(stderr, "error: %s differs at %ld, %ld: %g and %g\n", what,
                     long(i), long(j), double(ours[i * n + j]),
                     double(theirs[i * n + j]));
        std::exit(1);
      }
}

void printRow(const std::string &what, double flops, double ours,
              double theirs) {
  std::printf("| %-42s | %6.1f | %6.1f | %5.2f |\n", what.c_str(),
              flops / ours * 1e-9, flops / theirs * 1e-9, theirs / ours);
  std::fflush(stdout);
}

template <typename Real> class Runner {
public:
  Runner(Library &library, const Blas &blas, int rounds)
      : library(library), blas(blas), rounds(rounds) {}

  void runFull(const Shape &shape, bool transposeRhs) {
    auto [m, n, k] = shape;
    Buffer<Real> a(m * k), b(k * n), c(m * n), reference(m * n);
    int64_t bRows = transposeRhs ? n : k, bCols = transposeRhs ? k : n;
    Variant variant{isDouble, false, transposeRhs};
    auto ours = getCall(variant, {a.data, m, k, k},
                        {b.data, bRows, bCols, bCols}, {c.data, m, n, n}, k);
    auto theirs = [&, m = m, n = n, k = k] {
      gemm(transposeRhs, m, n, k, a.data, b.data, bCols, reference.data);
    };
    ours();
    theirs();
    std::string name =
        getName(shape) + (transposeRhs ? ", A B^T / gemm" : ", A B / gemm");
    compare(c.data, reference.data, m, n, k, false, name.c_str());
    auto times = measure({ours, theirs}, rounds, 0.05);
    printRow(name, 2.0 * m * n * k, times[0], times[1]);
  }

  /// X X^T: our full product, gemm and syrk against the symmetric kernel.
  void runSymmetric(int64_t n, int64_t k) {
    Buffer<Real> x(n * k), c(n * n), full(n * n), reference(n * n);
    Matrix<Real> operand{x.data, n, k, k};
    auto ours = getCall({isDouble, false, true, true}, operand, operand,
                        {c.data, n, n, n}, k);
    auto oursFull = getCall({isDouble, false, true, false}, operand, operand,
                            {full.data, n, n, n}, k);
    auto theirs = [&] {
      gemm(true, n, n, k, x.data, x.data, k, reference.data);
    };
    auto theirSyrk = [&] { syrk(n, k, x.data, reference.data); };
    ours();
    oursFull();
    theirs();
    std::string name = getName({n, n, k}) + ", X X^T symmetric";
    compare(c.data, reference.data, n, n, k, false, name.c_str());
    compare(full.data, reference.data, n, n, k, false, name.c_str());
    theirSyrk();
    compare(c.data, reference.data, n, n, k, true, name.c_str());
    auto times = measure({ours, oursFull, theirs, theirSyrk}, rounds, 0.05);
    double flops = 2.0 * n * n * k;
    printRow(name + " / our full", flops, times[0], times[1]);
    printRow(name + " / gemm", flops, times[0], times[2]);
    printRow(name + " / syrk", flops, times[0], times[3]);
  }

private:
  static constexpr bool isDouble = sizeof(Real) == 8;

  std::string getName(const Shape &shape) {
    return std::string(isDouble ? "f64 " : "f32 ") + std::to_string(shape.m) +
           "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k);
  }

  std::function<void()> getCall(const Variant &variant, Matrix<Real> lhs,
                                Matrix<Real> rhs, Matrix<Real> into,
                                int64_t k) {
    int64_t bytes =
        library.getScratchBytes(isDouble, into.sizes[0], into.sizes[1], k);
    auto scratch = std::make_shared<Buffer<double>>(bytes / 8);
    auto kernel = library.getProduct<Real>(variant);
    return [=] { kernel(lhs, rhs, into, scratch->data, bytes, 1, 0, into, 0); };
  }

  void gemm(bool transposeRhs, int64_t m, int64_t n, int64_t k, const Real *a,
            const Real *b, int64_t ldb, Real *c) {
    int rhs = transposeRhs ? Blas::transpose : Blas::noTranspose;
    if constexpr (isDouble)
      blas.dgemm(Blas::rowMajor, Blas::noTranspose, rhs, m, n, k, 1, a, k, b,
                 ldb, 0, c, n);
    else
      blas.sgemm(Blas::rowMajor, Blas::noTranspose, rhs, m, n, k, 1, a, k, b,
                 ldb, 0, c, n);
  }

  void syrk(int64_t n, int64_t k, const Real *x, Real *c) {
    if constexpr (isDouble)
      blas.dsyrk(Blas::rowMajor, Blas::lower, Blas::noTranspose, n, k, 1, x, k,
                 0, c, n);
    else
      blas.ssyrk(Blas::rowMajor, Blas::lower, Blas::noTranspose, n, k, 1, x, k,
                 0, c, n);
  }

  Library &library;
  const Blas &blas;
  int rounds;
};

template <typename Real>
void runAll(Library &library, const Blas &blas, int rounds, bool small) {
  Runner<Real> runner(library, blas, rounds);
  if (small) {
    for (int64_t n : {8, 16, 24, 32, 48, 64, 96, 128, 192, 256})
      runner.runFull({n, n, n}, false);
    for (int64_t n : {32, 64, 128, 256})
      runner.runFull({n, n, n}, true);
    for (Shape shape :
         {Shape{10, 128, 10}, Shape{10, 128, 128}, Shape{128, 128, 10},
          Shape{1, 1024, 1024}, Shape{1024, 1, 1024}, Shape{1, 128, 128},
          Shape{4, 1024, 1024}, Shape{1024, 1024, 1}, Shape{48, 3072, 768}})
      runner.runFull(shape, false);
    for (int64_t n : {32, 64, 128, 256})
      runner.runSymmetric(n, n);
    return;
  }
  for (Shape shape :
       {Shape{512, 512, 512}, Shape{1024, 1024, 1024}, Shape{2048, 2048, 2048},
        Shape{768, 768, 3072}, Shape{768, 3072, 768}, Shape{1000, 777, 1003}})
    runner.runFull(shape, false);
  runner.runFull({1024, 1024, 1024}, true);
  runner.runSymmetric(512, 512);
  runner.runSymmetric(1024, 1024);
  runner.runSymmetric(2048, 2048);
  runner.runSymmetric(768, 3072);
}

} // namespace

namespace {
/// What to compile for, and the kernels of OpenBLAS for the same instructions
/// (null: the best that it has for this processor).
struct Setting {
  Machine machine;
  const char *core;
};

const Setting settings[] = {
    {{"native", nullptr, 512}, nullptr},
    {{"haswell", "haswell", 256}, "Haswell"},
    {{"baseline", "x86-64", 128}, "Prescott"},
};
} // namespace

int main(int argc, char **argv) {
  int rounds = 9;
  bool small = false;
  const Setting *setting = settings;
  // Without AVX-512 the native setting is the next best.
  while (!canRun(setting->machine))
    ++setting;
  const char *path =
      "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0";
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    auto value = [&](const char *prefix) -> const char * {
      size_t length = std::strlen(prefix);
      return argument.compare(0, length, prefix) ? nullptr : argv[i] + length;
    };
    const Setting *named = nullptr;
    if (const char *name = value("--machine="))
      for (const Setting &candidate : settings)
        if (std::strcmp(candidate.machine.name, name) == 0)
          named = &candidate;
    if (named) {
      setting = named;
    } else if (argument == "--small") {
      small = true;
    } else if (const char *number = value("--rounds=")) {
      rounds = std::max(1, std::atoi(number));
    } else if (const char *file = value("--blas=")) {
      path = file;
    } else {
      std::fprintf(stderr,
                   "usage: %s [--small] [--machine=native|haswell|baseline] "
                   "[--rounds=N] [--blas=PATH]\n",
                   argv[0]);
      return 1;
    }
  }
  if (!canRun(setting->machine)) {
    std::fprintf(stderr, "error: this processor cannot run code for %s\n",
                 setting->machine.name);
    return 1;
  }
  Blas blas = Blas::load(path, setting->core);
  std::vector<Variant> variants;
  for (bool isDouble : {false, true}) {
    variants.push_back({isDouble, false, false});
    variants.push_back({isDouble, false, true});
    variants.push_back({isDouble, false, true, true});
  }
  Library library(setting->machine, variants);
  library.setThreads(1);
  std::printf("OpenBLAS core: %s; our registers: %u bits; one thread\n\n",
              blas.core, setting->machine.vectorBits);
  std::printf("| product and peer                           | GF/s   | theirs "
              "| ratio |\n|---|---|---|---|\n");
  runAll<float>(library, blas, rounds, small);
  runAll<double>(library, blas, rounds, small);
  return 0;
}
