//===- Program.h - compiled rules in this process ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_RUN_PROGRAM_H
#define STEEPEST_LIB_RUN_PROGRAM_H

#include "lib/Driver/Compiler.h"
#include "lib/Run/Observe.h"
#include "lib/Run/Tensors.h"

namespace steepest::run {

/// What a call of the C ABI came to.
struct StepReport {
  bool paddingKept = true;
  steepest_status status = STEEPEST_OK;
  /// What the runtime said.
  std::string message;
  double seconds = 0;
  /// `num_directions` for every problem of a batch.
  std::vector<steepest_certificate> certificates;
};

/// A spec as a shared library, loaded. An optimizer with solved directions can
/// have a twin that also stores them.
class Program {
public:
  explicit Program(const CompilerOptions &options) : compiler(options) {}
  ~Program();
  Program(const Program &) = delete;

  /// Compiles and loads, with twins if asked for, which store `all` directions
  /// or the solved ones; reports what is wrong.
  mlir::LogicalResult load(llvm::StringRef path, bool withTwins, bool all);

  const steepest_optimizer *getOptimizer(llvm::StringRef name) const {
    return optimizers.lookup(name);
  }
  /// The twin, or null.
  const steepest_optimizer *getObserved(llvm::StringRef name) const {
    return observed.lookup(name);
  }
  double getCompileSeconds() const { return compileSeconds; }

private:
  Compiler compiler;
  void *library = nullptr;
  llvm::StringMap<const steepest_optimizer *> optimizers, observed;
  double compileSeconds = 0;
};

/// A context that keeps what the runtime says.
class Host {
public:
  explicit Host(int32_t threads);
  ~Host();
  Host(const Host &) = delete;

  /// Initial values of the states.
  StepReport init(const steepest_optimizer &optimizer, Tensors &tensors);
  /// One step in place. With `padding`, the step sees copies whose rows lie
  /// that many elements further apart, and `paddingKept` says whether what lies
  /// between them is as it was.
  StepReport step(const steepest_optimizer &optimizer, Tensors &tensors,
                  llvm::ArrayRef<double> hypers, int64_t padding = 0);

private:
  steepest_context context = {};
  steepest_pool *pool = nullptr;
  std::string message;
};

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_PROGRAM_H
