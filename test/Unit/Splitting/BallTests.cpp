//===- BallTests.cpp - nearest points of balls ----------------------------===//

#include "test/Unit/Laws/NormLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;
using matrix::FormulaBuilder;

namespace {

class Balls : public ::testing::TestWithParam<const char *> {
protected:
  /// The projection and its norm.
  std::pair<Matrix, double> project(const Matrix &x, double radius) {
    SmallVector<Type> types(operands.size() + 1, input->getType());
    Data arguments = {datumOf(x, input->rank)};
    for (const Matrix &operand : operands)
      arguments.push_back(datumOf(operand, input->rank));
    auto model = cast<NormModelAttrInterface>(parse(GetParam()));
    Data results =
        evaluate(types, arguments,
                 [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
                   ValueRange rest = v.drop_front();
                   Value near = model.buildBallProjection(m, v[0], rest,
                                                          m.constant(radius));
                   EXPECT_EQ(near.getType(), v[0].getType());
                   return {near, model.buildNorm(m, near, rest)};
                 });
    if (results.size() != 2)
      return {Matrix::Zero(x.rows(), x.cols()), 0};
    return {results[0].matrix(), results[1].real()};
  }

  const Input *input;
  SmallVector<Matrix> operands;
  Source source{5};
};

} // namespace

/// Singular values from Gram matrices carry half of the digits.
static double getTolerance(StringRef norm) {
  for (StringRef spectral : {"nuclear", "schatten", "spectral", "rms_to_rms"})
    if (norm.contains(spectral))
      return 3e-8;
  return 1e-11;
}

TEST_P(Balls, HoldTheNearestPoint) {
  double tolerance = getTolerance(GetParam());
  unsigned tried = 0;
  for (const Input &each : makeInputs()) {
    std::optional<unsigned> count =
        countOperands(parse(GetParam()), each.getType());
    if (!count)
      continue;
    SCOPED_TRACE(each.name);
    input = &each;
    operands.clear();
    for (unsigned i = 0; i < *count; ++i)
      operands.push_back(source.uniform(each.x.rows(), each.x.cols(), 0.1, 2));
    const Matrix &x = each.x;
    double whole = measure(parse(GetParam()), x, each, operands).norm;
    ++tried;
    for (double share : {1e-3, 0.3, 0.99, 1.5}) {
      double radius = whole > 0 ? share * whole : 1;
      SCOPED_TRACE(radius);
      auto [near, length] = project(x, radius);
      EXPECT_LE(length, radius * (1 + tolerance)) << "in the ball";
      if (whole <= radius) {
        EXPECT_LE(distance(near, x), 1e-14 * x.norm()) << "x is inside";
        continue;
      }
      EXPECT_NEAR(length, radius, tolerance * radius) << "on the boundary";
      auto [again, same] = project(near, radius);
      EXPECT_LE(distance(again, near), tolerance * near.norm()) << "P P = P";
      // <x - P x, y - P x> <= 0 for all y in the ball.
      for (int trial = 0; trial < 8; ++trial) {
        Matrix y = source.gaussian(x.rows(), x.cols());
        if (trial >= 4)
          y = near + 0.1 * near.norm() * y / y.norm();
        double size = measure(parse(GetParam()), y, each, operands).norm;
        y *= radius / size;
        EXPECT_LE(inner(x - near, y - near),
                  tolerance * x.norm() * (y.norm() + near.norm()));
      }
      for (double scale : {1e-30, 1e30}) {
        auto [scaled, scaledLength] = project(scale * x, scale * radius);
        EXPECT_LE(distance(scaled / scale, near), tolerance * near.norm());
      }
    }
  }
  EXPECT_GT(tried, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Norms, Balls,
    ::testing::Values("#steepest.l1", "#steepest.linf", "#steepest.l2",
                      "#steepest.frobenius", "#steepest.rms",
                      "#steepest.lp<1.01>", "#steepest.lp<1.5>",
                      "#steepest.lp<3.0>", "#steepest.lp<16.0>",
                      "#steepest.lp<1000.0>", "#steepest.columns",
                      "#steepest.rows", "#steepest.spectral",
                      "#steepest.nuclear", "#steepest.schatten<1.5>",
                      "#steepest.schatten<4.0>", "#steepest.schatten<16.0>",
                      "#steepest.weighted_l2", "#steepest.rms_to_rms",
                      "#steepest.scaled<norm = #steepest.l1, radius = 2.5>"),
    [](const auto &info) {
      std::string name;
      for (char c : std::string(info.param))
        name += llvm::isAlnum(c) ? c : '_';
      return name;
    });
