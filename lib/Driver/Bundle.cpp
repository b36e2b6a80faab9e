//===- Bundle.cpp - a folder that builds without LLVM ---------------------===//
//
// The templates are beside this file (Bundle/); Bundle/PLACEHOLDERS.md says
// what they become and which words are replaced.
//
//===----------------------------------------------------------------------===//

#include "dialect/Matrix/Real.h"
#include "lib/Driver/Artefacts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace steepest;

static const char cmakeTemplate[] =
#include "lib/Driver/Bundle/CMakeLists.txt.in.inc"
    ;
static const char configTemplate[] =
#include "lib/Driver/Bundle/Config.cmake.in.inc"
    ;
static const char readmeTemplate[] =
#include "lib/Driver/Bundle/README.md.in.inc"
    ;
static const char mainTemplate[] =
#include "lib/Driver/Bundle/main.c.in.inc"
    ;
static const char mainCUDATemplate[] =
#include "lib/Driver/Bundle/main-cuda.c.in.inc"
    ;

static const std::pair<const char *, const char *> runtimeFiles[] = {
#include "lib/Driver/RuntimeFiles.inc"
};

using Replacements = std::vector<std::pair<std::string, std::string>>;

static std::string fill(StringRef text, const Replacements &replacements) {
  std::string result = text.str();
  for (const auto &[word, value] : replacements) {
    std::string key = "@" + word + "@";
    for (size_t at = result.find(key); at != std::string::npos;
         at = result.find(key, at + value.size()))
      result.replace(at, key.size(), value);
  }
  return result;
}

static std::string tensorRows(const OptimizerDescription &optimizer) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const TensorDescription &tensor : optimizer.tensors) {
    os << "| `" << tensor.name << "` | "
       << (tensor.role == STEEPEST_PARAMETER  ? "parameter"
           : tensor.role == STEEPEST_GRADIENT ? "gradient"
                                              : "state")
       << " | ";
    for (int dim = 0; dim < tensor.rank; ++dim) {
      if (tensor.shape[dim] < 0)
        os << "?x";
      else
        os << tensor.shape[dim] << "x";
    }
    os << (tensor.dtype == STEEPEST_F64    ? "f64"
           : tensor.dtype == STEEPEST_BF16 ? "bf16"
                                           : "f32");
    if (tensor.rank > 0 && tensor.shape[0] < -1)
      os << " by the " << (tensor.shape[0] == -2 ? "rows" : "columns")
         << " of `" << optimizer.tensors[tensor.like].name << "`";
    os << " | ";
    if (tensor.role == STEEPEST_STATE) {
      if (tensor.initial == STEEPEST_INITIAL_IDENTITY)
        os << "identity";
      else if (tensor.initial == STEEPEST_INITIAL_PARAMETER)
        os << "copy of `" << optimizer.tensors[tensor.like].name << "`";
      else
        os << matrix::printReal(tensor.initialValue);
    }
    os << " |\n";
  }
  if (!text.empty())
    text.pop_back();
  return text;
}

static std::string hyperRows(const OptimizerDescription &optimizer) {
  std::string text;
  for (const HyperDescription &hyper : optimizer.hypers)
    text += "| `" + hyper.name + "` | " +
            matrix::printReal(hyper.defaultValue) + " |\n";
  if (!text.empty())
    text.pop_back();
  return text;
}

static std::string describeRefusal(const OptimizerDescription &optimizer) {
  if (optimizer.device)
    return "It needs the driver\n(CUDA 12.0 or later) and one of these GPUs; "
           "without them `create_plan` says what is\nmissing, and nothing "
           "crashes. `runtime/CUDA/steepest_cuda.h` documents its use.";
  return "On a CPU without\n`" + optimizer.features +
         "` a step is refused with `STEEPEST_UNSUPPORTED_CPU`; nothing "
         "crashes.";
}

LogicalResult steepest::writeBundle(Compiler &compiler, StringRef folder) {
  auto error = [&] {
    return emitError(UnknownLoc::get(&compiler.getContext()));
  };
  if (compiler.getDescriptions().size() != 1)
    return error() << "expects one optimizer in a bundle, got "
                   << compiler.getDescriptions().size();
  const OptimizerDescription &optimizer = compiler.getDescriptions().front();
  bool lapack = compiler.usesLapack(), isCUDA = optimizer.device.has_value();
  if (!compiler.getMoreObjects().empty())
    return error() << "expects architectures of GPUs in a bundle, got the "
                      "model of an SM";
  Replacements replacements = {{"NAME", optimizer.name},
                               {"VERSION", STEEPEST_VERSION},
                               {"TARGET", optimizer.target},
                               {"REFUSAL", describeRefusal(optimizer)},
                               {"SOURCES", isCUDA ? "runtime/*.cpp "
                                                    "runtime/CUDA/*.cpp"
                                                  : "runtime/*.cpp"},
                               {"LIBRARIES", isCUDA   ? "dl"
                                             : lapack ? "m;lapack"
                                                      : "m"},
                               {"LINK_FLAGS", isCUDA   ? "-ldl"
                                              : lapack ? "-lm -llapack"
                                                       : "-lm"},
                               {"TENSORS", tensorRows(optimizer)},
                               {"HYPERS", hyperRows(optimizer)},
                               {"EXPLANATION", optimizer.explanation},
                               {"SPEC", compiler.getSource().str()}};

  auto path = [&](const Twine &name) {
    SmallString<128> result(folder);
    llvm::sys::path::append(result, name);
    return result.str().str();
  };
  for (StringRef inner :
       {"include", "lib", "example", "runtime", "runtime/CUDA"})
    if (std::error_code code = llvm::sys::fs::create_directories(path(inner)))
      return error() << "cannot create '" << path(inner)
                     << "': " << code.message();
  auto write = [&](const Twine &name, StringRef text) {
    return writeText(compiler, text, path(name));
  };
  for (auto [name, text] : runtimeFiles)
    if (failed(write(Twine("runtime/") + name, text)))
      return failure();
  if (failed(write("CMakeLists.txt", fill(cmakeTemplate, replacements))) ||
      failed(write(optimizer.name + "Config.cmake",
                   fill(configTemplate, replacements))) ||
      failed(write("README.md", fill(readmeTemplate, replacements))) ||
      failed(
          write("example/main.c", fill(isCUDA ? mainCUDATemplate : mainTemplate,
                                       replacements))) ||
      failed(write("include/" + optimizer.name + ".h", makeHeader(compiler))) ||
      failed(write(optimizer.name + ".mlir", compiler.getSource())))
    return failure();
  return writeArchive(compiler, path("lib/lib" + optimizer.name + ".a"));
}
