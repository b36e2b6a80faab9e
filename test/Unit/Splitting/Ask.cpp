//===- Ask.cpp - asking a method for a direction --------------------------===//

#include "test/Unit/Splitting/Ask.h"
#include <Eigen/QR>
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;
using matrix::FormulaBuilder;

/// Builds the direction and replaces it by its solution.
static SmallVector<Value> build(FormulaBuilder &m, ValueRange arguments,
                                const Asked &asked, std::string &message) {
  bool hasFrom = asked.from.size() != 0;
  Type type = arguments[0].getType();
  auto op = DirectionOp::create(
      m.getBuilder(), m.getLoc(), type, hasFrom ? type : Type(), arguments[0],
      arguments[1], hasFrom ? arguments[2] : Value(),
      arguments.drop_front(hasFrom ? 3 : 2), parse(asked.norm),
      parse(asked.manifold), /*penalty=*/false, parse(asked.accuracy),
      parse("#steepest.method<" + asked.method + ">"), IntegerAttr());
  SmallVector<Value> results;
  auto *dialect = getContext().getLoadedDialect<SteepestDialect>();
  const DirectionMethod *method =
      dialect->getMethods().find(op.getMethodName());
  EXPECT_TRUE(method) << asked.method;
  if (method && succeeded(method->match(op, message))) {
    FailureOr<SolvedDirection> solved = method->build(m, op, Attribute());
    if (succeeded(solved)) {
      Value normal =
          solved->normal ? solved->normal : m.sub(arguments[0], arguments[0]);
      results = {
          solved->phi,        solved->value,   solved->bound, solved->tangency,
          solved->iterations, solved->outcome, normal};
    }
  }
  op.erase();
  return results;
}

Solved laws::ask(const Asked &asked, const Matrix &g, const Matrix &w) {
  Type element = asked.isFloat32 ? Type(Float32Type::get(&getContext()))
                                 : Type(Float64Type::get(&getContext()));
  Type type = typeOf(g, 2, asked.isStatic, element);
  Data arguments = {datumOf(g, 2), datumOf(w, 2)};
  if (asked.from.size())
    arguments.push_back(datumOf(asked.from, 2));
  if (asked.weights.size())
    arguments.push_back(datumOf(asked.weights, 2));
  SmallVector<Type> types(arguments.size(), type);
  Matrix zero = Matrix::Zero(g.rows(), g.cols());
  Solved solved{zero, 0, 0, 0, 0, 0, zero, {}};
  ScopedDiagnosticHandler listen(&getContext(), [&](Diagnostic &diagnostic) {
    solved.message += diagnostic.str() + "\n";
    for (Diagnostic &note : diagnostic.getNotes())
      solved.message += note.str() + "\n";
  });
  Data results =
      evaluate(types, arguments, [&](FormulaBuilder &m, ValueRange values) {
        return build(m, values, asked, solved.message);
      });
  if (results.size() != 7)
    return solved;
  solved.phi = results[0].matrix();
  solved.value = results[1].real();
  solved.bound = results[2].real();
  solved.tangency = results[3].real();
  solved.iterations = results[4].real();
  solved.outcome = results[5].real();
  solved.normal = results[6].matrix();
  return solved;
}

double laws::lengthOf(const Asked &asked, const Matrix &x) {
  auto model = cast<NormModelAttrInterface>(parse(asked.norm));
  Data arguments = {datumOf(x, 2)};
  if (asked.weights.size())
    arguments.push_back(datumOf(asked.weights, 2));
  SmallVector<Type> types(arguments.size(), typeOf(x, 2, false));
  return evaluate(types, arguments,
                  [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
                    return {model.buildNorm(m, v[0], v.drop_front())};
                  })[0]
      .real();
}

Matrix laws::pointOf(const Asked &asked, const Matrix &start) {
  Input like{"", start, 2, false};
  return Manifold(parse(asked.manifold), like).findPoint(start);
}

static Matrix orthonormal(Source &source, int64_t rows, int64_t cols) {
  Eigen::MatrixXd x = source.gaussian(rows, cols);
  Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(x).householderQ();
  return q.leftCols(cols);
}

Matrix laws::makeGradient(Source &source, Kind kind, int64_t rows,
                          int64_t cols) {
  int64_t size = std::min(rows, cols);
  if (kind == Kind::Gaussian)
    return source.gaussian(rows, cols);
  if (kind == Kind::Decay) {
    Eigen::VectorXd s(size);
    for (int64_t i = 0; i < size; ++i)
      s(i) = std::pow(1e-4, double(i) / std::max<int64_t>(size - 1, 1));
    return orthonormal(source, rows, size) * s.asDiagonal() *
           orthonormal(source, cols, size).transpose();
  }
  int64_t rank = std::max<int64_t>(1, size / 8);
  Matrix low = source.gaussian(rows, rank) * source.gaussian(rank, cols);
  if (kind == Kind::ExactlyLowRank)
    return low;
  return low + 0.01 * std::sqrt(double(rank)) * source.gaussian(rows, cols);
}
