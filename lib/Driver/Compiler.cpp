//===- Compiler.cpp - from a spec to machine code -------------------------===//

#include "lib/Driver/Compiler.h"
#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Entrywise/Entrywise.h"
#include "lib/Pipelines/Phases.h"
#include "lib/Pipelines/Register.h"
#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "lib/Target/CUDA/EmitSource/EmitSource.h"
#include "lib/Target/CUDA/Model.h"
#include "lib/Target/CUDA/Pipeline.h"
#include "lib/Target/CUDA/Toolkit.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace steepest;

/// Reports what is not about a place in the file.
static LogicalResult reportWithoutPlace(Diagnostic &diagnostic) {
  if (!isa<UnknownLoc>(diagnostic.getLocation()))
    return failure(); // the next handler shows the place
  llvm::errs() << "error: " << diagnostic << '\n';
  for (Diagnostic &note : diagnostic.getNotes())
    llvm::errs() << "note: " << note << '\n';
  return success();
}

Compiler::Compiler(const CompilerOptions &options)
    : options(options),
      context(std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED)),
      explanation(*context) {
  timing.setEnabled(options.timing);
  total = timing.getRootScope();
  // Users see their own lines, not our IR.
  context->printOpOnDiagnostic(false);
  // What no loaded plugin defines is reported by us (`parse`).
  context->allowUnregisteredDialects();
  handler = std::make_unique<SourceMgrDiagnosticHandler>(sources, &*context);
  context->getDiagEngine().registerHandler(reportWithoutPlace);
  Location nowhere = UnknownLoc::get(&*context);
  DialectRegistry registry;
  registerEverything(registry);
  if (failed(loadPlugins(options.plugins, registry)))
    return;
  context->appendDialectRegistry(registry);
  context->loadAllAvailableDialects();
  FailureOr<CPUTarget> found =
      getCPUTarget(options.isCUDA ? "x86-64" : options.targetCPU,
                   [&] { return emitError(nowhere); });
  if (failed(found))
    return;
  target = *found;
  if (options.isCUDA) {
    FailureOr<CUDATarget> gpu = getCUDATarget(
        options.architectures, [&] { return emitError(nowhere); });
    if (failed(gpu))
      return;
    cuda = *gpu;
  }
  bool known = options.stopAfter.empty() ||
               llvm::any_of(getPhases(), [&](const Phase &phase) {
                 return phase.name == options.stopAfter;
               });
  if (!known) {
    InFlightDiagnostic error = emitError(nowhere);
    error << "expects a phase to stop after, got '" << options.stopAfter
          << "'; known: ";
    llvm::interleaveComma(getPhases(), error,
                          [&](const Phase &phase) { error << phase.name; });
    return;
  }
  for (const std::string &name : options.without)
    if (!llvm::is_contained(getRewriteNames(), name)) {
      InFlightDiagnostic error = emitError(nowhere);
      error << "expects a rewrite to leave out, got '" << name << "'; known: ";
      llvm::interleaveComma(getRewriteNames(), error);
      return;
    }
  valid = true;
}

LogicalResult Compiler::loadPlugins(const std::vector<std::string> &plugins,
                                    DialectRegistry &registry) {
  for (const std::string &path : plugins) {
    llvm::Expected<DialectPlugin> plugin = DialectPlugin::load(path);
    if (!plugin)
      return emitError(UnknownLoc::get(&*context))
             << "cannot load the plugin '" << path
             << "': " << llvm::toString(plugin.takeError());
    plugin->registerDialectRegistryCallbacks(registry);
  }
  return success();
}

LogicalResult Compiler::parseFile(StringRef path) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &message);
  if (!file)
    return emitError(UnknownLoc::get(&*context)) << message;
  source = file->getBuffer().str();
  return parse(std::move(file));
}

LogicalResult Compiler::parseText(StringRef text) {
  source = text.str();
  return parse(llvm::MemoryBuffer::getMemBufferCopy(text, "<text>"));
}

/// Names the conversion where a number or tensor is of another precision than
/// an operation wants.
static void explainPrecision(MLIRContext &context, Diagnostic &error) {
  // use of value '%lr' expects different type than prior uses: 'f32' vs 'f64'
  std::string text = error.str();
  SmallVector<StringRef> parts;
  StringRef(text).split(parts, '\'');
  if (parts.size() != 7 || parts[0] != "use of value " ||
      !parts[2].starts_with(" expects different type than prior uses"))
    return;
  Type wanted = parseType(parts[3], &context);
  Type found = parseType(parts[5], &context);
  if (!wanted || !found)
    return;
  auto wantedElement = dyn_cast<FloatType>(getElementTypeOrSelf(wanted));
  auto foundElement = dyn_cast<FloatType>(getElementTypeOrSelf(found));
  auto withWanted = [&](Type type) -> Type {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor ? tensor.clone(wantedElement) : Type(wantedElement);
  };
  if (!wantedElement || !foundElement ||
      wantedElement.getWidth() == foundElement.getWidth() ||
      withWanted(found) != wanted)
    return;
  error.attachNote() << "declare it as " << parts[3] << ", or convert it by `"
                     << (wantedElement.getWidth() > foundElement.getWidth()
                             ? "arith.extf "
                             : "arith.truncf ")
                     << parts[1] << " : " << parts[5] << " to " << parts[3]
                     << "`";
}

/// Adds what the general parser cannot know: the operations of a dialect where
/// one is misspelt, how attributes are written, and conversions.
static LogicalResult explain(MLIRContext &context, Diagnostic &error) {
  explainPrecision(context, error);
  std::string text = error.str();
  StringRef rest(text);
  if (rest == "expected attribute value")
    error.attachNote() << "norms, manifolds and contracts are written as "
                          "`#steepest.spectral`";
  if (rest.consume_front("custom op '") && rest.contains("' is unknown")) {
    StringRef dialect = rest.split('.').first;
    SmallVector<StringRef> known;
    for (RegisteredOperationName name : context.getRegisteredOperations())
      if (name.getDialectNamespace() == dialect)
        known.push_back(name.stripDialect());
    llvm::sort(known);
    if (!known.empty()) {
      Diagnostic &note = error.attachNote();
      note << "operations of " << dialect << ": ";
      llvm::interleaveComma(known, note);
    }
  }
  return failure(); // reported by the one before
}

LogicalResult Compiler::parse(std::unique_ptr<llvm::MemoryBuffer> text) {
  Location start =
      FileLineColLoc::get(&*context, text->getBufferIdentifier(), 1, 1);
  sources.AddNewSourceBuffer(std::move(text), llvm::SMLoc());
  {
    ScopedDiagnosticHandler handler(
        &*context, [&](Diagnostic &error) { return explain(*context, error); });
    TimingScope part = time("parse");
    module = parseSourceFile<ModuleOp>(sources, ParserConfig(&*context));
  }
  if (!module)
    return failure();
  WalkResult unknown = module->walk([](Operation *op) {
    if (op->isRegistered())
      return WalkResult::advance();
    InFlightDiagnostic error = emitError(op->getLoc());
    error << "expects a known operation, got '" << op->getName() << "'";
    error.attachNote() << "load the plugin that defines the dialect '"
                       << op->getName().getDialectNamespace() << "'";
    return WalkResult::interrupt();
  });
  if (unknown.wasInterrupted())
    return failure();
  if (module->getOps<OptimizerOp>().empty())
    return emitError(start)
           << "expects a steepest.optimizer in the file, got none";
  return success();
}

LogicalResult Compiler::dump(StringRef phase, unsigned number) {
  if (options.dumpPhases.empty())
    return success();
  Location nowhere = UnknownLoc::get(&*context);
  if (std::error_code error =
          llvm::sys::fs::create_directories(options.dumpPhases))
    return emitError(nowhere) << "cannot create '" << options.dumpPhases
                              << "': " << error.message();
  SmallString<128> path(options.dumpPhases);
  llvm::sys::path::append(path, std::to_string(number) + "-" + phase + ".mlir");
  std::string message;
  auto file = openOutputFile(path, &message);
  if (!file)
    return emitError(nowhere) << message;
  module->print(file->os());
  file->keep();
  return success();
}

LogicalResult Compiler::run() {
  return runTo(options.stopAfter.empty() ? "target"
                                         : StringRef(options.stopAfter));
}

PhaseSettings Compiler::getSettings() const {
  return {target, cuda.has_value(), options.without, options.shapes,
          options.adaptation};
}

LogicalResult Compiler::runTo(StringRef lastPhase) {
  unsigned number = 0;
  for (const Phase &phase : getPhases()) {
    TimingScope part = time(phase.name);
    PassManager passes(&*context, ModuleOp::getOperationName());
    passes.enableTiming(part);
    phase.build(passes, getSettings());
    if (failed(passes.run(*module)) || failed(dump(phase.name, number++)))
      return failure();
    if (phase.name == "solve")
      describe();
    if (phase.name == "kernel" && cuda && options.writesSource &&
        failed(writeSteps()))
      return failure();
    if (phase.name == lastPhase)
      break;
  }
  return lastPhase == "target" ? emitDescriptors() : success();
}

LogicalResult Compiler::chooseFunctions() {
  PassManager passes(&*context, ModuleOp::getOperationName());
  buildFunctions(passes, getSettings());
  return passes.run(*module);
}

std::string steepest::describeAttribute(Attribute attribute) {
  if (isa<UnitAttr>(attribute))
    return "none";
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  StringRef stripped = text;
  stripped.consume_front("#steepest.");
  return stripped.str();
}

static steepest_dtype getDtype(Type element) {
  return element.isF64()    ? STEEPEST_F64
         : element.isBF16() ? STEEPEST_BF16
                            : STEEPEST_F32;
}

/// Everything but the explanation, which is complete at the end only.
void Compiler::describe() {
  for (auto optimizer : module->getOps<OptimizerOp>()) {
    OptimizerDescription description;
    description.name = optimizer.getSymName().str();
    description.accessor = getAccessorName(description.name) + options.suffix;
    description.target =
        cuda ? "cuda " + cuda->getDescription() : target.getDescription();
    if (!cuda)
      description.features = target.getFeatureList();
    description.kernel = description.name + "__kernel";
    description.workspace = description.name + "__workspace";
    description.cost = description.name + "__cost";
    unsigned gradients = 2 * optimizer.getNumParameters();
    for (unsigned i = 0; i < optimizer.getNumTensors(); ++i) {
      TensorDescription tensor;
      tensor.name = optimizer.getArgumentName(i).str();
      tensor.role = i >= gradients ? STEEPEST_STATE
                    : i % 2        ? STEEPEST_GRADIENT
                                   : STEEPEST_PARAMETER;
      Type type = optimizer.getBody().getArgument(i).getType();
      tensor.dtype = getDtype(getElementTypeOrSelf(type));
      auto shaped = dyn_cast<RankedTensorType>(type);
      tensor.rank = shaped ? shaped.getRank() : 0;
      for (int64_t dim = 0; dim < tensor.rank; ++dim)
        tensor.shape[dim] =
            shaped.isDynamicDim(dim) ? -1 : shaped.getDimSize(dim);
      tensor.like = optimizer.getLike(i);
      if (i >= gradients) {
        InitialAttr initial = optimizer.getInitial(i - gradients);
        tensor.initialValue = initial.getValue();
        if (initial.getKind() == InitialKind::Identity)
          tensor.initial = STEEPEST_INITIAL_IDENTITY;
        if (initial.getKind() == InitialKind::Parameter) {
          tensor.initial = STEEPEST_INITIAL_PARAMETER;
          tensor.like = 2 * initial.getParameter();
        }
        if (initial.getShape() != StateShape::Whole)
          for (int64_t dim = 0; dim < tensor.rank; ++dim)
            if (shaped.isDynamicDim(dim))
              tensor.shape[dim] =
                  initial.getShape() == StateShape::Rows ? -2 : -3;
      }
      description.tensors.push_back(tensor);
    }
    for (unsigned i = 0; i < optimizer.getNumHypers(); ++i)
      description.hypers.push_back(
          {optimizer.getArgumentName(optimizer.getNumTensors() + i).str(),
           optimizer.getDefaults()[i]});
    auto directions =
        optimizer->getAttrOfType<ArrayAttr>("steepest.directions");
    for (Attribute entry : directions) {
      auto direction = cast<DictionaryAttr>(entry);
      description.directions.push_back(
          {"direction " + std::to_string(description.directions.size()),
           describeAttribute(direction.get("norm")),
           describeAttribute(direction.get("manifold")),
           cast<StringAttr>(direction.get("method")).str()});
    }
    description.isEntrywise = isEntrywise(optimizer);
    descriptions.push_back(std::move(description));
  }
}

LogicalResult Compiler::writeSteps() {
  TimingScope part = time("CUDA C++");
  OwningOpRef<ModuleOp> copy = module->clone();
  for (const OptimizerDescription &description : descriptions)
    if (auto entry = copy->lookupSymbol<func::FuncOp>(description.name))
      describeKernels(entry, description);
  PassManager passes(&*context, ModuleOp::getOperationName());
  buildDevicePrograms(passes);
  // The functions of the host.
  passes.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  passes.addNestedPass<func::FuncOp>(createCSEPass());
  if (failed(passes.run(*copy)))
    return failure();
  for (const OptimizerDescription &description : descriptions) {
    auto device =
        copy->lookupSymbol<gpu::GPUModuleOp>(description.name + "__device");
    FailureOr<std::string> text = emitSource(device, *copy, description, *cuda);
    if (failed(text))
      return failure();
    steps.push_back(std::move(*text));
  }
  return success();
}

LogicalResult Compiler::emitDevice(OptimizerDescription &description) {
  auto code =
      module->lookupSymbol<gpu::GPUModuleOp>(description.name + "__device");
  TimingScope part = time("device code");
  DeviceDescription device;
  device.kernel = description.name + "__step";
  device.blockThreads = blockThreads;
  auto numberOf = [&](StringRef attribute) -> int64_t {
    auto number = code->getAttrOfType<IntegerAttr>(attribute);
    return number ? number.getInt() : 0;
  };
  device.sharedBytes = numberOf(sharedBytesAttrName);
  device.sharedBytes90 =
      std::max(device.sharedBytes, numberOf(panelBytesAttrName));
  device.mostSharedBytes = numberOf(mostSharedBytesAttrName);
  device.tasksPerLaunch = numberOf(tasksPerLaunchAttrName);
  images.emplace_back();
  if (cuda->isModel) {
    // The steps as CUDA C++ are compiled by whoever has asked for them.
    if (!options.writesSource) {
      FailureOr<std::string> object = emitModelObject(code);
      if (failed(object))
        return failure();
      moreObjects.push_back(std::move(*object));
    }
    device.images.push_back({int32_t(ImageKind::Model), smModelName.str(),
                             getModelSymbol(device.kernel)});
  }
  Toolkit toolkit(options.toolkit);
  for (const CUDAArchitecture &architecture : cuda->architectures) {
    FailureOr<DeviceImage> image = emitPTX(code, architecture);
    if (succeeded(image) && options.assembles)
      image = toolkit.assemble(*image, code.getLoc());
    if (failed(image))
      return failure();
    device.images.push_back(
        {int32_t(image->kind), image->architecture, image->bytes});
    images.back().push_back(std::move(*image));
  }
  description.device = std::move(device);
  code->erase();
  return success();
}

FailureOr<std::vector<DeviceImage>> Compiler::getImages() {
  if (images.size() != 1 || images.front().empty())
    return emitError(UnknownLoc::get(&*context))
           << "expects one optimizer for architectures of GPUs, to write its "
              "device code; got "
           << images.size() << " for "
           << (cuda ? cuda->getDescription() : "a CPU");
  return images.front();
}

LogicalResult Compiler::emitDescriptors() {
  for (OptimizerDescription &description : descriptions) {
    if (cuda && failed(emitDevice(description)))
      return failure();
    description.explanation = explanation.textFor(description.name);
    if (failed(emitDescriptor(*module, description)))
      return failure();
  }
  return success();
}

bool Compiler::usesLapack() {
  return llvm::any_of(module->getOps<LLVM::LLVMFuncOp>(), [](auto function) {
    return function.isExternal() &&
           (function.getName() == "dsyevd_" || function.getName() == "ssyevd_");
  });
}

LogicalResult Compiler::emit(ObjectFormat format,
                             llvm::raw_pwrite_stream &stream) {
  std::vector<std::string> exported;
  for (const OptimizerDescription &description : descriptions)
    exported.push_back(description.accessor);
  return emitObject(*module, target, exported, format, stream,
                    time("machine code"));
}
