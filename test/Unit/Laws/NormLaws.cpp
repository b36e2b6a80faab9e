//===- NormLaws.cpp - what every norm must satisfy ------------------------===//

#include "test/Unit/Laws/NormLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

std::optional<unsigned> laws::countOperands(Attribute norm,
                                            RankedTensorType type) {
  MLIRContext *context = &getContext();
  // A refusal is an answer here.
  ScopedDiagnosticHandler silence(context, [](Diagnostic &) {});
  auto emitError = [&] { return mlir::emitError(UnknownLoc::get(context)); };
  auto language = cast<NormAttrInterface>(norm);
  SmallVector<Type> operands;
  for (; operands.size() <= 2; operands.push_back(type))
    if (succeeded(language.verifyNorm(emitError, type, operands)))
      return operands.size();
  return std::nullopt;
}

Measured laws::measure(Attribute norm, const Matrix &x, const Input &like,
                       ArrayRef<Matrix> operands) {
  RankedTensorType type = like.getType();
  SmallVector<Type> types(operands.size() + 1, type);
  Data arguments = {datumOf(x, like.rank)};
  for (const Matrix &operand : operands)
    arguments.push_back(datumOf(operand, like.rank));
  auto model = cast<NormModelAttrInterface>(norm);
  auto exact = matrix::ExactAttr::get(&getContext());
  Data results = evaluate(
      types, arguments,
      [&](matrix::FormulaBuilder &m, ValueRange values) -> SmallVector<Value> {
        Value x = values.front();
        ValueRange operands = values.drop_front();
        Dualized d = model.buildDualizer(m, x, operands, exact);
        EXPECT_EQ(d.phi.getType(), x.getType());
        return {model.buildNorm(m, x, operands),
                model.buildDualNorm(m, x, operands), d.phi, d.dual, d.length};
      });
  if (results.empty())
    return {0, 0, Matrix::Zero(x.rows(), x.cols()), 0, 0};
  return {results[0].real(), results[1].real(), results[2].matrix(),
          results[3].real(), results[4].real()};
}

namespace {
/// The laws of one norm on one input.
class NormLaws {
public:
  NormLaws(Attribute norm, const Input &input, unsigned operandCount,
           double tolerance)
      : norm(norm), input(input), tolerance(tolerance), source(11) {
    for (unsigned i = 0; i < operandCount; ++i)
      operands.push_back(
          source.uniform(input.x.rows(), input.x.cols(), 0.1, 2));
    at = of(input.x);
  }

  void check() {
    checkDuality();
    checkScales();
    checkTriangle();
  }

private:
  Measured of(const Matrix &x) { return measure(norm, x, input, operands); }

  void checkDuality();
  void checkScales();
  void checkTriangle();

  Attribute norm;
  const Input &input;
  double tolerance;
  Source source;
  SmallVector<Matrix> operands;
  Measured at;
};
} // namespace

void NormLaws::checkDuality() {
  bool isZero = input.x.isZero(0);
  EXPECT_EQ(at.norm == 0, isZero);
  EXPECT_EQ(at.dualNorm == 0, isZero);
  EXPECT_NEAR(inner(input.x, at.phi), at.dualNorm, tolerance * at.dualNorm)
      << "<G, D(G)> is the dual norm";
  EXPECT_NEAR(at.dual, at.dualNorm, tolerance * at.dualNorm);
  EXPECT_NEAR(at.length, 1, tolerance);
  EXPECT_NEAR(of(at.phi).norm, isZero ? 0 : 1, tolerance) << "||D(G)|| is 1";
  // No direction of length 1 attains more.
  for (int trial = 0; trial < 3; ++trial) {
    Matrix y = source.gaussian(input.x.rows(), input.x.cols());
    EXPECT_LE(std::abs(inner(input.x, y)),
              of(y).norm * at.dualNorm * (1 + tolerance));
    Matrix near = at.phi + 0.1 * y;
    EXPECT_LE(inner(input.x, near),
              of(near).norm * at.dualNorm * (1 + tolerance));
  }
}

void NormLaws::checkScales() {
  for (double c : {1e-30, 0.3, 1e30}) {
    Measured scaled = of(c * input.x);
    EXPECT_LE(distance(scaled.phi, at.phi), tolerance) << "D(c G), c = " << c;
    EXPECT_NEAR(scaled.norm, c * at.norm, tolerance * c * at.norm);
    EXPECT_NEAR(scaled.dualNorm, c * at.dualNorm, tolerance * c * at.dualNorm);
  }
  Measured negative = of(-input.x);
  EXPECT_LE(distance(negative.phi, -at.phi), tolerance) << "D(-G)";
  EXPECT_NEAR(negative.norm, at.norm, tolerance * at.norm);
}

void NormLaws::checkTriangle() {
  Matrix y = source.gaussian(input.x.rows(), input.x.cols());
  Measured other = of(y), sum = of(input.x + y);
  EXPECT_LE(sum.norm, (at.norm + other.norm) * (1 + tolerance));
  EXPECT_LE(sum.dualNorm, (at.dualNorm + other.dualNorm) * (1 + tolerance));
}

void laws::checkNormLaws(Attribute norm, double tolerance) {
  ASSERT_TRUE(isa<NormAttrInterface>(norm));
  ASSERT_TRUE(isa<NormModelAttrInterface>(norm));
  unsigned measured = 0;
  for (const Input &input : makeInputs()) {
    std::optional<unsigned> operands = countOperands(norm, input.getType());
    if (!operands)
      continue;
    SCOPED_TRACE(input.name);
    NormLaws(norm, input, *operands, tolerance).check();
    ++measured;
  }
  EXPECT_GT(measured, 0u) << "the norm measures none of the inputs";
}
