//===- Data.h - Fashion-MNIST ---------------------------------------------===//
//
// Reads the four gzip-compressed idx files of Fashion-MNIST.
//
//===----------------------------------------------------------------------===//

#ifndef FASHION_MNIST_DATA_H
#define FASHION_MNIST_DATA_H

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

/// One row per image, so that a batch is a block of rows.
using Matrix =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct DataSet {
  /// Pixels with mean 0 and variance 1 over the training set.
  Matrix images;
  std::vector<std::uint8_t> labels;
};

/// Reads the training set ("train") or the test set ("t10k") from `folder`.
/// Throws std::runtime_error, naming the file, when it cannot.
DataSet readDataSet(const std::string &folder, const std::string &prefix);

#endif // FASHION_MNIST_DATA_H
