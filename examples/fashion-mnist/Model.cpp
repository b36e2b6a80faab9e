//===- Model.cpp - a three-layer perceptron -------------------------------===//
//
// Plain back-propagation. With probabilities P and one-hot labels Y of a batch
// of size B, the gradient at the logits is (P - Y)/B; from there each layer
// turns the gradient D at its outputs into D^T X for the weights, column sums
// of D for the bias, and D W, masked by the ReLU, for the layer below.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <Eigen/QR>
#include <cmath>

static constexpr int widths[] = {784, 256, 128, 10};

/// A matrix with orthonormal columns, uniformly distributed: the Q of a
/// Householder QR of a Gaussian matrix, with the signs that make R's diagonal
/// positive. In double, so that the weight starts on the manifold as exactly
/// as float32 can say.
static Eigen::MatrixXd orthonormalColumns(const Eigen::MatrixXd &gaussian) {
  Eigen::HouseholderQR<Eigen::MatrixXd> factors(gaussian);
  Eigen::MatrixXd q =
      factors.householderQ() *
      Eigen::MatrixXd::Identity(gaussian.rows(), gaussian.cols());
  for (Eigen::Index j = 0; j < q.cols(); ++j)
    if (factors.matrixQR()(j, j) < 0)
      q.col(j) = -q.col(j);
  return q;
}

Model::Model(bool biases, bool orthonormal, std::mt19937_64 &random) {
  std::normal_distribution<double> normal;
  for (std::size_t i = 0; i + 1 < std::size(widths); ++i) {
    int inputs = widths[i], outputs = widths[i + 1];
    Eigen::MatrixXd draw(outputs, inputs);
    for (double &entry : draw.reshaped())
      entry = normal(random);
    if (!orthonormal)
      draw *= std::sqrt(2.0 / inputs);
    else if (outputs >= inputs)
      draw = orthonormalColumns(draw);
    else
      draw = orthonormalColumns(draw.transpose()).transpose().eval();

    Layer layer;
    layer.weight = draw.cast<float>();
    layer.weightGradient = Matrix::Zero(outputs, inputs);
    if (biases)
      layer.bias = layer.biasGradient = Eigen::RowVectorXf::Zero(outputs);
    layers.push_back(std::move(layer));
  }
  activations.resize(layers.size());
}

void Model::forward(const Eigen::Ref<const Matrix> &images) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer &layer = layers[i];
    Matrix &output = activations[i];
    output.resize(images.rows(), layer.weight.rows());
    if (i == 0)
      output.noalias() = images * layer.weight.transpose();
    else
      output.noalias() = activations[i - 1] * layer.weight.transpose();
    if (layer.bias.size() != 0)
      output.rowwise() += layer.bias;
    if (i + 1 < layers.size())
      output = output.cwiseMax(0.0f);
  }
}

double Model::softmax(const std::uint8_t *labels) {
  Matrix &logits = activations.back();
  double loss = 0;
  for (Eigen::Index row = 0; row < logits.rows(); ++row) {
    // Shifting by the largest logit keeps exp from overflowing.
    auto values = logits.row(row).array();
    values -= values.maxCoeff();
    float labelled = values(labels[row]);
    values = values.exp();
    float sum = values.sum();
    loss += std::log(sum) - labelled;
    values /= sum;
  }
  return loss;
}

float Model::lossAndGradient(const Eigen::Ref<const Matrix> &images,
                             const std::uint8_t *labels) {
  forward(images);
  double loss = softmax(labels) / images.rows();

  Matrix delta = activations.back();
  for (Eigen::Index row = 0; row < delta.rows(); ++row)
    delta(row, labels[row]) -= 1.0f;
  delta /= static_cast<float>(images.rows());

  for (std::size_t i = layers.size(); i-- > 0;) {
    Layer &layer = layers[i];
    if (i == 0)
      layer.weightGradient.noalias() = delta.transpose() * images;
    else
      layer.weightGradient.noalias() = delta.transpose() * activations[i - 1];
    if (layer.bias.size() != 0)
      layer.biasGradient = delta.colwise().sum();
    if (i == 0)
      break;
    Matrix below(delta.rows(), layer.weight.cols());
    below.noalias() = delta * layer.weight;
    // The ReLU passes the gradient where its output is positive.
    delta = (activations[i - 1].array() > 0.0f).select(below, 0.0f);
  }
  return static_cast<float>(loss);
}

Model::Score Model::score(const DataSet &data) {
  constexpr Eigen::Index batch = 1000;
  Score score = {0, 0};
  Eigen::Index count = data.images.rows();
  for (Eigen::Index first = 0; first < count; first += batch) {
    Eigen::Index size = std::min(batch, count - first);
    forward(data.images.middleRows(first, size));
    score.loss += softmax(&data.labels[first]);
    for (Eigen::Index row = 0; row < size; ++row) {
      Eigen::Index best;
      activations.back().row(row).maxCoeff(&best);
      score.accuracy += best == data.labels[first + row];
    }
  }
  score.loss /= count;
  score.accuracy /= count;
  return score;
}

double distanceFromOrthonormal(const Matrix &weight) {
  Eigen::MatrixXd wide = weight.cast<double>();
  Eigen::MatrixXd gram = wide.rows() <= wide.cols()
                             ? Eigen::MatrixXd(wide * wide.transpose())
                             : Eigen::MatrixXd(wide.transpose() * wide);
  gram.diagonal().array() -= 1.0;
  return gram.norm();
}
