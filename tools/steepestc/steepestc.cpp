//===- steepestc.cpp - spec in, artefact out ------------------------------===//

#include "lib/Driver/Artefacts.h"
#include "lib/Driver/CompilerFlags.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace steepest;
namespace cl = llvm::cl;

namespace {
enum class Emit {
  ByName,
  Shared,
  Object,
  Archive,
  Header,
  Bundle,
  Assembly,
  PTX,
  Cubin,
  Fatbin,
  Source,
  LLVM,
  IR
};
} // namespace

/// The command line. LLVM registers hundreds of options of its own, some by the
/// same names; they are forgotten before ours are made.
namespace {
struct CommandLine {
  cl::OptionCategory category{"steepestc options"};
  CompilerFlags flags{category};

  cl::list<std::string> positional{cl::Positional, cl::ZeroOrMore,
                                   cl::desc("<spec.mlir> [folder]"),
                                   cl::cat(category)};
  cl::opt<std::string> output{
      "o",
      cl::desc("Output file; its ending says what is written: .so, "
               ".o, .a, .h, .s, .ptx, .cubin, .fatbin, .cu, .ll, .mlir"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<Emit> emitKind{
      "emit",
      cl::desc("What to write (default: by the ending of -o, or a shared "
               "library)"),
      cl::init(Emit::ByName),
      cl::values(
          clEnumValN(Emit::Shared, "shared", "shared library (.so)"),
          clEnumValN(Emit::Shared, "so", "the same"),
          clEnumValN(Emit::Object, "object", "object file (.o)"),
          clEnumValN(Emit::Archive, "archive", "static library (.a)"),
          clEnumValN(Emit::Header, "header", "C header (.h)"),
          clEnumValN(Emit::Bundle, "bundle",
                     "folder with library, header, CMake package, README "
                     "and example; name it after the spec"),
          clEnumValN(Emit::Assembly, "asm", "assembly (.s)"),
          clEnumValN(Emit::PTX, "ptx", "device code for a GPU (.ptx)"),
          clEnumValN(Emit::Cubin, "cubin",
                     "machine code for one GPU architecture (.cubin)"),
          clEnumValN(Emit::Fatbin, "fatbin",
                     "machine code for several (.fatbin)"),
          clEnumValN(Emit::Source, "cu",
                     "CUDA C++ with a launcher, for trainers that are built "
                     "with nvcc (.cu)"),
          clEnumValN(Emit::LLVM, "llvm", "LLVM IR (.ll)"),
          clEnumValN(Emit::IR, "ir", "the IR after the last phase (.mlir)")),
      cl::cat(category)};
  cl::opt<std::string> target{
      "target", cl::desc("What steps run on: cpu (default) or cuda"),
      cl::init("cpu"), cl::value_desc("name"), cl::cat(category)};
  cl::list<std::string> architectures{
      "arch", cl::CommaSeparated,
      cl::desc("GPU architectures for --target=cuda (default: "
               "sm_80,sm_90a)"),
      cl::value_desc("sm_90a,..."), cl::cat(category)};
  cl::opt<bool> assembles{
      "assemble",
      cl::desc("Put machine code into libraries for --target=cuda, by the "
               "toolkit's ptxas, instead of PTX"),
      cl::cat(category)};
  cl::opt<std::string> toolkit{
      "toolkit",
      cl::desc("Folder of the CUDA toolkit (default: $CUDA_HOME, $CUDA_PATH, "
               "or by the PATH); PTX needs none"),
      cl::value_desc("folder"), cl::cat(category)};
  cl::opt<std::string> stopAfter{
      "stop-after",
      cl::desc("Stop after this phase and print the IR: declare, normalize, "
               "solve, algebra, kernel or target"),
      cl::value_desc("phase"), cl::cat(category)};
  cl::opt<std::string> dumpPhases{
      "dump-phases", cl::desc("Write the IR after each phase into this folder"),
      cl::value_desc("folder"), cl::cat(category)};
  cl::opt<bool> explain{
      "explain", cl::desc("Print what was chosen for each direction, and why"),
      cl::cat(category)};
  cl::opt<bool> timing{
      "timing", cl::desc("Print how long each phase and its passes took"),
      cl::cat(category)};
  cl::opt<std::string> elementType{
      "element-type",
      cl::desc("Make the rule for parameters of f32 or f64, whatever the spec "
               "says"),
      cl::value_desc("type"), cl::cat(category)};
  cl::opt<std::string> parameterType{
      "parameter-type",
      cl::desc("Store parameters and gradients as bf16; states and arithmetic "
               "stay as they are"),
      cl::value_desc("type"), cl::cat(category)};
  cl::opt<bool> master{
      "master",
      cl::desc("With --parameter-type: keep the parameters unrounded, as "
               "states"),
      cl::cat(category)};
  cl::opt<bool> maximize{"maximize", cl::desc("Ascend: negate the gradients"),
                         cl::cat(category)};
  cl::opt<std::string> suffix{
      "suffix",
      cl::desc("Follows the names of the C functions, so that one program can "
               "hold the spec for several targets: steepest_muon_cuda"),
      cl::value_desc("_cuda"), cl::cat(category)};
};
} // namespace

/// What an output file's ending asks for.
static Emit emitByEnding(StringRef path) {
  return llvm::StringSwitch<Emit>(llvm::sys::path::extension(path))
      .Case(".so", Emit::Shared)
      .Case(".o", Emit::Object)
      .Case(".a", Emit::Archive)
      .Case(".h", Emit::Header)
      .Case(".s", Emit::Assembly)
      .Case(".ptx", Emit::PTX)
      .Case(".cubin", Emit::Cubin)
      .Case(".fatbin", Emit::Fatbin)
      .Case(".cu", Emit::Source)
      .Case(".ll", Emit::LLVM)
      .Case(".mlir", Emit::IR)
      .Default(Emit::ByName);
}

static const char *endingOf(Emit kind) {
  switch (kind) {
  case Emit::Object:
    return ".o";
  case Emit::Archive:
    return ".a";
  case Emit::Cubin:
    return ".cubin";
  case Emit::Fatbin:
    return ".fatbin";
  case Emit::ByName:
  case Emit::Shared:
    return ".so";
  default:
    return nullptr; // texts go to the standard output
  }
}

static LogicalResult write(Compiler &compiler, Emit kind, StringRef path) {
  switch (kind) {
  case Emit::ByName:
  case Emit::Shared:
    return writeSharedLibrary(compiler, path);
  case Emit::Object:
    return writeObject(compiler, ObjectFormat::Object, path);
  case Emit::Archive:
    return writeArchive(compiler, path);
  case Emit::Header:
    return writeText(compiler, makeHeader(compiler), path);
  case Emit::Bundle:
    return writeBundle(compiler, path);
  case Emit::Assembly:
    return writeObject(compiler, ObjectFormat::Assembly, path);
  case Emit::PTX:
  case Emit::Cubin:
  case Emit::Fatbin:
    return writeDeviceCode(compiler,
                           kind == Emit::PTX     ? ImageKind::PTX
                           : kind == Emit::Cubin ? ImageKind::Cubin
                                                 : ImageKind::Fatbin,
                           path);
  case Emit::Source:
    return writeSource(compiler, path);
  case Emit::LLVM:
    return writeObject(compiler, ObjectFormat::LLVMIR, path);
  case Emit::IR: {
    std::string text;
    llvm::raw_string_ostream os(text);
    compiler.getModule().print(os);
    return writeText(compiler, text, path);
  }
  }
  llvm_unreachable("all kinds are above");
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  CommandLine line;
  cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "steepestc, the compiler for optimizers, with LLVM "
       << LLVM_VERSION_STRING << '\n';
  });
  cl::HideUnrelatedOptions(line.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "steepestc: compiles optimizers declared as steepest-descent problems\n\n"
      "  steepestc muon.mlir -o muon.so\n");
  auto complain = [&](const llvm::Twine &message) {
    llvm::errs() << "error: " << message << '\n';
    return 1;
  };

  if (line.positional.empty())
    return complain("expects a spec, got none; see --help");
  Emit kind = line.emitKind;
  std::string path = line.output;
  if (kind == Emit::Bundle && line.positional.size() == 2 && path.empty())
    path = line.positional[1];
  else if (line.positional.size() > 1)
    return complain("expects one spec, got " +
                    llvm::Twine(line.positional.size()) + " files");
  if (kind == Emit::Bundle && path.empty())
    return complain("expects a folder for the bundle: --emit=bundle DIR");
  if (Emit named = emitByEnding(path); kind != Emit::ByName &&
                                       kind != Emit::Bundle &&
                                       named != Emit::ByName && named != kind)
    return complain("expects --emit and the ending of -o to ask for the same, "
                    "got '" +
                    path + "' for another kind of file");
  if (kind == Emit::ByName && !path.empty()) {
    kind = emitByEnding(path);
    if (kind == Emit::ByName && path != "-")
      return complain("cannot tell what to write from the ending of '" + path +
                      "'; known: .so .o .a .h .s .ptx .cubin .fatbin .cu "
                      ".ll .mlir, or say --emit=...");
  }

  if (!llvm::all_of(line.suffix,
                    [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return complain("expects letters, digits and _ in --suffix, got '" +
                    line.suffix + "'");
  if (!line.suffix.empty() && kind == Emit::Bundle)
    return complain("expects no --suffix for a bundle, whose files have the "
                    "names without one");

  CompilerOptions options;
  line.flags.apply(options);
  if (line.target != "cpu" && line.target != "cuda")
    return complain("expects --target=cpu or cuda, got '" + line.target + "'");
  options.isCUDA = line.target == "cuda";
  options.writesSource = kind == Emit::Source;
  bool isDeviceCode = kind == Emit::PTX || kind == Emit::Cubin ||
                      kind == Emit::Fatbin || kind == Emit::Source;
  if (!options.isCUDA && (isDeviceCode || !line.architectures.empty()))
    return complain("expects --target=cuda for GPU architectures and device "
                    "code");
  if (!options.isCUDA && (line.assembles || !line.toolkit.empty()))
    return complain("expects --target=cuda with --assemble and --toolkit");
  if (line.assembles && (kind == Emit::PTX || kind == Emit::Source))
    return complain("expects a library or machine code with --assemble, got "
                    "--emit=" +
                    llvm::Twine(kind == Emit::PTX ? "ptx" : "cu"));
  if (!line.architectures.empty())
    options.architectures.assign(line.architectures.begin(),
                                 line.architectures.end());
  options.assembles =
      line.assembles || kind == Emit::Cubin || kind == Emit::Fatbin;
  options.toolkit = line.toolkit;
  options.stopAfter = line.stopAfter;
  options.dumpPhases = line.dumpPhases;
  options.timing = line.timing;
  options.suffix = line.suffix;
  options.adaptation = {line.elementType, line.parameterType, line.master,
                        line.maximize};
  Compiler compiler(options);
  if (!compiler.isValid() || failed(compiler.parseFile(line.positional[0])) ||
      failed(options.writesSource && options.stopAfter.empty()
                 ? compiler.runTo("kernel")
                 : compiler.run()))
    return 1;
  if (!line.stopAfter.empty())
    return failed(write(compiler, Emit::IR, path.empty() ? "-" : path));
  if (line.explain) {
    for (const OptimizerDescription &optimizer : compiler.getDescriptions())
      llvm::outs() << optimizer.explanation;
    // An explanation alone needs no artefact.
    if (line.output.empty() && kind == Emit::ByName)
      return 0;
  }
  if (path.empty()) {
    if (const char *ending = endingOf(kind))
      path = (llvm::sys::path::stem(line.positional[0]) + ending).str();
    else
      path = "-";
  }
  return failed(write(compiler, kind, path));
}
