//===- SplittingTests.cpp - splitting solves every pair -------------------===//

#include "runtime/steepest.h"
#include "test/Unit/Splitting/Ask.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

namespace {
struct Pair {
  const char *norm, *manifold;
};

class Splitting : public ::testing::TestWithParam<Pair> {
protected:
  Asked makeQuestion() {
    return {GetParam().norm, GetParam().manifold, "\"admm\""};
  }
  Source source{17};
};

void PrintTo(const Pair &pair, std::ostream *out) {
  *out << pair.norm << " on " << pair.manifold;
}
} // namespace

TEST_P(Splitting, ReachesTheGap) {
  Asked asked = makeQuestion();
  auto model = cast<ManifoldAttrInterface>(parse(asked.manifold));
  for (auto [rows, cols] :
       {std::pair(8, 4), std::pair(12, 12), std::pair(5, 20)})
    for (Kind kind :
         {Kind::Gaussian, Kind::Decay, Kind::LowRank, Kind::ExactlyLowRank}) {
      SCOPED_TRACE(testing::Message()
                   << rows << " x " << cols << ", kind " << int(kind));
      Matrix g = makeGradient(source, kind, rows, cols);
      Input like{"", g, 2, false};
      if (!contains(model, like) ||
          (model.getManifoldFacts().orthogonalGroup && rows != cols))
        continue;
      Matrix w = pointOf(asked, source.gaussian(rows, cols));
      // A square subspace is everything: nothing is tangent.
      if (Manifold(model, like).project(w, g).norm() < 1e-12 * g.norm())
        continue;
      Solved solved = ask(asked, g, w);
      EXPECT_EQ(solved.message, "");
      EXPECT_EQ(solved.outcome, STEEPEST_CONVERGED);
      EXPECT_LE(solved.gap(), 1e-3);
      EXPECT_GT(solved.value, 0);
      EXPECT_LE(solved.value, solved.bound);
      EXPECT_NEAR(solved.value, inner(g, solved.phi), 1e-12 * g.norm());
      EXPECT_LE(lengthOf(asked, solved.phi), 1 + 1e-10) << "||Phi|| <= 1";
      EXPECT_LE(Manifold(model, like).tangency(w, solved.phi), 1e-10);
      EXPECT_LE(solved.tangency, 1e-10);
      EXPECT_GT(solved.iterations, 0);
    }
}

TEST_P(Splitting, DoesNotDependOnScale) {
  Asked asked = makeQuestion();
  Matrix g = source.gaussian(8, 8);
  Matrix w = pointOf(asked, source.gaussian(8, 8));
  Solved one = ask(asked, g, w);
  for (double scale : {1e-30, 1e30}) {
    Solved scaled = ask(asked, scale * g, w);
    EXPECT_EQ(scaled.outcome, one.outcome);
    EXPECT_LE(std::abs(scaled.value - scale * one.value),
              2e-3 * scale * one.bound);
  }
}

TEST_P(Splitting, LeavesNothingAlone) {
  Asked asked = makeQuestion();
  Matrix w = pointOf(asked, source.gaussian(8, 8));
  Solved none = ask(asked, Matrix::Zero(8, 8), w);
  EXPECT_EQ(none.outcome, STEEPEST_ZERO);
  EXPECT_TRUE(none.phi.isZero(0));
  EXPECT_EQ(none.iterations, 0);
}

static const char *const norms[] = {
    "#steepest.l1",
    "#steepest.linf",
    "#steepest.lp<1.5>",
    "#steepest.lp<4.0>",
    "#steepest.columns",
    "#steepest.rows",
    "#steepest.spectral",
    "#steepest.nuclear",
    "#steepest.schatten<4.0>",
    "#steepest.schatten<16.0>",
    "#steepest.rms_to_rms",
    "#steepest.ky_fan<2>",
    "#steepest.ky_fan_dual<2>",
    "#steepest.spectral_frobenius<1.5>",
    "#steepest.linf_l2<3.0>",
};
static const char *const manifolds[] = {
    "#steepest.sphere",
    "#steepest.stiefel",
    "#steepest.oblique_columns",
    "#steepest.oblique_rows",
    "#steepest.orthogonal",
    "#steepest.grassmann",
    "#steepest.gram_diagonal",
    "#steepest.zero_row_sums",
    "#steepest.symmetric",
    "#steepest.fixed_trace",
    "#steepest.norm_sphere<norm = #steepest.spectral>",
    "#steepest.norm_ball<norm = #steepest.spectral>",
    "#steepest.norm_ball<norm = #steepest.frobenius>",
    "#steepest.norm_ball<norm = #steepest.linf>",
};

static std::vector<Pair> makePairs() {
  std::vector<Pair> pairs;
  for (const char *norm : norms)
    for (const char *manifold : manifolds)
      pairs.push_back({norm, manifold});
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(Pairs, Splitting, ::testing::ValuesIn(makePairs()),
                         [](const auto &info) {
                           std::string name;
                           for (char c : std::string(info.param.norm) + "_on_" +
                                             info.param.manifold)
                             name += llvm::isAlnum(c) ? c : '_';
                           return name;
                         });
