//===- EigenvalueBoundTests.cpp - bounds by Cholesky factors --------------===//

#include "lib/Models/EigenvalueBound.h"
#include "lib/Reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "test/Unit/Solver/Solve.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::solver;

static double boundOf(const Matrix &s, double least, double enough = 0) {
  MLIRContext context;
  context
      .loadDialect<matrix::MatrixDialect, func::FuncDialect, math::MathDialect,
                   scf::SCFDialect, tensor::TensorDialect>();
  OpBuilder builder(&context);
  Location loc = builder.getUnknownLoc();
  Type f64 = builder.getF64Type();
  int64_t any = ShapedType::kDynamic;
  auto square = RankedTensorType::get({any, any}, f64);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToStart(module->getBody());
  auto function = func::FuncOp::create(
      builder, loc, "bound", builder.getFunctionType({square, f64}, {f64}));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  matrix::FormulaBuilder m(builder, loc);
  func::ReturnOp::create(
      builder, loc,
      buildEigenvalueBound(m, body->getArgument(0), body->getArgument(1),
                           enough > 0 ? m.constant(enough) : Value()));
  EXPECT_TRUE(succeeded(verify(*module)));
  reference::Interpreter interpreter;
  FailureOr<reference::Values> values =
      interpreter.evaluate(function, {s, least});
  if (failed(values)) {
    ADD_FAILURE() << "the program cannot be evaluated";
    return 0;
  }
  return values->front().real();
}

/// U diag(values) U^T for some orthonormal U.
static Matrix withEigenvalues(const std::vector<double> &values) {
  int64_t m = values.size();
  Matrix u = makeProblem(m, m, Kind::Gauss, 7).w;
  Matrix scaled = u;
  for (int64_t i = 0; i < m; ++i)
    scaled.col(i) *= values[i];
  return scaled * u.transpose();
}

TEST(EigenvalueBound, IsTightAndNeverBelow) {
  for (double excess : {1e-4, 1e-3, 0.02, 0.5, 3.0}) {
    SCOPED_TRACE(excess);
    Matrix s = withEigenvalues({1 + excess, 1, 1, 0.99, 0.7, 0.2, 1e-3, 0});
    double bound = boundOf(s, 1e-5) - 1;
    EXPECT_GE(bound, excess * (1 - 1e-9));
    EXPECT_LE(bound, 2 * excess);
    // Enough is enough, below the Frobenius norm, and what is not does not
    // matter.
    if (1 + 10 * excess < s.norm())
      EXPECT_NEAR(boundOf(s, 1e-5, 10 * excess), 1 + 10 * excess, 1e-12);
    double missed = boundOf(s, 1e-5, 0.5 * excess) - 1;
    EXPECT_GE(missed, excess * (1 - 1e-9));
    EXPECT_LE(missed, 2 * excess);
  }
}

TEST(EigenvalueBound, IsNoLessThanAskedFor) {
  EXPECT_NEAR(boundOf(withEigenvalues({1, 0.5, 0.5, 0}), 1e-3), 1.001, 1e-12);
  EXPECT_NEAR(boundOf(Matrix::Zero(3, 3), 0.25), 1.25, 1e-15);
  EXPECT_NEAR(boundOf(Matrix::Zero(1, 1), 0.25), 1.25, 1e-15);
}

TEST(EigenvalueBound, ReachesFar) {
  Matrix far = Matrix::Zero(2, 2);
  far(1, 0) = far(0, 1) = 1e12;
  EXPECT_GE(boundOf(far, 1e-5), 1e12);
  EXPECT_LE(boundOf(far, 1e-5), 2e12);
  Matrix broken = Matrix::Identity(3, 3);
  broken(1, 0) = broken(0, 1) = NAN;
  EXPECT_FALSE(boundOf(broken, 1e-3) < INFINITY);
}
