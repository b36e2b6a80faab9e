//===- KernelDialect.cpp - registration and function attributes -----------===//
//
// Registers ops and attributes, and checks the signatures of functions that
// the target exports, so that the lowering of entries can rely on them.
//
//===----------------------------------------------------------------------===//

#include "dialect/Kernel/Kernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace steepest::kernel;

#include "dialect/Kernel/KernelDialect.cpp.inc"
#include "dialect/Kernel/KernelEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/Kernel/KernelAttrs.cpp.inc"

void KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/Kernel/KernelAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/Kernel/KernelOps.cpp.inc"
      >();
}

bool steepest::kernel::hasUnitInnerStride(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  return strides.empty() || strides.back() == 1;
}

Type steepest::kernel::getElementInRegister(MemRefType type) {
  Type element = type.getElementType();
  if (element.isInteger(8))
    return IntegerType::get(type.getContext(), 1);
  if (element.isInteger(16))
    return BFloat16Type::get(type.getContext());
  return element;
}

Type steepest::kernel::getElementInMemory(Type element) {
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  if (element.isBF16())
    return IntegerType::get(element.getContext(), 16);
  return element;
}

MemRefType steepest::kernel::getBytesType(MLIRContext *context) {
  return MemRefType::get({ShapedType::kDynamic}, IntegerType::get(context, 8));
}

//===----------------------------------------------------------------------===//
// Function attributes
//===----------------------------------------------------------------------===//

/// Tensors, then hyper-parameters, then the workspace; a status comes back.
static LogicalResult verifyEntry(func::FuncOp function) {
  ArrayRef<Type> inputs = function.getArgumentTypes();
  if (inputs.empty() || inputs.back() != getBytesType(function.getContext()))
    return function.emitOpError(
        "marked kernel.entry expects memref<?xi8> as its last argument");

  bool seenHyper = false;
  for (auto [position, type] : llvm::enumerate(inputs.drop_back())) {
    if (function.getArgAttr(position, KernelDialect::getContextAttrName()))
      continue;
    if (type.isF64()) {
      seenHyper = true;
      continue;
    }
    auto memory = dyn_cast<MemRefType>(type);
    bool isReal = memory && (memory.getElementType().isF32() ||
                             memory.getElementType().isF64() ||
                             memory.getElementType().isInteger(16));
    if (!isReal || memory.getRank() < 1 || memory.getRank() > 2 ||
        !hasUnitInnerStride(memory))
      return function.emitOpError("marked kernel.entry expects matrices and "
                                  "vectors of f32, f64 or i16, then f64, got ")
             << type << " as argument " << position;
    if (seenHyper)
      return function.emitOpError("marked kernel.entry expects tensors before "
                                  "hyper-parameters, got ")
             << type << " as argument " << position;
  }
  if (function.getNumResults() != 1 ||
      !function.getResultTypes().front().isInteger(32))
    return function.emitOpError("marked kernel.entry expects one i32 result");
  return success();
}

/// Rows and columns of every tensor and, for the workspace, the number of
/// threads.
static LogicalResult verifyShapeFunction(func::FuncOp function,
                                         StringRef attribute, bool isOdd) {
  auto isIndex = [](Type type) { return type.isIndex(); };
  if (!llvm::all_of(function.getArgumentTypes(), isIndex) ||
      !llvm::all_of(function.getResultTypes(), isIndex) ||
      function.getNumResults() != 1 || function.getNumArguments() % 2 != isOdd)
    return function.emitOpError("marked ")
           << attribute << " expects an " << (isOdd ? "odd" : "even")
           << " number of index arguments and one index result, got "
           << function.getFunctionType();
  return success();
}

LogicalResult KernelDialect::verifyOperationAttribute(Operation *op,
                                                      NamedAttribute attr) {
  bool isEntry = attr.getName() == getEntryAttrName();
  bool isWorkspace = attr.getName() == getWorkspaceAttrName();
  if (!isEntry && !isWorkspace && attr.getName() != getCostAttrName())
    return op->emitError(
               "expects kernel.entry, kernel.workspace or kernel.cost, got ")
           << attr.getName();
  auto function = dyn_cast<func::FuncOp>(op);
  if (!function)
    return op->emitOpError("expects no ")
           << attr.getName() << ", which belongs on func.func";
  if (!isa<UnitAttr>(attr.getValue()))
    return op->emitOpError("expects a unit attribute ") << attr.getName();
  return isEntry ? verifyEntry(function)
                 : verifyShapeFunction(function, attr.getName(), isWorkspace);
}
