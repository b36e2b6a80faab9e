//===- LowerEntry.cpp - the pass that makes C functions -------------------===//

#include "lib/Target/CPU/LowerEntry/LowerEntry.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/HostTypes.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERENTRYPASS
#include "lib/Target/CPU/LowerEntry/LowerEntry.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using kernel::KernelDialect;

namespace {

/// Takes the arguments of an entry out of `steepest_kernel_arguments`.
class ArgumentLoader {
public:
  ArgumentLoader(IndexBuilder &b, const LLVMTypeConverter &converter,
                 Value context)
      : b(b), converter(converter), context(context),
        tensors(buildContextMember(b, context, ContextMember::Tensors)),
        hypers(buildContextMember(b, context, ContextMember::Hypers)) {}

  Value load(Type type) {
    if (type == kernel::getBytesType(b.getContext()))
      return loadWorkspace(cast<MemRefType>(type));
    if (auto memory = dyn_cast<MemRefType>(type))
      return loadTensor(memory, nextTensor++);
    return loadHyper(nextHyper++);
  }

private:
  Value i64(int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI64Type(), value);
  }
  Value asMemref(Value descriptor, MemRefType type) {
    return UnrealizedConversionCastOp::create(b, type, descriptor).getResult(0);
  }

  Value loadHyper(int32_t number) {
    Value address =
        LLVM::GEPOp::create(b, getPointerType(b.getContext()), b.getF64Type(),
                            hypers, ArrayRef<LLVM::GEPArg>{number});
    return LLVM::LoadOp::create(b, b.getF64Type(), address);
  }

  /// A vector is 1 x cols. Extents that the type fixes are taken from it.
  Value loadTensor(MemRefType type, int32_t number) {
    Type matrix = getMatrixType(b.getContext());
    Value base = LLVM::GEPOp::create(b, getPointerType(b.getContext()), matrix,
                                     tensors, ArrayRef<LLVM::GEPArg>{number});
    auto member = [&](MatrixMember which) -> Value {
      auto position = static_cast<int32_t>(which);
      Type loaded = cast<LLVM::LLVMStructType>(matrix).getBody()[position];
      return LLVM::LoadOp::create(
          b, loaded, buildMemberAddress(b, matrix, base, position));
    };
    auto descriptor =
        MemRefDescriptor::poison(b, b.getLoc(), converter.convertType(type));
    Value data = member(MatrixMember::Data);
    descriptor.setAllocatedPtr(b, b.getLoc(), data);
    descriptor.setAlignedPtr(b, b.getLoc(), data);
    descriptor.setOffset(b, b.getLoc(), i64(0));
    unsigned last = type.getRank() - 1;
    descriptor.setSize(b, b.getLoc(), last, member(MatrixMember::Cols));
    descriptor.setStride(b, b.getLoc(), last, i64(1));
    if (last == 1) {
      descriptor.setSize(b, b.getLoc(), 0, member(MatrixMember::Rows));
      descriptor.setStride(b, b.getLoc(), 0, member(MatrixMember::RowStride));
    }
    return asMemref(descriptor, type);
  }

  /// The runtime has checked its size, which is not passed on.
  Value loadWorkspace(MemRefType type) {
    auto descriptor =
        MemRefDescriptor::poison(b, b.getLoc(), converter.convertType(type));
    Value data = buildContextMember(b, context, ContextMember::Workspace);
    descriptor.setAllocatedPtr(b, b.getLoc(), data);
    descriptor.setAlignedPtr(b, b.getLoc(), data);
    descriptor.setOffset(b, b.getLoc(), i64(0));
    descriptor.setSize(b, b.getLoc(), 0,
                       i64(std::numeric_limits<int64_t>::max()));
    descriptor.setStride(b, b.getLoc(), 0, i64(1));
    return asMemref(descriptor, type);
  }

  IndexBuilder &b;
  const LLVMTypeConverter &converter;
  Value context, tensors, hypers;
  int32_t nextTensor = 0, nextHyper = 0;
};

} // namespace

static LogicalResult lowerEntry(func::FuncOp function,
                                const LLVMTypeConverter &converter) {
  if (function.getNumArguments() == 0 ||
      !function.getArgAttr(0, kernel::KernelDialect::getContextAttrName()))
    return function.emitOpError(
        "expects steepest-thread-context to have run before");
  function->removeAttr(KernelDialect::getEntryAttrName());
  function.setPrivate();
  OpBuilder builder(function);
  IndexBuilder b(function.getLoc(), builder);
  builder.setInsertionPointAfter(function);
  b.setInsertionPointAfter(function);
  Type pointer = getPointerType(b.getContext());
  auto wrapper =
      func::FuncOp::create(b, (function.getName() + "__kernel").str(),
                           b.getFunctionType(pointer, b.getI32Type()));
  Block *entry = wrapper.addEntryBlock();
  b.setInsertionPointToStart(entry);
  SmallVector<Value> arguments = {entry->getArgument(0)};
  ArgumentLoader loader(b, converter, entry->getArgument(0));
  for (Type type : function.getArgumentTypes().drop_front())
    arguments.push_back(loader.load(type));
  auto call = func::CallOp::create(b, function, arguments);
  func::ReturnOp::create(b, call.getResults());
  return success();
}

/// A function of the extents of all tensors and, maybe, the number of threads.
static LogicalResult lowerShapeFunction(func::FuncOp function,
                                        StringRef attribute) {
  auto module = function->getParentOfType<ModuleOp>();
  function->removeAttr(attribute);
  std::string name = function.getName().str();
  StringAttr renamed =
      StringAttr::get(function.getContext(), name + "__indices");
  if (failed(SymbolTable::replaceAllSymbolUses(function, renamed, module)))
    return failure();
  function.setSymNameAttr(renamed);
  function.setPrivate();

  OpBuilder builder(function.getContext());
  IndexBuilder b(function.getLoc(), builder);
  b.setInsertionPointAfter(function);
  Type i64 = b.getI64Type(), index = b.getIndexType();
  Type pointer = getPointerType(b.getContext());
  int32_t numExtents = function.getNumArguments() / 2 * 2;
  bool takesThreads = function.getNumArguments() != unsigned(numExtents);
  SmallVector<Type> types = {pointer};
  if (takesThreads)
    types.push_back(i64);
  auto wrapper = func::FuncOp::create(b, name, b.getFunctionType(types, i64));
  Block *entry = wrapper.addEntryBlock();
  b.setInsertionPointToStart(entry);
  SmallVector<Value> arguments;
  for (int32_t number = 0; number < numExtents; ++number) {
    Value address = LLVM::GEPOp::create(b, pointer, i64, entry->getArgument(0),
                                        ArrayRef<LLVM::GEPArg>{number});
    Value extent = LLVM::LoadOp::create(b, i64, address);
    arguments.push_back(arith::IndexCastOp::create(b, index, extent));
  }
  if (takesThreads)
    arguments.push_back(
        arith::IndexCastOp::create(b, index, entry->getArgument(1)));
  auto call = func::CallOp::create(b, function, arguments);
  Value result = arith::IndexCastOp::create(b, i64, call.getResult(0));
  func::ReturnOp::create(b, result);
  return success();
}

namespace {

struct LowerEntry : steepest::impl::LowerEntryPassBase<LowerEntry> {
  using Base::Base;

  void runOnOperation() override {
    LLVMTypeConverter converter(&getContext());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions) {
      if (function->hasAttr(KernelDialect::getEntryAttrName()) &&
          failed(lowerEntry(function, converter)))
        return signalPassFailure();
      for (StringRef attribute : {KernelDialect::getWorkspaceAttrName(),
                                  KernelDialect::getCostAttrName()})
        if (function->hasAttr(attribute) &&
            failed(lowerShapeFunction(function, attribute)))
          return signalPassFailure();
    }
  }
};

} // namespace
