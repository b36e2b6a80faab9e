//===- Harness.cpp - running formulas on numbers --------------------------===//

#include "test/Unit/Laws/Harness.h"
#include "lib/Models/RegisterModels.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

MLIRContext &laws::getContext() {
  static MLIRContext *context = [] {
    DialectRegistry registry;
    registry.insert<SteepestDialect, func::FuncDialect>();
    registerModels(registry);
    auto *made = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
    made->loadAllAvailableDialects();
    return made;
  }();
  return *context;
}

bool laws::loadPlugin(StringRef path) {
  llvm::Expected<DialectPlugin> plugin = DialectPlugin::load(path.str());
  if (!plugin) {
    llvm::errs() << llvm::toString(plugin.takeError()) << "\n";
    return false;
  }
  DialectRegistry registry;
  plugin->registerDialectRegistryCallbacks(registry);
  getContext().appendDialectRegistry(registry);
  getContext().loadAllAvailableDialects();
  return true;
}

Attribute laws::parse(StringRef text) {
  return parseAttribute(text, &getContext());
}

Data laws::evaluate(ArrayRef<Type> types, ArrayRef<Datum> arguments,
                    Formula formula, double *work) {
  MLIRContext *context = &getContext();
  Location loc = UnknownLoc::get(context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(context);
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(builder, loc, "formula",
                                       FunctionType::get(context, types, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  matrix::FormulaBuilder m(builder, loc);
  SmallVector<Value> results = formula(m, block->getArguments());
  if (llvm::is_contained(results, Value())) {
    ADD_FAILURE() << "the formula could not be built";
    return {};
  }
  func::ReturnOp::create(builder, loc, results);
  function.setType(
      FunctionType::get(context, types, ValueRange(results).getTypes()));
  if (failed(verify(*module))) {
    ADD_FAILURE() << "the formula is not valid";
    return {};
  }
  reference::Interpreter interpreter;
  FailureOr<reference::Values> values =
      interpreter.evaluate(function, arguments);
  if (failed(values)) {
    ADD_FAILURE() << "the formula could not be evaluated";
    return {};
  }
  if (work)
    *work = interpreter.getWork();
  return Data(values->begin(), values->end());
}

RankedTensorType laws::typeOf(const Matrix &x, unsigned rank, bool isStatic,
                              Type element) {
  if (!element)
    element = Float64Type::get(&getContext());
  int64_t shape[] = {x.rows(), x.cols()};
  if (!isStatic)
    shape[0] = shape[1] = ShapedType::kDynamic;
  return RankedTensorType::get(ArrayRef<int64_t>(shape, rank), element);
}

Datum laws::datumOf(const Matrix &x, unsigned rank) {
  return reference::Tensor{rank, x};
}

double laws::inner(const Matrix &a, const Matrix &b) {
  return a.cwiseProduct(b).sum();
}

double laws::distance(const Matrix &a, const Matrix &b) {
  return a.size() == 0 ? 0 : (a - b).cwiseAbs().maxCoeff();
}

Matrix Source::gaussian(int64_t rows, int64_t cols) {
  return Matrix::NullaryExpr(rows, cols, [&] { return gaussian(); });
}

Matrix Source::uniform(int64_t rows, int64_t cols, double low, double high) {
  std::uniform_real_distribution<double> draw(low, high);
  return Matrix::NullaryExpr(rows, cols, [&] { return draw(generator); });
}

std::vector<Input> laws::makeInputs() {
  struct Shape {
    int64_t rows, cols;
    unsigned rank;
  };
  static const Shape shapes[] = {{1, 1, 1}, {2, 1, 1}, {9, 1, 1},
                                 {1, 1, 2}, {1, 5, 2}, {5, 1, 2},
                                 {7, 4, 2}, {4, 7, 2}, {5, 5, 2}};
  std::vector<Input> inputs;
  Source source(7);
  for (Shape shape : shapes) {
    auto add = [&](StringRef kind, const Matrix &x) {
      std::string name = (kind + " " + Twine(shape.rows) + "x" +
                          Twine(shape.cols) + " of rank " + Twine(shape.rank))
                             .str();
      inputs.push_back({name, x, shape.rank, inputs.size() % 2 == 0});
    };
    auto draw = [&] { return source.gaussian(shape.rows, shape.cols); };
    Matrix zero = Matrix::Zero(shape.rows, shape.cols);
    add("random", draw());
    add("random", draw());
    add("zero", zero);
    add("rank one",
        source.gaussian(shape.rows, 1) * source.gaussian(1, shape.cols));
    add("ones", Matrix::Ones(shape.rows, shape.cols));
    // All singular values, columns or rows equal, with either sign.
    Matrix tied = zero;
    for (int64_t i = 0; i < std::min(shape.rows, shape.cols); ++i)
      tied(i, i) = i % 2 == 0 ? 3 : -3;
    add("tied", tied);
    Matrix alone = zero;
    alone(shape.rows / 2, shape.cols / 2) = -2.5;
    add("one entry", alone);
    Matrix hollow = draw();
    hollow.row(shape.rows / 2).setZero();
    add("zero row", hollow);
    Matrix decades = draw();
    for (int64_t i = 0; i < decades.size(); ++i)
      decades.data()[i] *= std::pow(10.0, -double(i % 9));
    add("decades", decades);
  }
  return inputs;
}
