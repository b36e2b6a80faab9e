//===- Solve.cpp - running the primal-dual solver in tests ----------------===//

#include "test/Unit/Solver/Solve.h"
#include "lib/Models/Methods/PrimalDualNewton/PrimalDualNewton.h"
#include "lib/Reference/Certificate.h"
#include "lib/Reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <tuple>

using namespace mlir;
using namespace steepest;
using namespace steepest::solver;

namespace {
/// What a program depends on: epsilon, budget, warm start, the failing
/// factorisation, and the shape or zeros for any.
using Key = std::tuple<double, int64_t, bool, int64_t, int64_t, int64_t>;

/// Makes factorisation `failing` leave NaN.
void breakFactorisation(Operation *root, int64_t failing) {
  SmallVector<Operation *> factorisations;
  root->walk([&](Operation *op) {
    if (isa<matrix::EighOp, matrix::RationalOp>(op))
      factorisations.push_back(op);
  });
  ASSERT_LT(failing, int64_t(factorisations.size()));
  Operation *op = factorisations[failing];
  OpBuilder builder(op);
  builder.setInsertionPointAfter(op);
  matrix::FormulaBuilder formulas(builder, op->getLoc());
  for (mlir::Value result : op->getResults()) {
    mlir::Value broken = formulas.truth(false);
    if (isa<RankedTensorType>(result.getType())) {
      broken = formulas.broadcast(formulas.constant(NAN), result);
      result.replaceAllUsesExcept(broken, broken.getDefiningOp());
    } else {
      result.replaceAllUsesWith(broken);
    }
  }
}

/// Programs are built once and run many times.
class Programs {
public:
  Programs() {
    context.loadDialect<matrix::MatrixDialect, func::FuncDialect>();
  }

  func::FuncOp get(const Key &key) {
    OwningOpRef<ModuleOp> &module = modules[key];
    if (!module)
      module = build(key);
    return cast<func::FuncOp>(module->lookupSymbol("step"));
  }

private:
  OwningOpRef<ModuleOp> build(const Key &key) {
    auto [epsilon, budget, warm, failing, n, m] = key;
    OpBuilder builder(&context);
    Location loc = builder.getUnknownLoc();
    Type f64 = builder.getF64Type();
    int64_t any = ShapedType::kDynamic;
    auto tall = RankedTensorType::get({n ? n : any, m ? m : any}, f64);
    auto square = RankedTensorType::get({m ? m : any, m ? m : any}, f64);

    OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
    builder.setInsertionPointToStart(module->getBody());
    auto type = builder.getFunctionType(
        {tall, tall, square, f64},
        {tall, f64, f64, f64, f64, f64, square, square});
    auto function = func::FuncOp::create(builder, loc, "step", type);
    Block *body = function.addEntryBlock();
    builder.setInsertionPointToStart(body);
    matrix::FormulaBuilder formulas(builder, loc);
    NewtonResult result = buildPrimalDualNewton(
        formulas, body->getArgument(0), body->getArgument(1),
        warm ? mlir::Value(body->getArgument(2)) : mlir::Value(),
        body->getArgument(3), epsilon, budget);
    func::ReturnOp::create(builder, loc,
                           {result.phi, result.value, result.bound,
                            result.tangency, result.iterations, result.outcome,
                            result.correction, result.next});
    if (failing != Options::noFailure)
      breakFactorisation(function, failing);
    EXPECT_TRUE(succeeded(verify(*module)));
    function.walk([](func::CallOp call) {
      ADD_FAILURE() << "a call of " << call.getCallee().str() << " is left";
    });
    return module;
  }

  MLIRContext context;
  std::map<Key, OwningOpRef<ModuleOp>> modules;
};
} // namespace

Solution steepest::solver::solve(const Problem &problem,
                                 const Options &options) {
  static Programs programs;
  int64_t n = problem.w.rows(), m = problem.w.cols();
  Key key = {options.epsilon,           options.budget,
             options.start.has_value(), options.failing,
             options.isStatic ? n : 0,  options.isStatic ? m : 0};
  Matrix start = options.start.value_or(Matrix::Zero(m, m));
  reference::Interpreter interpreter;
  FailureOr<reference::Values> values = interpreter.evaluate(
      programs.get(key), {problem.w, problem.g, start, options.tolerance});
  if (failed(values)) {
    ADD_FAILURE() << "the program cannot be evaluated";
    return {
        Matrix::Zero(n, m), 0, 0, 0, 0, STEEPEST_STALLED, Matrix::Zero(m, m),
        Matrix::Zero(m, m)};
  }
  auto real = [&](unsigned i) { return (*values)[i].real(); };
  return {(*values)[0].matrix(),
          real(1),
          real(2),
          real(3),
          int(real(4)),
          steepest_outcome(int(real(5))),
          (*values)[6].matrix(),
          (*values)[7].matrix()};
}

Recomputed steepest::solver::recompute(const Problem &problem,
                                       const Solution &solution) {
  const Matrix &w = problem.w, &g = problem.g;
  Matrix phi = roundToFloat(solution.phi);
  // ||G + W X||_* bounds the value of every tangent direction; the correction
  // is C = X + sym(W^T G).
  Matrix x = sym(solution.correction) - sym(w.transpose() * g);
  Recomputed result;
  result.norm = reference::spectralNorm(phi);
  result.value = reference::innerProduct(g, phi) / std::max(1.0, result.norm);
  result.bound = reference::nuclearNorm(g + w * x);
  result.tangency = sym(w.transpose() * phi).cwiseAbs().maxCoeff();
  return result;
}

void steepest::solver::expectTrue(const Problem &problem,
                                  const Solution &solution) {
  Recomputed truth = recompute(problem, solution);
  EXPECT_TRUE(solution.phi.allFinite());
  EXPECT_LE(truth.norm, 1 + 1e-6);
  EXPECT_LE(truth.tangency, 1e-6);
  EXPECT_LE(solution.tangency, 1e-6);
  EXPECT_GE(solution.gap(), truth.gap() - 1e-6);
  EXPECT_GE(solution.bound, solution.value);
}
