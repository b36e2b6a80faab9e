//===- Harness.h - running formulas on numbers ------------------*- C++ -*-===//
//
// Laws are checked where the formulas have their meaning: in the float64
// reference evaluator. An attribute is all they need, so that the norm of a
// plugin is held to the same laws as ours:
//
//   steepest-laws-tests.gtest --plugin=AcmePlugin.so --norm='#acme.ky_fan<3>'
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_LAWS_HARNESS_H
#define STEEPEST_TEST_UNIT_LAWS_HARNESS_H

#include "dialect/Steepest/Steepest.h"
#include "lib/Reference/Interpreter.h"
#include <random>
#include <string>
#include <vector>

namespace steepest::laws {

using reference::Matrix;
using Datum = reference::Value;
using Data = llvm::SmallVector<Datum>;

/// The context of all tests, with the models registered.
mlir::MLIRContext &getContext();
/// Loads a dialect plugin; false after a message.
bool loadPlugin(llvm::StringRef path);
/// Parses an attribute; null after a message.
mlir::Attribute parse(llvm::StringRef text);

/// Writes a formula of some arguments.
using Formula = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    matrix::FormulaBuilder &, mlir::ValueRange)>;
/// Builds the formula for arguments of these types and evaluates it on these
/// numbers. Fails the running test, and gives nothing, when that fails. `work`
/// is set to what the reference evaluator spent.
Data evaluate(llvm::ArrayRef<mlir::Type> types, llvm::ArrayRef<Datum> arguments,
              Formula formula, double *work = nullptr);

/// The tensor type of f64 (or `element`) with the shape of `x`, or with unknown
/// extents. A vector is a matrix of one column with rank 1.
mlir::RankedTensorType typeOf(const Matrix &x, unsigned rank, bool isStatic,
                              mlir::Type element = {});
Datum datumOf(const Matrix &x, unsigned rank);

double inner(const Matrix &a, const Matrix &b);
/// Largest absolute difference.
double distance(const Matrix &a, const Matrix &b);

/// Reproducible matrices.
class Source {
public:
  explicit Source(uint64_t seed) : generator(seed) {}
  double gaussian() { return normal(generator); }
  Matrix gaussian(int64_t rows, int64_t cols);
  /// Entries in [low, high].
  Matrix uniform(int64_t rows, int64_t cols, double low, double high);

private:
  std::mt19937_64 generator;
  std::normal_distribution<double> normal;
};

/// An input of a law and what to call it in a message.
struct Input {
  std::string name;
  Matrix x;
  unsigned rank;
  bool isStatic;

  mlir::RankedTensorType getType() const { return typeOf(x, rank, isStatic); }
  Datum get() const { return datumOf(x, rank); }
};
/// Vectors and matrices, tall and wide, down to one entry: random, zero, rank
/// one, tied, one entry alone, with a zero row, over many decades.
std::vector<Input> makeInputs();

} // namespace steepest::laws

#endif // STEEPEST_TEST_UNIT_LAWS_HARNESS_H
