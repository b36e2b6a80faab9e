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

namespace steepest {

/// One msign, and what its contract comes to.
struct SignProblem {
  matrix::MsignOp op;
  mlir::Type element;
  mlir::Attribute contract;
  /// The odd polynomial steps of the contract: made for its band, or forced.
  /// None for an exact contract and for a band that no steps reach.
  std::optional<Schedule> steps;
  /// Singular values from here on must be right, relative to ||X||_F: the
  /// lowest of a band; 0 for forced polynomials, which are right everywhere.
  double lowest = 0;
  /// Distance from 1 that values may reach.
  double error = 0;
  /// How far from the steps a value may be rounded: what a band leaves beyond
  /// the error of its steps, and a hundredth of their own distance from 1 for
  /// forced polynomials, unless these say more.
  double allowance = 0;
  /// What forced polynomials may be rounded by, as the spec says it.
  double rounding = 0;
  /// Whether the processor multiplies bf16 faster.
  bool hasBf16Products = false;
};

/// The problem of `op`.
SignProblem getSignProblem(matrix::MsignOp op, bool hasBf16Products);

/// A route that serves one problem.
class SignRoute {
public:
  virtual ~SignRoute() = default;

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
/// Standard steps with factors of products rounded to bf16.
std::unique_ptr<SignRoute> prepareBf16Sign(const SignProblem &problem,
                                           std::string &refusal);
std::unique_ptr<SignRoute> prepareGramSign(const SignProblem &problem,
                                           std::string &refusal);
std::unique_ptr<SignRoute> prepareRationalSign(const SignProblem &problem,
                                               std::string &refusal);
std::unique_ptr<SignRoute> prepareExactSign(const SignProblem &problem,
                                            std::string &refusal);

/// Replaces nothing: builds the result by the cheapest route. Extents that are
/// known decide at once. Otherwise a route that costs nowhere more than 5 %
/// more than another makes that one superfluous, and what remains is built side
/// by side, with a comparison of costs before it. Reports the numbers of all
/// candidates as remarks; an error where no route serves.
mlir::FailureOr<matrix::FormulaBuilder::Msign>
buildSignByRoute(matrix::FormulaBuilder &m, const SignProblem &problem,
                 const Machine &machine, llvm::StringRef function);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SIGNROUTE_H
