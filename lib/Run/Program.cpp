//===- Program.cpp - compiled rules in this process -----------------------===//

#include "lib/Run/Program.h"
#include "lib/Driver/Artefacts.h"
#include "lib/Target/CUDA/Model.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include <chrono>
#include <dlfcn.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::run;

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

static std::string twinOf(StringRef name) {
  return (name + "__observed").str();
}

/// Compiles the steps as CUDA C++, each with the function that the model calls
/// for every thread, to stand in for the compiler's own device code.
LogicalResult Program::compileSteps() {
  Location nowhere = UnknownLoc::get(&compiler.getContext());
  SmallVector<StringRef> words;
  StringRef(sourceCompiler).split(words, ' ', -1, /*KeepEmpty=*/false);
  llvm::ErrorOr<std::string> tool =
      words.empty() ? std::make_error_code(std::errc::invalid_argument)
                    : llvm::sys::findProgramByName(words.front());
  if (!tool)
    return emitError(nowhere)
           << "expects a C++ compiler, got '" << sourceCompiler << "'";
  std::vector<std::string> objects;
  for (auto [step, description] :
       llvm::zip_equal(compiler.getSteps(), compiler.getDescriptions())) {
    SmallString<128> source, object;
    if (llvm::sys::fs::createTemporaryFile("steepest-step", "cpp", source) ||
        llvm::sys::fs::createTemporaryFile("steepest-step", "o", object))
      return emitError(nowhere) << "cannot make a temporary file";
    llvm::scope_exit remove([&] {
      llvm::sys::fs::remove(source);
      llvm::sys::fs::remove(object);
    });
    std::string kernel = description.name + "__step";
    std::string text = step + "\nextern \"C\" void " + getModelSymbol(kernel) +
                       "(const steepest_" + description.name +
                       "::Arguments *arguments) {\n  " + kernel +
                       "(*arguments);\n}\n";
    if (failed(writeText(compiler, text, source)))
      return failure();
    SmallVector<StringRef> arguments(words);
    arguments.append({"-fPIC", "-c", source, "-o", object});
    if (llvm::sys::ExecuteAndWait(*tool, arguments) != 0)
      return emitError(nowhere) << "compiling '" << description.name
                                << "' as CUDA C++ for the model failed";
    auto bytes = llvm::MemoryBuffer::getFile(object);
    if (!bytes)
      return emitError(nowhere) << "cannot read '" << object << "'";
    objects.push_back((*bytes)->getBuffer().str());
  }
  compiler.setMoreObjects(std::move(objects));
  return success();
}

LogicalResult Program::load(StringRef path, bool withTwins, bool all) {
  if (!compiler.isValid() || failed(compiler.parseFile(path)) ||
      failed(compiler.runTo("normalize")))
    return failure();
  auto start = Clock::now();
  SmallVector<std::string> names, twins;
  for (auto op :
       llvm::make_early_inc_range(compiler.getModule().getOps<OptimizerOp>())) {
    std::string name = op.getSymName().str();
    names.push_back(name);
    SmallVector<ObservedDirection> directions = findDirections(op, all);
    if (!withTwins ||
        llvm::none_of(directions, [](auto &d) { return d.isSolved; }))
      continue;
    twins.push_back(name);
    OpBuilder builder(op);
    auto twin = cast<OptimizerOp>(builder.clone(*op));
    twin.setSymName(twinOf(name));
    observeResults(twin, directions);
  }
  Location nowhere = UnknownLoc::get(&compiler.getContext());
  SmallString<128> file;
  if (std::error_code code =
          llvm::sys::fs::createTemporaryFile("steepest-run", "so", file))
    return emitError(nowhere)
           << "cannot make a temporary file: " << code.message();
  llvm::scope_exit remove([&] { llvm::sys::fs::remove(file); });
  if (failed(compiler.run()) ||
      (!sourceCompiler.empty() && failed(compileSteps())) ||
      failed(writeSharedLibrary(compiler, file)))
    return failure();
  compileSeconds = secondsSince(start);
  if (!driver.empty() && !dlopen(driver.c_str(), RTLD_NOW | RTLD_GLOBAL))
    return emitError(nowhere)
           << "cannot load the model's driver: " << dlerror();
  library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return emitError(nowhere) << "cannot load what was compiled: " << dlerror();
  auto find = [&](StringRef name) {
    using Accessor = const steepest_optimizer *(*)();
    auto accessor = reinterpret_cast<Accessor>(
        dlsym(library, getAccessorName(name).c_str()));
    return accessor ? accessor() : nullptr;
  };
  for (StringRef name : names)
    if (!(optimizers[name] = find(name)))
      return emitError(nowhere) << "cannot find the compiled '" << name << "'";
  for (StringRef name : twins)
    observed[name] = find(twinOf(name));
  return success();
}

Program::~Program() {
  if (library)
    dlclose(library);
}

Host::Host(int32_t threads, const std::string &driver)
    : driver(driver), teams(threads) {
  steepest_context_init_serial(&context);
  if (threads > 1 && driver.empty()) {
    pool = steepest_pool_create(threads);
    if (pool)
      steepest_context_init_pool(&context, pool);
  }
  context.log = [](void *user, steepest_status, const char *text) {
    static_cast<Host *>(user)->message = text;
  };
  context.log_user = this;
}

steepest_cuda_plan *Host::findPlan(const steepest_optimizer &optimizer) {
  auto [entry, isNew] = plans.try_emplace(&optimizer);
  if (!isNew)
    return entry->second;
  auto &cuda = reinterpret_cast<const steepest_cuda_optimizer &>(optimizer);
  steepest_cuda_log log = {context.log, context.log_user};
  cuda.create_plan(&entry->second, &cuda, driver.c_str(), &log);
  return entry->second;
}

Host::~Host() {
  for (auto [optimizer, plan] : plans)
    reinterpret_cast<const steepest_cuda_optimizer *>(optimizer)->destroy_plan(
        plan);
  if (pool)
    steepest_pool_destroy(pool);
}

static std::vector<steepest_tensor> viewsOf(Tensors &tensors) {
  std::vector<steepest_tensor> views;
  for (HostTensor &tensor : tensors)
    views.push_back(tensor.view());
  return views;
}

StepReport Host::init(const steepest_optimizer &optimizer, Tensors &tensors) {
  std::vector<steepest_tensor> views = viewsOf(tensors);
  message.clear();
  StepReport report;
  if (isOnDevice(optimizer)) {
    launch.plan = findPlan(optimizer);
    context.pool = &launch;
  }
  report.status =
      optimizer.init(&optimizer, &context, views.data(), views.size());
  report.message = message;
  return report;
}

StepReport Host::step(const steepest_optimizer &optimizer, Tensors &tensors,
                      ArrayRef<double> hypers, int64_t padding) {
  std::vector<steepest_tensor> views = viewsOf(tensors);
  std::vector<PaddedCopy> copies;
  if (padding > 0) {
    views.clear();
    for (HostTensor &tensor : tensors)
      copies.emplace_back(tensor, padding);
    for (PaddedCopy &copy : copies)
      views.push_back(copy.view());
  }
  message.clear();
  StepReport report;
  report.certificates.resize(optimizer.num_directions *
                             batchOf(tensors).value_or(1));
  int64_t bytes = optimizer.workspace_bytes(
      &optimizer, views.data(), views.size(),
      isOnDevice(optimizer) ? teams : context.threads);
  // Where there is no size, the step says why.
  std::vector<char> memory(std::max<int64_t>(bytes, 0) +
                           STEEPEST_WORKSPACE_ALIGNMENT);
  auto address = reinterpret_cast<uintptr_t>(memory.data());
  steepest_arguments arguments = {};
  arguments.tensors = views.data();
  arguments.num_tensors = views.size();
  arguments.hypers = hypers.data();
  arguments.num_hypers = hypers.size();
  arguments.workspace = reinterpret_cast<void *>(
      llvm::alignTo(address, STEEPEST_WORKSPACE_ALIGNMENT));
  arguments.workspace_bytes = std::max<int64_t>(bytes, 0);
  arguments.certificates = report.certificates.data();
  std::vector<int32_t> statuses(batchOf(tensors).value_or(1));
  if (isOnDevice(optimizer)) {
    launch.plan = findPlan(optimizer);
    launch.statuses = statuses.data();
    context.pool = &launch;
    auto &cuda = reinterpret_cast<const steepest_cuda_optimizer &>(optimizer);
    steepest_cuda_log log = {context.log, context.log_user};
    if (launch.plan)
      cuda.prepare(launch.plan, arguments.workspace, arguments.workspace_bytes,
                   launch.stream, &log);
  }
  auto start = Clock::now();
  report.status = optimizer.step(&optimizer, &context, &arguments);
  report.seconds = secondsSince(start);
  // Device memory is that of this process, and the launch is over.
  if (report.status == STEEPEST_OK)
    for (int32_t status : statuses)
      if (status != STEEPEST_OK && report.status == STEEPEST_OK)
        report.status = static_cast<steepest_status>(status);
  report.message = message;
  for (auto [tensor, copy] : llvm::zip(tensors, copies))
    report.paddingKept &= copy.copyBack(tensor);
  return report;
}
