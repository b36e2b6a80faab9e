//===- Program.h - compiled rules in this process ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_RUN_PROGRAM_H
#define STEEPEST_LIB_RUN_PROGRAM_H

#include "lib/Driver/Compiler.h"
#include "lib/Run/Observe.h"
#include "lib/Run/Tensors.h"
#include "runtime/CUDA/steepest_cuda.h"
#include <map>

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
  /// `driver` is the file of a driver with the model of an SM in it, for specs
  /// compiled for that; empty otherwise. With `sourceCompiler`, a C++ compiler
  /// with options, the model runs the steps as CUDA C++.
  explicit Program(const CompilerOptions &options,
                   const std::string &driver = {},
                   const std::string &sourceCompiler = {})
      : compiler(options), driver(driver), sourceCompiler(sourceCompiler) {}
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
  mlir::LogicalResult compileSteps();

  Compiler compiler;
  std::string driver, sourceCompiler;
  void *library = nullptr;
  llvm::StringMap<const steepest_optimizer *> optimizers, observed;
  double compileSeconds = 0;
};

/// A context that keeps what the runtime says.
class Host {
public:
  /// `driver` is the file of the driver for what is compiled for a GPU.
  explicit Host(int32_t threads, const std::string &driver = {});
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
  /// The plan of an optimizer that runs on a GPU; null, with a message, when
  /// there is none.
  steepest_cuda_plan *findPlan(const steepest_optimizer &optimizer);
  bool isOnDevice(const steepest_optimizer &optimizer) const {
    return llvm::StringRef(optimizer.target).starts_with("cuda ");
  }

  std::string message;
  std::string driver;
  int32_t teams = 1;
  std::map<const steepest_optimizer *, steepest_cuda_plan *> plans;
  steepest_cuda_launch launch = {};
};

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_PROGRAM_H
