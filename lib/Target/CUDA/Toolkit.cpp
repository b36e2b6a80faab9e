//===- Toolkit.cpp - programs of the CUDA toolkit -------------------------===//

#include "lib/Target/CUDA/Toolkit.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace steepest;

namespace {

/// Files that go when this does.
class TemporaryFiles {
public:
  ~TemporaryFiles() {
    for (const std::string &path : paths)
      llvm::sys::fs::remove(path);
  }
  FailureOr<std::string> make(StringRef ending, StringRef text, Location loc) {
    SmallString<128> path;
    int descriptor;
    if (std::error_code code = llvm::sys::fs::createTemporaryFile(
            "steepest", ending, descriptor, path))
      return emitError(loc)
             << "cannot make a temporary file: " << code.message();
    paths.push_back(path.str().str());
    llvm::raw_fd_ostream(descriptor, /*shouldClose=*/true) << text;
    return paths.back();
  }

private:
  std::vector<std::string> paths;
};

} // namespace

FailureOr<std::string> Toolkit::find(StringRef program, Location loc) const {
  std::vector<std::string> folders;
  if (!folder.empty()) {
    folders.push_back(folder);
  } else {
    for (StringRef variable : {"CUDA_HOME", "CUDA_PATH"})
      if (auto value = llvm::sys::Process::GetEnv(variable))
        folders.push_back(*value);
  }
  for (const std::string &root : folders) {
    SmallString<128> path(root);
    llvm::sys::path::append(path, "bin", program);
    if (llvm::sys::fs::can_execute(path))
      return path.str().str();
  }
  if (folder.empty())
    if (auto found = llvm::sys::findProgramByName(program))
      return *found;
  InFlightDiagnostic error = emitError(loc);
  error << "cannot find " << program << " of the CUDA toolkit ";
  if (!folder.empty())
    error << "in '" << folder << "/bin'";
  else
    error << "by $CUDA_HOME, $CUDA_PATH or the PATH; say where it is by "
             "--toolkit, or make PTX, which needs no toolkit";
  return error;
}

/// Runs a program and reports what it says when it fails.
static LogicalResult run(StringRef program, ArrayRef<std::string> arguments,
                         TemporaryFiles &files, Location loc) {
  FailureOr<std::string> messages = files.make("txt", "", loc);
  if (failed(messages))
    return failure();
  SmallVector<StringRef> line = {program};
  line.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(*messages),
                                          StringRef(*messages)};
  std::string problem;
  int code = llvm::sys::ExecuteAndWait(program, line, std::nullopt, redirects,
                                       0, 0, &problem);
  if (code == 0)
    return success();
  if (auto text = llvm::MemoryBuffer::getFile(*messages))
    problem += (*text)->getBuffer().rtrim();
  return emitError(loc) << llvm::sys::path::filename(program)
                        << " failed: " << problem;
}

static FailureOr<std::string> readFile(StringRef path, Location loc) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return emitError(loc) << "cannot read '" << path
                          << "': " << file.getError().message();
  return (*file)->getBuffer().str();
}

FailureOr<DeviceImage> Toolkit::assemble(const DeviceImage &ptx,
                                         Location loc) const {
  FailureOr<std::string> program = find("ptxas", loc);
  if (failed(program))
    return failure();
  TemporaryFiles files;
  FailureOr<std::string> input = files.make("ptx", ptx.bytes, loc);
  FailureOr<std::string> output = files.make("cubin", "", loc);
  if (failed(input) || failed(output) ||
      failed(run(*program, {"-arch=" + ptx.architecture, "-o", *output, *input},
                 files, loc)))
    return failure();
  FailureOr<std::string> bytes = readFile(*output, loc);
  if (failed(bytes))
    return failure();
  return DeviceImage{ImageKind::Cubin, ptx.architecture, std::move(*bytes)};
}

FailureOr<DeviceImage> Toolkit::bind(ArrayRef<DeviceImage> images,
                                     Location loc) const {
  FailureOr<std::string> program = find("fatbinary", loc);
  if (failed(program))
    return failure();
  TemporaryFiles files;
  FailureOr<std::string> output = files.make("fatbin", "", loc);
  if (failed(output))
    return failure();
  std::vector<std::string> arguments = {"-64", "--create=" + *output};
  for (const DeviceImage &image : images) {
    bool isPtx = image.kind == ImageKind::PTX;
    FailureOr<std::string> input =
        files.make(isPtx ? "ptx" : "cubin", image.bytes, loc);
    if (failed(input))
      return failure();
    StringRef number = image.architecture;
    number.consume_front("sm_");
    arguments.push_back("--image3=kind=" + std::string(isPtx ? "ptx" : "elf") +
                        ",sm=" + number.str() + ",file=" + *input);
  }
  if (failed(run(*program, arguments, files, loc)))
    return failure();
  FailureOr<std::string> bytes = readFile(*output, loc);
  if (failed(bytes))
    return failure();
  return DeviceImage{ImageKind::Fatbin, "", std::move(*bytes)};
}
