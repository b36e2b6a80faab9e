//===- ProductTests.cpp - directions of several parameters ----------------===//
//
// Held to their definition by force: no other direction of the same length does
// better, neither among many lengths of the layers' own maximisers nor among
// many neighbours.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Models/RegisterModels.h"
#include "lib/Reference/Certificate.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <Eigen/QR>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace steepest;
using reference::Matrix;

namespace {

enum class Lengths { Max, L2, L1 };

constexpr double pi = 3.14159265358979323846;

const char *nameOf(Lengths lengths) {
  return lengths == Lengths::Max ? "max" : lengths == Lengths::L2 ? "l2" : "l1";
}

/// The norm of the lengths.
double measure(Lengths lengths, const std::vector<double> &a) {
  double result = 0;
  for (double length : a)
    result = lengths == Lengths::Max  ? std::max(result, length)
             : lengths == Lengths::L2 ? std::hypot(result, length)
                                      : result + length;
  return result;
}

/// One layer by its formulas.
struct Layer {
  std::string type, norm, manifold;
  double scale;
  int64_t rows, cols;
  unsigned rank;
  std::function<double(const Matrix &)> length;
  /// The nearest tangent vector.
  std::function<Matrix(const Matrix &w, const Matrix &x)> project;
  /// The dual norm on tangent vectors.
  std::function<double(const Matrix &w, const Matrix &g)> dual;
};

double sumOfRows(const Matrix &x) { return x.rowwise().norm().sum(); }
Matrix keep(const Matrix &, const Matrix &x) { return x; }

Layer spectral() {
  return {"tensor<?x?xf64>",
          "#steepest.spectral",
          "unit",
          1,
          7,
          4,
          2,
          reference::spectralNorm,
          keep,
          [](const Matrix &, const Matrix &g) {
            return reference::nuclearNorm(g);
          }};
}

Layer scaledRows() {
  return {"tensor<?x?xf64>",
          "#steepest.scaled<norm = #steepest.rows, radius = 3.0>",
          "unit",
          2,
          3,
          5,
          2,
          [](const Matrix &x) { return x.rowwise().norm().maxCoeff() / 3; },
          keep,
          [](const Matrix &, const Matrix &g) { return 3 * sumOfRows(g); }};
}

Layer entries() {
  return {"tensor<?xf64>",
          "#steepest.linf",
          "unit",
          0.5,
          6,
          1,
          1,
          [](const Matrix &x) { return x.cwiseAbs().maxCoeff(); },
          keep,
          [](const Matrix &, const Matrix &g) { return g.cwiseAbs().sum(); }};
}

Layer onSphere() {
  auto project = [](const Matrix &w, const Matrix &x) -> Matrix {
    return x - w * (w.cwiseProduct(x).sum() / w.squaredNorm());
  };
  return {
      "tensor<?xf64>",
      "#steepest.frobenius",
      "#steepest.sphere",
      1.5,
      6,
      1,
      1,
      [](const Matrix &x) { return x.norm(); },
      project,
      [=](const Matrix &w, const Matrix &g) { return project(w, g).norm(); }};
}

Layer onOrthogonal() {
  auto project = [](const Matrix &w, const Matrix &x) -> Matrix {
    Matrix b = w.transpose() * x;
    return w * (b - b.transpose()) / 2;
  };
  return {"tensor<?x?xf64>",
          "#steepest.spectral",
          "#steepest.orthogonal",
          0.75,
          4,
          4,
          2,
          reference::spectralNorm,
          project,
          [=](const Matrix &w, const Matrix &g) {
            return reference::nuclearNorm(project(w, g));
          }};
}

/// A solved product: directions, and the certificates of the layers.
struct Solved {
  std::vector<Matrix> phi;
  std::vector<reference::CertificateRecord> layers;
};

struct Product {
  Lengths lengths;
  std::vector<Layer> layers;
  bool penalty = false;
  std::string accuracy = "#steepest.exact";
  std::vector<Matrix> w = {}, g = {};

  Product(Lengths lengths, std::vector<Layer> layers, unsigned seed = 1)
      : lengths(lengths), layers(std::move(layers)), generator(seed) {
    for (const Layer &layer : this->layers) {
      w.push_back(pointOf(layer));
      g.push_back(random(layer));
    }
  }

  Matrix random(const Layer &layer) {
    Matrix x(layer.rows, layer.cols);
    for (int64_t i = 0; i < x.size(); ++i)
      x.data()[i] = normal(generator);
    return x;
  }
  Matrix pointOf(const Layer &layer) {
    Matrix x = random(layer);
    if (layer.manifold == "#steepest.sphere")
      return x / x.norm();
    if (layer.manifold == "#steepest.orthogonal")
      return Eigen::HouseholderQR<Eigen::MatrixXd>(x).householderQ() *
             Eigen::MatrixXd::Identity(x.rows(), x.cols());
    return x;
  }

  std::string spec() const {
    std::string arguments, inputs, points, norms, manifolds, scales, types,
        updates;
    for (size_t l = 0; l < layers.size(); ++l) {
      std::string n = std::to_string(l), comma = l ? ", " : "";
      arguments += comma + "%w" + n + ": " + layers[l].type + ", %g" + n +
                   ": " + layers[l].type;
      inputs += comma + "%g" + n;
      points += comma + "%w" + n;
      norms += comma + layers[l].norm;
      manifolds += comma + layers[l].manifold;
      scales += comma + std::to_string(layers[l].scale);
      types += comma + layers[l].type;
      updates += comma + "%w" + n + " = %p#" + n;
    }
    return "steepest.optimizer @product(" + arguments +
           ") {\n  %p:" + std::to_string(layers.size()) +
           " = steepest.directions over " + nameOf(lengths) + " (" + inputs +
           ") at (" + points + ") norms([" + norms + "]) on([" + manifolds +
           "]) scales([" + scales + "])" + (penalty ? " penalty" : "") +
           " accuracy(" + accuracy + ") : " + types + "\n  steepest.update " +
           updates + " : " + types + "\n}\n";
  }

  Solved solve(double scale = 1) const {
    DialectRegistry registry;
    registry.insert<SteepestDialect>();
    registerModels(registry);
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    auto module = parseSourceString<ModuleOp>(spec(), &context);
    EXPECT_TRUE(module) << spec();
    PassManager passes(&context);
    passes.addNestedPass<OptimizerOp>(createNormalizePass());
    passes.addNestedPass<OptimizerOp>(createSolvePass());
    if (!module || failed(passes.run(*module))) {
      ADD_FAILURE() << "cannot be lowered: " << spec();
      return {std::vector<Matrix>(layers.size()), {}};
    }
    reference::Values arguments;
    for (size_t l = 0; l < layers.size(); ++l)
      for (const Matrix &x : {w[l], Matrix(scale * g[l])})
        arguments.push_back(reference::Tensor{layers[l].rank, x});
    auto optimizer = *module->getOps<OptimizerOp>().begin();
    reference::Interpreter interpreter;
    auto values = interpreter.run(optimizer.getBody().front(), arguments);
    Solved solved;
    EXPECT_TRUE(succeeded(values));
    EXPECT_FALSE(interpreter.getFailedStatus());
    // Behind the targets.
    for (size_t l = 0; l < layers.size() && succeeded(values); ++l)
      solved.phi.push_back((*values)[layers.size() + l].matrix());
    llvm::append_range(solved.layers, interpreter.getCertificates());
    return solved;
  }

  double value(const std::vector<Matrix> &phi) const {
    double sum = 0;
    for (size_t l = 0; l < layers.size(); ++l)
      sum += g[l].cwiseProduct(phi[l]).sum();
    return sum;
  }
  double length(const std::vector<Matrix> &phi) const {
    std::vector<double> lengths;
    for (size_t l = 0; l < layers.size(); ++l)
      lengths.push_back(layers[l].scale * layers[l].length(phi[l]));
    return measure(this->lengths, lengths);
  }

  /// The largest value over a grid of lengths of each layer's maximiser: from
  /// below, by the definition of the maximum.
  double searchLengths() const {
    const int steps = 400;
    std::vector<double> values;
    for (size_t l = 0; l < layers.size(); ++l)
      values.push_back(layers[l].dual(w[l], g[l]) / layers[l].scale);
    double best = 0;
    for (int i = 0; i <= steps; ++i)
      for (int j = 0; j <= steps; ++j) {
        double s = pi / 2 * i / steps, t = pi / 2 * j / steps;
        std::vector<double> a = {std::cos(s), std::sin(s) * std::cos(t),
                                 std::sin(s) * std::sin(t)};
        double sum = 0, size = measure(lengths, a);
        for (size_t l = 0; l < layers.size(); ++l)
          sum += a[l] / size * values[l];
        best = std::max(best, sum);
      }
    return best;
  }

  std::mt19937_64 generator;
  std::normal_distribution<double> normal;
};

const Lengths allLengths[] = {Lengths::Max, Lengths::L2, Lengths::L1};

std::vector<std::vector<Layer>> families() {
  return {{spectral(), scaledRows(), entries()},
          {onOrthogonal(), scaledRows(), onSphere()}};
}

/// Feasible, tangent, and not exceeded.
void expectSteepest(Product &product) {
  Solved solved = product.solve();
  double value = product.value(solved.phi);
  EXPECT_NEAR(product.length(solved.phi), 1, 1e-9);
  for (size_t l = 0; l < product.layers.size(); ++l)
    EXPECT_LE(
        (solved.phi[l] - product.layers[l].project(product.w[l], solved.phi[l]))
            .norm(),
        1e-9);
  double best = product.searchLengths();
  EXPECT_GE(value, best * (1 - 1e-9));
  // Half a step of the grid, pi / 1600, from the maximum.
  EXPECT_LE(value, best * (1 + 4e-3));
  for (int trial = 0; trial < 3000; ++trial) {
    double noise = std::pow(10.0, -(trial % 5));
    std::vector<Matrix> other;
    for (size_t l = 0; l < product.layers.size(); ++l)
      other.push_back(product.layers[l].project(
          product.w[l],
          solved.phi[l] + noise * product.random(product.layers[l])));
    EXPECT_LE(product.value(other) / product.length(other), value * (1 + 1e-9));
  }
}

} // namespace

TEST(Products, AreSteepest) {
  for (Lengths lengths : allLengths)
    for (const std::vector<Layer> &layers : families())
      for (unsigned seed : {1, 2, 3}) {
        SCOPED_TRACE(std::string(nameOf(lengths)) + ", seed " +
                     std::to_string(seed));
        Product product(lengths, layers, seed);
        expectSteepest(product);
      }
}

TEST(Products, PenaltyIsTheStepTimesTheDualNorm) {
  for (Lengths lengths : allLengths)
    for (const std::vector<Layer> &layers : families()) {
      SCOPED_TRACE(nameOf(lengths));
      Product product(lengths, layers);
      Solved step = product.solve();
      product.penalty = true;
      Solved penalty = product.solve();
      double dual = product.value(step.phi);
      for (size_t l = 0; l < layers.size(); ++l)
        EXPECT_LE((penalty.phi[l] - dual * step.phi[l]).norm(), 1e-9 * dual);
    }
}

TEST(Products, DoNotDependOnTheScaleOfGradients) {
  for (Lengths lengths : allLengths)
    for (const std::vector<Layer> &layers : families()) {
      Product product(lengths, layers);
      Solved one = product.solve();
      for (double scale : {1e-30, 1e30}) {
        SCOPED_TRACE(std::string(nameOf(lengths)) + " at " +
                     std::to_string(scale));
        Solved other = product.solve(scale);
        for (size_t l = 0; l < layers.size(); ++l)
          EXPECT_LE((other.phi[l] - one.phi[l]).norm(), 1e-9);
      }
    }
}

TEST(Products, TakeZeroGradients) {
  for (Lengths lengths : allLengths)
    for (bool penalty : {false, true}) {
      SCOPED_TRACE(nameOf(lengths));
      Product product(lengths, families()[1]);
      product.penalty = penalty;
      product.g[1].setZero();
      Solved solved = product.solve();
      EXPECT_EQ(solved.phi[1].norm(), 0);
      EXPECT_GT(product.value(solved.phi), 0);
      for (Matrix &gradient : product.g)
        gradient.setZero();
      solved = product.solve();
      for (const Matrix &phi : solved.phi)
        EXPECT_EQ(phi.norm(), 0);
    }
}

TEST(Products, OfL1MoveTheFirstOfTheLargest) {
  Product product(Lengths::L1, {entries(), entries(), entries()});
  product.g[2] = product.g[1];
  product.g[0] = product.g[1] / 2;
  Solved solved = product.solve();
  EXPECT_EQ(solved.phi[0].norm(), 0);
  EXPECT_GT(solved.phi[1].norm(), 0);
  EXPECT_EQ(solved.phi[2].norm(), 0);
}

// The bounds of the layers bound the whole, and what is lost is no more than a
// layer loses.
TEST(Products, HaveTheGapOfTheirLayers) {
  for (Lengths lengths : allLengths)
    for (unsigned seed : {1, 2, 3}) {
      SCOPED_TRACE(nameOf(lengths));
      Product product(lengths, families()[0], seed);
      product.accuracy = "#steepest.gap<0.05>";
      Solved solved = product.solve();
      ASSERT_EQ(solved.layers.size(), product.layers.size());
      std::vector<double> bounds;
      double gap = 0;
      for (const reference::CertificateRecord &layer : solved.layers) {
        const Layer &of = product.layers[layer.index];
        // The certificate is of the norm without its radius.
        double radius = of.norm.find("scaled") == std::string::npos ? 1 : 3;
        bounds.push_back(radius * layer.bound / of.scale);
        gap = std::max(gap, (layer.bound - layer.value) / layer.bound);
      }
      EXPECT_GT(gap, 0);
      EXPECT_LE(gap, 0.05);
      Lengths dual = lengths == Lengths::Max  ? Lengths::L1
                     : lengths == Lengths::L1 ? Lengths::Max
                                              : Lengths::L2;
      double bound = measure(dual, bounds);
      double value =
          product.value(solved.phi) / std::max(1.0, product.length(solved.phi));
      EXPECT_GE(bound, product.searchLengths() * (1 - 1e-9));
      EXPECT_LE((bound - value) / bound, gap + 1e-9);
    }
}
