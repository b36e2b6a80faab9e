//===- RetractionTests.cpp - how near retractions and placements land -----===//

#include "test/Unit/Laws/ManifoldLaws.h"
#include <Eigen/SVD>
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

static Matrix polarOf(const Matrix &x) {
  Eigen::BDCSVD<Eigen::MatrixXd> svd(x,
                                     Eigen::ComputeThinU | Eigen::ComputeThinV);
  return svd.matrixU() * svd.matrixV().transpose();
}

static double spectralNorm(const Matrix &x) {
  return Eigen::BDCSVD<Eigen::MatrixXd>(x).singularValues()(0);
}

//===----------------------------------------------------------------------===//
// Retractions
//===----------------------------------------------------------------------===//

/// After a tangent step singular values lie in [1, sqrt(1 + rate^2)], and both
/// ends are there when phi has the singular values 1 and 0.
TEST(Retractions, LeaveTheErrorsOfTheTable) {
  struct Row {
    double rate, once, twice;
  };
  // One centred cubic step leaves (3/32) rate^4; two are no worse than two
  // plain ones.
  const Row rows[] = {
      {0.5, 4.74e-3, 7.0e-4}, {0.1, 9.33e-6, 2.1e-9}, {0.02, 1.50e-8, 1e-14}};
  Source source(21);
  for (const char *name : {"#steepest.stiefel", "#steepest.grassmann"})
    for (const Row &row : rows) {
      SCOPED_TRACE(name);
      Input like{"", source.gaussian(12, 5), 2, false};
      Manifold manifold(parse(name), like);
      Matrix basis = polarOf(source.gaussian(12, 10));
      Matrix w = basis.leftCols(5), phi = Matrix::Zero(12, 5);
      phi.leftCols(3) = basis.middleCols(5, 3);
      Matrix exact = polarOf(w - row.rate * phi);
      Matrix polar = manifold.retract("polar", w, phi, row.rate);
      EXPECT_LE(distance(polar, exact), 1e-14);
      Matrix cubic = manifold.retract("cubic", w, phi, row.rate);
      EXPECT_NEAR(spectralNorm(cubic - exact), row.once, 0.01 * row.once);
      Matrix again = manifold.retract("cubic", cubic, 0 * phi, 0);
      EXPECT_LE(spectralNorm(again - exact), row.twice);
    }
}

/// The columns are in no order of their lengths, which a polar factor taken by
/// a sorted singular value decomposition would permute.
TEST(Retractions, KeepGramDiagonalPointsInAnyOrder) {
  Source source(22);
  Input like{"", source.gaussian(10, 4), 2, false};
  Manifold manifold(parse("#steepest.gram_diagonal"), like);
  Matrix w = polarOf(like.x);
  const double lengths[] = {1, 3, 2, 0.5};
  for (int j = 0; j < 4; ++j)
    w.col(j) *= lengths[j];
  EXPECT_LE(manifold.distance(w), 1e-14);
  EXPECT_LE(distance(manifold.retract("polar", w, 0 * w, 0), w), 1e-14);
  EXPECT_LE(distance(*manifold.nearest(w), w), 1e-14);
}

/// A polar factor of the step as it is would lose the short column.
TEST(Retractions, KeepShortColumnsOfGramDiagonalPoints) {
  Source source(23);
  Input like{"", source.gaussian(10, 4), 2, false};
  Manifold manifold(parse("#steepest.gram_diagonal"), like);
  Matrix w = polarOf(like.x);
  w.col(1) *= 1e-9;
  w.col(2) *= 1e9;
  Matrix phi = manifold.project(w, source.gaussian(10, 4));
  phi /= phi.norm();
  Matrix next = manifold.retract("polar", w, phi, 1e-12);
  EXPECT_LE(manifold.distance(next), 1e-14);
  for (int j = 0; j < 4; ++j)
    EXPECT_LE((next.col(j) - w.col(j)).norm(), 1e-2 * w.col(j).norm());
}

//===----------------------------------------------------------------------===//
// Nearest points
//===----------------------------------------------------------------------===//

TEST(Nearest, IsAlongTheNormal) {
  Source source(24);
  for (const char *name :
       {"#steepest.sphere<radius = 2.0>", "#steepest.oblique_columns",
        "#steepest.oblique_rows<radius = 0.5>", "#steepest.stiefel",
        "#steepest.grassmann", "#steepest.zero_row_sums",
        "#steepest.zero_column_sums"}) {
    SCOPED_TRACE(name);
    for (auto [rows, cols] : {std::pair(8, 5), std::pair(5, 8)}) {
      Input like{"", source.gaussian(rows, cols), 2, false};
      Manifold manifold(parse(name), like);
      Matrix point = *manifold.nearest(like.x);
      Matrix way = manifold.project(point, like.x - point);
      EXPECT_LE(way.norm(), 1e-12 * like.x.norm());
    }
  }
  for (const char *name :
       {"#steepest.orthogonal", "#steepest.symmetric",
        "#steepest.skew_symmetric", "#steepest.fixed_trace<trace = 4.0>"}) {
    SCOPED_TRACE(name);
    Input like{"", source.gaussian(6, 6), 2, false};
    Manifold manifold(parse(name), like);
    Matrix point = *manifold.nearest(like.x);
    Matrix way = manifold.project(point, like.x - point);
    EXPECT_LE(way.norm(), 1e-12 * like.x.norm());
  }
}

/// Of a matrix of rank r the nearest orthonormal ones agree on its row space.
TEST(Nearest, CompletesWhatRankIsMissing) {
  Source source(25);
  for (auto [rows, cols, rank] :
       {std::tuple(40, 24, 7), std::tuple(24, 40, 23), std::tuple(32, 32, 31),
        std::tuple(32, 32, 1), std::tuple(32, 32, 0), std::tuple(9, 1, 0),
        std::tuple(60, 30, 0)}) {
    SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(cols) +
                 " of rank " + std::to_string(rank));
    Matrix left = polarOf(source.gaussian(rows, std::max(rank, 1)));
    Matrix right = polarOf(source.gaussian(cols, std::max(rank, 1)));
    Matrix partial = left * right.transpose();
    if (rank == 0)
      partial.setZero();
    Input like{"", partial, 2, false};
    Manifold manifold(parse("#steepest.stiefel"), like);
    Matrix point = *manifold.nearest(3 * partial);
    EXPECT_LE(manifold.distance(point), 1e-13);
    if (rank == 0)
      continue;
    EXPECT_LE(distance(point * right, left), 1e-10);
    EXPECT_LE(distance(point.transpose() * left, right), 1e-10);
  }
}

/// Singular values at the edge of what counts as noise.
TEST(Nearest, LandsWhereRankIsInDoubt) {
  Source source(26);
  for (double least : {1e-6, 1e-7, 2e-8, 1e-8, 1e-9, 1e-12}) {
    SCOPED_TRACE(least);
    Matrix left = polarOf(source.gaussian(20, 6));
    Matrix right = polarOf(source.gaussian(6, 6));
    Eigen::VectorXd values = Eigen::VectorXd::Ones(6);
    values(2) = least;
    values(4) = 0.3 * least;
    Matrix x = left * values.asDiagonal() * right.transpose();
    Input like{"", x, 2, false};
    for (const char *name : {"#steepest.stiefel", "#steepest.gram_diagonal"}) {
      Manifold manifold(parse(name), like);
      EXPECT_LE(manifold.distance(*manifold.nearest(x)), 1e-12) << name;
    }
  }
}

/// Equal columns have no orthogonal ones near them that a formula could know.
TEST(Nearest, SeparatesEqualColumns) {
  Source source(27);
  Input like{"", source.gaussian(8, 4), 2, false};
  like.x.col(3) = 5 * like.x.col(1);
  like.x.col(0).setZero();
  Manifold manifold(parse("#steepest.gram_diagonal"), like);
  Matrix point = *manifold.nearest(like.x);
  EXPECT_LE(manifold.distance(point), 1e-13);
  for (int j = 0; j < 4; ++j)
    EXPECT_NEAR(point.col(j).norm(), like.x.col(j).norm(), 1e-13);
}
