//===- Inverse.cpp - positive definite inverses against LAPACK ------------===//
//
// Compiles `kernel.rational` for this machine and times the inverse of one
// positive definite matrix, or a sum of several with different shifts, beside
// our own product of the same order, LAPACK's potrf and potri, and the product
// of the same library: in one process, interleaved, medians, after the results
// have been compared with LAPACK's in float64.
//
// With --batch=N, N matrices are inverted, one on each thread at a time, and as
// many products are made so; LAPACK's follow one another, since its library is
// not made for several callers. `in turn` is the time of our inverses one after
// another, each on all threads, over that of the batch.
//
// An inverse is m^3 flops, a product 2 m^3. `rate` is the rate of our inverse
// over the rate of our product on as many threads; `peer` is the same for
// LAPACK; `ratio` is LAPACK's time over ours, for each inverse.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/native/Blas.h"
#include "benchmarks/native/Buffer.h"
#include "benchmarks/native/Pool.h"
#include "benchmarks/native/Report.h"
#include "benchmarks/native/Timer.h"
#include "test/Unit/Kernel/RationalText.h"
#include "test/Unit/Product/Jit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

using namespace steepest::benchmark;
using namespace steepest::product::jit;
using steepest::test::getRationalText;
using steepest::test::Terms;

[[noreturn]] static void fail(const std::string &what) {
  std::fprintf(stderr, "error: %s\n", what.c_str());
  std::exit(1);
}

/// The inverse of a positive definite matrix of order `m`, in its lower
/// triangle by rows, from its own lower triangle.
static void invert(const Blas &blas, float *a, int m) {
  // Rows and "lower" here are columns and "upper" there.
  int info = 0;
  blas.spotrf("U", &m, a, &m, &info);
  if (info == 0)
    blas.spotri("U", &m, a, &m, &info);
  if (info != 0)
    fail("LAPACK finds no inverse of order " + std::to_string(m));
}

static void invert(const Blas &blas, double *a, int m) {
  int info = 0;
  blas.dpotrf("U", &m, a, &m, &info);
  if (info == 0)
    blas.dpotri("U", &m, a, &m, &info);
  if (info != 0)
    fail("LAPACK finds no inverse of order " + std::to_string(m));
}

namespace {

/// The two kernels of one element type, and their peers.
template <typename Real> class Runner {
public:
  Runner(const std::string &cpu, const Terms &terms, const Blas &blas,
         Report &report, int rounds, int batch, const Workers &workers)
      : terms(terms), blas(blas), report(report), rounds(rounds), batch(batch),
        workers(workers), inverses(cpu, getRationalText(terms, isDouble, cpu),
                                   {"rational__kernel", "bytes"}),
        products(cpu, {product}) {}

  void run(int64_t m) {
    std::string name = (isDouble ? "f64 " : "f32 ") + std::to_string(m);
    if (!report.wants(name))
      return;
    Buffer<Real> a(m * m), ours(m * m), theirs(m * m);
    Buffer<Real> b(m * m), c(m * m), d(m * m), e(m * m);
    makeDefinite(a.data, m);
    auto inverse = getInverse(a.data, ours.data, m, workers);
    auto lapack = [&] {
      std::copy_n(a.data, m * m, theirs.data);
      invert(blas, theirs.data, m);
    };
    inverse();
    compare(a.data, ours.data, m, name);
    if (batch > 1)
      return runBatch(m, name, a.data);
    auto times = measure(
        {inverse, getProduct(b.data, c.data, d.data, m, workers), lapack,
         [&] { gemm(m, b.data, c.data, e.data); }},
        rounds, 0.02, workers.threads > 1 ? Clock::Wall : Clock::Thread);
    double flops = double(m) * m * m, count = terms.poles.size();
    double each = times[0] / count;
    report.add(name, {flops / each * 1e-9, times[1] / (2 * each),
                      flops / times[2] * 1e-9, times[3] / (2 * times[2]),
                      times[2] / each, 1, double(m), each, times[1], times[2],
                      times[3], each});
  }

private:
  using Calls = std::vector<std::function<void()>>;

  /// As many inverses as `batch` says of copies of `a`, and as many products.
  void runBatch(int64_t m, const std::string &name, const Real *a) {
    Buffer<Real> given(batch * m * m), ours(batch * m * m),
        theirs(batch * m * m), products(batch * m * m);
    Calls inverse, inTurn, product, lapack, gemms;
    for (int64_t i = 0; i < batch; ++i) {
      Real *x = given.data + i * m * m, *y = ours.data + i * m * m,
           *z = theirs.data + i * m * m, *p = products.data + i * m * m;
      std::copy_n(a, m * m, x);
      inverse.push_back(getInverse(x, y, m, Workers()));
      inTurn.push_back(getInverse(x, y, m, workers));
      product.push_back(getProduct(x, x, p, m, Workers()));
      lapack.push_back([=] {
        std::copy_n(x, m * m, z);
        invert(blas, z, m);
      });
      gemms.push_back([=] { gemm(m, x, x, p); });
    }
    spread(inverse);
    for (int64_t i = 0; i < batch; ++i)
      compare(a, ours.data + i * m * m, m, name);
    auto inOrder = [](Calls &calls) {
      return [&] {
        for (auto &call : calls)
          call();
      };
    };
    auto times = measure({[&] { spread(inverse); }, [&] { spread(product); },
                          inOrder(lapack), inOrder(gemms), inOrder(inTurn)},
                         rounds, 0.02,
                         workers.threads > 1 ? Clock::Wall : Clock::Thread);
    for (double &time : times)
      time /= batch;
    double flops = double(m) * m * m, count = terms.poles.size();
    double each = times[0] / count;
    report.add(name, {flops / each * 1e-9, times[1] / (2 * each),
                      flops / times[2] * 1e-9, times[3] / (2 * times[2]),
                      times[2] / each, times[4] / times[0], double(m), each,
                      times[1], times[2], times[3], times[4] / count});
  }

  /// Makes all calls, one on each thread at a time.
  void spread(Calls &calls) {
    if (!workers.parallelFor) {
      for (auto &call : calls)
        call();
      return;
    }
    workers.parallelFor(
        workers.pool, calls.size(),
        [](void *calls, int64_t task, int64_t) {
          (*static_cast<Calls *>(calls))[task]();
        },
        &calls);
  }

  static constexpr bool isDouble = sizeof(Real) == 8;
  static constexpr Variant product{isDouble};

  /// X X^T / m + I / 4 for random X in [-1, 1]: condition about 6.
  void makeDefinite(Real *a, int64_t m) {
    Buffer<Real> x(m * m);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j <= i; ++j) {
        double sum = i == j ? 0.25 : 0;
        for (int64_t k = 0; k < m; ++k)
          sum += double(x.data[i * m + k]) * x.data[j * m + k] / m;
        a[i * m + j] = a[j * m + i] = Real(sum);
      }
  }

  /// Refuses to time a wrong result. Each inverse may lose a small multiple of
  /// epsilon times the condition.
  void compare(const Real *a, const Real *ours, int64_t m,
               const std::string &name) {
    Buffer<double> sum(m * m), inverse(m * m);
    std::fill_n(sum.data, m * m, 0.0);
    for (double pole : terms.poles) {
      std::copy_n(a, m * m, inverse.data);
      for (int64_t i = 0; i < m; ++i)
        inverse.data[i * m + i] += pole;
      invert(blas, inverse.data, m);
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j <= i; ++j)
          sum.data[i * m + j] += inverse.data[i * m + j];
    }
    double difference = 0, norm = 0;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < m; ++j) {
        double exact = sum.data[std::max(i, j) * m + std::min(i, j)];
        double error = ours[i * m + j] - exact;
        difference += error * error;
        norm += exact * exact;
      }
    double error = std::sqrt(difference / norm);
    if (!(error <= 100 * double(std::numeric_limits<Real>::epsilon())))
      fail(name + ": the inverse is off by " + std::to_string(error));
  }

  std::function<void()> getInverse(Real *a, Real *y, int64_t m,
                                   const Workers &workers) {
    auto getBytes = reinterpret_cast<int64_t (*)(const int64_t *, int64_t)>(
        inverses.lookup("bytes"));
    const int64_t extents[] = {m, m};
    int64_t bytes = getBytes(extents, workers.threads);
    auto scratch = std::make_shared<Buffer<double>>(bytes / 8 + 1);
    auto kernel =
        reinterpret_cast<Library::Kernel>(inverses.lookup("rational__kernel"));
    steepest_matrix matrix{a, m, m, m}, into{y, m, m, m};
    Operands operands{matrix, into, into, into, 0, 0, 0};
    return [=, workers = workers] {
      Library::run(kernel, operands, scratch->data, workers);
    };
  }

  std::function<void()> getProduct(Real *b, Real *c, Real *d, int64_t m,
                                   const Workers &workers) {
    steepest_matrix into{d, m, m, m};
    Operands operands{{b, m, m, m}, {c, m, m, m}, into, into, 1, 0, 0};
    int64_t bytes =
        products.getScratchBytes(product, operands, workers.threads);
    auto scratch = std::make_shared<Buffer<double>>(bytes / 8 + 1);
    Library::Kernel kernel = products.getKernel(product);
    return [=, workers = workers] {
      Library::run(kernel, operands, scratch->data, workers);
    };
  }

  void gemm(int64_t m, const Real *b, const Real *c, Real *d) {
    if constexpr (isDouble)
      blas.dgemm(Blas::rowMajor, Blas::noTranspose, Blas::noTranspose, m, m, m,
                 1, b, m, c, m, 0, d, m);
    else
      blas.sgemm(Blas::rowMajor, Blas::noTranspose, Blas::noTranspose, m, m, m,
                 1, b, m, c, m, 0, d, m);
  }

  const Terms &terms;
  const Blas &blas;
  Report &report;
  int rounds, batch;
  Workers workers;
  Library inverses, products;
};

struct Options {
  int rounds = 9, threads = 1, terms = 1, batch = 1;
  bool quick = false;
  /// What our kernels are compiled for; the peers take what is there.
  std::string cpu = "native";
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
  if (argument == "--quick")
    options.quick = true;
  else if (key == "--rounds")
    options.rounds = std::max(1, std::atoi(value));
  else if (key == "--threads")
    options.threads = std::max(1, std::atoi(value));
  else if (key == "--terms")
    options.terms = std::max(1, std::atoi(value));
  else if (key == "--batch")
    options.batch = std::max(1, std::atoi(value));
  else if (key == "--cpu")
    options.cpu = value;
  else if (key == "--json")
    options.json = value;
  else if (key == "--only")
    options.only = value;
  else if (key == "--blas")
    options.blas = value;
  else
    return false;
  return true;
}

template <typename Real>
static void runAll(const Terms &terms, const Blas &blas, Report &report,
                   const Options &options, const Workers &workers) {
  Runner<Real> runner(options.cpu, terms, blas, report, options.rounds,
                      options.batch, workers);
  if (options.quick) {
    runner.run(48);
    return;
  }
  for (int64_t m : {16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024})
    runner.run(m);
}

int main(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i)
    if (!parse(options, argv[i])) {
      std::fprintf(
          stderr,
          "usage: %s [--threads=N] [--terms=N] [--batch=N] [--rounds=N] "
          "[--quick] [--cpu=NAME] [--blas=PATH] [--json=FILE] [--only=TEXT]\n",
          argv[0]);
      return 1;
    }
  Blas blas = Blas::load(options.blas.c_str(), nullptr, options.threads);
  Workers workers;
  std::unique_ptr<Pool> pool;
  if (options.threads > 1) {
    pool = std::make_unique<Pool>(options.threads);
    const steepest_context &context = pool->context;
    workers = {context.threads, context.parallel_for, context.pool};
  }
  Terms terms{0, {}, {}};
  for (int term = 0; term < options.terms; ++term) {
    terms.weights.push_back(1);
    terms.poles.push_back(term * 0.5);
  }
  std::printf("OpenBLAS core: %s; %d threads; %d terms, times of one\n\n",
              blas.core, options.threads, options.terms);
  Report report("inverse",
                {{"gigaflops", "GF/s"},
                 {"rate", "rate", 2},
                 {"peer_gigaflops", "LAPACK"},
                 {"peer_rate", "peer", 2},
                 {"ratio", "ratio", 2},
                 {"in_turn_ratio", "in turn", 2},
                 {"order"},
                 {"seconds"},
                 {"product_seconds"},
                 {"peer_seconds"},
                 {"peer_product_seconds"},
                 {"in_turn_seconds"}},
                options.only);
  report.start();
  runAll<float>(terms, blas, report, options, workers);
  runAll<double>(terms, blas, report, options, workers);
  if (!options.json.empty())
    report.write(options.json);
  return 0;
}
