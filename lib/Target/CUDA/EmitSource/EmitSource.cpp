//===- EmitSource.cpp - a step as CUDA C++ --------------------------------===//

#include "lib/Target/CUDA/EmitSource/EmitSource.h"

#include "lib/Target/CUDA/DeviceLayout.h"
#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <tuple>

using namespace mlir;
using namespace steepest;

static bool hasWgmma(const CUDATarget &target) {
  return target.isModel ||
         llvm::any_of(target.architectures,
                      [](const CUDAArchitecture &architecture) {
                        return architecture.hasWgmma();
                      });
}

namespace {

/// A row of the table of products, as a file that wants it writes it.
struct ProductRow {
  StringRef name, text;
};

class SourceFile {
public:
  SourceFile(gpu::GPUModuleOp device, ModuleOp module,
             const OptimizerDescription &description, const CUDATarget &target)
      : device(device), module(module), description(description),
        target(target), os(text), printer(os, registry, hasWgmma(target)) {
    addArithmeticSource(registry);
    addMemorySource(registry);
    addVectorSource(registry);
    addControlSource(registry);
    addDeviceSource(registry);
    for (auto function : device.getOps<func::FuncOp>())
      if (function->hasAttr(deviceProgramAttrName))
        program = function;
    for (const TensorDescription &tensor : description.tensors)
      tensors.push_back(getVariableName(tensor.name));
    for (const HyperDescription &hyper : description.hypers)
      hypers.push_back(getVariableName(hyper.name));
  }

  FailureOr<std::string> write();

private:
  int64_t getNumber(StringRef attribute) {
    auto number = device->getAttrOfType<IntegerAttr>(attribute);
    return number ? number.getInt() : 0;
  }
  std::string elementOf(unsigned tensor) {
    auto type =
        cast<MemRefType>(program.getArgumentTypes()[firstTensor + tensor]);
    return printer.getType(type.getElementType(), program.getLoc());
  }
  void writeHead();
  void writeIncludes();
  void writeArguments();
  void writeShared();
  LogicalResult writeFunctions();
  void writeKernel();
  LogicalResult writeHost();

  static constexpr unsigned firstTensor = 3;

  gpu::GPUModuleOp device;
  ModuleOp module;
  const OptimizerDescription &description;
  const CUDATarget &target;
  func::FuncOp program;
  std::string text;
  llvm::raw_string_ostream os;
  SourceRegistry registry;
  SourcePrinter printer;
  std::vector<std::string> tensors, hypers;
};

} // namespace

/// Everything of the table, as text.
static ArrayRef<ProductRow> getProductRows() {
#define STEEPEST_ROW(macro, name, ...)                                         \
  {#name, #macro "(" #name ", " #__VA_ARGS__ ")"},
#define STEEPEST_FMA(name, ...) STEEPEST_ROW(STEEPEST_FMA, name, __VA_ARGS__)
#define STEEPEST_MMA(name, ...) STEEPEST_ROW(STEEPEST_MMA, name, __VA_ARGS__)
#define STEEPEST_WGMMA(name, ...)                                              \
  STEEPEST_ROW(STEEPEST_WGMMA, name, __VA_ARGS__)
#define STEEPEST_PANEL(name, ...)                                              \
  STEEPEST_ROW(STEEPEST_PANEL, name, __VA_ARGS__)
  static const ProductRow rows[] = {
#include "runtime/CUDA/Device/Products.def"
  };
#undef STEEPEST_ROW
  return rows;
}

//===----------------------------------------------------------------------===//
// Head
//===----------------------------------------------------------------------===//

void SourceFile::writeHead() {
  std::string name = description.name;
  std::string file = name + ".cu - one step of " + name;
  os << "//===- " << file << " "
     << std::string(file.size() < 64 ? 64 - file.size() : 3, '-')
     << "*- C++ -*-===//\n//\n"
     << "// Made by steepestc --emit=cu. Needs the headers that come with "
        "it:\n//\n"
     << "//     nvcc -std=c++17 -fmad=false -I<prefix>/include";
  for (const CUDAArchitecture &architecture : target.architectures) {
    StringRef number = architecture.name;
    number.consume_front("sm_");
    os << " \\\n//       -gencode arch=compute_" << number << ",code=sm_"
       << number;
  }
  os << " -c " << name << ".cu\n//\n"
     << "// or clang++ -x cuda. Without -fmad=false (clang needs nothing) "
        "results "
        "differ in\n// their last bits from those of other targets.\n//\n";
  for (const DirectionDescription &direction : description.directions)
    os << "// " << direction.name << ": norm " << direction.norm
       << ", manifold " << direction.manifold << ", method " << direction.method
       << '\n';
  int64_t shared = getNumber(sharedBytesAttrName);
  int64_t shared90 = std::max(shared, getNumber(panelBytesAttrName));
  os << "//\n// The kernel is " << name << "__step(steepest_" << name
     << "::Arguments):\n//\n"
     << "//     grid     blocks of a team x teams; a team works on one problem "
        "at a time\n"
     << "//     block    " << blockThreads << " x 1 x 1\n"
     << "//     shared   " << shared << " bytes, dynamic";
  if (shared90 != shared)
    os << "; " << shared90 << " on compute capability 9.0";
  if (getNumber(mostSharedBytesAttrName))
    os << "; better all that a block can have";
  os << "\n//     launch   cooperative where a team has more than one "
        "block\n//\n"
     << "// For the host there are plan(), workspace_bytes(), prepare() and "
        "launch(), below.\n//\n"
     << "//===" << std::string(70, '-') << "===//\n\n";
}

void SourceFile::writeIncludes() {
  os << "#include <steepest/CUDA/Device/Launch.h>\n";
  std::string rows;
  bool usesProducts = false, usesFunctions = false;
  for (auto function : device.getOps<LLVM::LLVMFuncOp>()) {
    StringRef name = function.getName();
    if (!name.consume_front("steepest_product_"))
      continue;
    usesProducts = true;
    for (const ProductRow &row : getProductRows())
      if (row.name == name)
        rows += " \\\n  " + row.text.str();
  }
  for (auto function : device.getOps<func::FuncOp>())
    usesFunctions |= function.isDeclaration();
  if (usesFunctions)
    os << "#include <steepest/CUDA/Device/Functions.cpp>\n";
  if (usesProducts)
    os << "\n// The products of the device template that are called.\n"
       << "#define STEEPEST_PRODUCTS" << rows
       << "\n#include <steepest/CUDA/Device/StepProducts.h>\n"
       << "#undef STEEPEST_PRODUCTS\n";
  os << "\nnamespace steepest_" << description.name << " {\n\n"
     << "using namespace steepest::sm;\n\n";
}

//===----------------------------------------------------------------------===//
// What a launch hands to the kernel
//===----------------------------------------------------------------------===//

void SourceFile::writeArguments() {
  int64_t entries = countTasksPerLaunch(tensors.size(), hypers.size());
  os << "/// Problems of the same shapes: a batch, or one.\n"
     << "struct Entry {\n"
     << "  /// Of all problems of a launch, the first of this entry and the "
        "one "
        "after its\n  /// last; for launch() only their number matters.\n"
     << "  int64_t begin = 0, end = 1;\n"
     << "  /// One steepest_status for each problem, in device memory. Null: "
        "launch() finds\n  /// a place.\n"
     << "  int32_t *statuses = nullptr;\n"
     << "  /// steepest_certificate of each direction of each problem, "
        "likewise.\n"
     << "  double *certificates = nullptr;\n"
     << "  /// Hyper-parameters in device memory, or null for those below.\n"
     << "  const double *device_hypers = nullptr;\n"
     << "  struct {\n";
  for (auto [number, name] : llvm::enumerate(tensors)) {
    const TensorDescription &tensor = description.tensors[number];
    StringRef role = tensor.role == STEEPEST_PARAMETER  ? "parameter"
                     : tensor.role == STEEPEST_GRADIENT ? "gradient"
                                                        : "state";
    os << "    StepTensor " << name << "; ///< " << elementOf(number) << ", "
       << role << '\n';
  }
  os << "  } tensors;\n";
  if (!hypers.empty()) {
    os << "  struct {\n";
    for (auto [name, hyper] : llvm::zip_equal(hypers, description.hypers))
      os << "    double " << name << " = "
         << llvm::format("%.17g", hyper.defaultValue) << ";\n";
    os << "  } hypers;\n";
  }
  os << "};\n\n"
     << "/// What the kernel is given, by value.\n"
     << "struct Arguments {\n"
     << "  int64_t problems, num_entries, num_directions;\n"
     << "  /// What teams meet by, 64 bytes for each; the rest of the "
        "workspace.\n"
     << "  char *headers, *workspace;\n"
     << "  /// Bytes of the workspace that each team has.\n"
     << "  int64_t slice_bytes;\n"
     << "  Entry entries[" << entries << "];\n"
     << "};\n"
     << llvm::formatv(
            "static_assert(sizeof(Entry) ==\n"
            "                  steepest::runtime::cuda::entryBytes({0}, {1}),\n"
            "              \"laid out as the library's\");\n\n",
            tensors.size(), hypers.size());
}

void SourceFile::writeShared() {
  std::string members;
  for (auto global : device.getOps<memref::GlobalOp>()) {
    StringRef name = global.getSymName();
    name.consume_front("shared.");
    MemRefType type = global.getType();
    members += "  alignas(16) " +
               printer.getType(type.getElementType(), global.getLoc()) + " " +
               getSymbolName(name);
    for (int64_t extent : type.getShape())
      members += "[" + std::to_string(extent) + "]";
    members += ";\n";
  }
  if (members.empty())
    return;
  os << "/// Static shared memory of the block.\nstruct Shared {\n"
     << members << "};\n"
     << "STEEPEST_INLINED Shared &shared() { return sharedAs<Shared>(); }\n\n";
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Those that are called come first.
static void addCallees(func::FuncOp function,
                       llvm::SetVector<Operation *> &order) {
  function.walk([&](func::CallOp call) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (callee && !order.contains(callee))
      addCallees(callee, order);
  });
  order.insert(function);
}

LogicalResult SourceFile::writeFunctions() {
  llvm::SetVector<Operation *> order;
  addCallees(program, order);
  for (Operation *op : order) {
    auto function = cast<func::FuncOp>(op);
    if (function.isDeclaration())
      continue;
    std::vector<std::string> names;
    if (function == program) {
      os << "/// One problem, by all threads of its team. Returns its "
            "status.\n";
      names = {"header", "slots", "certificates"};
      names.insert(names.end(), tensors.begin(), tensors.end());
      names.insert(names.end(), hypers.begin(), hypers.end());
      names.push_back("workspace");
    }
    if (function->hasAttr(kernelFunctionAttrName)) {
      os << "// In the names of the first that calls it:\n";
      printer.printWords(function, "// ");
    }
    if (failed(printer.printFunction(function,
                                     SourcePrinter::isOutlined(function) &&
                                             !printer.isMerged(function)
                                         ? "STEEPEST_OUTLINED"
                                         : "STEEPEST_INLINED",
                                     names)))
      return failure();
    if (printer.isMerged(function))
      printer.printOperands(function);
    os << '\n';
  }
  return success();
}

void SourceFile::writeKernel() {
  std::string name = description.name;
  int64_t entries = countTasksPerLaunch(tensors.size(), hypers.size());
  os << "} // namespace steepest_" << name << "\n\n"
     << "extern \"C\" __global__ void __launch_bounds__(" << blockThreads
     << ")\n"
     << name << "__step(const __grid_constant__ steepest_" << name
     << "::Arguments arguments) {\n"
     << "  using namespace steepest_" << name << ";\n"
     << "  const int64_t team = teamIndex();\n"
     << llvm::formatv("  const Span<char> header = {{arguments.headers + {0} * "
                      "team, {0}};\n",
                      teamHeaderBytes)
     << llvm::formatv("  const Span<char> slots = {{arguments.workspace + team "
                      "* arguments.slice_bytes, {0}};\n",
                      teamSlotBytes)
     << llvm::formatv("  const Span<char> workspace = {{slots.data + {0}, "
                      "arguments.slice_bytes - {0}};\n",
                      teamSlotBytes)
     << "  // A team of one block needs no header.\n"
     << llvm::formatv("  const bool prepared = gridSize() == 1 || "
                      "reinterpret_cast<const int32_t *>(header.data)[2] == "
                      "{0};\n",
                      teamMagic)
     << "  for (int64_t problem = team; problem < arguments.problems; problem "
        "+= teamCount()) {\n"
     << (entries > 1 ? "    int64_t number = 0;\n"
                       "    while (arguments.entries[number].end <= problem)\n"
                       "      ++number;\n"
                       "    const Entry &entry = arguments.entries[number];\n"
                     : "    const Entry &entry = arguments.entries[0];\n")
     << "    const int64_t member = problem - entry.begin;\n"
     << "    const Matrix<double> certificates = {entry.certificates + member "
        "* "
        "arguments.num_directions * 8, arguments.num_directions, 8, 8};\n";
  if (!hypers.empty())
    os << "    const double *device = entry.device_hypers;\n";
  os << "    int32_t status = " << int(STEEPEST_UNPREPARED)
     << "; // STEEPEST_UNPREPARED\n"
     << "    if (prepared)\n      status = " << getSymbolName(program.getName())
     << "(\n          header, slots, certificates";
  for (auto [number, tensor] : llvm::enumerate(tensors)) {
    auto type =
        cast<MemRefType>(program.getArgumentTypes()[firstTensor + number]);
    os << ",\n          entry.tensors." << tensor
       << (type.getRank() == 1 ? ".span<" : ".matrix<") << elementOf(number)
       << ">(member)";
  }
  for (auto [number, hyper] : llvm::enumerate(hypers))
    os << llvm::formatv(",\n          device ? device[{0}] : entry.hypers.{1}",
                        number, hyper);
  os << ",\n          workspace);\n"
     << "    if (threadIndex() == 0 && blockIndex() == 0)\n"
     << "      entry.statuses[member] = status;\n"
     << "  }\n}\n\n";
}

//===----------------------------------------------------------------------===//
// Host
//===----------------------------------------------------------------------===//

LogicalResult SourceFile::writeHost() {
  std::string name = description.name;
  os << "namespace steepest_" << name << " {\n\n";
  std::vector<std::string> dims;
  std::string values;
  for (auto [number, tensor] : llvm::enumerate(tensors)) {
    dims.push_back(tensor + "_rows");
    dims.push_back(tensor + "_cols");
    values += llvm::formatv("{0}dims[{1}], dims[{2}]", number ? ", " : "",
                            2 * number, 2 * number + 1);
  }
  std::vector<std::string> withThreads = dims;
  withThreads.push_back("threads");
  for (const auto &[symbol, comment, names] :
       {std::tuple(description.workspace,
                   "/// Bytes of temporaries of a problem.\n", withThreads),
        std::tuple(description.cost,
                   "/// Operations of a problem, by an estimate.\n", dims)}) {
    auto function = module.lookupSymbol<func::FuncOp>(symbol);
    if (!function)
      return emitError(program.getLoc())
             << "expects the function '" << symbol << "', got none";
    os << comment;
    if (failed(printer.printFunction(function, "inline", names)))
      return failure();
    os << '\n';
  }
  int64_t shared = getNumber(sharedBytesAttrName);
  int64_t shared90 = std::max(shared, getNumber(panelBytesAttrName));
  os << "/// What the launcher asks of the step.\nstruct Step {\n"
     << "  using Entry = steepest_" << name << "::Entry;\n"
     << "  using Arguments = steepest_" << name << "::Arguments;\n"
     << "  static constexpr int64_t numTensors = " << tensors.size()
     << ", numDirections = " << description.directions.size() << ",\n"
     << "                           maximumEntries = "
     << countTasksPerLaunch(tensors.size(), hypers.size()) << ",\n"
     << "                           sharedBytes = " << shared
     << ", sharedBytes90 = " << shared90 << ",\n"
     << "                           mostSharedBytes = "
     << getNumber(mostSharedBytesAttrName) << ";\n"
     << "  static constexpr int threads = " << blockThreads << ";\n"
     << "  static constexpr StepShape shapes[] = {";
  for (auto [number, tensor] : llvm::enumerate(description.tensors)) {
    // A vector is a row, a scalar an element.
    int64_t rows = tensor.rank == 2 ? tensor.shape[0] : 1;
    int64_t cols = tensor.rank == 2   ? tensor.shape[1]
                   : tensor.rank == 1 ? tensor.shape[0]
                                      : 1;
    os << (number ? ", " : "") << "{" << tensor.like << ", " << rows << ", "
       << cols << "}";
  }
  os << "};\n"
     << "  static const void *kernel() {\n"
     << "    return reinterpret_cast<const void *>(&" << name << "__step);\n"
     << "  }\n"
     << "  static int64_t temporaryBytes(const int64_t *dims) {\n"
     << "    return " << getSymbolName(description.workspace) << "(" << values
     << ", 1);\n  }\n"
     << "  static double cost(const int64_t *dims) {\n"
     << "    return double(" << getSymbolName(description.cost) << "(" << values
     << "));\n  }\n};\n\n"
     << "/// Once per device, for the current one.\n"
     << "inline cudaError_t plan(StepPlan *plan) { return "
        "makeStepPlan<Step>(plan); }\n\n"
     << "/// Device memory for a launch in which up to `teams` problems are "
        "worked on at\n/// once; 0: the entries are not as the step expects "
        "them.\n"
     << "inline size_t workspace_bytes(const Entry *entries, int64_t count, "
        "int64_t teams) {\n"
     << "  return getStepWorkspaceBytes<Step>(entries, count, teams);\n}\n\n"
     << "/// Once per workspace, and again after a launch that was ended by an "
        "error.\n"
     << "inline cudaError_t prepare(void *workspace, cudaStream_t stream) {\n"
     << "  return prepareStepWorkspace(workspace, stream);\n}\n\n"
     << "/// One launch of a step of every problem of the entries.\n"
     << "inline cudaError_t launch(const StepPlan &plan, const Entry *entries, "
        "int64_t count,\n"
     << "                          void *workspace, size_t bytes, cudaStream_t "
        "stream) {\n"
     << "  return launchStep<Step>(plan, entries, count, workspace, bytes, "
        "stream);\n}\n\n"
     << "} // namespace steepest_" << name << "\n";
  return success();
}

FailureOr<std::string> SourceFile::write() {
  if (!program)
    return emitError(device.getLoc()) << "expects the program of a step";
  writeHead();
  writeIncludes();
  writeArguments();
  writeShared();
  if (failed(writeFunctions()))
    return failure();
  writeKernel();
  if (failed(writeHost()))
    return failure();
  return std::move(text);
}

FailureOr<std::string>
steepest::emitSource(gpu::GPUModuleOp device, ModuleOp module,
                     const OptimizerDescription &description,
                     const CUDATarget &target) {
  return SourceFile(device, module, description, target).write();
}
