//===- Checker.h - generated products against a plain loop ------*- C++ -*-===//
//
// Compares with sums in double. Matrices and scratch end where a page begins
// that cannot be touched.
//
// Bound: each of the k + 4 roundings of an element is at most eps times the sum
// of the absolute values of its terms.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_PRODUCT_CHECKER_H
#define STEEPEST_TEST_UNIT_PRODUCT_CHECKER_H

#include "test/Unit/Product/Jit.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

namespace steepest::product::jit {

/// Memory that ends at a page that cannot be touched.
class Guarded {
public:
  explicit Guarded(size_t bytes) : bytes(bytes) {
    size_t page = sysconf(_SC_PAGESIZE);
    mapped = (bytes + page - 1) / page * page + page;
    base = static_cast<char *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base + mapped - page, page, PROT_NONE);
    begin = base + mapped - page - bytes;
  }
  Guarded(Guarded &&other)
      : bytes(other.bytes), mapped(other.mapped),
        base(std::exchange(other.base, nullptr)), begin(other.begin) {}
  ~Guarded() {
    if (base)
      munmap(base, mapped);
  }
  void *data() { return begin; }
  size_t size() const { return bytes; }

private:
  size_t bytes, mapped;
  char *base, *begin;
};

/// A matrix with a row stride of its own; what lies between the rows must stay.
template <typename Real> class Operand {
public:
  Operand(int64_t rows, int64_t cols, int64_t padding)
      : rows(rows), cols(cols), stride(cols + padding),
        memory(rows ? ((rows - 1) * stride + cols) * sizeof(Real) : 0) {
    Real *data = static_cast<Real *>(memory.data());
    for (size_t i = 0; i < memory.size() / sizeof(Real); ++i)
      data[i] = std::numeric_limits<Real>::quiet_NaN();
  }
  Real &at(int64_t i, int64_t j) {
    return static_cast<Real *>(memory.data())[i * stride + j];
  }
  steepest_matrix get() { return {memory.data(), rows, cols, stride}; }
  bool keepsPadding() {
    for (int64_t i = 0; i + 1 < rows; ++i)
      for (int64_t j = cols; j < stride; ++j)
        if (!std::isnan(at(i, j)))
          return false;
    return true;
  }
  bool hasBitsOf(Operand &other, bool lowerOnly) {
    for (int64_t i = 0; i < rows; ++i) {
      int64_t count = lowerOnly ? i + 1 : cols;
      if (cols && std::memcmp(&at(i, 0), &other.at(i, 0), count * sizeof(Real)))
        return false;
    }
    return true;
  }

  int64_t rows, cols, stride;

private:
  Guarded memory;
};

struct Shape {
  int64_t m, n, k;
};

inline double keep(double value) { return value; }

/// op(A), op(B), D in double, their product and the sum of absolute terms, with
/// `factor` of every element of A and B. The factors are triangular where
/// `variant` has them so.
struct Problem {
  Problem(const Shape &shape, const Variant &variant,
          double (*factor)(double) = keep)
      : shape(shape) {
    bool symmetric = variant.symmetric;
    auto [m, n, k] = shape;
    std::mt19937 random(m * 1000003 + n * 1009 + k + symmetric);
    std::uniform_real_distribution<float> entry(-1, 1);
    auto fill = [&](std::vector<double> &values, int64_t size) {
      values.resize(size);
      for (double &value : values)
        value = entry(random);
    };
    fill(lhs, m * k);
    fill(rhs, k * n);
    fill(addend, m * n);
    auto clear = [](std::vector<double> &values, int64_t size, bool below) {
      for (int64_t i = 0; i < size; ++i)
        for (int64_t j = 0; j < size; ++j)
          if (below ? j < i : i < j)
            values[i * size + j] = 0;
    };
    if (variant.lhsLower)
      clear(lhs, k, /*below=*/variant.transposeLhs);
    if (variant.rhsLower)
      clear(rhs, k, /*below=*/variant.transposeRhs);
    if (symmetric) {
      for (int64_t p = 0; p < k; ++p)
        for (int64_t j = 0; j < n; ++j)
          rhs[p * n + j] = lhs[j * k + p];
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < i; ++j)
          addend[j * n + i] = addend[i * n + j];
    }
    product.assign(m * n, 0);
    terms.assign(m * n, 0);
    std::vector<double> factors(rhs);
    for (double &value : factors)
      value = factor(value);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t p = 0; p < k; ++p) {
        double a = factor(lhs[i * k + p]);
        // Half of a triangular factor, of which every term is zero.
        if (a == 0)
          continue;
        const double *row = factors.data() + p * n;
        double *sum = product.data() + i * n, *bound = terms.data() + i * n;
        for (int64_t j = 0; j < n; ++j) {
          double term = a * row[j];
          sum[j] += term;
          bound[j] += std::fabs(term);
        }
      }
  }

  Shape shape;
  std::vector<double> lhs, rhs, addend, product, terms;
};

/// Simulates workers on the calling thread, the last one first.
inline void runLastTaskFirst(void *threads, int64_t tasks,
                             steepest_parallel_body body, void *argument) {
  for (int64_t task = tasks; task-- > 0;)
    body(argument, task, task % *static_cast<int64_t *>(threads));
}

template <typename Real> class Checker {
public:
  explicit Checker(Library &library) : library(library) {}

  void check(const Variant &variant, const Problem &problem, int64_t padding) {
    auto [m, n, k] = problem.shape;
    SCOPED_TRACE(testing::Message()
                 << variant.getName() << " " << m << "x" << n << "x" << k);
    Operand<Real> lhs = store(problem.lhs, m, k, variant.transposeLhs, padding);
    Operand<Real> rhs =
        store(problem.rhs, k, n, variant.transposeRhs, 2 * padding);
    Operand<Real> addend = store(problem.addend, m, n, false, 3 * padding);
    Operand<Real> into(m, n, padding);
    run(variant, lhs, rhs, into, addend, /*threads=*/1);
    compare(variant, problem, into);
    EXPECT_TRUE(into.keepsPadding());

    for (int64_t threads : {2, 3, 5}) {
      Operand<Real> again(m, n, padding);
      run(variant, lhs, rhs, again, addend, threads);
      EXPECT_TRUE(again.hasBitsOf(into, variant.lowerResult))
          << threads << " threads";
      EXPECT_TRUE(again.keepsPadding());
    }
    if (variant.hasAddend) {
      run(variant, lhs, rhs, addend, addend, /*threads=*/2);
      EXPECT_TRUE(addend.hasBitsOf(into, variant.lowerResult)) << "in place";
    }
  }

  /// A symmetric factor in lower blocks, NaN elsewhere, gives the bits that all
  /// of it gives, and so does a result that is left in lower blocks.
  void checkLowerBlocks(const Variant &variant, int64_t n, int64_t padding) {
    SCOPED_TRACE(testing::Message() << variant.getName() << " " << n);
    Variant mirrored = variant;
    mirrored.lowerBlocksResult = mirrored.lhsLowerBlocks =
        mirrored.rhsLowerBlocks = false;
    mirrored.transposeLhs = mirrored.transposeRhs = false;
    std::mt19937 random(n);
    std::uniform_real_distribution<float> entry(-1, 1);
    auto inBlocks = [](int64_t i, int64_t j) { return j / 32 <= i / 32; };
    // Of a symmetric product both factors are the same matrix.
    int64_t other = variant.symmetric ? n : 45;
    Operand<Real> whole(n, n, padding), blocks(n, n, padding);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j)
        whole.at(i, j) = whole.at(j, i) = entry(random);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        if (inBlocks(i, j))
          blocks.at(i, j) = whole.at(i, j);
    auto makeDense = [&](int64_t rows, int64_t cols) {
      Operand<Real> dense(rows, cols, 2 * padding);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < cols; ++j)
          dense.at(i, j) = variant.symmetric ? whole.at(i, j) : entry(random);
      return dense;
    };
    int64_t rows = variant.lhsLowerBlocks ? n : other;
    int64_t cols = variant.rhsLowerBlocks ? n : other;
    Operand<Real> lhs = makeDense(rows, n), rhs = makeDense(n, cols);
    Operand<Real> addend = makeDense(rows, cols);
    auto choose = [&](bool isBlocks, Operand<Real> &dense,
                      Operand<Real> &stored) -> Operand<Real> & {
      return isBlocks ? stored : dense;
    };
    Operand<Real> expected(rows, cols, padding);
    run(mirrored, choose(variant.lhsLowerBlocks, lhs, whole),
        choose(variant.rhsLowerBlocks, rhs, whole), expected, addend,
        /*threads=*/1);
    for (int64_t threads : {1, 2, 3}) {
      Operand<Real> into(rows, cols, padding);
      run(variant, choose(variant.lhsLowerBlocks, lhs, blocks),
          choose(variant.rhsLowerBlocks, rhs, blocks), into, addend, threads);
      EXPECT_TRUE(into.keepsPadding());
      int64_t wrong = 0;
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < cols; ++j)
          if (!variant.lowerBlocksResult || inBlocks(i, j))
            wrong += std::memcmp(&into.at(i, j), &expected.at(i, j),
                                 sizeof(Real)) != 0;
      EXPECT_EQ(wrong, 0) << threads << " threads";
    }
  }

private:
  static constexpr Real alpha = Real(1.5), beta = Real(-0.75),
                        gamma = Real(0.625);

  Operand<Real> store(const std::vector<double> &values, int64_t rows,
                      int64_t cols, bool transposed, int64_t padding) {
    Operand<Real> operand(transposed ? cols : rows, transposed ? rows : cols,
                          padding);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j)
        (transposed ? operand.at(j, i) : operand.at(i, j)) =
            values[i * cols + j];
    return operand;
  }

  void run(const Variant &variant, Operand<Real> &lhs, Operand<Real> &rhs,
           Operand<Real> &into, Operand<Real> &addend, int64_t threads) {
    Operands operands{lhs.get(), rhs.get(), into.get(), addend.get(),
                      alpha,     beta,      gamma};
    Guarded scratch(library.getScratchBytes(variant, operands, threads));
    std::memset(scratch.data(), 0xff, scratch.size());
    Workers workers{threads, runLastTaskFirst, &threads};
    Library::run(library.getKernel(variant), operands, scratch.data(), workers);
  }

  void compare(const Variant &variant, const Problem &problem,
               Operand<Real> &into) {
    auto [m, n, k] = problem.shape;
    double scale = variant.hasAlpha ? alpha : 1;
    double bound = (k + 4) * double(std::numeric_limits<Real>::epsilon());
    int64_t wrong = 0;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < (variant.lowerResult ? i + 1 : n); ++j) {
        double expected = scale * problem.product[i * n + j];
        double terms = scale * problem.terms[i * n + j];
        if (variant.hasAddend) {
          expected += beta * problem.addend[i * n + j];
          terms += std::fabs(beta * problem.addend[i * n + j]);
        }
        if (variant.hasGamma && i == j) {
          expected += gamma;
          terms += gamma;
        }
        double error = std::fabs(into.at(i, j) - expected);
        if (!(error <= bound * terms) && wrong++ == 0)
          ADD_FAILURE() << "at " << i << ", " << j << ": expected " << expected
                        << ", got " << into.at(i, j);
        if (variant.symmetric && !variant.lowerResult &&
            into.at(i, j) != into.at(j, i) && wrong++ == 0)
          ADD_FAILURE() << "not symmetric at " << i << ", " << j;
      }
    EXPECT_EQ(wrong, 0);
  }

  Library &library;
};

} // namespace steepest::product::jit

#endif // STEEPEST_TEST_UNIT_PRODUCT_CHECKER_H
