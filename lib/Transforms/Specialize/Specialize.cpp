//===- Specialize.cpp - versions of a rule for given shapes ---------------===//

#include "dialect/Steepest/Extents.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace steepest {
#define GEN_PASS_DEF_SPECIALIZEPASS
#include "lib/Transforms/Specialize/Specialize.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {
struct Shape {
  int64_t rows, cols;
};

/// One copy of a rule for one shape of its parameter.
class Version {
public:
  Version(OptimizerOp optimizer, Shape shape)
      : optimizer(optimizer), shape(shape) {}

  LogicalResult run();

private:
  int64_t resolve(const ExtentSource &source) const {
    if (source.isStatic())
      return source.size;
    return source.dim == 0 ? shape.rows : shape.cols;
  }
  bool foldExtents();
  LogicalResult simplify();
  LogicalResult retype();

  OptimizerOp optimizer;
  Shape shape;
};
} // namespace

/// Extents become numbers wherever they follow from the parameter's.
bool Version::foldExtents() {
  // There are min(rows, cols) singular values, which is no extent of anything.
  optimizer.walk([&](matrix::SingularValuesOp op) {
    auto rows = getExtent(optimizer, op.getInput(), 0);
    auto cols = getExtent(optimizer, op.getInput(), 1);
    if (rows && cols)
      op.getValues().setType(
          RankedTensorType::get({std::min(resolve(*rows), resolve(*cols))},
                                op.getValues().getType().getElementType()));
  });
  SmallVector<std::pair<tensor::DimOp, int64_t>> known;
  optimizer.walk([&](tensor::DimOp dim) {
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!index)
      return;
    if (auto source = getExtent(optimizer, dim.getSource(), *index))
      known.emplace_back(dim, resolve(*source));
  });
  for (auto [dim, size] : known) {
    OpBuilder builder(dim);
    Value constant =
        arith::ConstantIndexOp::create(builder, dim.getLoc(), size);
    dim.replaceAllUsesWith(constant);
    dim.erase();
  }
  return !known.empty();
}

/// Choices by extents are made: orientation, square or not.
LogicalResult Version::simplify() {
  MLIRContext *context = optimizer.getContext();
  RewritePatternSet patterns(context);
  scf::IfOp::getCanonicalizationPatterns(patterns, context);
  arith::CmpIOp::getCanonicalizationPatterns(patterns, context);
  GreedyRewriteConfig config;
  config.enableFolding();
  return applyPatternsGreedily(optimizer, std::move(patterns), config);
}

/// Every tensor gets its extents as a type.
LogicalResult Version::retype() {
  SmallVector<std::pair<Value, Type>> types;
  LogicalResult known = success();
  auto visit = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.hasStaticShape())
      return;
    SmallVector<int64_t> extents;
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      auto source = getExtent(optimizer, value, dim);
      if (!source) {
        known = emitError(value.getLoc())
                << "expects extents that follow from the parameter, to make a "
                   "version for "
                << shape.rows << "x" << shape.cols;
        return;
      }
      extents.push_back(resolve(*source));
    }
    types.emplace_back(value,
                       RankedTensorType::get(extents, type.getElementType()));
  };
  for (Value argument : optimizer.getBody().getArguments())
    visit(argument);
  optimizer.walk([&](Operation *op) {
    for (Value result : op->getResults())
      visit(result);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (op != optimizer)
          for (Value argument : block.getArguments())
            visit(argument);
  });
  if (failed(known))
    return failure();
  SmallVector<tensor::SplatOp> splats;
  for (auto [value, type] : types) {
    if (auto splat = value.getDefiningOp<tensor::SplatOp>()) {
      // Its extents are operands.
      OpBuilder builder(splat);
      Value made = tensor::SplatOp::create(
          builder, splat.getLoc(), splat.getInput(),
          cast<RankedTensorType>(type).getShape(), ValueRange());
      value.replaceAllUsesWith(made);
      splats.push_back(splat);
      continue;
    }
    value.setType(type);
  }
  for (tensor::SplatOp splat : splats)
    splat.erase();
  return success();
}

LogicalResult Version::run() {
  do {
    if (failed(simplify()))
      return failure();
  } while (foldExtents());
  return retype();
}

static FailureOr<Shape> parseShape(StringRef text, Location loc) {
  auto [rows, cols] = text.split('x');
  Shape shape;
  if (rows.getAsInteger(10, shape.rows) || cols.getAsInteger(10, shape.cols) ||
      shape.rows <= 0 || shape.cols <= 0)
    return emitError(loc) << "expects a shape to specialize for, as 768x3072, "
                             "got '"
                          << text << "'";
  return shape;
}

/// Whether a parameter of this shape is one of the rule's.
static bool accepts(OptimizerOp optimizer, Shape shape) {
  if (optimizer.getNumParameters() != 1)
    return false;
  auto type =
      dyn_cast<RankedTensorType>(optimizer.getBody().getArgument(0).getType());
  auto fits = [](int64_t open, int64_t size) {
    return ShapedType::isDynamic(open) || open == size;
  };
  return type && type.getRank() == 2 && !type.hasStaticShape() &&
         fits(type.getDimSize(0), shape.rows) &&
         fits(type.getDimSize(1), shape.cols);
}

namespace {
struct Specialize : steepest::impl::SpecializePassBase<Specialize> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<OptimizerOp> optimizers(module.getOps<OptimizerOp>());
    for (const std::string &text : shapes) {
      FailureOr<Shape> shape = parseShape(text, module.getLoc());
      if (failed(shape))
        return signalPassFailure();
      bool used = false;
      for (OptimizerOp optimizer : optimizers)
        if (accepts(optimizer, *shape)) {
          used = true;
          if (failed(specialize(optimizer, *shape)))
            return signalPassFailure();
        }
      if (!used) {
        emitError(module.getLoc())
            << "expects an optimizer of one matrix parameter of dynamic shape "
               "to specialize for "
            << text << ", got none";
        return signalPassFailure();
      }
    }
  }

private:
  static LogicalResult specialize(OptimizerOp optimizer, Shape shape) {
    OpBuilder builder(optimizer->getContext());
    builder.setInsertionPointAfter(optimizer);
    auto version = cast<OptimizerOp>(builder.clone(*optimizer));
    std::string name = optimizer.getSymName().str() + "__" +
                       std::to_string(shape.rows) + "x" +
                       std::to_string(shape.cols);
    if (SymbolTable::lookupSymbolIn(optimizer->getParentOp(), name)) {
      version.erase(); // asked for twice
      return success();
    }
    version.setSymName(name);
    version->setAttr("steepest.version_of",
                     builder.getStringAttr(optimizer.getSymName()));
    remark::passed(version.getLoc(), remark::RemarkOpts::name("Version")
                                         .category("steepest-specialize")
                                         .function(name))
        << remark::metric("rows", shape.rows)
        << remark::metric("cols", shape.cols);
    return Version(version, shape).run();
  }
};
} // namespace
