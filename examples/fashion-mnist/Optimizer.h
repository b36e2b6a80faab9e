//===- Optimizer.h - hosting compiled optimizers --------------------------===//
//
// All that a trainer needs to use any optimizer made by steepestc: load the
// descriptor, read names, states and hyper-parameters from it, own the memory,
// and step all layers with one call. Nothing here knows a particular rule.
//
//===----------------------------------------------------------------------===//

#ifndef FASHION_MNIST_OPTIMIZER_H
#define FASHION_MNIST_OPTIMIZER_H

#include "Model.h"
#include "steepest.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// One optimizer as the command line gives it: its name, the shared library
/// that holds it, and values for some of its hyper-parameters.
struct OptimizerChoice {
  std::string name;
  std::string path;
  std::vector<std::pair<std::string, double>> hypers;
};

/// A loaded shared library and the descriptor found in it.
class Optimizer {
public:
  /// Throws std::runtime_error when the library cannot be loaded, was made for
  /// another version of the ABI, has no hyper-parameter of a given name, or is
  /// a rule over more than one parameter.
  explicit Optimizer(const OptimizerChoice &choice);

  const steepest_optimizer *operator->() const { return descriptor; }
  const steepest_optimizer *get() const { return descriptor; }

  /// Values in descriptor order, with the one named "lr" multiplied by `scale`.
  std::vector<double> hypers(double scale) const;

  /// True when some direction lives on the Stiefel manifold.
  bool isOrthonormal() const;

private:
  std::unique_ptr<void, int (*)(void *)> library;
  const steepest_optimizer *descriptor;
  std::vector<double> values;
};

/// The optimizers of all parameters of one model, with their states and their
/// workspace.
class ModelOptimizer {
public:
  /// Weights go to `matrices`, biases to `vectors` (null in a model without
  /// biases). All of them must outlive this object, and the model's buffers
  /// must not move.
  ModelOptimizer(Model &model, const Optimizer &matrices,
                 const Optimizer *vectors, const steepest_context &context);

  /// One step of every parameter, with learning rates multiplied by `scale`.
  /// Throws std::runtime_error when the runtime refuses.
  void step(double scale);

  /// Writes the states, or else the parameters and their gradients, to files
  /// whose names start with `prefix`. Throws std::runtime_error when it cannot.
  void save(const std::string &prefix, bool states) const;

  /// The largest certified relative gap so far over the weights, and the
  /// number of directions that stopped at the iteration limit.
  double largestGap() const { return gap; }
  long budgetStops() const { return stops; }

private:
  void add(const Optimizer &optimizer, const std::string &label,
           const steepest_tensor &parameter, const steepest_tensor &gradient);

  struct AlignedFree {
    void operator()(void *memory) const;
  };
  using Memory = std::unique_ptr<void, AlignedFree>;
  static Memory allocate(std::size_t bytes);

  /// One parameter. Held by pointer: tasks point into it.
  struct Entry {
    const Optimizer *optimizer;
    std::string label;
    std::vector<steepest_tensor> tensors;
    std::vector<Memory> states;
    std::vector<double> hypers;
    std::vector<steepest_certificate> certificates;
    std::size_t workspaceBytes;
  };

  steepest_context context;
  std::vector<std::unique_ptr<Entry>> entries;
  std::vector<steepest_task> tasks;
  /// Cut into one piece per parameter: step_many may run them at once.
  Memory workspace;
  double gap = 0;
  long stops = 0;
};

#endif // FASHION_MNIST_OPTIMIZER_H
