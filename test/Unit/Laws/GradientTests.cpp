//===- GradientTests.cpp - gradients of norms -----------------------------===//
//
// V is a subgradient of the norm at x: <V, x> = ||x|| and dual(V) <= 1, which
// together say that <V, y> <= ||y|| for every y.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Laws/NormLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

namespace {

struct Subject {
  const char *norm;
  double tolerance;
};

void PrintTo(const Subject &subject, std::ostream *out) {
  *out << subject.norm;
}

const Subject subjects[] = {
    {"#steepest.l1", 1e-12},
    {"#steepest.l2", 1e-12},
    {"#steepest.linf", 1e-12},
    {"#steepest.lp<1.0>", 1e-12},
    {"#steepest.lp<1.0001>", 1e-9},
    {"#steepest.lp<1.5>", 1e-12},
    {"#steepest.lp<3.7>", 1e-12},
    {"#steepest.lp<64.0>", 1e-12},
    {"#steepest.lp<inf>", 1e-12},
    {"#steepest.frobenius", 1e-12},
    {"#steepest.rms", 1e-12},
    {"#steepest.columns", 1e-12},
    {"#steepest.rows", 1e-12},
    {"#steepest.spectral", 1e-9},
    {"#steepest.rms_to_rms", 1e-9},
    // Singular values below 1e-6 of the largest count as zero.
    {"#steepest.nuclear", 1e-5},
    {"#steepest.schatten<1.0001>", 1e-5},
    {"#steepest.schatten<1.5>", 1e-9},
    {"#steepest.schatten<3.0>", 1e-9},
    {"#steepest.schatten<16.5>", 1e-9},
    {"#steepest.schatten<inf>", 1e-9},
    {"#steepest.weighted_l2", 1e-12},
    {"#steepest.scaled<norm = #steepest.spectral, max = 0.5, cols = -0.5>",
     1e-9},
    {"#steepest.scaled<norm = #steepest.lp<3.0>, radius = 0.2>", 1e-12},
};

class Gradients : public ::testing::TestWithParam<Subject> {};

} // namespace

static Matrix gradientOf(Attribute norm, const Matrix &x, const Input &like,
                         ArrayRef<Matrix> operands) {
  SmallVector<Type> types(operands.size() + 1, like.getType());
  Data arguments = {datumOf(x, like.rank)};
  for (const Matrix &operand : operands)
    arguments.push_back(datumOf(operand, like.rank));
  Data results = evaluate(
      types, arguments,
      [&](matrix::FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
        return {cast<NormModelAttrInterface>(norm).buildGradient(
            m, v.front(), v.drop_front())};
      });
  return results.empty() ? Matrix::Zero(x.rows(), x.cols())
                         : results[0].matrix();
}

TEST_P(Gradients, SupportTheNorm) {
  Attribute norm = parse(GetParam().norm);
  double tolerance = GetParam().tolerance;
  Source source(12);
  unsigned measured = 0;
  for (const Input &input : makeInputs()) {
    std::optional<unsigned> count = countOperands(norm, input.getType());
    if (!count)
      continue;
    SCOPED_TRACE(input.name);
    SmallVector<Matrix> operands;
    for (unsigned i = 0; i < *count; ++i)
      operands.push_back(
          source.uniform(input.x.rows(), input.x.cols(), 0.1, 2));
    Matrix v = gradientOf(norm, input.x, input, operands);
    double length = measure(norm, input.x, input, operands).norm;
    EXPECT_NEAR(inner(v, input.x), length, tolerance * length);
    EXPECT_LE(measure(norm, v, input, operands).dualNorm, 1 + tolerance);
    if (input.x.isZero(0))
      EXPECT_TRUE(v.isZero(0));
    for (int trial = 0; trial < 3; ++trial) {
      Matrix y = input.x + source.gaussian(v.rows(), v.cols());
      EXPECT_LE(inner(v, y),
                measure(norm, y, input, operands).norm * (1 + tolerance));
    }
    for (double scale : {1e-30, 1e30})
      EXPECT_LE(distance(gradientOf(norm, scale * input.x, input, operands), v),
                tolerance);
    ++measured;
  }
  EXPECT_GT(measured, 0u);
}

INSTANTIATE_TEST_SUITE_P(Norms, Gradients, ::testing::ValuesIn(subjects),
                         [](const auto &info) {
                           std::string name;
                           for (char c : std::string(info.param.norm))
                             name += llvm::isAlnum(c) ? c : '_';
                           return name;
                         });
