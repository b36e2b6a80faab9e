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

std::optional<std::vector<Matrix>>
laws::makeOperands(Attribute norm, const Input &input, Source &source) {
  int64_t rows = input.x.rows(), cols = input.x.cols();
  // What a norm asks of extents it says of known ones.
  RankedTensorType type = typeOf(input.x, input.rank, /*isStatic=*/true);
  std::vector<Matrix> operands;
  if (!isa<TransportedAttr>(norm)) {
    std::optional<unsigned> count = countOperands(norm, type);
    if (!count)
      return std::nullopt;
    for (unsigned i = 0; i < *count; ++i)
      operands.push_back(source.uniform(rows, cols, 0.1, 2));
    return operands;
  }
  MLIRContext *context = &getContext();
  ScopedDiagnosticHandler silence(context, [](Diagnostic &) {});
  auto emitError = [&] { return mlir::emitError(UnknownLoc::get(context)); };
  auto accepts = [&](ArrayRef<Matrix> operands) {
    SmallVector<Type> types;
    for (const Matrix &operand : operands)
      types.push_back(typeOf(operand, input.rank, /*isStatic=*/true));
    return succeeded(
        cast<NormAttrInterface>(norm).verifyNorm(emitError, type, types));
  };
  auto map = [&](int64_t size) -> Matrix {
    return Matrix::Identity(size, size) + 0.3 * source.gaussian(size, size);
  };
  Matrix left = map(rows), right = map(cols),
         weights = source.uniform(rows, cols, 0.1, 2);
  const std::vector<Matrix> choices[] = {
      {left}, {right}, {left, right}, {left, right, weights}};
  for (const std::vector<Matrix> &choice : choices)
    if (accepts(choice))
      return choice;
  return std::nullopt;
}

Measured laws::measure(Attribute norm, const Matrix &x, const Input &like,
                       ArrayRef<Matrix> operands) {
  RankedTensorType type = like.getType();
  SmallVector<Type> types = {type};
  Data arguments = {datumOf(x, like.rank)};
  for (const Matrix &operand : operands) {
    types.push_back(typeOf(operand, like.rank, like.isStatic));
    arguments.push_back(datumOf(operand, like.rank));
  }
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
  NormLaws(Attribute norm, const Input &input, ArrayRef<Matrix> operands,
           double tolerance, double slack)
      : norm(norm), input(input), tolerance(tolerance),
        slack(std::max(tolerance, slack)), source(11), operands(operands) {
    at = of(input.x);
  }

  void check() {
    checkDuality();
    checkScales();
    checkTriangle();
    checkFacts();
  }

private:
  Measured of(const Matrix &x) { return measure(norm, x, input, operands); }

  void checkDuality();
  void checkScales();
  void checkTriangle();
  void checkFacts();

  Attribute norm;
  const Input &input;
  double tolerance, slack;
  Source source;
  ArrayRef<Matrix> operands;
  Measured at;
};
} // namespace

void NormLaws::checkDuality() {
  bool isZero = input.x.isZero(0);
  EXPECT_EQ(at.norm == 0, isZero);
  EXPECT_EQ(at.dualNorm == 0, isZero);
  EXPECT_NEAR(inner(input.x, at.phi), at.dualNorm, tolerance * at.dualNorm)
      << "<G, D(G)> is the dual norm";
  EXPECT_GE(at.dual, at.dualNorm * (1 - tolerance)) << "an upper bound";
  EXPECT_LE(at.dual, at.dualNorm * (1 + slack));
  EXPECT_GE(at.length, 1 - tolerance) << "an upper bound";
  EXPECT_LE(at.length, 1 + slack);
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

/// An orthogonal matrix.
static Matrix drawRotation(Source &source, int64_t size) {
  Eigen::MatrixXd basis(size, size);
  for (int64_t j = 0; j < size; ++j) {
    // Gram-Schmidt, twice.
    Eigen::VectorXd v = source.gaussian(size, 1);
    for (int pass = 0; pass < 2; ++pass)
      for (int64_t i = 0; i < j; ++i)
        v -= basis.col(i).dot(v) * basis.col(i);
    basis.col(j) = v / v.norm();
  }
  return basis;
}

void NormLaws::checkFacts() {
  NormFacts facts = cast<NormAttrInterface>(norm).getNormFacts();
  const Matrix &x = input.x;
  int64_t rows = x.rows(), cols = x.cols();
  auto sizeOf = [&](const Matrix &y) { return of(y).norm; };
  double allowed = tolerance * at.norm;
  if (facts.unitarilyInvariant && input.rank == 2) {
    Matrix turned = drawRotation(source, rows) * x * drawRotation(source, cols);
    EXPECT_NEAR(sizeOf(turned), at.norm, allowed) << "unitarily invariant";
  }
  if (facts.absolute) {
    Matrix flipped = x, dropped = x;
    for (int64_t i = 0; i < x.size(); ++i) {
      if (source.gaussian() < 0)
        flipped.data()[i] = -flipped.data()[i];
      if (source.gaussian() < 0)
        dropped.data()[i] = 0;
    }
    EXPECT_NEAR(sizeOf(flipped), at.norm, allowed) << "absolute";
    EXPECT_LE(sizeOf(dropped), at.norm + allowed) << "absolute";
  }
  bool isOfColumns = facts.separableColumns || facts.euclideanColumns ||
                     facts.isEntrywiseMaximum();
  bool isOfRows =
      facts.separableRows || facts.euclideanRows || facts.isEntrywiseMaximum();
  double largest = 0;
  if (isOfColumns && input.rank == 2) {
    for (int64_t j = 0; j < cols; ++j) {
      Matrix column = Matrix::Zero(rows, cols);
      column.col(j) = x.col(j);
      largest = std::max(largest, sizeOf(column));
    }
    EXPECT_NEAR(largest, at.norm, allowed) << "a maximum over columns";
  }
  largest = 0;
  if (isOfRows && input.rank == 2) {
    for (int64_t i = 0; i < rows; ++i) {
      Matrix row = Matrix::Zero(rows, cols);
      row.row(i) = x.row(i);
      largest = std::max(largest, sizeOf(row));
    }
    EXPECT_NEAR(largest, at.norm, allowed) << "a maximum over rows";
  }
  if (facts.euclidean) {
    double other = at.norm == 0 ? 1 : at.norm / x.norm();
    Matrix y = source.gaussian(rows, cols);
    if (at.norm != 0)
      EXPECT_NEAR(sizeOf(y), other * y.norm(), tolerance * other * y.norm())
          << "Euclidean";
  }
}

void laws::checkNormLaws(Attribute norm, double tolerance, double slack) {
  ASSERT_TRUE(isa<NormAttrInterface>(norm));
  ASSERT_TRUE(isa<NormModelAttrInterface>(norm));
  unsigned measured = 0;
  for (const Input &input : makeInputs()) {
    Source source(11);
    std::optional<std::vector<Matrix>> operands =
        makeOperands(norm, input, source);
    if (!operands)
      continue;
    SCOPED_TRACE(input.name);
    NormLaws(norm, input, *operands, tolerance, slack).check();
    ++measured;
  }
  EXPECT_GT(measured, 0u) << "the norm measures none of the inputs";
}

void laws::checkNormLaws(Attribute norm, double tolerance) {
  checkNormLaws(norm, tolerance, /*slack=*/0);
}
