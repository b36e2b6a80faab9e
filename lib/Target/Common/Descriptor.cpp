//===- Descriptor.cpp - what an optimizer says of itself ------------------===//
//
// Structs are unpacked LLVM structs with the members of the C structs in their
// order, so that the data layout pads both alike. Strings become globals of
// their own.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/Common/Descriptor.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace steepest;

namespace {

class DescriptorEmitter {
public:
  DescriptorEmitter(ModuleOp module, const OptimizerDescription &description)
      : module(module), description(description),
        b(module.getLoc(), module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        accessor(description.accessor) {}

  LogicalResult emit();

private:
  // Constants, inside the initializer of a global.
  Value i32(int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI32Type(), value);
  }
  Value i64(int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI64Type(), value);
  }
  Value f64(double value) {
    return LLVM::ConstantOp::create(b, b.getF64FloatAttr(value));
  }
  Value symbol(StringRef name) {
    return LLVM::AddressOfOp::create(b, pointer, name);
  }
  Value string(StringRef text);
  Value members(Type type, ArrayRef<Value> values);
  Value structure(ArrayRef<Value> values);
  Value array(ArrayRef<Value> values);
  /// The address of a table, or null when it would be empty.
  Value table(StringRef suffix, bool isEmpty);

  void emitGlobal(const std::string &name, function_ref<Value()> build);
  /// A table with one row per entry, unless there is none.
  template <typename Entry>
  void emitTable(StringRef suffix, const std::vector<Entry> &entries,
                 function_ref<Value(const Entry &)> buildRow);
  void emitTables();
  Value buildBase();
  Value buildOptimizer();
  /// Symbol of the runtime that does this for the target.
  std::string runtimeName(StringRef what) const;
  std::string kernelName() const;
  LogicalResult declareRuntime();
  void emitAccessor();

  ModuleOp module;
  const OptimizerDescription &description;
  ImplicitLocOpBuilder b;
  Type pointer;
  std::string accessor;
  unsigned nextString = 0;
};

} // namespace

/// The CPU model of an SM runs functions of this process.
static bool isFunction(const ImageDescription &image) {
  return image.architecture == "model";
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value DescriptorEmitter::string(StringRef text) {
  std::string name = accessor + "__text" + std::to_string(nextString++);
  std::string bytes = text.str();
  bytes.push_back('\0');
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(module.getBody());
    LLVM::GlobalOp::create(
        b, LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size()),
        /*isConstant=*/true, LLVM::Linkage::Internal, name,
        b.getStringAttr(bytes));
  }
  return symbol(name);
}

Value DescriptorEmitter::members(Type type, ArrayRef<Value> values) {
  Value aggregate = LLVM::PoisonOp::create(b, type);
  for (auto [position, value] : llvm::enumerate(values))
    aggregate = LLVM::InsertValueOp::create(b, aggregate, value, position);
  return aggregate;
}

Value DescriptorEmitter::structure(ArrayRef<Value> values) {
  SmallVector<Type> types(ValueRange(values).getTypes());
  return members(LLVM::LLVMStructType::getLiteral(b.getContext(), types),
                 values);
}

Value DescriptorEmitter::array(ArrayRef<Value> values) {
  return members(
      LLVM::LLVMArrayType::get(values.front().getType(), values.size()),
      values);
}

Value DescriptorEmitter::table(StringRef suffix, bool isEmpty) {
  if (isEmpty)
    return LLVM::ZeroOp::create(b, pointer);
  return symbol(accessor + suffix.str());
}

//===----------------------------------------------------------------------===//
// Globals
//===----------------------------------------------------------------------===//

void DescriptorEmitter::emitGlobal(const std::string &name,
                                   function_ref<Value()> build) {
  // The type is that of the value, which needs a place to be built at first.
  Region region;
  Block *block = b.createBlock(&region);
  Value value = build();
  LLVM::ReturnOp::create(b, value);
  b.setInsertionPointToEnd(module.getBody());
  auto global = LLVM::GlobalOp::create(b, value.getType(), /*isConstant=*/true,
                                       LLVM::Linkage::Internal, name,
                                       /*value=*/Attribute());
  block->moveBefore(&global.getInitializerRegion(),
                    global.getInitializerRegion().end());
}

template <typename Entry>
void DescriptorEmitter::emitTable(StringRef suffix,
                                  const std::vector<Entry> &entries,
                                  function_ref<Value(const Entry &)> buildRow) {
  if (entries.empty())
    return;
  emitGlobal(accessor + suffix.str(), [&] {
    SmallVector<Value> rows;
    for (const Entry &entry : entries)
      rows.push_back(buildRow(entry));
    return array(rows);
  });
}

void DescriptorEmitter::emitTables() {
  emitTable<TensorDescription>(
      "__tensors", description.tensors, [&](const TensorDescription &tensor) {
        return structure({string(tensor.name), i32(tensor.role),
                          i32(tensor.dtype), i32(tensor.rank),
                          array({i64(tensor.shape[0]), i64(tensor.shape[1])}),
                          i32(tensor.like), i32(tensor.initial),
                          f64(tensor.initialValue)});
      });
  emitTable<HyperDescription>(
      "__hypers", description.hypers, [&](const HyperDescription &hyper) {
        return structure({string(hyper.name), f64(hyper.defaultValue)});
      });
  emitTable<DirectionDescription>(
      "__directions", description.directions,
      [&](const DirectionDescription &direction) {
        return structure({string(direction.name), string(direction.norm),
                          string(direction.manifold),
                          string(direction.method)});
      });
  if (description.device)
    emitTable<ImageDescription>(
        "__images", description.device->images,
        [&](const ImageDescription &image) {
          Value data =
              isFunction(image) ? symbol(image.bytes) : string(image.bytes);
          return structure({i32(image.kind), string(image.architecture), data,
                            i64(image.bytes.size())});
        });
}

Value DescriptorEmitter::buildBase() {
  return structure(
      {i32(STEEPEST_ABI_VERSION), string(description.name),
       string(description.target), string(description.features),
       string(description.explanation), i32(description.tensors.size()),
       i32(description.hypers.size()), i32(description.directions.size()),
       i32(description.isEntrywise),
       table("__tensors", description.tensors.empty()),
       table("__hypers", description.hypers.empty()),
       table("__directions", description.directions.empty()),
       symbol(runtimeName("workspace_bytes")), symbol(runtimeName("init")),
       symbol(runtimeName("step")), symbol(kernelName()),
       symbol(description.workspace), symbol(description.cost)});
}

Value DescriptorEmitter::buildOptimizer() {
  if (!description.device)
    return buildBase();
  const DeviceDescription &device = *description.device;
  return structure(
      {buildBase(), string(device.kernel), i32(device.blockThreads),
       i32(device.images.size()), i64(device.sharedBytes),
       i64(device.sharedBytes90), i64(device.mostSharedBytes),
       i64(device.tasksPerLaunch), table("__images", device.images.empty()),
       symbol(runtimeName("create_plan")), symbol(runtimeName("destroy_plan")),
       symbol(runtimeName("prepare")), symbol(runtimeName("step_many")),
       symbol(runtimeName("step_many_bytes"))});
}

std::string DescriptorEmitter::runtimeName(StringRef what) const {
  return (description.device ? "steepest_cuda_" : "steepest_") + what.str();
}

std::string DescriptorEmitter::kernelName() const {
  return description.device ? "steepest_cuda_kernel" : description.kernel;
}

LogicalResult DescriptorEmitter::declareRuntime() {
  SmallVector<std::string> generated = {description.workspace,
                                        description.cost};
  if (!description.device)
    generated.push_back(description.kernel);
  for (const std::string &name : generated)
    if (!module.lookupSymbol<LLVM::LLVMFuncOp>(name))
      return module.emitError("descriptor of '")
             << description.name << "' expects a function '" << name << "'";
  // Only their addresses are taken; an opaque pointer has no signature.
  auto type = LLVM::LLVMFunctionType::get(b.getI32Type(), pointer);
  b.setInsertionPointToEnd(module.getBody());
  SmallVector<std::string> runtime = {runtimeName("workspace_bytes"),
                                      runtimeName("init"), runtimeName("step")};
  if (description.device) {
    for (StringRef name : {"create_plan", "destroy_plan", "prepare",
                           "step_many", "step_many_bytes"})
      runtime.push_back(runtimeName(name));
    runtime.push_back(kernelName());
    for (const ImageDescription &image : description.device->images)
      if (isFunction(image))
        runtime.push_back(image.bytes);
  }
  for (const std::string &name : runtime)
    if (!module.lookupSymbol(name))
      LLVM::LLVMFuncOp::create(b, name, type);
  return success();
}

void DescriptorEmitter::emitAccessor() {
  b.setInsertionPointToEnd(module.getBody());
  auto function = LLVM::LLVMFuncOp::create(
      b, accessor, LLVM::LLVMFunctionType::get(pointer, {}));
  b.setInsertionPointToStart(function.addEntryBlock(b));
  LLVM::ReturnOp::create(b, symbol(accessor + "__descriptor"));
}

LogicalResult DescriptorEmitter::emit() {
  if (failed(declareRuntime()))
    return failure();
  emitTables();
  emitGlobal(accessor + "__descriptor", [&] { return buildOptimizer(); });
  emitAccessor();
  return success();
}

std::string steepest::getAccessorName(llvm::StringRef optimizer) {
  return ("steepest_" + optimizer).str();
}

LogicalResult
steepest::emitDescriptor(ModuleOp module,
                         const OptimizerDescription &description) {
  return DescriptorEmitter(module, description).emit();
}
