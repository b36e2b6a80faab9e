//===- Runner.h - the cases of one optimizer --------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_RUN_RUNNER_H
#define STEEPEST_LIB_RUN_RUNNER_H

#include "lib/Run/Run.h"
#include "llvm/ADT/Twine.h"

namespace steepest::run {

/// Says what could not be done; false.
bool complain(const llvm::Twine &message);

/// All cases of one optimizer.
class Runner {
public:
  Runner(const RunOptions &options, const llvm::StringMap<NpyArray> &given,
         const Program &program, Reference &reference,
         const steepest_optimizer &optimizer, llvm::raw_ostream &os)
      : options(options), given(given), reference(reference),
        optimizer(optimizer), twin(program.getObserved(optimizer.name)),
        host(options.threads, options.driver), serial(1, options.driver),
        os(os) {}

  bool run();

private:
  void findHypers();
  bool runCase(llvm::ArrayRef<Shape> shapes, GradientKind kind, double scale);
  bool fill(Tensors &tensors, double scale);
  /// Random gradients of the kind asked for.
  void fillGradients(Tensors &tensors, GradientKind kind, double scale);
  bool step(Tensors &tensors);
  bool checkRefusal(const StepReport &report, const Tensors &before,
                    const Tensors &after);
  /// One problem of a batch.
  bool checkProblem(const StepReport &report, int64_t problem,
                    const Tensors &before, const Tensors &after);
  bool checkDirections(const steepest_certificate *certificates,
                       const StepValues &expected,
                       llvm::ArrayRef<reference::Value> solved);
  /// Directions that the twin stored.
  mlir::FailureOr<llvm::SmallVector<reference::Value>>
  findSolved(const Tensors &before);
  bool checkSameBits(const char *what, const Tensors &a, const Tensors &b);
  void print(const steepest_certificate &certificate, int32_t index);
  bool save(const Tensors &tensors);
  bool verdict(const std::string &problem) {
    if (!problem.empty())
      os << "    MISMATCH: " << problem << '\n';
    return problem.empty();
  }

  const RunOptions &options;
  const llvm::StringMap<NpyArray> &given;
  Reference &reference;
  const steepest_optimizer &optimizer;
  const steepest_optimizer *twin;
  Host host, serial;
  llvm::raw_ostream &os;
  std::vector<double> hypers;
  std::mt19937_64 generator;
};

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_RUNNER_H
