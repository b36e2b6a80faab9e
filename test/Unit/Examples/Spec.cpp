//===- Spec.cpp - a spec as a function of numbers -------------------------===//

#include "test/Unit/Examples/Spec.h"
#include "dialect/Steepest/Extents.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::examples;

Spec::Spec(llvm::StringRef name, const Matrix &start)
    : compiler(CompilerOptions()) {
  std::string path = (STEEPEST_SPECS "/" + name + ".mlir").str();
  if (failed(compiler.parseFile(path)) || failed(compiler.runTo("solve"))) {
    ADD_FAILURE() << "cannot read " << path;
    return;
  }
  optimizer = *compiler.getModule().getOps<OptimizerOp>().begin();
  arguments = {start, Matrix(Matrix::Zero(start.rows(), start.cols()))};
  for (unsigned i = 0; i < optimizer.getNumStates(); ++i)
    arguments.push_back(initial(i, start));
  for (double value : optimizer.getDefaults())
    arguments.push_back(value);
}

reference::Value Spec::initial(unsigned state, const Matrix &start) {
  InitialAttr initial = optimizer.getInitial(state);
  if (initial.getKind() == InitialKind::Parameter)
    return start;
  auto type = dyn_cast<RankedTensorType>(optimizer.getState(state).getType());
  if (!type)
    return double(initial.getValue());
  int64_t extents[] = {1, 1};
  for (unsigned dim = 0; dim < type.getRank(); ++dim) {
    ExtentSource source = getArgumentExtent(optimizer, 2 + state, dim);
    extents[dim] = source.dim == 0 ? start.rows() : start.cols();
  }
  Matrix value = Matrix::Constant(extents[0], extents[1], initial.getValue());
  if (initial.getKind() == InitialKind::Identity)
    value.setIdentity();
  return reference::Tensor{unsigned(type.getRank()), value};
}

unsigned Spec::find(llvm::StringRef name) const {
  OptimizerOp op = optimizer;
  for (unsigned i = 0; i < arguments.size(); ++i)
    if (op.getArgumentName(i) == name)
      return i;
  ADD_FAILURE() << "no argument is called " << name.str();
  return 0;
}

void Spec::setHyper(llvm::StringRef name, double value) {
  arguments[find(name)] = value;
}

const reference::Value &Spec::get(llvm::StringRef name) const {
  return arguments[find(name)];
}

int32_t Spec::step(const Matrix &gradient) {
  arguments[1] = gradient;
  reference::Interpreter interpreter;
  FailureOr<reference::Values> results =
      interpreter.run(optimizer.getBody().front(), arguments);
  if (failed(results)) {
    ADD_FAILURE() << "the reference cannot evaluate the rule";
    return -1;
  }
  if (std::optional<int32_t> status = interpreter.getFailedStatus())
    return *status;
  UpdateOp update = optimizer.getUpdate();
  size_t targets = update.getTargets().size();
  for (auto [number, target] : llvm::enumerate(update.getTargets()))
    arguments[cast<BlockArgument>(target).getArgNumber()] =
        (*results)[targets + number];
  return 0;
}

Matrix examples::gaussian(std::mt19937_64 &generator, int64_t rows,
                          int64_t cols) {
  std::normal_distribution<double> normal;
  Matrix x(rows, cols);
  for (int64_t i = 0; i < x.size(); ++i)
    x.data()[i] = normal(generator);
  return x;
}
