//===- steepest-run.cpp - run a spec and compare it -----------------------===//

#include "lib/Driver/CompilerFlags.h"
#include "lib/Run/Run.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/InitLLVM.h"

using namespace mlir;
using namespace steepest;
namespace cl = llvm::cl;

/// The command line. LLVM registers hundreds of options of its own, some by the
/// same names; they are forgotten before ours are made.
namespace {
struct CommandLine {
  cl::OptionCategory category{"steepest-run options"};
  CompilerFlags flags{category};

  cl::opt<std::string> spec{cl::Positional, cl::Required,
                            cl::desc("<spec.mlir>"), cl::cat(category)};
  cl::opt<std::string> optimizer{
      "optimizer", cl::desc("Run this one of the file (default: all)"),
      cl::value_desc("name"), cl::cat(category)};
  cl::list<std::string> shapes{
      "shape",
      cl::desc("Shape of the parameters, or once for each: 768x3072, 100 for "
               "a vector, 4x64x32 for a batch"),
      cl::value_desc("shape"), cl::cat(category)};
  cl::list<std::string> cases{
      "case",
      cl::desc("Shapes of the parameters, separated by commas; every --case "
               "is run"),
      cl::value_desc("shapes"), cl::cat(category)};
  cl::opt<uint64_t> seed{"seed", cl::desc("Seed of random numbers"),
                         cl::init(1), cl::cat(category)};
  cl::opt<int64_t> steps{"steps", cl::desc("Number of steps"), cl::init(1),
                         cl::cat(category)};
  cl::opt<int64_t> padding{
      "padding",
      cl::desc("Also step with rows this many elements further apart, and "
               "compare"),
      cl::init(0), cl::value_desc("elements"), cl::cat(category)};
  cl::opt<int32_t> threads{
      "threads",
      cl::desc("Number of threads; more than one are compared with one"),
      cl::init(1), cl::cat(category)};
  cl::list<std::string> hypers{"hyper", cl::desc("Value of a hyper-parameter"),
                               cl::value_desc("name=value"), cl::cat(category)};
  cl::list<std::string> given{
      "set",
      cl::desc("Begin with this tensor instead of a random or initial one"),
      cl::value_desc("name=file.npy"), cl::cat(category)};
  cl::list<std::string> saved{
      "save", cl::desc("Write this tensor after the last step"),
      cl::value_desc("name=file.npy"), cl::cat(category)};
  cl::list<double> scales{
      "scale",
      cl::desc("Factor of random gradients; with several, every case is run "
               "with each"),
      cl::cat(category)};
  cl::list<std::string> gradients{
      "gradients",
      cl::desc("Kind of random gradients: gaussian, decay, low-rank, "
               "exactly-low-rank, aligned or zero; with several, every case "
               "is run with each"),
      cl::value_desc("kind"), cl::cat(category)};
  cl::opt<bool> certify{
      "certify",
      cl::desc("Recompute the certificate of every direction in float64"),
      cl::cat(category)};
  cl::opt<double> tolerance{
      "tolerance",
      cl::desc("Relative error to allow (default: by type and arithmetic)"),
      cl::init(-1), cl::cat(category)};
  cl::opt<bool> skipReference{"no-reference",
                              cl::desc("Do not compare with the reference"),
                              cl::cat(category)};
  cl::opt<std::string> driver{
      "sm-model",
      cl::desc("Compile for CUDA and run on the CPU model of an SM, by this "
               "driver; --threads are teams of blocks"),
      cl::value_desc("driver.so"), cl::cat(category)};
  cl::opt<std::string> sourceCompiler{
      "sm-source",
      cl::desc("With --sm-model: run the steps as steepestc --emit=cu writes "
               "them, compiled by this C++ compiler with these options"),
      cl::value_desc("c++ -I..."), cl::cat(category)};
};
} // namespace

static llvm::Error parse(const CommandLine &line, run::RunOptions &options) {
  auto addShapes = [&](ArrayRef<StringRef> texts) -> llvm::Error {
    std::vector<run::Shape> shapes;
    for (StringRef text : texts) {
      llvm::Expected<run::Shape> shape = run::parseShape(text);
      if (!shape)
        return shape.takeError();
      shapes.push_back(std::move(*shape));
    }
    options.cases.push_back(std::move(shapes));
    return llvm::Error::success();
  };
  if (!line.shapes.empty())
    if (llvm::Error error = addShapes(
            SmallVector<StringRef>(line.shapes.begin(), line.shapes.end())))
      return error;
  for (StringRef text : line.cases) {
    SmallVector<StringRef> texts;
    text.split(texts, ',');
    if (llvm::Error error = addShapes(texts))
      return error;
  }
  auto split = [](StringRef text, StringRef option, StringRef form,
                  auto &list) -> llvm::Error {
    auto [name, value] = text.split('=');
    if (name.empty() || value.empty())
      return llvm::createStringError("expects --" + option + " " + form +
                                     ", got '" + text + "'");
    list.emplace_back(name.str(), value.str());
    return llvm::Error::success();
  };
  for (StringRef text : line.given)
    if (llvm::Error error = split(text, "set", "name=file.npy", options.given))
      return error;
  for (StringRef text : line.saved)
    if (llvm::Error error = split(text, "save", "name=file.npy", options.saved))
      return error;
  std::vector<std::pair<std::string, std::string>> hypers;
  for (StringRef text : line.hypers) {
    if (llvm::Error error = split(text, "hyper", "name=value", hypers))
      return error;
    double value;
    if (StringRef(hypers.back().second).getAsDouble(value))
      return llvm::createStringError("expects a number for hyper-parameter '" +
                                     hypers.back().first + "', got '" +
                                     hypers.back().second + "'");
    options.hypers.emplace_back(hypers.back().first, value);
  }
  if (line.steps < 1)
    return llvm::createStringError("expects --steps 1 or more, got " +
                                   Twine(line.steps));
  if (line.threads < 1)
    return llvm::createStringError("expects --threads 1 or more, got " +
                                   Twine(line.threads));
  if (line.tolerance.getNumOccurrences() > 0)
    options.tolerance = line.tolerance;
  options.spec = line.spec;
  options.optimizer = line.optimizer;
  options.seed = line.seed;
  options.steps = line.steps;
  if (line.padding < 0)
    return llvm::createStringError("expects --padding 0 or more, got " +
                                   Twine(line.padding));
  options.padding = line.padding;
  options.threads = line.threads;
  if (!line.scales.empty())
    options.scales.assign(line.scales.begin(), line.scales.end());
  if (!line.gradients.empty())
    options.gradients.clear();
  for (StringRef name : line.gradients) {
    llvm::Expected<run::GradientKind> kind = run::parseGradientKind(name);
    if (!kind)
      return kind.takeError();
    options.gradients.push_back(*kind);
  }
  if (line.certify && line.skipReference)
    return llvm::createStringError(
        "expects --certify without --no-reference, which it compares with");
  options.certify = line.certify;
  options.useReference = !line.skipReference;
  line.flags.apply(options.compiler);
  options.driver = line.driver;
  options.sourceCompiler = line.sourceCompiler;
  if (!options.sourceCompiler.empty() && options.driver.empty())
    return llvm::createStringError(
        "expects --sm-model with --sm-source, which it runs on");
  options.compiler.writesSource = !options.sourceCompiler.empty();
  if (!options.driver.empty()) {
    options.compiler.isCUDA = true;
    options.compiler.architectures = {"model"};
  }
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  CommandLine line;
  cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "steepest-run, which runs and checks compiled optimizers, with LLVM "
       << LLVM_VERSION_STRING << '\n';
  });
  cl::ParseCommandLineOptions(
      argc, argv,
      "steepest-run: compiles an optimizer, steps, and compares with float64\n"
      "\n"
      "  steepest-run muon.mlir --shape 768x3072 --seed 1\n");
  run::RunOptions options;
  if (llvm::Error error = parse(line, options)) {
    llvm::errs() << "steepest-run: error: " << llvm::toString(std::move(error))
                 << '\n';
    return 1;
  }
  return run::run(options, llvm::outs()) ? 0 : 1;
}
