//===- Blocks.cpp - the largest norm of a block ---------------------------===//
//
// A matrix cut into a grid of equal blocks: max_b ||X_b|| has the dual sum_b
// ||X_b||*, and every block is a problem of its own. What a layer fuses is
// normed apart: attention heads and fused Q, K, V are blocks of rows (of
// `out x in` weights), experts stacked into one matrix too, the taps of a
// convolution flattened to `out x (taps in)` are blocks of columns.
//
// The gradient is that of the longest block (the first of several), alone.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Norms.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

/// The blocks of x and the model of the norm of one.
struct Grid {
  BlocksAttr attr;
  Value whole;
  NormModelAttrInterface model;
  SmallVector<Value> blocks;

  Grid(Attribute norm, FormulaBuilder &m, Value x);
  /// A value of every block, which `build` may fail to give; empty then.
  SmallVector<Value> map(function_ref<Value(Value)> build) const;
  Value assemble(FormulaBuilder &m, ValueRange made) const {
    return made.empty()
               ? Value()
               : m.assemble(made, attr.getRows(), attr.getCols(), whole);
  }
};

struct BlocksModel
    : NormModelAttrInterface::ExternalModel<BlocksModel, BlocksAttr> {
  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x, ValueRange) const;
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const;
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x, ValueRange,
                         Attribute contract) const;
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const;
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange, Value radius) const;
};

} // namespace

/// A shape of unknown extents that the grid does not divide is refused when the
/// step runs.
static void requireWholeBlocks(FormulaBuilder &m, Value x, unsigned dim,
                               unsigned count) {
  if (!cast<RankedTensorType>(x.getType()).isDynamicDim(dim) || count == 1)
    return;
  Value rest = arith::RemUIOp::create(m.getBuilder(), m.getLoc(),
                                      m.extent(x, dim), m.index(count));
  m.require(m.compareInt(arith::CmpIPredicate::eq, rest, m.index(0)),
            STEEPEST_BAD_SHAPE);
}

Grid::Grid(Attribute norm, FormulaBuilder &m, Value x)
    : attr(cast<BlocksAttr>(norm)), whole(x),
      model(getNormModel(m, attr.getNorm())) {
  if (!model)
    return;
  unsigned rows = attr.getRows(), cols = attr.getCols();
  requireWholeBlocks(m, x, 0, rows);
  requireWholeBlocks(m, x, 1, cols);
  for (unsigned row = 0; row < rows; ++row)
    for (unsigned col = 0; col < cols; ++col)
      blocks.push_back(m.block(x, row, col, rows, cols));
}

SmallVector<Value> Grid::map(function_ref<Value(Value)> build) const {
  SmallVector<Value> made;
  for (Value block : blocks) {
    Value value = build(block);
    if (!value)
      return {};
    made.push_back(value);
  }
  return made;
}

/// ((a o b) o c) o ...; null for nothing.
static Value foldLeft(ArrayRef<Value> values,
                      function_ref<Value(Value, Value)> combine) {
  Value result;
  for (Value value : values)
    result = result ? combine(result, value) : value;
  return result;
}

static Value largestOf(FormulaBuilder &m, ArrayRef<Value> values) {
  return foldLeft(values, [&](Value a, Value b) { return m.max(a, b); });
}

static Value sumOf(FormulaBuilder &m, ArrayRef<Value> values) {
  return foldLeft(values, [&](Value a, Value b) { return m.add(a, b); });
}

Value BlocksModel::buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                             ValueRange) const {
  Grid grid(attr, m, x);
  return largestOf(m, grid.map([&](Value block) {
    return grid.model.buildNorm(m, block, {});
  }));
}

Value BlocksModel::buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                                 ValueRange) const {
  Grid grid(attr, m, x);
  return sumOf(m, grid.map([&](Value block) {
    return grid.model.buildDualNorm(m, block, {});
  }));
}

Dualized BlocksModel::buildDualizer(Attribute attr, FormulaBuilder &m, Value x,
                                    ValueRange, Attribute contract) const {
  Grid grid(attr, m, x);
  SmallVector<Value> duals, lengths;
  bool attained = true;
  SmallVector<Value> made = grid.map([&](Value block) {
    Dualized part = grid.model.buildDualizer(m, block, {}, contract);
    duals.push_back(part.dual);
    lengths.push_back(part.length);
    attained &= part.attained;
    return part.phi;
  });
  if (made.empty())
    return {};
  return {grid.assemble(m, made), sumOf(m, duals), largestOf(m, lengths),
          attained};
}

Value BlocksModel::buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                                 ValueRange) const {
  Grid grid(attr, m, x);
  SmallVector<Value> norms =
      grid.map([&](Value block) { return grid.model.buildNorm(m, block, {}); });
  if (norms.empty())
    return {};
  Value largest = largestOf(m, norms);
  Value isOpen = m.constant(1); // no block so far is as long
  unsigned next = 0;
  return grid.assemble(m, grid.map([&](Value block) {
    Value gradient = grid.model.buildGradient(m, block, {});
    if (!gradient)
      return Value();
    Value isLongest =
        m.toF64(m.compare(arith::CmpFPredicate::OEQ, norms[next++], largest));
    Value share = m.mul(isOpen, isLongest);
    isOpen = m.sub(isOpen, share);
    return m.mul(gradient, share);
  }));
}

Value BlocksModel::buildBallProjection(Attribute attr, FormulaBuilder &m,
                                       Value x, ValueRange,
                                       Value radius) const {
  Grid grid(attr, m, x);
  return grid.assemble(m, grid.map([&](Value block) {
    return grid.model.buildBallProjection(m, block, {}, radius);
  }));
}

void steepest::attachBlocksNorm(MLIRContext &context) {
  BlocksAttr::attachInterface<BlocksModel>(context);
}
