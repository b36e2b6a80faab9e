//===- Reference.h - what a step should have computed -----------*- C++ -*-===//
//
// Evaluates the rules of a spec in float64 from the form they have after the
// `solve` phase: what was chosen is taken over (the method, the function that
// an msign applies), and how it is lowered is not.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_RUN_REFERENCE_H
#define STEEPEST_LIB_RUN_REFERENCE_H

#include "lib/Driver/Compiler.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Run/Observe.h"
#include "lib/Run/Tensors.h"

namespace steepest::run {

/// One direction as the reference sees it.
struct DirectionValues {
  reference::CertificateRecord certificate = {};
  /// Of solved directions: a maximiser and what it is computed from.
  reference::Value result, input, point;
  reference::Values operands;
  /// Of open ones: the result by each function that the step may apply.
  reference::Values functions;
};

struct StepValues {
  /// A status of `runtime/steepest.h`; the rest is void unless it is 0.
  int32_t status = 0;
  /// The new value of every tensor; the old one of gradients.
  reference::Values tensors;
  std::vector<DirectionValues> directions;
};

/// What the tolerance of a rule depends on.
struct Arithmetic {
  bool hasProducts = false;
  /// The largest rounding that a contract allows.
  double rounding = 0;
};

class Reference {
public:
  /// Parses the spec and runs the phases; reports what is wrong. With `all`,
  /// closed forms are taken over from what was computed, as solved directions
  /// always are.
  explicit Reference(const CompilerOptions &options);
  mlir::LogicalResult load(llvm::StringRef path, bool all);

  /// The optimizers of the file and what their arguments are called.
  struct Names {
    std::string optimizer;
    std::vector<std::string> tensors, hypers;
  };
  llvm::ArrayRef<Names> getNames() const { return names; }

  llvm::ArrayRef<ObservedDirection> getDirections(llvm::StringRef optimizer);
  /// Whether a tensor is kept from the multiplier of a direction.
  bool isMultiplier(llvm::StringRef optimizer, unsigned tensor);
  /// What a rule computes certificates with, or the new value of one tensor.
  Arithmetic getArithmetic(llvm::StringRef optimizer);
  Arithmetic getArithmetic(llvm::StringRef optimizer, unsigned tensor);

  /// One step from these tensors (without a batch). Solved directions are the
  /// ones given, in order, in what follows them; the others have none.
  mlir::FailureOr<StepValues>
  step(llvm::StringRef optimizer, const Tensors &tensors,
       llvm::ArrayRef<double> hypers,
       llvm::ArrayRef<reference::Value> givenDirections);

  /// The point of the tensor's manifold that is reached from random numbers;
  /// `x` itself where there is none.
  mlir::FailureOr<reference::Value> findPoint(llvm::StringRef optimizer,
                                              unsigned tensor,
                                              const reference::Value &x);
  /// ||phi|| in the norm of a direction, and max |A_w(phi)|.
  mlir::FailureOr<double> length(const ObservedDirection &direction,
                                 const reference::Value &phi,
                                 const DirectionValues &at);
  mlir::FailureOr<double> tangency(const ObservedDirection &direction,
                                   const reference::Value &phi,
                                   const DirectionValues &at);

private:
  struct Rule {
    OptimizerOp op;
    /// The rule with the looser function of each open direction, and with the
    /// tighter one.
    llvm::SmallVector<OptimizerOp> functions;
    llvm::SmallVector<ObservedDirection> directions;
    llvm::SmallVector<mlir::Attribute> manifolds;
    llvm::SmallVector<bool> multipliers;
    unsigned numTensors;
    /// What contracts allow to tensors and to certificates.
    double rounding = 0, ofCertificates = 0;
  };
  using Formula = llvm::function_ref<mlir::Value(matrix::FormulaBuilder &,
                                                 mlir::ValueRange)>;
  mlir::FailureOr<reference::Value>
  evaluate(llvm::ArrayRef<reference::Value> arguments, Formula formula);

  Compiler compiler;
  llvm::StringMap<Rule> rules;
  std::vector<Names> names;
};

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_REFERENCE_H
