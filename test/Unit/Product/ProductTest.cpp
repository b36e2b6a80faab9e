//===- ProductTest.cpp - every product of the kernel family ---------------===//
//
// Every member of the kernel family is compiled for three machines, run, and
// compared with sums in double (Checker.h).
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Product/Checker.h"

using namespace steepest::product::jit;

namespace {

struct Machine {
  const char *name, *cpu;
  unsigned vectorBits;
};

const Machine machines[] = {{"baseline", "x86-64", 128},
                            {"haswell", "haswell", 256},
                            {"native", "native", 512}};

/// Every transposition with and without symmetry, each without epilogue and
/// with all of it; and every epilogue for one of them. The two do not meet in
/// the emission.
std::vector<Variant> getVariants(bool isDouble) {
  std::vector<Variant> variants;
  for (int bits = 0; bits < 64; ++bits) {
    int operands = bits & 3, epilogue = bits >> 3;
    if (operands != 2 && epilogue != 0 && epilogue != 7)
      continue;
    variants.push_back({isDouble, bool(bits & 1), bool(bits & 2),
                        bool(bits & 4), bool(bits & 8), bool(bits & 16),
                        bool(bits & 32)});
  }
  return variants;
}

std::vector<Shape> getShapes(bool symmetric) {
  const int64_t sizes[] = {0,  1,  2,  5,  11, 12,  13,
                           31, 32, 33, 64, 65, 100, 257};
  std::mt19937 random(7);
  auto pick = [&] { return sizes[random() % std::size(sizes)]; };
  std::vector<Shape> shapes;
  // Every size in every place, the others drawn.
  for (int64_t size : sizes) {
    if (symmetric) {
      shapes.push_back({size, size, pick()});
      int64_t order = pick();
      shapes.push_back({order, order, size});
      continue;
    }
    shapes.push_back({size, pick(), pick()});
    shapes.push_back({pick(), size, pick()});
    shapes.push_back({pick(), pick(), size});
  }
  // More than one block of rows, of columns and of k.
  if (symmetric) {
    shapes.push_back({1100, 1100, 3});
    shapes.push_back({257, 257, 1057});
  } else {
    shapes.push_back({500, 1100, 17});
    shapes.push_back({13, 33, 2101});
  }
  return shapes;
}

class ProductTest : public testing::TestWithParam<std::tuple<Machine, bool>> {};

template <typename Real> void runAll(const Machine &machine) {
  std::vector<Variant> variants = getVariants(sizeof(Real) == 8);
  Library library(machine.cpu, variants);
  if (library.getVectorBits() != machine.vectorBits)
    GTEST_SKIP() << machine.cpu << " has registers of "
                 << library.getVectorBits() << " bits";
  Checker<Real> checker(library);
  for (bool symmetric : {false, true})
    for (const Shape &shape : getShapes(symmetric)) {
      Problem problem(shape, Variant{.symmetric = symmetric});
      int64_t padding = (shape.m + shape.n + shape.k) % 3;
      for (const Variant &variant : variants)
        if (variant.symmetric == symmetric)
          checker.check(variant, problem, padding);
    }
}

/// A triangular factor on either side, and the lower half of L^T L.
std::vector<Variant> getTriangularVariants(bool isDouble) {
  std::vector<Variant> variants;
  for (bool transposed : {false, true})
    for (bool left : {false, true})
      variants.push_back({.isDouble = isDouble,
                          .transposeLhs = left && transposed,
                          .transposeRhs = !left && transposed,
                          .hasAlpha = true,
                          .hasAddend = transposed,
                          .lhsLower = left,
                          .rhsLower = !left});
  for (bool lowerResult : {false, true})
    variants.push_back({.isDouble = isDouble,
                        .transposeLhs = true,
                        .symmetric = true,
                        .hasAddend = true,
                        .hasGamma = true,
                        .lowerResult = lowerResult,
                        .lhsLower = true,
                        .rhsLower = true});
  return variants;
}

template <typename Real> void runTriangular(const Machine &machine) {
  std::vector<Variant> variants = getTriangularVariants(sizeof(Real) == 8);
  Library library(machine.cpu, variants);
  if (library.getVectorBits() != machine.vectorBits)
    GTEST_SKIP() << machine.cpu << " has registers of "
                 << library.getVectorBits() << " bits";
  Checker<Real> checker(library);
  for (int64_t order : {0, 1, 2, 11, 13, 32, 33, 64, 100, 257, 801})
    for (const Variant &variant : variants) {
      int64_t other = variant.symmetric ? order : order / 2 + 20;
      Shape shape = variant.lhsLower ? Shape{order, other, order}
                                     : Shape{other, order, order};
      checker.check(variant, Problem(shape, variant), order % 3);
    }
}

/// What the kernels round factors to: 8 significant bits, ties to even.
double roundToBf16(double value) {
  float narrow = value;
  uint32_t bits;
  std::memcpy(&bits, &narrow, 4);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  std::memcpy(&narrow, &bits, 4);
  return narrow;
}

TEST(Bf16Factors, AgreeWithTheSumOfRoundedFactors) {
  std::vector<Variant> variants;
  for (int bits = 0; bits < 16; ++bits) {
    bool epilogue = bits & 8;
    variants.push_back({.transposeLhs = bool(bits & 1),
                        .transposeRhs = bool(bits & 2),
                        .symmetric = bool(bits & 4),
                        .hasAlpha = epilogue,
                        .hasAddend = epilogue,
                        .hasGamma = epilogue,
                        .hasBf16Factors = true});
  }
  if (!Library::hasBf16Products("native"))
    GTEST_SKIP() << "this processor has no AVX512-BF16";
  Library library("native", variants);
  Checker<float> checker(library);
  for (bool symmetric : {false, true})
    for (const Shape &shape : getShapes(symmetric)) {
      Problem problem(shape, {.symmetric = symmetric}, roundToBf16);
      for (const Variant &variant : variants)
        if (variant.symmetric == symmetric)
          checker.check(variant, problem, (shape.m + shape.k) % 3);
    }
}

TEST(Bf16Factors, AreReadFromLowerBlocks) {
  if (!Library::hasBf16Products("native"))
    GTEST_SKIP() << "this processor has no AVX512-BF16";
  auto make = [](bool symmetric) {
    return Variant{.symmetric = symmetric,
                   .hasAlpha = true,
                   .hasAddend = true,
                   .hasGamma = symmetric,
                   .hasBf16Factors = true};
  };
  Variant left = make(false), right = make(false), both = make(false),
          square = make(true);
  left.lhsLowerBlocks = both.lhsLowerBlocks = square.lhsLowerBlocks = true;
  right.rhsLowerBlocks = both.rhsLowerBlocks = square.rhsLowerBlocks = true;
  square.lowerBlocksResult = true;
  std::vector<Variant> variants{left, right, both, square};
  // Transposing a symmetric matrix changes nothing.
  for (Variant variant : {left, right}) {
    (variant.lhsLowerBlocks ? variant.transposeLhs : variant.transposeRhs) =
        true;
    variants.push_back(variant);
  }
  std::vector<Variant> all(variants);
  for (bool symmetric : {false, true})
    all.push_back(make(symmetric));
  Library library("native", all);
  Checker<float> checker(library);
  for (int64_t n : {1, 2, 12, 31, 32, 33, 64, 65, 100, 257, 1100})
    for (const Variant &variant : variants)
      checker.checkLowerBlocks(variant, n, n % 3);
  // Several blocks of k.
  checker.checkLowerBlocks(left, 2085, 1);
  checker.checkLowerBlocks(right, 2085, 1);
}

TEST_P(ProductTest, AgreesWithTheSum) {
  auto [machine, isDouble] = GetParam();
  if (!canRun(machine.vectorBits))
    GTEST_SKIP() << "this processor has no " << machine.vectorBits
                 << "-bit registers";
  if (isDouble)
    runAll<double>(machine);
  else
    runAll<float>(machine);
}

TEST_P(ProductTest, LeavesOutZerosOfTriangularFactors) {
  auto [machine, isDouble] = GetParam();
  if (!canRun(machine.vectorBits))
    GTEST_SKIP() << "this processor has no " << machine.vectorBits
                 << "-bit registers";
  if (isDouble)
    runTriangular<double>(machine);
  else
    runTriangular<float>(machine);
}

INSTANTIATE_TEST_SUITE_P(
    Machines, ProductTest,
    testing::Combine(testing::ValuesIn(machines), testing::Bool()),
    [](const testing::TestParamInfo<ProductTest::ParamType> &info) {
      return std::string(std::get<0>(info.param).name) +
             (std::get<1>(info.param) ? "_f64" : "_f32");
    });

} // namespace
