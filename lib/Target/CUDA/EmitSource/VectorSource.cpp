//===- VectorSource.cpp - lanes as CUDA C++ -------------------------------===//
//
// A vector of one element is a number.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace steepest;

static bool isNumber(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return !vector || vector.getNumElements() == 1;
}

static std::string lanesOf(Type type) {
  return std::to_string(cast<VectorType>(type).getNumElements());
}

static std::string writeElement(SourcePrinter &p, Value memory,
                                ValueRange indices) {
  std::string text =
      p.use(memory, Binding::Primary) + (indices.size() == 1 ? "[" : "(");
  for (auto [number, index] : llvm::enumerate(indices))
    text += (number ? ", " : "") + p.use(index).text;
  return text + (indices.size() == 1 ? "]" : ")");
}

/// Whether the memory is promised to be aligned as the lanes are.
template <class Op> static bool isAligned(Op op) {
  int64_t bytes = op.getVectorType().getNumElements() *
                  op.getVectorType().getElementTypeBitWidth() / 8;
  int64_t wanted = 1;
  while (2 * wanted <= 16 && bytes % (2 * wanted) == 0)
    wanted *= 2;
  return op.getAlignment().value_or(0) >= uint64_t(wanted);
}

static Expression writeLoad(SourcePrinter &p, vector::LoadOp op, OpResult) {
  std::string element = writeElement(p, op.getBase(), op.getIndices());
  if (isNumber(op.getType()))
    return {element};
  return {(isAligned(op) ? "loadAligned<" : "loadEach<") +
          lanesOf(op.getType()) + ">(" + element + ")"};
}

static void printStore(SourcePrinter &p, vector::StoreOp op) {
  std::string element = writeElement(p, op.getBase(), op.getIndices());
  std::string value = p.use(op.getValueToStore()).text;
  if (isNumber(op.getVectorType()))
    return p.line(element + " = " + value + ";");
  p.line((isAligned(op) ? "storeAligned(" : "storeEach(") + value + ", " +
         element + ");");
}

/// The only position of an operation on single lanes.
template <class Op> static std::string writePosition(SourcePrinter &p, Op op) {
  if (op.getStaticPosition().size() != 1) {
    p.fail(op, "expects one lane, got several");
    return "0";
  }
  if (!op.getDynamicPosition().empty())
    return p.use(op.getDynamicPosition().front()).text;
  return std::to_string(op.getStaticPosition().front());
}

void steepest::addVectorSource(SourceRegistry &registry) {
  registry.addExpression<vector::LoadOp>(writeLoad);
  registry.addStatement<vector::StoreOp>(printStore);
  OpSource &broadcast = registry.addExpression<vector::BroadcastOp>(
      [](SourcePrinter &p, vector::BroadcastOp op, OpResult) -> Expression {
        if (isNumber(op.getType()))
          return p.use(op.getSource());
        return {"splat<" + lanesOf(op.getType()) + ">(" +
                p.use(op.getSource()).text + ")"};
      });
  broadcast.isFree = true;
  registry
      .addExpression<vector::StepOp>(
          [](SourcePrinter &, vector::StepOp op, OpResult) -> Expression {
            if (isNumber(op.getType()))
              return {"int64_t(0)"};
            return {"iota<" + lanesOf(op.getType()) + ">()"};
          })
      .isFree = true;
  registry.addExpression<vector::ExtractOp>(
      [](SourcePrinter &p, vector::ExtractOp op, OpResult) -> Expression {
        if (isNumber(op.getSource().getType()))
          return p.use(op.getSource());
        return {p.use(op.getSource(), Binding::Primary) + "[" +
                writePosition(p, op) + "]"};
      });
  registry.addExpression<vector::InsertOp>(
      [](SourcePrinter &p, vector::InsertOp op, OpResult) -> Expression {
        if (isNumber(op.getType()))
          return p.use(op.getValueToStore());
        return {"insert(" + p.use(op.getDest()).text + ", " +
                p.use(op.getValueToStore()).text + ", " + writePosition(p, op) +
                ")"};
      });
  registry.addExpression<vector::ExtractStridedSliceOp>(
      [](SourcePrinter &p, vector::ExtractStridedSliceOp op,
         OpResult) -> Expression {
        SmallVector<int64_t> offsets, strides;
        op.getOffsets(offsets);
        bool isSlice = offsets.size() == 1 && !op.hasNonUnitStrides();
        if (!isSlice) {
          p.fail(op, "expects neighbouring lanes, got others");
          return {"0"};
        }
        std::string first = std::to_string(offsets.front());
        if (isNumber(op.getType()))
          return {p.use(op.getSource(), Binding::Primary) + "[" + first + "]"};
        return {"slice<" + lanesOf(op.getType()) + ">(" +
                p.use(op.getSource()).text + ", " + first + ")"};
      });
}
