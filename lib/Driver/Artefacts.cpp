//===- Artefacts.cpp - what a compilation leaves behind -------------------===//

#include "lib/Driver/Artefacts.h"
#include "lib/Target/CUDA/Toolkit.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace steepest;

static InFlightDiagnostic error(Compiler &compiler) {
  return emitError(UnknownLoc::get(&compiler.getContext()));
}

std::string steepest::makeHeader(Compiler &compiler) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string guard = "STEEPEST";
  for (const OptimizerDescription &optimizer : compiler.getDescriptions())
    guard +=
        "_" + StringRef(optimizer.name + compiler.getOptions().suffix).upper();
  os << "/* Made by steepestc. */\n\n#ifndef " << guard << "_H\n#define "
     << guard << "_H\n\n#include \"steepest.h\"\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  for (const OptimizerDescription &optimizer : compiler.getDescriptions()) {
    os << "/* Tensors:";
    for (const TensorDescription &tensor : optimizer.tensors)
      os << ' ' << tensor.name;
    os << ". Hyper-parameters:";
    for (const HyperDescription &hyper : optimizer.hypers)
      os << ' ' << hyper.name;
    os << ". */\nconst steepest_optimizer *" << optimizer.accessor
       << "(void);\n\n";
  }
  os << "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

LogicalResult steepest::writeText(Compiler &compiler, StringRef text,
                                  StringRef path) {
  std::string message;
  auto file = openOutputFile(path, &message);
  if (!file)
    return error(compiler) << message;
  file->os() << text;
  file->keep();
  return success();
}

LogicalResult steepest::writeObject(Compiler &compiler, ObjectFormat format,
                                    StringRef path) {
  SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  if (failed(compiler.emit(format, stream)))
    return failure();
  return writeText(compiler, StringRef(buffer.data(), buffer.size()), path);
}

LogicalResult steepest::writeDeviceCode(Compiler &compiler, ImageKind kind,
                                        StringRef path) {
  FailureOr<std::vector<DeviceImage>> images = compiler.getImages();
  if (failed(images))
    return failure();
  if (kind == ImageKind::Fatbin) {
    Toolkit toolkit(compiler.getOptions().toolkit);
    FailureOr<DeviceImage> fatbin =
        toolkit.bind(*images, UnknownLoc::get(&compiler.getContext()));
    if (failed(fatbin))
      return failure();
    return writeText(compiler, fatbin->bytes, path);
  }
  if (images->size() != 1)
    return error(compiler) << "expects one architecture in a file of "
                           << (kind == ImageKind::PTX ? "PTX" : "machine code")
                           << ", got " << images->size()
                           << "; choose one by --arch, or make a fatbin";
  return writeText(compiler, images->front().bytes, path);
}

LogicalResult steepest::writeSource(Compiler &compiler, StringRef path) {
  ArrayRef<std::string> steps = compiler.getSteps();
  if (steps.size() != 1)
    return error(compiler) << "expects one optimizer for GPUs, to write its "
                              "step as CUDA C++; got "
                           << compiler.getDescriptions().size() << " for "
                           << (compiler.getCUDA() ? "a GPU" : "a CPU");
  return writeText(compiler, steps.front(), path);
}

LogicalResult steepest::writeArchive(Compiler &compiler, StringRef path) {
  SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  if (failed(compiler.emit(ObjectFormat::Object, stream)))
    return failure();
  // Names and bytes are referred to: they stay where they are.
  std::string stem = llvm::sys::path::stem(path).str();
  SmallVector<std::string> names = {stem + ".o"};
  for (size_t i = 0; i < compiler.getMoreObjects().size(); ++i)
    names.push_back(stem + "_" + std::to_string(i + 1) + ".o");
  std::vector<llvm::NewArchiveMember> members;
  members.emplace_back(
      llvm::MemoryBufferRef(StringRef(buffer.data(), buffer.size()), names[0]));
  for (auto [name, bytes] :
       llvm::zip_equal(llvm::drop_begin(names), compiler.getMoreObjects()))
    members.emplace_back(llvm::MemoryBufferRef(bytes, name));
  if (llvm::Error failed = llvm::writeArchive(
          path, members, llvm::SymtabWritingMode::NormalSymtab,
          llvm::object::Archive::K_GNU,
          /*Deterministic=*/true, /*Thin=*/false))
    return error(compiler) << "cannot write '" << path
                           << "': " << llvm::toString(std::move(failed));
  return success();
}

/// libsteepest.a lies beside the tools: ../lib of their folder.
static std::string findRuntime() {
  static int anchor;
  std::string tool = llvm::sys::fs::getMainExecutable("steepestc", &anchor);
  for (StringRef folder : {"lib", "lib64", "lib/x86_64-linux-gnu"}) {
    SmallString<128> path(
        llvm::sys::path::parent_path(llvm::sys::path::parent_path(tool)));
    llvm::sys::path::append(path, folder, "libsteepest.a");
    if (llvm::sys::fs::exists(path))
      return path.str().str();
  }
  return {};
}

LogicalResult steepest::writeSharedLibrary(Compiler &compiler, StringRef path) {
  std::string runtime = findRuntime();
  if (runtime.empty())
    return error(compiler) << "cannot find the runtime libsteepest.a beside "
                              "the tools; is the installation complete?";
  std::string linker;
  for (StringRef name : {"cc", "gcc", "clang-22", "clang"})
    if (auto found = llvm::sys::findProgramByName(name)) {
      linker = *found;
      break;
    }
  if (linker.empty())
    return error(compiler) << "cannot find a C compiler to link with; install "
                              "gcc or clang, or write an object (-o name.o)";
  SmallString<128> object;
  if (std::error_code code =
          llvm::sys::fs::createTemporaryFile("steepest", "o", object))
    return error(compiler) << "cannot make a temporary file: "
                           << code.message();
  llvm::scope_exit remove([&] { llvm::sys::fs::remove(object); });
  if (failed(writeObject(compiler, ObjectFormat::Object, object)))
    return failure();
  std::vector<std::string> more;
  llvm::scope_exit removeMore([&] {
    for (const std::string &file : more)
      llvm::sys::fs::remove(file);
  });
  for (const std::string &bytes : compiler.getMoreObjects()) {
    SmallString<128> file;
    if (std::error_code code =
            llvm::sys::fs::createTemporaryFile("steepest", "o", file))
      return error(compiler)
             << "cannot make a temporary file: " << code.message();
    more.push_back(file.str().str());
    if (failed(writeText(compiler, bytes, file)))
      return failure();
  }
  std::string output = path.str();
  // Everything of the runtime, and none of its symbols seen from outside: two
  // such libraries in one process do not meet.
  SmallVector<StringRef> arguments = {linker,
                                      "-shared",
                                      "-o",
                                      output,
                                      object,
                                      runtime,
                                      "-Wl,--exclude-libs,ALL",
                                      "-Wl,-z,noexecstack",
                                      "-pthread"};
  arguments.append(more.begin(), more.end());
  if (compiler.getCUDA())
    arguments.push_back("-ldl");
  if (compiler.usesLapack())
    arguments.append({"-llapack", "-lblas"});
  arguments.push_back("-lm");
  TimingScope part = compiler.time("link");
  std::string message;
  int code = llvm::sys::ExecuteAndWait(linker, arguments, std::nullopt, {}, 0,
                                       0, &message);
  if (code == 0)
    return success();
  InFlightDiagnostic diagnostic = error(compiler)
                                  << "linking '" << path << "' failed";
  if (!message.empty())
    diagnostic << ": " << message;
  if (compiler.usesLapack())
    diagnostic.attachNote()
        << "this optimizer solves eigen-problems by LAPACK; install "
           "liblapack-dev";
  return diagnostic;
}
