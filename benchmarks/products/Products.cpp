//===- Products.cpp - generated products against OpenBLAS -----------------===//
//
// Compiles the product kernels for this machine and times them against OpenBLAS
// on the same matrices: one thread, in one process, interleaved, medians, after
// comparing the results. `ratio` is the time of OpenBLAS over ours: above 1 we
// are faster.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/native/Blas.h"
#include "benchmarks/native/Buffer.h"
#include "benchmarks/native/Pool.h"
#include "benchmarks/native/Report.h"
#include "benchmarks/native/Timer.h"
#include "test/Unit/Product/Jit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

using namespace steepest::benchmark;
using namespace steepest::product::jit;

namespace {

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

template <typename Real> class Runner {
public:
  Runner(Library &library, const Blas &blas, Report &report, int rounds)
      : library(library), blas(blas), report(report), rounds(rounds) {}

  void runFull(const Shape &shape, bool transposeRhs) {
    auto [m, n, k] = shape;
    std::string name =
        getName(shape) + (transposeRhs ? ", A B^T / gemm" : ", A B / gemm");
    if (!report.wants(name))
      return;
    Buffer<Real> a(m * k), b(k * n), c(m * n), reference(m * n);
    int64_t bRows = transposeRhs ? n : k, bCols = transposeRhs ? k : n;
    Variant variant{isDouble, false, transposeRhs};
    auto ours = getCall(variant, {a.data, m, k, k},
                        {b.data, bRows, bCols, bCols}, {c.data, m, n, n});
    auto theirs = [&, m = m, n = n, k = k] {
      gemm(transposeRhs, m, n, k, a.data, b.data, bCols, reference.data);
    };
    ours();
    theirs();
    compare(c.data, reference.data, m, n, k, false, name.c_str());
    auto times =
        measure({ours, theirs, peak.spin}, rounds, 0.05, Clock::Thread);
    addRow(name, 2.0 * m * n * k, times[0], times[1], peak.flops / times[2]);
  }

  /// X X^T: our full product, gemm and syrk against the symmetric kernel.
  void runSymmetric(int64_t n, int64_t k) {
    std::string name = getName({n, n, k}) + ", X X^T symmetric";
    if (!report.wants(name))
      return;
    Buffer<Real> x(n * k), c(n * n), full(n * n), reference(n * n);
    steepest_matrix operand{x.data, n, k, k};
    auto ours = getCall({isDouble, false, true, true}, operand, operand,
                        {c.data, n, n, n});
    auto oursFull = getCall({isDouble, false, true, false}, operand, operand,
                            {full.data, n, n, n});
    auto theirs = [&] {
      gemm(true, n, n, k, x.data, x.data, k, reference.data);
    };
    auto theirSyrk = [&] { syrk(n, k, x.data, reference.data); };
    ours();
    oursFull();
    theirs();
    compare(c.data, reference.data, n, n, k, false, name.c_str());
    compare(full.data, reference.data, n, n, k, false, name.c_str());
    theirSyrk();
    compare(c.data, reference.data, n, n, k, true, name.c_str());
    auto times = measure({ours, oursFull, theirs, theirSyrk, peak.spin}, rounds,
                         0.05, Clock::Thread);
    double rate = peak.flops / times[4];
    double flops = 2.0 * n * n * k;
    addRow(name + " / our full", flops, times[0], times[1], rate);
    addRow(name + " / gemm", flops, times[0], times[2], rate);
    addRow(name + " / syrk", flops, times[0], times[3], rate);
  }

  /// Factors in bf16 against those in f32, for op(A) op(B) of these variants.
  /// The factors have 8 bits, so that both compute the same sums.
  void runBf16(const Shape &shape, Variant variant, const char *form) {
    auto [m, n, k] = shape;
    std::string name = "bf16 " + getName(shape).substr(4) + form + " / f32";
    if (!report.wants(name))
      return;
    Buffer<Real> a(m * k), b(k * n), c(m * n), reference(m * n);
    for (Buffer<Real> *factor : {&a, &b})
      for (int64_t i = 0; i < factor->size; ++i)
        factor->data[i] = std::round(factor->data[i] * 128) / 128;
    steepest_matrix lhs{a.data, m, k, k}, rhs{b.data, k, n, n};
    if (variant.transposeLhs)
      lhs = {a.data, k, m, m};
    if (variant.transposeRhs)
      rhs = {b.data, n, k, k};
    if (variant.symmetric)
      rhs.data = a.data;
    auto f32 = getCall(variant, lhs, rhs, {reference.data, m, n, n});
    variant.hasBf16Factors = true;
    auto bf16 = getCall(variant, lhs, rhs, {c.data, m, n, n});
    bf16();
    f32();
    compare(c.data, reference.data, m, n, k, false, name.c_str());
    auto times = measure({bf16, f32, peak.spin}, rounds, 0.05, Clock::Thread);
    addRow(name, 2.0 * m * n * k, times[0], times[1], peak.flops / times[2]);
  }

  /// A B^T, or X X^T: several workers against one, by the clock on the wall.
  void runThreads(const Shape &shape, bool symmetric, const Workers &several) {
    auto [m, n, k] = shape;
    std::string name = getName(shape) + (symmetric ? ", X X^T" : ", A B^T");
    if (!report.wants(name))
      return;
    Buffer<Real> a(m * k), b(n * k), one(m * n), two(m * n);
    Variant variant{isDouble, false, true, symmetric};
    steepest_matrix lhs{a.data, m, k, k},
        rhs{symmetric ? a.data : b.data, n, k, k};
    auto serial = getCall(variant, lhs, rhs, {one.data, m, n, n});
    auto parallel = getCall(variant, lhs, rhs, {two.data, m, n, n}, several);
    serial();
    parallel();
    if (std::memcmp(one.data, two.data, m * n * sizeof(Real)) != 0) {
      std::fprintf(stderr, "error: %s depends on the threads\n", name.c_str());
      std::exit(1);
    }
    auto times = measure({parallel, serial}, rounds, 0.05, Clock::Wall);
    addRow(name, 2.0 * m * n * k, times[0], times[1], 0);
  }

private:
  static constexpr bool isDouble = sizeof(Real) == 8;

  std::string getName(const Shape &shape) {
    return std::string(isDouble ? "f64 " : "f32 ") + std::to_string(shape.m) +
           "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k);
  }

  /// A call with scratch of its own.
  std::function<void()> getCall(const Variant &variant, steepest_matrix lhs,
                                steepest_matrix rhs, steepest_matrix into,
                                const Workers &workers = {}) {
    Operands operands{lhs, rhs, into, into, 1, 0, 0};
    int64_t bytes = library.getScratchBytes(variant, operands, workers.threads);
    auto scratch = std::make_shared<Buffer<double>>(bytes / 8);
    Library::Kernel kernel = library.getKernel(variant);
    return [=] { Library::run(kernel, operands, scratch->data, workers); };
  }

  /// Times in seconds; `peak` in flops a second, 0 when unknown.
  void addRow(const std::string &name, double flops, double ours, double theirs,
              double peak) {
    auto percent = [&](double seconds) {
      return peak > 0 ? 100 * flops / seconds / peak : 0;
    };
    report.add(name, {percent(ours), percent(theirs), flops / ours * 1e-9,
                      theirs / ours, flops, ours, theirs});
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
  Report &report;
  int rounds;
  Peak peak = getPeak(library.getVectorBits(), isDouble);
};

template <typename Real>
void runAll(Library &library, const Blas &blas, Report &report, int rounds,
            bool small) {
  Runner<Real> runner(library, blas, report, rounds);
  if (small) {
    for (int64_t n : {8, 16, 24, 32, 48, 64, 96, 128, 192, 256})
      runner.runFull({n, n, n}, false);
    for (int64_t n : {32, 64, 128, 256})
      runner.runFull({n, n, n}, true);
    for (Shape shape :
         {Shape{10, 128, 10}, Shape{10, 128, 128}, Shape{128, 128, 10},
          Shape{1, 128, 128}, Shape{1, 1024, 1024}, Shape{4, 1024, 1024},
          Shape{1024, 1, 1024}, Shape{1024, 1024, 1}, Shape{1024, 1024, 4},
          Shape{1024, 1024, 16}, Shape{1024, 1024, 64}, Shape{24, 3072, 768},
          Shape{48, 3072, 768}, Shape{768, 128, 768}})
      runner.runFull(shape, false);
    for (int64_t n : {32, 64, 128, 256})
      runner.runSymmetric(n, n);
    return;
  }
  for (Shape shape :
       {Shape{512, 512, 512}, Shape{1024, 1024, 1024}, Shape{2048, 2048, 2048},
        Shape{4096, 4096, 4096}, Shape{768, 768, 3072}, Shape{768, 3072, 768},
        Shape{1000, 777, 1003}})
    runner.runFull(shape, false);
  runner.runFull({1024, 1024, 1024}, true);
  runner.runSymmetric(512, 512);
  runner.runSymmetric(1024, 1024);
  runner.runSymmetric(2048, 2048);
  runner.runSymmetric(768, 3072);
}

} // namespace

/// The forms of products that steps of a polynomial take.
const Variant full{}, gram{false, true, false, true},
    outerGram{false, false, true, true}, square{false, false, false, true};

static void runAllBf16(Library &library, const Blas &blas, Report &report,
                       int rounds) {
  Runner<float> runner(library, blas, report, rounds);
  for (int64_t n : {128, 256, 512, 768, 1024, 2048}) {
    runner.runBf16({n, n, n}, full, ", A B");
    runner.runBf16({n, n, n}, square, ", A A symmetric");
    runner.runBf16({n, n, n}, outerGram, ", X X^T symmetric");
  }
  for (int64_t n : {2304, 3072}) {
    runner.runBf16({768, n, 768}, full, ", A B");
    runner.runBf16({n, 768, 768}, full, ", A B");
    runner.runBf16({768, 768, n}, outerGram, ", X X^T symmetric");
    runner.runBf16({768, 768, n}, gram, ", X^T X symmetric");
  }
}

template <typename Real>
static void runAllThreads(Library &library, const Blas &blas, Report &report,
                          int rounds, int threads) {
  Runner<Real> runner(library, blas, report, rounds);
  Pool pool(threads);
  const steepest_context &context = pool.context;
  Workers several{context.threads, context.parallel_for, context.pool};
  for (int64_t n : {64, 96, 128, 256, 512, 1024, 2048})
    for (bool symmetric : {false, true})
      runner.runThreads({n, n, n}, symmetric, several);
  for (Shape shape :
       {Shape{768, 3072, 768}, Shape{10, 3072, 768}, Shape{3072, 10, 768}})
    runner.runThreads(shape, false, several);
}

namespace {
/// What to compile for, and the kernels of OpenBLAS for the same instructions
/// (null: the best that it has for this processor).
struct Setting {
  const char *name, *cpu;
  unsigned vectorBits;
  const char *core;
};

const Setting settings[] = {
    {"native", "native", 128, nullptr},
    {"haswell", "haswell", 256, "Haswell"},
    {"baseline", "x86-64", 128, "Prescott"},
};

struct Options {
  const Setting *setting = settings;
  bool small = false;
  int rounds = 9, threads = 1;
  std::string json, only;
  std::string blas =
      "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0";
};
} // namespace

/// Takes `argument`; false when it is none.
static bool parse(Options &options, const std::string &argument) {
  size_t equals = std::min(argument.find('='), argument.size());
  std::string key = argument.substr(0, equals);
  const char *value = argument.c_str() + equals + (equals < argument.size());
  if (argument == "--small")
    options.small = true;
  else if (key == "--rounds")
    options.rounds = std::max(1, std::atoi(value));
  else if (key == "--threads")
    options.threads = std::max(1, std::atoi(value));
  else if (key == "--json")
    options.json = value;
  else if (key == "--only")
    options.only = value;
  else if (key == "--blas")
    options.blas = value;
  else if (key == "--machine") {
    for (const Setting &setting : settings)
      if (setting.name == std::string(value)) {
        options.setting = &setting;
        return true;
      }
    return false;
  } else
    return false;
  return true;
}

int main(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i)
    if (!parse(options, argv[i])) {
      std::fprintf(stderr,
                   "usage: %s [--small] [--threads=N] "
                   "[--machine=native|haswell|baseline] [--rounds=N] "
                   "[--blas=PATH] [--json=FILE] [--only=TEXT]\n",
                   argv[0]);
      return 1;
    }
  if (!canRun(options.setting->vectorBits)) {
    std::fprintf(stderr, "error: this processor cannot run code for %s\n",
                 options.setting->name);
    return 1;
  }
  Blas blas = Blas::load(options.blas.c_str(), options.setting->core);
  std::vector<Variant> variants;
  for (bool isDouble : {false, true}) {
    variants.push_back({isDouble, false, false});
    variants.push_back({isDouble, false, true});
    variants.push_back({isDouble, false, true, true});
  }
  bool hasBf16 = Library::hasBf16Products(options.setting->cpu);
  variants.push_back(gram);
  variants.push_back(square);
  if (hasBf16)
    for (Variant variant : {full, gram, outerGram, square}) {
      variant.hasBf16Factors = true;
      variants.push_back(variant);
    }
  Library library(options.setting->cpu, variants);
  bool several = options.threads > 1;
  Report report("product",
                {{"percent_of_peak", several ? "" : "ours %"},
                 {"peer_percent_of_peak", several ? "" : "peer %"},
                 {"gigaflops", "GF/s"},
                 {"ratio", "ratio", 2},
                 {"flops"},
                 {"seconds"},
                 {"peer_seconds"}},
                options.only);
  if (several) {
    std::printf("our registers: %u bits; %d threads against one\n\n",
                library.getVectorBits(), options.threads);
    report.start();
    runAllThreads<float>(library, blas, report, options.rounds,
                         options.threads);
    runAllThreads<double>(library, blas, report, options.rounds,
                          options.threads);
  } else {
    std::printf("OpenBLAS core: %s; our registers: %u bits; one thread\n\n",
                blas.core, library.getVectorBits());
    report.start();
    runAll<float>(library, blas, report, options.rounds, options.small);
    runAll<double>(library, blas, report, options.rounds, options.small);
    if (hasBf16)
      runAllBf16(library, blas, report, options.rounds);
    else
      std::printf("bf16: not run, the processor has no products of bf16\n");
  }
  if (!options.json.empty())
    report.write(options.json);
  return 0;
}
