//===- Run.cpp - compile a spec, step, compare ----------------------------===//

#include "lib/Run/Run.h"
#include "lib/Run/Runner.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::run;
using llvm::formatv;

bool run::complain(const Twine &message) {
  llvm::errs() << "steepest-run: error: " << message << '\n';
  return false;
}

/// Every name given must be one of some optimizer.
static bool checkNames(const RunOptions &options,
                       ArrayRef<const steepest_optimizer *> optimizers) {
  llvm::SmallVector<std::string> hypers, tensors;
  auto add = [](auto &names, const char *name) {
    if (!llvm::is_contained(names, name))
      names.push_back(name);
  };
  for (const steepest_optimizer *optimizer : optimizers) {
    for (int32_t i = 0; i < optimizer->num_hypers; ++i)
      add(hypers, optimizer->hypers[i].name);
    for (int32_t i = 0; i < optimizer->num_tensors; ++i)
      add(tensors, optimizer->tensors[i].name);
  }
  auto known = [](auto &names) {
    return names.empty() ? "there are none"
                         : "known: " + llvm::join(names, ", ");
  };
  for (const auto &[name, value] : options.hypers)
    if (!llvm::is_contained(hypers, name))
      return complain("no hyper-parameter '" + name + "'; " + known(hypers));
  for (const auto *list : {&options.given, &options.saved})
    for (const auto &[name, path] : *list)
      if (!llvm::is_contained(tensors, name))
        return complain("no tensor '" + name + "'; " + known(tensors));
  if (!options.saved.empty() &&
      (optimizers.size() > 1 || options.cases.size() > 1 ||
       options.scales.size() > 1))
    return complain("expects one optimizer and one case to save tensors of");
  return true;
}

bool steepest::run::run(const RunOptions &options, llvm::raw_ostream &os) {
  llvm::StringMap<NpyArray> given;
  for (const auto &[name, path] : options.given) {
    llvm::Expected<NpyArray> array = readNpy(path);
    if (!array)
      return complain(llvm::toString(array.takeError()));
    given[name] = std::move(*array);
  }
  // The reference is quick to build, and reports what is wrong with the spec.
  Reference reference(options.compiler);
  if (failed(reference.load(options.spec)))
    return false;
  Program program(options.compiler);
  if (failed(program.load(options.spec, options.useReference)))
    return false;
  std::vector<const steepest_optimizer *> optimizers = program.getOptimizers();
  if (!options.optimizer.empty()) {
    std::string names;
    for (const steepest_optimizer *optimizer : optimizers)
      names += (names.empty() ? "" : ", ") + std::string(optimizer->name);
    llvm::erase_if(optimizers, [&](const steepest_optimizer *optimizer) {
      return optimizer->name != options.optimizer;
    });
    if (optimizers.empty())
      return complain("no optimizer '" + options.optimizer +
                      "' in the file; known: " + names);
  }
  if (!checkNames(options, optimizers))
    return false;
  os << formatv("compiled in {0:f2} s\n", program.getCompileSeconds());
  bool ok = true;
  for (const steepest_optimizer *optimizer : optimizers)
    ok &= Runner(options, given, program, reference, *optimizer, os).run();
  if (optimizers.size() * options.cases.size() * options.scales.size() > 1)
    os << (ok ? "all ok\n" : "MISMATCH\n");
  return ok;
}
