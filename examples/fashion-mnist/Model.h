//===- Model.h - a three-layer perceptron ---------------------------------===//
//
// 784-256-128-10 with ReLU and softmax cross entropy, forward and backward in
// float32.
//
//===----------------------------------------------------------------------===//

#ifndef FASHION_MNIST_MODEL_H
#define FASHION_MNIST_MODEL_H

#include "Data.h"

#include <random>

/// y = W x + b. Weights are outputs x inputs, row-major: the layout in which
/// PyTorch keeps them too, and the one the optimizer sees.
struct Layer {
  Matrix weight, weightGradient;
  /// Empty in a model without biases.
  Eigen::RowVectorXf bias, biasGradient;
};

class Model {
public:
  /// Draws the weights. With `orthonormal`, every weight has orthonormal
  /// columns (rows, where it is wide); otherwise the variance is He's.
  Model(bool biases, bool orthonormal, std::mt19937_64 &random);

  /// Mean cross entropy over a batch; leaves the gradients in the layers.
  float lossAndGradient(const Eigen::Ref<const Matrix> &images,
                        const std::uint8_t *labels);

  /// Mean cross entropy and the share of right answers over a data set.
  struct Score {
    double loss, accuracy;
  };
  Score score(const DataSet &data);

  std::vector<Layer> layers;

private:
  /// Fills `activations`; the last one holds the logits.
  void forward(const Eigen::Ref<const Matrix> &images);

  /// Turns the logits into probabilities and returns the summed cross entropy.
  double softmax(const std::uint8_t *labels);

  std::vector<Matrix> activations;
};

/// ||W^T W - I||_F on the smaller side, in double precision.
double distanceFromOrthonormal(const Matrix &weight);

#endif // FASHION_MNIST_MODEL_H
