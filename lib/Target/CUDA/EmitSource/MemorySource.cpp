//===- MemorySource.cpp - memory as CUDA C++ ------------------------------===//
//
// A memref becomes a `Matrix` or a `Span` that begins at its first element, so
// that offsets are zero; its last stride is one. A memref of no dimensions is a
// variable.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace steepest;

static MemRefType memoryOf(Value value) {
  return cast<MemRefType>(value.getType());
}

static std::string elementOf(SourcePrinter &p, Operation *op, Value value) {
  return p.getType(memoryOf(value).getElementType(), op->getLoc());
}

/// memory(i, j), memory[i], or the variable.
static Expression writeElement(SourcePrinter &p, Value memory,
                               ValueRange indices) {
  if (indices.empty())
    return p.use(memory);
  std::string base = p.use(memory, Binding::Primary);
  std::string text = base + (indices.size() == 1 ? "[" : "(");
  for (auto [number, index] : llvm::enumerate(indices))
    text += (number ? ", " : "") + p.use(index).text;
  return {text + (indices.size() == 1 ? "]" : ")")};
}

/// An extent that may be part of the type.
static std::string writeExtent(SourcePrinter &p, OpFoldResult extent) {
  if (auto value = dyn_cast<Value>(extent))
    return p.use(value).text;
  return std::to_string(*getConstantIntValue(extent));
}

static Expression writeDim(SourcePrinter &p, memref::DimOp op, OpResult) {
  MemRefType type = memoryOf(op.getSource());
  std::optional<int64_t> dimension = op.getConstantIndex();
  if (!dimension || type.getRank() == 0) {
    p.fail(op, "expects a dimension that is known, got another");
    return {"0"};
  }
  if (!type.isDynamicDim(*dimension))
    return {std::to_string(type.getDimSize(*dimension))};
  StringRef member = type.getRank() == 1 ? ".size"
                     : *dimension == 0   ? ".rows"
                                         : ".cols";
  return {p.use(op.getSource(), Binding::Primary) + member.str()};
}

static Expression writeView(SourcePrinter &p, memref::ViewOp op, OpResult) {
  MemRefType type = memoryOf(op.getResult());
  if (type.getRank() != 1 && type.getRank() != 2) {
    p.fail(op, "expects a view of one or two dimensions, got another");
    return {"0"};
  }
  std::string text = (type.getRank() == 1 ? "spanAt<" : "matrixAt<") +
                     elementOf(p, op, op.getResult()) + ">(" +
                     p.use(op.getSource()).text + ", " +
                     p.use(op.getByteShift()).text;
  auto size = op.getSizes().begin();
  for (int64_t extent : type.getShape())
    text += ", " + (ShapedType::isDynamic(extent) ? p.use(*size++).text
                                                  : std::to_string(extent));
  return {text + ")"};
}

static Expression writeSubView(SourcePrinter &p, memref::SubViewOp op,
                               OpResult) {
  int64_t rank = memoryOf(op.getSource()).getRank();
  bool hasUnitStrides = llvm::all_of(
      op.getMixedStrides(), [](auto stride) { return isOneInteger(stride); });
  if (!hasUnitStrides || memoryOf(op.getResult()).getRank() != rank ||
      (rank != 1 && rank != 2)) {
    p.fail(op, "expects a block of neighbours, got another part of a matrix");
    return {"0"};
  }
  std::string text =
      (rank == 1 ? "segment(" : "block(") + p.use(op.getSource()).text;
  for (OpFoldResult offset : op.getMixedOffsets())
    text += ", " + writeExtent(p, offset);
  for (OpFoldResult size : op.getMixedSizes())
    text += ", " + writeExtent(p, size);
  return {text + ")"};
}

/// The strides of a type that says less of them are those of the source.
static Expression writeCast(SourcePrinter &p, memref::CastOp op, OpResult) {
  auto source = dyn_cast<MemRefType>(op.getSource().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!source || failed(source.getStridesAndOffset(strides, offset)) ||
      (!strides.empty() && strides.back() != 1))
    p.fail(op, "expects neighbours in the last dimension, got a stride");
  return p.use(op.getSource());
}

/// In the order of the results: base, offset, sizes, strides.
static Expression writeMetadata(SourcePrinter &p,
                                memref::ExtractStridedMetadataOp op,
                                OpResult result) {
  MemRefType type = memoryOf(op.getSource());
  unsigned number = result.getResultNumber(), rank = type.getRank();
  std::string memory = p.use(op.getSource(), Binding::Primary);
  if (number == 0) {
    p.fail(op, "expects no use of the base of a matrix, got one");
    return {"0"};
  }
  if (number == 1)
    return {"0"};
  if (number < 2 + rank) {
    unsigned dimension = number - 2;
    if (!type.isDynamicDim(dimension))
      return {std::to_string(type.getDimSize(dimension))};
    return {memory + (rank == 1        ? ".size"
                      : dimension == 0 ? ".rows"
                                       : ".cols")};
  }
  return {number == 1 + 2 * rank ? "1" : memory + ".rowStride"};
}

void steepest::addMemorySource(SourceRegistry &registry) {
  // Variables are not members: nothing of a step outlives it.
  registry.addStatement<memref::AllocaOp>(
      [](SourcePrinter &p, memref::AllocaOp op) {
        if (op.getType().getRank() != 0)
          return p.fail(op, "expects a variable, got an array");
        std::string element = elementOf(p, op, op.getResult());
        p.line(element + " " + p.declare(op.getResult(), "state") + " = " +
               element + "();");
      });
  registry.addExpression<memref::LoadOp>(
      [](SourcePrinter &p, memref::LoadOp op, OpResult) {
        return writeElement(p, op.getMemRef(), op.getIndices());
      });
  registry.addStatement<memref::StoreOp>(
      [](SourcePrinter &p, memref::StoreOp op) {
        p.line(writeElement(p, op.getMemRef(), op.getIndices()).text + " = " +
               p.use(op.getValueToStore()).text + ";");
      });
  registry.addExpression<memref::DimOp>(writeDim).isFree = true;
  registry.addExpression<memref::ViewOp>(writeView, "part");
  registry.addExpression<memref::SubViewOp>(writeSubView, "part");
  registry.addExpression<memref::CastOp>(writeCast).isFree = true;
  registry.addExpression<memref::ExtractStridedMetadataOp>(writeMetadata)
      .isFree = true;
  registry
      .addExpression<memref::ExtractAlignedPointerAsIndexOp>(
          [](SourcePrinter &p, memref::ExtractAlignedPointerAsIndexOp op,
             OpResult) -> Expression {
            return {"int64_t(" + p.use(op.getSource(), Binding::Primary) +
                    ".data)"};
          })
      .isFree = true;
  // The shared memory of a kernel is one struct, whose members have the names
  // of its parts.
  registry.addExpression<memref::GetGlobalOp>(
      [](SourcePrinter &p, memref::GetGlobalOp op, OpResult) -> Expression {
        StringRef name = op.getName();
        name.consume_front("shared.");
        MemRefType type = op.getType();
        std::string element = elementOf(p, op, op.getResult());
        std::string member = "shared()." + getSymbolName(name);
        if (type.getRank() == 1)
          return {"Span<" + element + ">{" + member + ", " +
                  std::to_string(type.getDimSize(0)) + "}"};
        if (type.getRank() == 2)
          return {"Matrix<" + element + ">{" + member + "[0], " +
                  std::to_string(type.getDimSize(0)) + ", " +
                  std::to_string(type.getDimSize(1)) + ", " +
                  std::to_string(type.getDimSize(1)) + "}"};
        p.fail(op, "expects one or two dimensions, got others");
        return {"0"};
      });
}
