//===- Method.h - ways to solve a direction ---------------------*- C++ -*-===//
//
// A method turns a direction op into a matrix program: a closed form for a
// (norm, manifold) pair, or a solver. Methods live in a registry of the
// dialect; the `solve` phase takes the first that matches, in order of
// preference, and says why the others did not.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_METHOD_H
#define STEEPEST_DIALECT_STEEPEST_METHOD_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"
#include <memory>
#include <string>
#include <vector>

namespace steepest {

class DirectionOp;
namespace matrix {
class FormulaBuilder;
}

/// A solved direction with its certificate; scalars are f64. `phi` has length
/// at most one and is tangent.
struct SolvedDirection {
  mlir::Value phi;
  /// <G, phi> and an upper bound of what any direction attains.
  mlir::Value value, bound;
  /// max |A(phi)|; null without a manifold.
  mlir::Value tangency;
  /// Iterations and `steepest_outcome`; null for closed forms.
  mlir::Value iterations, outcome;
  /// The multiplier as a vector normal at W, of the type of phi and in units of
  /// G: with nu from an equal problem, Z = P_W(G) + nu is the argument of the
  /// optimal dualizer. What the next step starts from; null for methods without
  /// one.
  mlir::Value normal;
  /// The penalty form, value * phi up to rounding, where it needs no value;
  /// null elsewhere.
  mlir::Value penalty;
};

class DirectionMethod {
public:
  virtual ~DirectionMethod() = default;

  /// The name users force it by, in snake case.
  virtual llvm::StringRef getName() const = 0;
  /// Methods of lower cost are preferred: 0 for closed forms, and up.
  virtual unsigned getCost() const = 0;
  /// Whether it is taken only when it is asked for by name: published methods
  /// that another one here never loses to.
  virtual bool isByRequest() const { return false; }
  /// The options that `#steepest.method<"name", {...}>` may set.
  virtual llvm::ArrayRef<llvm::StringRef> getOptions() const { return {}; }
  /// Why it is right, in one or two sentences with the formula.
  virtual llvm::StringRef getArgument() const = 0;
  /// Whether it solves this direction; if not, `reason` says what is missing.
  virtual llvm::LogicalResult match(DirectionOp op,
                                    std::string &reason) const = 0;
  /// Builds the solution. `contract` is the accuracy of msign to use.
  virtual mlir::FailureOr<SolvedDirection>
  build(matrix::FormulaBuilder &m, DirectionOp op,
        mlir::Attribute contract) const = 0;
};

/// The options of the method that `op` asks for by name, each one that the
/// method does not know being an error at `op`; empty when it asks for none.
mlir::FailureOr<mlir::DictionaryAttr>
getMethodOptions(DirectionOp op, const DirectionMethod &method);

class MethodRegistry {
public:
  /// Keeps methods sorted by cost, then by order of registration.
  void add(std::unique_ptr<DirectionMethod> method);
  const DirectionMethod *find(llvm::StringRef name) const;
  const std::vector<std::unique_ptr<DirectionMethod>> &all() const {
    return methods;
  }

private:
  std::vector<std::unique_ptr<DirectionMethod>> methods;
};

} // namespace steepest

#endif // STEEPEST_DIALECT_STEEPEST_METHOD_H
