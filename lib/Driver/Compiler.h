//===- Compiler.h - from a spec to machine code -----------------*- C++ -*-===//
//
// One `Compiler` compiles one file. The tools, the bindings and the tests use
// it; everything it reports goes through diagnostics.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_DRIVER_COMPILER_H
#define STEEPEST_LIB_DRIVER_COMPILER_H

#include "lib/Driver/Explain.h"
#include "lib/Target/CPU/CPUTarget.h"
#include "lib/Target/Common/Descriptor.h"
#include "lib/Target/CPU/Object.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/SourceMgr.h"

namespace steepest {

struct CompilerOptions {
  std::string targetCPU = "native";
  /// Phase after which to stop; empty runs all.
  std::string stopAfter;
  /// Folder to write the IR after each phase to; empty writes none.
  std::string dumpPhases;
  std::vector<std::string> plugins;
  /// Print the time that each phase and its passes took, at the end.
  bool timing = false;
  /// Rewrites of the algebra phase to leave out.
  std::vector<std::string> without;
  /// Shapes to make versions for, as 768x3072.
  std::vector<std::string> shapes;
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

  mlir::ModuleOp getModule() { return *module; }
  llvm::StringRef getSource() const { return source; }
  /// What the optimizers of the file say of themselves; after `run`.
  const std::vector<OptimizerDescription> &getDescriptions() const {
    return descriptions;
  }
  const Explanation &getExplanation() const { return explanation; }
  /// Times a part of the work, up to the end of the scope.
  mlir::TimingScope time(llvm::StringRef part) { return total.nest(part); }
  /// Whether the code calls LAPACK.
  bool usesLapack();
  /// Machine code, assembly or LLVM IR of the module.
  mlir::LogicalResult emit(ObjectFormat format, llvm::raw_pwrite_stream &os);

private:
  mlir::LogicalResult loadPlugins(const std::vector<std::string> &plugins,
                                  mlir::DialectRegistry &registry);
  mlir::LogicalResult parse(std::unique_ptr<llvm::MemoryBuffer> text);
  mlir::LogicalResult dump(llvm::StringRef phase, unsigned number);
  void describe();
  mlir::LogicalResult emitDescriptors();

  CompilerOptions options;
  mlir::DefaultTimingManager timing;
  mlir::TimingScope total;
  std::unique_ptr<mlir::MLIRContext> context;
  Explanation explanation;
  llvm::SourceMgr sources;
  std::unique_ptr<mlir::SourceMgrDiagnosticHandler> handler;
  CPUTarget target;
  bool valid = false;
  std::string source;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<OptimizerDescription> descriptions;
};

/// The text of a norm or manifold in descriptors: without our own prefix.
std::string describeAttribute(mlir::Attribute attribute);

} // namespace steepest

#endif // STEEPEST_LIB_DRIVER_COMPILER_H
