//===- Value.cpp - numbers and tensors of the reference evaluator ---------===//

#include "lib/Reference/Value.h"

using namespace steepest::reference;

Value Value::vector(const std::vector<double> &values) {
  Matrix column = Eigen::Map<const Matrix>(values.data(), values.size(), 1);
  return Tensor{1, std::move(column)};
}

Value Value::matrix(std::initializer_list<std::initializer_list<double>> rows) {
  Matrix result(rows.size(), rows.size() ? rows.begin()->size() : 0);
  int64_t i = 0;
  for (const auto &row : rows) {
    int64_t j = 0;
    for (double value : row)
      result(i, j++) = value;
    ++i;
  }
  return result;
}

Value Value::scalar(Scalar value, bool isInteger) {
  return isInteger ? Value(value.integer) : Value(value.real);
}

Value Value::zeros(bool isInteger, unsigned rank, int64_t rows, int64_t cols) {
  if (isInteger)
    return IntegerTensor{rank, IntegerMatrix::Zero(rows, cols)};
  return Tensor{rank, Matrix::Zero(rows, cols)};
}

unsigned Value::rank() const {
  if (auto *floats = std::get_if<Tensor>(&data))
    return floats->rank;
  if (auto *integers = std::get_if<IntegerTensor>(&data))
    return integers->rank;
  return 0;
}

int64_t Value::rows() const {
  if (auto *floats = std::get_if<Tensor>(&data))
    return floats->values.rows();
  if (auto *integers = std::get_if<IntegerTensor>(&data))
    return integers->values.rows();
  return 1;
}

int64_t Value::cols() const {
  if (auto *floats = std::get_if<Tensor>(&data))
    return floats->values.cols();
  if (auto *integers = std::get_if<IntegerTensor>(&data))
    return integers->values.cols();
  return 1;
}

Scalar Value::at(int64_t row, int64_t col) const {
  if (auto *real = std::get_if<double>(&data))
    return {*real, 0};
  if (auto *integer = std::get_if<int64_t>(&data))
    return {0, *integer};
  if (auto *floats = std::get_if<Tensor>(&data))
    return {floats->values(row, col), 0};
  return {0, std::get<IntegerTensor>(data).values(row, col)};
}

void Value::set(int64_t row, int64_t col, Scalar value) {
  if (auto *floats = std::get_if<Tensor>(&data))
    floats->values(row, col) = value.real;
  else
    std::get<IntegerTensor>(data).values(row, col) = value.integer;
}

std::string Value::describe() const {
  const char *kind = isInteger() ? "integer" : "float";
  if (!isTensor())
    return std::string("a scalar ") + kind;
  std::string shape;
  if (rank() > 0)
    shape = std::to_string(rows());
  if (rank() > 1)
    shape += "x" + std::to_string(cols());
  return shape + (rank() > 0 ? " " : "rank 0 ") + kind + "s";
}
