//===- SignRoute.h - the ways to a polar factor -----------------*- C++ -*-===//
//
// A route turns one `matrix.msign` into products, inverses or an
// eigen-decomposition. Each has a file of its own; `getSignFamilies` names
// them; `chooseSignRoute` takes the cheapest of those that the contract allows.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SIGNROUTE_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SIGNROUTE_H

#include "lib/Analysis/Cost/Machine.h"
#include "lib/Support/Polynomials.h"

#include <memory>
#include <optional>

namespace steepest {

/// What decides on the costs of routes.
struct SignTarget {
  /// The width of the target's vectors in bits.
  unsigned vectorBits = 512;
  /// The step is one kernel of a GPU.
  bool device = false;
  /// Two quintic steps on a Gram matrix may be taken in four products
  /// (`StepPairs.h`), on a CPU: on GPUs the gain was not measured.
  bool stepPairs = true;
  /// What factors may be rounded to so that the processor multiplies faster.
  llvm::SmallVector<mlir::Type> factors;

  /// Takes the options of a pass; fails where one names no type.
  mlir::LogicalResult set(mlir::MLIRContext *context, unsigned vectorBits,
                          bool device, bool stepPairs,
                          llvm::ArrayRef<std::string> factors);

  const Machine &getMachine() const {
    return device ? Machine::forGPU() : Machine::forVectorBits(vectorBits);
  }
};

/// One msign, and what its contract comes to.
struct SignProblem {
  mlir::RankedTensorType type;
  mlir::Attribute contract;
  /// The odd polynomial steps of the contract, if it has some.
  std::optional<Schedule> steps;
  /// Whether they begin at X / ||X||_S4 rather than X / ||X||_F.
  bool schatten4 = false;
  /// Singular values from here on must be right, relative to that norm.
  double lowest = 0;
  /// How far from the steps a value may be rounded: what the contract says, or
  /// a fiftieth of their own distance from 1 where that is more and no lowest
  /// is promised.
  double allowance = 0;
  /// What the contract says.
  double rounding = 0;
  /// What factors may be rounded to so that the processor multiplies faster.
  llvm::SmallVector<mlir::Type> factors;
  /// Whether steps on a Gram matrix may be taken two at a time.
  bool stepPairs = true;

  mlir::Type getElement() const { return type.getElementType(); }
  /// What smaller singular values may become at most.
  double getMost() const { return 1 + steps->error + rounding; }
};

/// The problem of an input of this type under this contract, which is no band.
SignProblem getSignProblem(mlir::RankedTensorType type,
                           mlir::Attribute contract, const SignTarget &target);

/// A route that serves one problem.
class SignRoute {
public:
  virtual ~SignRoute() = default;

  /// The fewest rows and columns for which it keeps the contract.
  virtual int64_t getLeastExtent() const { return 1; }
  /// For n x m with n >= m, in both orientations.
  virtual Cost getCost(const Machine &machine) const = 0;
  /// What it does, in flops and words, for people.
  virtual std::string getSummary() const = 0;
  virtual matrix::FormulaBuilder::Msign build(matrix::FormulaBuilder &m,
                                              mlir::Value x) const = 0;
};

struct SignFamily {
  llvm::StringLiteral name;
  /// The route for a problem; null, with the reason, where the contract or the
  /// element type does not allow it.
  std::unique_ptr<SignRoute> (*prepare)(const SignProblem &problem,
                                        std::string &refusal);
};

/// In order of preference among equals.
llvm::ArrayRef<SignFamily> getSignFamilies();

std::unique_ptr<SignRoute> prepareStandardSign(const SignProblem &problem,
                                               std::string &refusal);
/// The most by which rounding to bf16, f16 or tf32 changes a number, as a part
/// of it.
double getFactorRounding(mlir::Type factors);
/// By how much that moves the values of a polynomial step, at most, in the
/// spectral norm.
double getRoundingPerStep(mlir::Type factors);
/// Whether the contract leaves that much to each step; else why not. f16 has
/// the range: X is divided by its norm, so that no step makes values beyond the
/// product of its growths, and of an entry below 6e-5 it loses 3e-8, what it
/// would of one of 1.2e-4.
bool areFactorsAllowed(const SignProblem &problem, mlir::Type factors,
                       std::string &refusal);
/// ", of factors in bf16", or nothing.
std::string describeFactors(mlir::Type factors);
/// Standard steps with factors of products rounded.
std::unique_ptr<SignRoute> prepareRoundedSign(const SignProblem &problem,
                                              mlir::Type factors,
                                              std::string &refusal);
std::unique_ptr<SignRoute> prepareGramSign(const SignProblem &problem,
                                           std::string &refusal);
/// The same on the Gram matrix alone.
std::unique_ptr<SignRoute> prepareRoundedGramSign(const SignProblem &problem,
                                                  mlir::Type factors,
                                                  std::string &refusal);
std::unique_ptr<SignRoute> prepareRationalSign(const SignProblem &problem,
                                               std::string &refusal);
/// Rational functions one after another.
std::unique_ptr<SignRoute> prepareRationalStepsSign(const SignProblem &problem,
                                                    std::string &refusal);
std::unique_ptr<SignRoute> prepareExactSign(const SignProblem &problem,
                                            std::string &refusal);

/// The geometric mean, over the extents that the type of X allows, of a time
/// for n x m with n >= m, of a cost, or of what the cheapest route takes, in
/// nanoseconds; infinity where there is none.
double getMeanTime(mlir::RankedTensorType type,
                   llvm::function_ref<double(double n, double m)> time);
double getMeanTime(const Cost &cost, mlir::RankedTensorType type);
double getMeanTime(const SignProblem &problem, const Machine &machine);

/// Replaces nothing: builds the result of `op` by the cheapest route. Extents
/// that are known decide at once. Otherwise a route that costs nowhere more
/// than 5 % more than another makes that one superfluous, and what remains is
/// built side by side, with a comparison of costs before it. Reports the
/// numbers of all candidates as remarks; an error where no route serves.
mlir::FailureOr<matrix::FormulaBuilder::Msign>
buildSignByRoute(matrix::FormulaBuilder &m, matrix::MsignOp op,
                 const SignProblem &problem, const Machine &machine,
                 llvm::StringRef function);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SIGNROUTE_H
