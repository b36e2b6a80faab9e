//===- MethodTests.cpp - closed forms are optimal -------------------------===//
//
// Every answer must be feasible, attain what it claims, and not be beaten by
// any other feasible direction; and its bound must hold for all of them.
//
//===----------------------------------------------------------------------===//

#include "runtime/steepest.h"
#include "test/Unit/Laws/Directions.h"
#include "test/Unit/Laws/ManifoldLaws.h"
#include <Eigen/LU>
#include <Eigen/SVD>
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

namespace {

struct Pair {
  const char *norm, *manifold, *method;
  /// How near the bound must be to the value, relative.
  double gap;
};

void PrintTo(const Pair &pair, std::ostream *out) {
  *out << pair.norm << " on " << pair.manifold;
}

const Pair pairs[] = {
    {"#steepest.frobenius", "#steepest.sphere", "euclidean_projection", 1e-12},
    {"#steepest.rms", "#steepest.sphere<radius = 2.0>", "euclidean_projection",
     1e-12},
    {"#steepest.frobenius", "#steepest.oblique_columns", "euclidean_projection",
     1e-12},
    {"#steepest.frobenius", "#steepest.stiefel", "euclidean_projection", 1e-12},
    {"#steepest.frobenius", "#steepest.orthogonal", "euclidean_projection",
     1e-12},
    {"#steepest.columns", "#steepest.oblique_columns", "columnwise", 1e-12},
    {"#steepest.rows", "#steepest.oblique_rows", "rowwise", 1e-12},
    {"#steepest.linf", "#steepest.sphere", "scalar_root", 1.1e-7},
    {"#steepest.linf", "#steepest.oblique_columns", "scalar_root", 1.1e-7},
    {"#steepest.linf", "#steepest.oblique_rows", "scalar_root", 1.1e-7},
    {"#steepest.weighted_l2", "#steepest.sphere", "weighted_projection", 1e-12},
    {"#steepest.weighted_l2", "#steepest.oblique_columns",
     "weighted_projection", 1e-12},
    {"#steepest.weighted_l2", "#steepest.oblique_rows", "weighted_projection",
     1e-12},
    {"#steepest.spectral", "#steepest.orthogonal", "orthogonal_group", 1e-11},
    {"#steepest.nuclear", "#steepest.orthogonal", "orthogonal_group", 1e-11},
    {"#steepest.schatten<4.0>", "#steepest.orthogonal", "orthogonal_group",
     1e-11},
    {"#steepest.spectral", "#steepest.stiefel", "primal_dual_newton", 1e-5},
    {"#steepest.spectral", "#steepest.oblique_columns", "smoothed_newton",
     1.1e-6},
    {"#steepest.schatten<4.0>", "#steepest.stiefel", "smoothed_newton", 1.1e-6},
    {"#steepest.columns", "#steepest.stiefel", "smoothed_newton", 1.1e-6},
    {"#steepest.rows", "#steepest.oblique_columns", "smoothed_newton", 1.1e-6},
    {"#steepest.lp<3.0>", "#steepest.stiefel", "smoothed_newton", 1.1e-6},
    {"#steepest.frobenius", "#steepest.grassmann", "euclidean_projection",
     1e-12},
    {"#steepest.frobenius", "#steepest.gram_diagonal", "euclidean_projection",
     1e-12},
    {"#steepest.frobenius", "#steepest.zero_row_sums", "euclidean_projection",
     1e-12},
    {"#steepest.frobenius", "#steepest.zero_column_sums",
     "euclidean_projection", 1e-12},
    {"#steepest.frobenius", "#steepest.symmetric", "euclidean_projection",
     1e-12},
    {"#steepest.frobenius", "#steepest.skew_symmetric", "euclidean_projection",
     1e-12},
    {"#steepest.frobenius", "#steepest.fixed_trace<trace = 2.0>",
     "euclidean_projection", 1e-12},
    {"#steepest.frobenius", "#steepest.oblique_rows<radius = 3.0>",
     "euclidean_projection", 1e-12},
    {"#steepest.columns", "#steepest.oblique_columns<radius = 0.2>",
     "columnwise", 1e-12},
    {"#steepest.columns", "#steepest.zero_column_sums", "columnwise", 1e-12},
    {"#steepest.rows", "#steepest.zero_row_sums", "rowwise", 1e-12},
    {"#steepest.spectral", "#steepest.grassmann", "commuting_projection",
     1e-11},
    {"#steepest.schatten<4.0>", "#steepest.grassmann", "commuting_projection",
     1e-11},
    {"#steepest.nuclear", "#steepest.grassmann", "commuting_projection", 1e-11},
    {"#steepest.spectral", "#steepest.zero_row_sums", "commuting_projection",
     1e-11},
    {"#steepest.spectral", "#steepest.zero_column_sums", "commuting_projection",
     1e-11},
    {"#steepest.spectral", "#steepest.symmetric", "commuting_projection",
     1e-11},
    {"#steepest.spectral", "#steepest.skew_symmetric", "commuting_projection",
     1e-11},
    {"#steepest.nuclear", "#steepest.skew_symmetric", "commuting_projection",
     1e-11},
#ifdef STEEPEST_ACME_PLUGIN
    {"#steepest.frobenius", "#acme.centered", "euclidean_projection", 1e-12},
    {"#steepest.rows", "#acme.centered", "rowwise", 1e-12},
    {"#steepest.spectral", "#acme.centered", "acme_centered_dualizer", 1e-11},
    {"#acme.ky_fan<3>", "#acme.centered", "acme_centered_dualizer", 1e-11},
    {"#acme.ky_fan<3>", "#steepest.orthogonal", "orthogonal_group", 1e-11},
#endif
};

class Methods : public ::testing::TestWithParam<Pair> {
protected:
  Question ask(const Input &input) {
    Question question{GetParam().norm, GetParam().manifold};
    question.rank = input.rank;
    question.isStatic = input.isStatic;
    if (StringRef(question.norm).contains("weighted"))
      question.weights = source.uniform(input.x.rows(), input.x.cols(), 0.1, 2);
    return question;
  }

  /// Runs `body` for every input of the manifold, with a point on it.
  void forEachInput(function_ref<void(const Input &, const Manifold &,
                                      const Question &, const Matrix &w)>
                        body);
  /// Random feasible directions, and perturbed ones of `phi`, attain no more
  /// than `answer` does.
  void expectUnbeaten(const Question &question, const Manifold &manifold,
                      const Matrix &g, const Matrix &w, const Answer &answer);

  Source source{3};
};

} // namespace

void Methods::forEachInput(function_ref<void(const Input &, const Manifold &,
                                             const Question &, const Matrix &)>
                               body) {
  Attribute attribute = parse(GetParam().manifold);
  for (const Input &input : makeInputs()) {
    if (!contains(attribute, input))
      continue;
    SCOPED_TRACE(input.name);
    Manifold manifold(attribute, input);
    Matrix w =
        manifold.findPoint(source.gaussian(input.x.rows(), input.x.cols()));
    ASSERT_LE(manifold.distance(w), 1e-12);
    body(input, manifold, ask(input), w);
  }
}

void Methods::expectUnbeaten(const Question &question, const Manifold &manifold,
                             const Matrix &g, const Matrix &w,
                             const Answer &answer) {
  for (double size : {1e-3, 0.1, 10.0})
    for (int trial = 0; trial < 4; ++trial) {
      Matrix noise = source.gaussian(g.rows(), g.cols());
      Matrix other = manifold.project(w, answer.phi + size * noise);
      double length = lengthOf(question, other);
      if (length < 1e-9)
        continue;
      double value = inner(g, other) / length;
      EXPECT_LE(value, answer.bound * (1 + 1e-12)) << "the bound is one";
      double slack = answer.bound * GetParam().gap * 1.1 + 1e-13 * g.norm();
      EXPECT_LE(value, answer.value + slack);
    }
}

TEST_P(Methods, AreFeasibleAndOptimal) {
  forEachInput([&](const Input &input, const Manifold &manifold,
                   const Question &question, const Matrix &w) {
    const Matrix &g = input.x;
    Answer answer = solve(question, g, w);
    EXPECT_EQ(answer.method, GetParam().method);
    EXPECT_LE(lengthOf(question, answer.phi), 1 + 1e-10) << "||Phi|| <= 1";
    EXPECT_LE(manifold.tangency(w, answer.phi), 1e-10) << "Phi is tangent";
    EXPECT_LE(answer.tangency, 1e-10);
    EXPECT_NEAR(answer.value, inner(g, answer.phi), 1e-12 * g.norm());
    EXPECT_LE(answer.value, answer.bound);
    expectUnbeaten(question, manifold, g, w, answer);
    if (answer.outcome == STEEPEST_CONVERGED) {
      EXPECT_LE(answer.gap(), GetParam().gap);
      EXPECT_GT(answer.value, 0);
    } else {
      EXPECT_TRUE(answer.phi.isZero(0));
      EXPECT_EQ(answer.outcome, g.isZero(0) ? STEEPEST_ZERO : STEEPEST_NORMAL);
      EXPECT_LE(answer.bound, 1e-11 * g.norm());
    }
  });
}

TEST_P(Methods, LeaveNormalGradientsAlone) {
  forEachInput([&](const Input &input, const Manifold &manifold,
                   const Question &question, const Matrix &w) {
    Matrix x = source.gaussian(w.rows(), w.cols());
    Matrix normal = x - manifold.project(w, x);
    if (normal.norm() < 1e-6)
      return;
    // Normal up to rounding of x, which may exceed that of a small column.
    Question rounded = question;
    rounded.isFloat32 = true;
    Answer answer = solve(rounded, normal, w);
    EXPECT_TRUE(answer.phi.isZero(0));
    EXPECT_EQ(answer.outcome, STEEPEST_NORMAL);
  });
}

TEST_P(Methods, DoNotDependOnScale) {
  forEachInput([&](const Input &input, const Manifold &manifold,
                   const Question &question, const Matrix &w) {
    if (!StringRef(input.name).starts_with("random"))
      return;
    Matrix g = source.gaussian(w.rows(), w.cols());
    // Directions whose values differ by a gap may differ by its root: a small
    // one leaves the scale alone to see.
    Question close = question;
    close.accuracy = "#steepest.gap<1.0e-7>";
    Answer one = solve(close, g, w);
    for (double scale : {1e-30, 1e30, 0x1p-100, 0x1p100}) {
      SCOPED_TRACE(scale);
      Answer scaled = solve(close, scale * g, w);
      bool isExact = std::abs(std::log2(scale)) == 100;
      EXPECT_LE(distance(scaled.phi, one.phi), isExact ? 1e-9 : 1e-4);
      EXPECT_NEAR(scaled.value, scale * one.value,
                  scale * one.value * (GetParam().gap + 1e-10));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Pairs, Methods, ::testing::ValuesIn(pairs),
                         [](const auto &info) {
                           std::string name;
                           for (char c : std::string(info.param.norm) + "_on_" +
                                             info.param.manifold)
                             name += llvm::isAlnum(c) ? c : '_';
                           return name;
                         });

//===----------------------------------------------------------------------===//
// Particular methods
//===----------------------------------------------------------------------===//

TEST(Dualizer, SolvesEveryNormWithoutManifold) {
  Source source(1);
  Matrix g = source.gaussian(6, 4);
  for (const char *norm :
       {"#steepest.l1", "#steepest.lp<3.0>", "#steepest.spectral",
        "#steepest.nuclear", "#steepest.rows", "#steepest.rms_to_rms"}) {
    SCOPED_TRACE(norm);
    Question question{norm, ""};
    Answer answer = solve(question, g);
    EXPECT_EQ(answer.method, "dualizer");
    EXPECT_NEAR(lengthOf(question, answer.phi), 1, 1e-12);
    EXPECT_LE(std::abs(answer.gap()), 1e-12);
    Answer nothing = solve(question, 0 * g);
    EXPECT_TRUE(nothing.phi.isZero(0));
    EXPECT_EQ(nothing.outcome, STEEPEST_ZERO);
  }
}

/// min over t of sum |g - t w|, at every breakpoint.
static double bruteForceMedian(const Matrix &g, const Matrix &w) {
  double least = g.cwiseAbs().sum();
  for (int64_t i = 0; i < g.size(); ++i)
    if (w.data()[i] != 0) {
      double t = g.data()[i] / w.data()[i];
      least = std::min(least, (g - t * w).cwiseAbs().sum());
    }
  return least;
}

TEST(ScalarRoot, EqualsTheLeastBreakpoint) {
  Source source(2);
  Question question{"#steepest.linf", "#steepest.sphere"};
  question.rank = 1;
  for (int64_t size : {1, 2, 3, 10, 101, 1000})
    for (int kind = 0; kind < 5; ++kind) {
      SCOPED_TRACE(testing::Message() << size << " entries, kind " << kind);
      Matrix g = source.gaussian(size, 1), w = source.gaussian(size, 1);
      for (int64_t i = 0; i < size; ++i) {
        if (kind == 1) // ties, and entries with w = 0
          g(i) = std::round(2 * g(i)), w(i) = std::round(w(i));
        if (kind == 2) // heavy tails
          g(i) /= source.gaussian(), w(i) /= source.gaussian();
        if (kind == 3) // nearly normal
          g(i) = w(i) + 1e-5 * g(i);
        if (kind == 4) // decades
          g(i) *= std::pow(10.0, -double(i % 9));
      }
      if (w.isZero(0))
        w(0) = 1;
      w /= w.norm();
      double best = bruteForceMedian(g, w);
      Answer answer = solve(question, g, w);
      EXPECT_NEAR(answer.value, best, 2e-7 * best + 1e-13 * g.norm());
      EXPECT_GE(answer.bound, best * (1 - 1e-10));
      EXPECT_LE(answer.phi.cwiseAbs().maxCoeff(), 1);
      EXPECT_LE(std::abs(inner(w, answer.phi)), 1e-12);
      EXPECT_LE(answer.iterations, 16);
    }
}

TEST(OrthogonalGroup, StaysTangentForOddSizes) {
  // A skew matrix of odd size is singular: U V^T of an SVD would not be skew.
  Source source(4);
  Input like{"", source.gaussian(5, 5), 2, false};
  Manifold manifold(parse("#steepest.orthogonal"), like);
  Matrix w = manifold.findPoint(like.x);
  Question question{"#steepest.spectral", "#steepest.orthogonal"};
  Answer answer = solve(question, source.gaussian(5, 5), w);
  EXPECT_LE(answer.tangency, 1e-12);
  // Singular values come in pairs, and the fifth is zero.
  EXPECT_NEAR(answer.phi.squaredNorm(), 4, 1e-10);
}

TEST(CommutingProjection, TakesTheSideOfStaticShapes) {
  Source source(12);
  for (bool isTall : {true, false}) {
    SCOPED_TRACE(isTall ? "columns of tall" : "rows of wide");
    Matrix g = isTall ? source.gaussian(9, 4) : source.gaussian(4, 9);
    Question question{isTall ? "#steepest.columns" : "#steepest.rows",
                      "#steepest.grassmann"};
    question.isStatic = true;
    Input like{"", g, 2, true};
    Manifold manifold(parse(question.manifold), like);
    Matrix w = manifold.findPoint(source.gaussian(g.rows(), g.cols()));
    Answer answer = solve(question, g, w);
    EXPECT_EQ(answer.method, "commuting_projection");
    EXPECT_LE(answer.gap(), 1e-12);
    EXPECT_LE(answer.tangency, 1e-12);
    EXPECT_NEAR(lengthOf(question, answer.phi), 1, 1e-12);
    // The value is the sum of the lengths that the projection leaves.
    Matrix part = manifold.project(w, g);
    double sum =
        isTall ? part.colwise().norm().sum() : part.rowwise().norm().sum();
    EXPECT_NEAR(answer.value, sum, 1e-12 * sum);
    // Columns and rows of the other orientation are not served.
    Question other = question;
    other.norm = isTall ? "#steepest.rows" : "#steepest.columns";
    EXPECT_NE(solve(other, g, w).method, "commuting_projection");
  }
}

TEST(CommutingProjection, RemovesWhatPolynomialsMakeOfRounding) {
  // (I - W W^T) G has at most 16 - 12 singular values for 16 x 12: the other
  // eight are rounding, which these steps multiply by 2e5.
  Source source(13);
  Matrix g = source.gaussian(16, 12);
  Question question{"#steepest.spectral", "#steepest.grassmann", ""};
  question.polynomial = "#steepest.polynomial<\"muon\", steps = 10>";
  Input like{"", g, 2, false};
  Manifold manifold(parse(question.manifold), like);
  Matrix w = manifold.findPoint(source.gaussian(16, 12));
  Answer answer = solve(question, g, w);
  EXPECT_EQ(answer.method, "commuting_projection");
  EXPECT_LE(answer.tangency, 1e-14);
  EXPECT_LE(lengthOf(question, answer.phi), 1 + 1e-12);
}

TEST(CommutingProjection, BearsDrift) {
  // A point that is 1e-4 off the manifold: directions are tangent there up to
  // the square of that, and no tangent direction exceeds the bound.
  Source source(14);
  Matrix g = source.gaussian(9, 4);
  Input like{"", g, 2, false};
  Manifold manifold(parse("#steepest.grassmann"), like);
  Matrix w = manifold.findPoint(source.gaussian(9, 4));
  w += 1e-4 * source.gaussian(9, 4);
  Question question{"#steepest.spectral", "#steepest.grassmann"};
  Answer answer = solve(question, g, w);
  EXPECT_LE(answer.tangency, 1e-6);
  EXPECT_LE(lengthOf(question, answer.phi), 1 + 1e-12);
  // The projection onto the complement of what W really spans.
  Matrix gram = w.transpose() * w;
  Matrix tangent = g - w * gram.inverse() * (w.transpose() * g);
  double best = Eigen::BDCSVD<Eigen::MatrixXd>(tangent).singularValues().sum();
  EXPECT_GE(answer.bound, best * (1 - 1e-12));
  EXPECT_NEAR(answer.value, best, 1e-3 * best);
}

TEST(OrthogonalGroup, ProjectsWhereWHasDrifted) {
  // W A is as far from tangent as W is from its manifold; what is left of that
  // is its square.
  Source source(15);
  Matrix g = source.gaussian(7, 7);
  Input like{"", g, 2, false};
  Manifold manifold(parse("#steepest.orthogonal"), like);
  Matrix point = manifold.findPoint(source.gaussian(7, 7));
  Matrix noise = source.gaussian(7, 7);
  for (double drift : {0.0, 1e-4}) {
    SCOPED_TRACE(drift);
    Matrix w = point + drift * noise;
    Question question{"#steepest.spectral", "#steepest.orthogonal"};
    Answer answer = solve(question, g, w);
    EXPECT_EQ(answer.method, "orthogonal_group");
    EXPECT_LE(answer.tangency, drift > 0 ? 1e-6 : 1e-13);
    EXPECT_NEAR(answer.tangency, manifold.tangency(w, answer.phi), 1e-14);
    EXPECT_NEAR(answer.value, inner(g, answer.phi), 1e-12 * g.norm());
    EXPECT_LE(answer.value, answer.bound);
  }
}

TEST(WeightedProjection, LeavesEntriesWithoutWeightAlone) {
  Source source(8);
  Matrix g = source.gaussian(6, 4), w = source.gaussian(6, 4);
  w /= w.norm();
  Question question{"#steepest.weighted_l2", "#steepest.sphere"};
  question.weights = source.uniform(6, 4, 0.1, 2);
  question.weights.row(2).setZero();
  Answer answer = solve(question, g, w);
  EXPECT_TRUE(answer.phi.row(2).isZero(0));
  EXPECT_NEAR(lengthOf(question, answer.phi), 1, 1e-12);
  EXPECT_LE(answer.tangency, 1e-12);
  EXPECT_LE(answer.gap(), 1e-12);
}

TEST(StiefelSpectral, TransposesWideMatrices) {
  Source source(9);
  Matrix g = source.gaussian(9, 4);
  Input like{"", g, 2, false};
  Manifold manifold(parse("#steepest.stiefel"), like);
  Matrix w = manifold.findPoint(source.gaussian(9, 4));
  for (bool isStatic : {false, true})
    for (bool isFloat32 : {false, true}) {
      Question question{"#steepest.spectral", "#steepest.stiefel",
                        "#steepest.gap<1.0e-4>"};
      question.isStatic = isStatic;
      question.isFloat32 = isFloat32;
      Answer tall = solve(question, g, w);
      Answer wide = solve(question, g.transpose(), w.transpose());
      EXPECT_EQ(tall.outcome, STEEPEST_CONVERGED);
      EXPECT_LE(tall.gap(), 1e-4);
      EXPECT_EQ(distance(tall.phi, wide.phi.transpose()), 0);
      EXPECT_EQ(tall.bound, wide.bound);
      EXPECT_LE(wide.tangency, 1e-12);
    }
}

TEST(Registry, SaysWhyOthersDoNotMatch) {
  Source source(6);
  Question question{"#steepest.lp<3.0>", "#steepest.stiefel"};
  Matrix g = source.gaussian(4, 3);
  std::string reasons = solve(question, g, g).rejected;
  for (const char *reason :
       {"dualizer: there is the manifold #steepest.stiefel",
        "euclidean_projection: the norm #steepest.lp<3.0> is not Euclidean",
        "columnwise: the norm #steepest.lp<3.0> is not a maximum of Euclidean "
        "norms of columns",
        "rowwise: the norm #steepest.lp<3.0> is not a maximum of Euclidean "
        "norms of rows",
        "orthogonal_group: the norm #steepest.lp<3.0> is not unitarily "
        "invariant",
        "commuting_projection: the projection onto the tangent space of the "
        "manifold #steepest.stiefel is not known to make nothing longer in the "
        "norm #steepest.lp<3.0>",
        "weighted_projection: the norm #steepest.lp<3.0> is not weighted_l2",
        "scalar_root: the manifold #steepest.stiefel has more than one normal",
        "primal_dual_newton: the norm #steepest.lp<3.0> is not spectral"})
    EXPECT_NE(reasons.find(reason), std::string::npos) << reason;
}

TEST(Registry, SaysWhatIsWrongWithTheManifold) {
  Source source(6);
  Matrix g = source.gaussian(4, 3);
  auto reasons = [&](const char *norm, const char *manifold) {
    return solve(Question{norm, manifold}, g, g).rejected;
  };
  std::string columns = reasons("#steepest.columns", "#steepest.oblique_rows");
  EXPECT_NE(columns.find("columnwise: the manifold #steepest.oblique_rows ties "
                         "the columns together"),
            std::string::npos);
  std::string nuclear = reasons("#steepest.nuclear", "#steepest.stiefel");
  EXPECT_NE(nuclear.find("orthogonal_group: the manifold #steepest.stiefel is "
                         "not the orthogonal group"),
            std::string::npos);
  std::string largest = reasons("#steepest.linf", "#steepest.stiefel");
  EXPECT_NE(largest.find("scalar_root: the manifold #steepest.stiefel "
                         "has more than one normal"),
            std::string::npos);
}
