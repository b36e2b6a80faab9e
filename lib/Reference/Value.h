//===- Value.h - numbers and tensors of the reference evaluator -*- C++ -*-===//
//
// Every float is a float64 and every integer, index or truth value an int64,
// whatever the element type in the program: the reference states what the
// program means, not how a lowering rounds it.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_REFERENCE_VALUE_H
#define STEEPEST_LIB_REFERENCE_VALUE_H

#include "lib/Reference/Spectral.h"
#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

namespace steepest::reference {

using IntegerMatrix =
    Eigen::Matrix<int64_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A tensor of rank 0, 1 or 2. A vector is one column, a tensor of rank 0 one
/// element.
template <typename Storage> struct TensorOf {
  unsigned rank = 2;
  Storage values;
};
using Tensor = TensorOf<Matrix>;
using IntegerTensor = TensorOf<IntegerMatrix>;

/// One element; the element type in the program says which member counts.
struct Scalar {
  double real = 0;
  int64_t integer = 0;
};

/// What an SSA value holds: a float, an integer (index and i1 included), or a
/// tensor of either.
class Value {
public:
  Value() : data(0.0) {}
  Value(double value) : data(value) {}
  Value(int value) : data(int64_t(value)) {}
  Value(int64_t value) : data(value) {}
  Value(bool value) : data(int64_t(value)) {}
  Value(Tensor value) : data(std::move(value)) {}
  Value(IntegerTensor value) : data(std::move(value)) {}
  Value(Matrix value) : data(Tensor{2, std::move(value)}) {}
  static Value vector(const std::vector<double> &values);
  /// A matrix by rows.
  static Value
  matrix(std::initializer_list<std::initializer_list<double>> rows);
  static Value scalar(Scalar value, bool isInteger);
  /// A tensor of zeros.
  static Value zeros(bool isInteger, unsigned rank, int64_t rows, int64_t cols);

  bool isInteger() const {
    return std::holds_alternative<int64_t>(data) ||
           std::holds_alternative<IntegerTensor>(data);
  }
  bool isTensor() const {
    return std::holds_alternative<Tensor>(data) ||
           std::holds_alternative<IntegerTensor>(data);
  }

  double real() const { return std::get<double>(data); }
  int64_t integer() const { return std::get<int64_t>(data); }
  bool truth() const { return integer() != 0; }
  const Tensor &tensor() const { return std::get<Tensor>(data); }
  const IntegerTensor &integerTensor() const {
    return std::get<IntegerTensor>(data);
  }
  /// The float64 elements of a tensor; a vector is one column.
  const Matrix &matrix() const { return tensor().values; }

  /// 0 for a scalar.
  unsigned rank() const;
  int64_t rows() const;
  int64_t cols() const;
  /// The element at (row, col), or the scalar itself.
  Scalar at(int64_t row, int64_t col) const;
  void set(int64_t row, int64_t col, Scalar value);
  /// For messages, as `3x4 integers`.
  std::string describe() const;

private:
  std::variant<double, int64_t, Tensor, IntegerTensor> data;
};

} // namespace steepest::reference

#endif // STEEPEST_LIB_REFERENCE_VALUE_H
