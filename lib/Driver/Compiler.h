//===- Compiler.h - from a spec to machine code -----------------*- C++ -*-===//
//
// One `Compiler` compiles one file. The tools, the bindings and the tests use
// it; everything it reports goes through diagnostics.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_DRIVER_COMPILER_H
#define STEEPEST_LIB_DRIVER_COMPILER_H

#include "lib/Driver/Explain.h"
#include "lib/Pipelines/Phases.h"
#include "lib/Target/CPU/CPUTarget.h"
#include "lib/Target/CPU/Object.h"
#include "lib/Target/CUDA/DeviceCode.h"
#include "lib/Target/Common/Descriptor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/SourceMgr.h"

namespace steepest {

struct CompilerOptions {
  std::string targetCPU = "native";
  /// Compile steps for a GPU. `targetCPU` is not looked at then: what the host
  /// computes, sizes and costs, runs on any.
  bool isCUDA = false;
  /// As ptxas names them, or the model of an SM alone.
  std::vector<std::string> architectures = {"sm_80", "sm_90a"};
  /// Carry machine code of these architectures, by the toolkit, and not PTX,
  /// which the driver translates when it loads it.
  bool assembles = false;
  /// Folder of the CUDA toolkit; empty looks for it.
  std::string toolkit;
  /// Phase after which to stop; empty runs all.
  std::string stopAfter;
  /// Folder to write the IR after each phase to; empty writes none.
  std::string dumpPhases;
  std::vector<std::string> plugins;
  /// Print the time that each phase and its passes took, at the end.
  bool timing = false;
  /// Rewrites of the algebra phase to leave out.
  std::vector<std::string> without;
  /// Also write the steps as CUDA C++.
  bool writesSource = false;
  /// Shapes to make versions for, as 768x3072.
  std::vector<std::string> shapes;
  /// Follows the names of the functions that return descriptors.
  std::string suffix;
  /// Other types than those that the spec was written for.
  Adaptation adaptation;
};

class Compiler {
public:
  /// Reports an unknown target, phase or plugin; `isValid` is false then.
  explicit Compiler(const CompilerOptions &options);

  bool isValid() const { return valid; }
  mlir::MLIRContext &getContext() { return *context; }
  const CPUTarget &getTarget() const { return target; }

  /// Parses and verifies a file (`-` is the standard input) or a text.
  mlir::LogicalResult parseFile(llvm::StringRef path);
  mlir::LogicalResult parseText(llvm::StringRef text);

  /// Runs the phases from `declare` to `target`, or up to `stopAfter`.
  mlir::LogicalResult run();
  /// The same up to and including one phase.
  mlir::LogicalResult runTo(llvm::StringRef lastPhase);

  /// After `solve`: decides which function keeps each contract, as the algebra
  /// phase does first.
  mlir::LogicalResult chooseFunctions();

  mlir::ModuleOp getModule() { return *module; }
  llvm::StringRef getSource() const { return source; }
  /// What the optimizers of the file say of themselves; after `run`.
  const std::vector<OptimizerDescription> &getDescriptions() const {
    return descriptions;
  }
  const Explanation &getExplanation() const { return explanation; }
  /// Times a part of the work, up to the end of the scope.
  mlir::TimingScope time(llvm::StringRef part) { return total.nest(part); }
  /// Device code for every architecture, one after another, as PTX or machine
  /// code: what was embedded. For one optimizer.
  mlir::FailureOr<std::vector<DeviceImage>> getImages();
  /// The steps as CUDA C++, for GPUs, if the options ask for it; as
  /// descriptions.
  llvm::ArrayRef<std::string> getSteps() const { return steps; }
  const std::optional<CUDATarget> &getCUDA() const { return cuda; }
  const CompilerOptions &getOptions() const { return options; }
  /// Objects beside that of `emit`: device code for the model of an SM.
  llvm::ArrayRef<std::string> getMoreObjects() const { return moreObjects; }
  void setMoreObjects(std::vector<std::string> objects) {
    moreObjects = std::move(objects);
  }
  /// Whether the code calls LAPACK.
  bool usesLapack();
  /// Machine code, assembly or LLVM IR of the module.
  mlir::LogicalResult emit(ObjectFormat format, llvm::raw_pwrite_stream &os);

private:
  mlir::LogicalResult loadPlugins(const std::vector<std::string> &plugins,
                                  mlir::DialectRegistry &registry);
  mlir::LogicalResult parse(std::unique_ptr<llvm::MemoryBuffer> text);
  mlir::LogicalResult dump(llvm::StringRef phase, unsigned number);
  PhaseSettings getSettings() const;
  void describe();
  /// After `kernel`: writes the steps as CUDA C++, from a copy.
  mlir::LogicalResult writeSteps();
  /// Makes the images of a device program and forgets the program.
  mlir::LogicalResult emitDevice(OptimizerDescription &description);
  mlir::LogicalResult emitDescriptors();

  CompilerOptions options;
  mlir::DefaultTimingManager timing;
  mlir::TimingScope total;
  std::unique_ptr<mlir::MLIRContext> context;
  Explanation explanation;
  llvm::SourceMgr sources;
  std::unique_ptr<mlir::SourceMgrDiagnosticHandler> handler;
  CPUTarget target;
  std::optional<CUDATarget> cuda;
  bool valid = false;
  std::string source;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<OptimizerDescription> descriptions;
  std::vector<std::vector<DeviceImage>> images;
  std::vector<std::string> moreObjects, steps;
};

/// The text of a norm or manifold in descriptors: without our own prefix.
std::string describeAttribute(mlir::Attribute attribute);

} // namespace steepest

#endif // STEEPEST_LIB_DRIVER_COMPILER_H
