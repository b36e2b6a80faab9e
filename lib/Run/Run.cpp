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

/// The optimizers to run; empty when the one asked for is not there.
static std::vector<Reference::Names> choose(const RunOptions &options,
                                            const Reference &reference) {
  std::vector<Reference::Names> chosen;
  std::vector<std::string> known;
  for (const Reference::Names &names : reference.getNames()) {
    known.push_back(names.optimizer);
    if (options.optimizer.empty() || options.optimizer == names.optimizer)
      chosen.push_back(names);
  }
  if (chosen.empty())
    complain("no optimizer '" + options.optimizer +
             "' in the file; known: " + llvm::join(known, ", "));
  return chosen;
}

/// Every name given must be one of some optimizer.
static bool checkNames(const RunOptions &options,
                       ArrayRef<Reference::Names> optimizers) {
  std::vector<std::string> hypers, tensors;
  auto merge = [](auto &into, const auto &names) {
    for (const std::string &name : names)
      if (!llvm::is_contained(into, name))
        into.push_back(name);
  };
  for (const Reference::Names &names : optimizers) {
    merge(hypers, names.hypers);
    merge(tensors, names.tensors);
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
       options.scales.size() > 1 || options.gradients.size() > 1))
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
  if (failed(reference.load(options.spec, options.certify)))
    return false;
  std::vector<Reference::Names> chosen = choose(options, reference);
  if (chosen.empty() || !checkNames(options, chosen))
    return false;
  Program program(options.compiler, options.driver, options.sourceCompiler);
  if (failed(program.load(options.spec, options.useReference, options.certify)))
    return false;
  os << formatv("compiled in {0:f2} s\n", program.getCompileSeconds());
  bool ok = true;
  for (const Reference::Names &names : chosen)
    ok &= Runner(options, given, program, reference,
                 *program.getOptimizer(names.optimizer), os)
              .run();
  if (chosen.size() * options.cases.size() * options.scales.size() *
          options.gradients.size() >
      1)
    os << (ok ? "all ok\n" : "MISMATCH\n");
  return ok;
}
