//===- ScalarRootTests.cpp - directions with one multiplier ---------------===//
//
// Norms on spheres of norms, over gradients of many kinds and scales, against
// float64 formulas that share nothing with the compiler: the length of Phi, its
// product with the normal, and the dual minimised by golden sections.
//
// STEEPEST_LARGE_TESTS=1 adds sizes up to 512 and all aspects.
//
//===----------------------------------------------------------------------===//

#include "runtime/steepest.h"
#include "test/Unit/Laws/Directions.h"
#include "test/Unit/Laws/ManifoldLaws.h"
#include <Eigen/SVD>
#include <cstdlib>
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

//===----------------------------------------------------------------------===//
// Norms by their definitions
//===----------------------------------------------------------------------===//

static double powerNorm(const Eigen::VectorXd &x, double p) {
  double largest = x.size() ? x.cwiseAbs().maxCoeff() : 0;
  if (largest == 0 || std::isinf(p))
    return largest;
  return largest *
         std::pow((x.cwiseAbs() / largest).array().pow(p).sum(), 1 / p);
}

static double conjugate(double p) {
  return p == 1 ? INFINITY : std::isinf(p) ? 1 : p / (p - 1);
}

namespace {

/// The l_p norm of the entries or of the singular values.
struct Measure {
  double p;
  bool isSpectral;

  double operator()(const Matrix &x, double exponent) const {
    if (!isSpectral)
      return powerNorm(Eigen::Map<const Eigen::VectorXd>(x.data(), x.size()),
                       exponent);
    return powerNorm(Eigen::BDCSVD<Eigen::MatrixXd>(x).singularValues(),
                     exponent);
  }
  double norm(const Matrix &x) const { return (*this)(x, p); }
  double dual(const Matrix &x) const { return (*this)(x, conjugate(p)); }
  /// The derivative of the norm.
  Matrix gradient(const Matrix &x) const {
    if (!isSpectral)
      return powers(x, x);
    Eigen::BDCSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinU |
                                              Eigen::ComputeThinV);
    Matrix s = svd.singularValues();
    return svd.matrixU() * Matrix(powers(s, s)).col(0).asDiagonal() *
           svd.matrixV().transpose();
  }
  std::string text() const {
    std::string name = isSpectral ? "schatten" : "lp";
    return "#steepest." + name + "<" +
           (std::isinf(p) ? "inf" : std::to_string(p)) + ">";
  }

private:
  Matrix powers(const Matrix &x, const Matrix &like) const {
    double length =
        powerNorm(Eigen::Map<const Eigen::VectorXd>(x.data(), x.size()), p);
    double largest = x.cwiseAbs().maxCoeff();
    return like.unaryExpr([&](double entry) {
      double size = std::abs(entry);
      double power =
          std::isinf(p) ? size == largest : std::pow(size / length, p - 1);
      return entry < 0 ? -power : power;
    });
  }
};

enum Kind { Gauss, Decay, LowRank, ExactlyLow, Aligned, NearlyAligned, Zero };
const char *const kindNames[] = {"gauss",       "decay",   "low rank",
                                 "exactly low", "aligned", "nearly aligned",
                                 "zero"};

struct Worst {
  double gap = 0, tangency = 0, length = 0, iterations = 0, total = 0;
  int count = 0;
};

} // namespace

static Matrix rounded(const Matrix &x) {
  return x.cast<float>().cast<double>();
}

static Matrix makeGradient(Kind kind, const Matrix &normal, Source &source) {
  int64_t rows = normal.rows(), cols = normal.cols();
  int64_t rank = std::min(rows, cols), low = std::max<int64_t>(1, rank / 8);
  auto gauss = [&](int64_t r, int64_t c) { return source.gaussian(r, c); };
  switch (kind) {
  case Gauss:
    return gauss(rows, cols);
  case Decay: {
    Matrix u = Eigen::HouseholderQR<Eigen::MatrixXd>(gauss(rows, rank))
                   .householderQ() *
               Eigen::MatrixXd::Identity(rows, rank);
    Matrix v = Eigen::HouseholderQR<Eigen::MatrixXd>(gauss(cols, rank))
                   .householderQ() *
               Eigen::MatrixXd::Identity(cols, rank);
    Eigen::VectorXd s(rank);
    for (int64_t i = 0; i < rank; ++i)
      s(i) = std::pow(10.0, -4.0 * double(i) /
                                double(std::max<int64_t>(rank - 1, 1)));
    return u * s.asDiagonal() * v.transpose();
  }
  case LowRank:
    return gauss(rows, low) * gauss(low, cols) + 1e-2 * gauss(rows, cols);
  case ExactlyLow:
    return gauss(rows, low) * gauss(low, cols);
  case Aligned:
    return 3 * normal;
  case NearlyAligned:
    return 1e3 / normal.norm() * std::sqrt(double(rows * cols)) * normal +
           gauss(rows, cols);
  case Zero:
    return Matrix::Zero(rows, cols);
  }
  return {};
}

/// min over x of dual(g + x v), by golden sections.
static double leastDual(const Measure &norm, const Matrix &g, const Matrix &v) {
  double shift = inner(g, v) / v.squaredNorm();
  Matrix t = g - shift * v;
  auto f = [&](double x) { return norm.dual(t + x * v); };
  double reach = 2 * f(0) / norm.dual(v), low = -reach, high = reach;
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double a = high - ratio * (high - low), b = low + ratio * (high - low);
  double fa = f(a), fb = f(b);
  for (int i = 0; i < 70; ++i)
    if (fa < fb) {
      high = b, b = a, fb = fa;
      a = high - ratio * (high - low), fa = f(a);
    } else {
      low = a, a = b, fa = fb;
      b = low + ratio * (high - low), fb = f(b);
    }
  return std::min(fa, fb);
}

static void solveAndCheck(const Measure &norm, const Measure &sphere, Kind kind,
                          int64_t rows, int64_t cols, double gap,
                          const char *accuracy, Source &source, Worst &worst) {
  SCOPED_TRACE(testing::Message()
               << norm.text() << " on the sphere of " << sphere.text() << ", "
               << kindNames[kind] << ", " << rows << "x" << cols);
  Matrix w = source.gaussian(rows, cols);
  w = rounded(w / sphere.norm(w));
  Matrix v = sphere.gradient(w);
  Matrix g = makeGradient(kind, v, source);
  Question question{norm.text(),
                    "#steepest.norm_sphere<norm = " + sphere.text() + ">",
                    accuracy};
  question.isFloat32 = true;
  Answer first;
  for (double scale : {1.0, 1e-20, 1e20}) {
    // Powers of two scale exactly.
    double power = std::exp2(std::round(std::log2(scale)));
    Matrix scaled = power * rounded(g);
    Answer answer = solve(question, scaled, w);
    EXPECT_LE(norm.norm(answer.phi), 1 + 1e-9);
    double tangency = std::abs(inner(v, answer.phi)) / v.norm();
    EXPECT_LE(tangency, 1e-5);
    EXPECT_NEAR(inner(scaled, answer.phi), answer.value,
                1e-9 * scaled.norm() * answer.phi.norm());
    if (scale == 1.0) {
      EXPECT_EQ(answer.method, "scalar_root");
      if (kind == Aligned || kind == Zero) {
        EXPECT_TRUE(answer.phi.isZero(0));
        EXPECT_EQ(answer.outcome,
                  kind == Zero ? STEEPEST_ZERO : STEEPEST_NORMAL);
      } else {
        double best = leastDual(norm, scaled, v);
        EXPECT_EQ(answer.outcome, STEEPEST_CONVERGED);
        EXPECT_GE(answer.bound, best * (1 - 1e-9)) << "an upper bound";
        EXPECT_GE(answer.value, best * (1 - gap) - 1e-12);
        EXPECT_LE(answer.gap(), gap);
        worst.gap = std::max(worst.gap, answer.gap());
        worst.iterations = std::max(worst.iterations, answer.iterations);
        worst.total += answer.iterations;
        ++worst.count;
      }
      worst.tangency = std::max(worst.tangency, tangency);
      first = answer;
    } else {
      EXPECT_LE(distance(answer.phi, first.phi), 1e-12) << "scale " << scale;
    }
  }
}

namespace {
struct Shape {
  int64_t rows, cols;
};
} // namespace

static std::vector<Shape> getShapes() {
  if (!std::getenv("STEEPEST_LARGE_TESTS"))
    return {{16, 16}, {64, 8}, {12, 30}};
  std::vector<Shape> shapes;
  for (double aspect : {1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0, 8.0})
    for (int64_t size : {16, 64})
      shapes.push_back({int64_t(std::round(aspect * double(size))), size});
  shapes.push_back({512, 512});
  return shapes;
}

static void report(const char *what, const Worst &worst) {
  llvm::outs() << what << ": iterations "
               << worst.total / std::max(worst.count, 1) << " mean, "
               << worst.iterations << " most; gap " << worst.gap
               << ", tangency " << worst.tangency << "\n";
}

TEST(ScalarRoot, SolvesPowerNormsOnPowerSpheres) {
  Source source(21);
  for (double p : {1.5, 3.0, 4.0, 8.0}) {
    Worst worst;
    for (double r : {1.5, 3.0, 4.0, 8.0})
      for (Kind kind :
           {Gauss, Decay, LowRank, ExactlyLow, Aligned, NearlyAligned, Zero})
        for (Shape shape : getShapes())
          solveAndCheck({p, false}, {r, false}, kind, shape.rows, shape.cols,
                        1.1e-7, "#steepest.gap<1.0e-3>", source, worst);
    report(("lp<" + std::to_string(p) + ">").c_str(), worst);
    EXPECT_LE(worst.iterations, 16);
  }
}

TEST(ScalarRoot, SolvesSpectralNormsInFewDecompositions) {
  Source source(22);
  for (double p : {double(INFINITY), 16.0, 4.0, 1.5, 1.0}) {
    Worst worst;
    for (Measure sphere :
         {Measure{INFINITY, true}, {2, false}, {1, true}, {4, true}})
      for (Kind kind :
           {Gauss, Decay, LowRank, ExactlyLow, Aligned, NearlyAligned, Zero})
        for (Shape shape : getShapes())
          solveAndCheck({p, true}, sphere, kind, shape.rows, shape.cols, 1e-3,
                        "#steepest.gap<1.0e-3>", source, worst);
    report(("schatten<" + std::to_string(p) + ">").c_str(), worst);
    // One nuclear problem in some hundred needs more than 8.
    EXPECT_LE(worst.iterations, p == 1 ? 12 : 8);
  }
}

static void expectOptimal(const Question &question, const Matrix &g,
                          const Matrix &w, double best, double gap,
                          double length) {
  for (double scale : {0x1p-66, 1.0, 0x1p66}) {
    SCOPED_TRACE(testing::Message() << "scale " << scale);
    Answer answer = solve(question, scale * g, w);
    EXPECT_EQ(answer.method, "scalar_root");
    EXPECT_EQ(answer.outcome, STEEPEST_CONVERGED);
    EXPECT_GE(answer.bound, scale * best * (1 - 1e-9)) << "an upper bound";
    EXPECT_GE(answer.value, scale * best * (1 - gap));
    EXPECT_LE(answer.gap(), gap);
    EXPECT_LE(answer.tangency, 1e-9);
    EXPECT_NEAR(inner(scale * g, answer.phi), answer.value,
                1e-9 * answer.value);
    EXPECT_LE(length, 1 + 1e-9);
  }
}

TEST(ScalarRoot, SolvesColumnsAndRowsSideBySide) {
  Source source(23);
  for (double p : {1.0, 1.5, 3.0, 8.0}) {
    SCOPED_TRACE(p);
    Measure norm{p, false};
    Matrix w = source.gaussian(9, 5), g = source.gaussian(9, 5);
    w.colwise().normalize();
    // Columns of all sizes, one of them normal.
    for (int64_t j = 0; j < 5; ++j)
      g.col(j) *= std::pow(10.0, -double(j));
    g.col(2) = 2 * w.col(2);
    Matrix duals(5, 1);
    for (int64_t j = 0; j < 5; ++j)
      duals(j) = j == 2 ? 0 : leastDual(norm, g.col(j), w.col(j));
    auto largest = [&](const char *parts) {
      return std::string("#steepest.max_") + parts + "<" + norm.text() + ">";
    };
    Question whole{norm.text(), "#steepest.oblique_columns"};
    Question most{largest("columns"), "#steepest.oblique_columns"};
    double best = norm.dual(duals), sum = duals.sum();
    expectOptimal(whole, g, w, best, 1.1e-7, norm.norm(solve(whole, g, w).phi));
    expectOptimal(most, g, w, sum, 1.1e-7,
                  lengthOf(most, solve(most, g, w).phi));
    whole.manifold = most.manifold = "#steepest.oblique_rows";
    most.norm = largest("rows");
    Matrix gt = g.transpose(), wt = w.transpose();
    expectOptimal(whole, gt, wt, best, 1.1e-7,
                  norm.norm(solve(whole, gt, wt).phi));
    expectOptimal(most, gt, wt, sum, 1.1e-7,
                  lengthOf(most, solve(most, gt, wt).phi));
  }
}

/// min over multipliers that are not negative of dual(g + x v).
static double leastDualAbove(const Measure &norm, const Matrix &g,
                             const Matrix &v) {
  double low = 0, high = 4 * norm.dual(g) / norm.dual(v);
  auto f = [&](double x) { return norm.dual(g + x * v); };
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  for (int i = 0; i < 80; ++i) {
    double a = high - ratio * (high - low), b = low + ratio * (high - low);
    (f(a) < f(b) ? high : low) = f(a) < f(b) ? b : a;
  }
  return std::min(f(0), f(low));
}

TEST(ScalarRoot, BindsOnBallsOnlyWhereTheStepLeavesThem) {
  Source source(24);
  int bound = 0, free = 0;
  for (Measure norm : {Measure{1.5, false},
                       {4, false},
                       {INFINITY, true},
                       {1, true},
                       {3, true}})
    for (Measure ball : {Measure{3, false}, {1.5, false}, {4, true}})
      for (int trial = 0; trial < 6; ++trial) {
        SCOPED_TRACE(testing::Message() << norm.text() << " in the ball of "
                                        << ball.text() << ", " << trial);
        Matrix w = source.gaussian(8, 5), g = source.gaussian(8, 5);
        w /= ball.norm(w);
        Matrix v = ball.gradient(w);
        if (trial == 4)
          g += 3 * v; // inwards: -g shortens w
        if (trial == 5)
          w *= 0.5; // inside
        Question question{norm.text(),
                          "#steepest.norm_ball<norm = " + ball.text() + ">",
                          "#steepest.gap<1.0e-4>"};
        bool isInside = trial == 5;
        double best = isInside ? norm.dual(g) : leastDualAbove(norm, g, v);
        bool isFree = best >= norm.dual(g) * (1 - 1e-9);
        ++(isFree ? free : bound);
        Answer answer = solve(question, g, w);
        expectOptimal(question, g, w, best, 1e-4, norm.norm(answer.phi));
        if (!isInside)
          EXPECT_GE(inner(v, answer.phi), -1e-9);
        if (isFree)
          EXPECT_EQ(answer.iterations <= 1, true) << "D(G) is the answer";
      }
  EXPECT_GT(bound, 10);
  EXPECT_GT(free, 10);
}

TEST(ScalarRoot, LeavesGradientsThatPointOutwardsAlone) {
  Source source(25);
  Measure ball{3, false};
  Matrix w = source.gaussian(6, 4);
  w /= ball.norm(w);
  Matrix v = ball.gradient(w);
  for (const char *norm : {"#steepest.lp<3.0>", "#steepest.spectral"}) {
    Question question{norm, "#steepest.norm_ball<norm = #steepest.lp<3.0>>"};
    // The step -Phi would lengthen w.
    Answer outwards = solve(question, -2 * v, w);
    EXPECT_TRUE(outwards.phi.isZero(0));
    EXPECT_EQ(outwards.outcome, STEEPEST_NORMAL);
    Answer inwards = solve(question, 2 * v, w);
    EXPECT_EQ(inwards.outcome, STEEPEST_CONVERGED);
    EXPECT_GT(inner(v, inwards.phi), 0.1);
    EXPECT_LE(inwards.gap(), 1e-6);
  }
}

namespace {
struct Continued {
  double value, bound, iterations;
  Matrix normal;
};
} // namespace

/// Solves from the multiplier of an earlier step.
static Continued solveFrom(const char *norm, const char *manifold,
                           const Matrix &g, const Matrix &w,
                           const Matrix &from) {
  auto *dialect = getContext().getLoadedDialect<SteepestDialect>();
  const DirectionMethod *method = dialect->getMethods().find("scalar_root");
  Type type = typeOf(g, 2, /*isStatic=*/false);
  auto build = [&](matrix::FormulaBuilder &m,
                   ValueRange v) -> SmallVector<Value> {
    auto op = DirectionOp::create(
        m.getBuilder(), m.getLoc(), type, type, v[0], v[1], v[2], ValueRange(),
        parse(norm), parse(manifold), /*penalty=*/false,
        parse("#steepest.gap<1.0e-3>"), Attribute(), IntegerAttr());
    std::string reason;
    EXPECT_TRUE(succeeded(method->match(op, reason))) << reason;
    FailureOr<SolvedDirection> solved = method->build(m, op, Attribute());
    EXPECT_TRUE(succeeded(solved));
    op.erase();
    if (failed(solved))
      return {};
    return {solved->value, solved->bound, solved->iterations, solved->normal};
  };
  Data results =
      evaluate({type, type, type},
               {datumOf(g, 2), datumOf(w, 2), datumOf(from, 2)}, build);
  if (results.size() != 4)
    return {};
  return {results[0].real(), results[1].real(), results[2].real(),
          results[3].matrix()};
}

TEST(ScalarRoot, ContinuesFromAMultiplier) {
  Source source(26);
  const char *cases[][2] = {
      {"#steepest.spectral", "#steepest.sphere"},
      {"#steepest.spectral",
       "#steepest.norm_sphere<norm = #steepest.spectral>"},
      {"#steepest.schatten<4.0>",
       "#steepest.norm_ball<norm = #steepest.lp<3.0>>"},
      {"#steepest.lp<3.0>", "#steepest.norm_sphere<norm = #steepest.lp<4.0>>"},
      {"#steepest.linf", "#steepest.oblique_columns"},
  };
  for (auto [norm, manifold] : cases) {
    SCOPED_TRACE(testing::Message() << norm << " on " << manifold);
    Input like{"", source.gaussian(20, 12), 2, false};
    Manifold points(parse(manifold), like);
    bool isBall = StringRef(manifold).contains("ball");
    double cold = 0, warm = 0;
    for (int trial = 0; trial < 5; ++trial) {
      Matrix w = points.findPoint(source.gaussian(20, 12));
      if (isBall) // to the boundary
        w = points.retract("radial", w, w, -50);
      // Pulled outwards, so that every condition binds.
      Matrix g = source.gaussian(20, 12) - 20 * w;
      Matrix zero = 0 * g;
      Continued first = solveFrom(norm, manifold, g, w, zero);
      Matrix next = g + 0.02 * source.gaussian(20, 12);
      Continued again = solveFrom(norm, manifold, next, w, zero);
      Continued from = solveFrom(norm, manifold, next, w, first.normal);
      Continued far = solveFrom(norm, manifold, next, w, 1e6 * first.normal);
      if (!isBall)
        EXPECT_LE(points.project(w, first.normal).norm(),
                  1e-9 * first.normal.norm());
      for (const Continued &answer : {again, from, far}) {
        EXPECT_GE(answer.value, again.bound * (1 - 2e-3));
        EXPECT_LE(answer.value, again.bound * (1 + 1e-9));
        EXPECT_GE(answer.value, answer.bound * (1 - 1e-3));
      }
      cold += again.iterations;
      warm += from.iterations;
    }
    EXPECT_LE(warm, cold);
    // Where evaluations are counted one by one.
    if (StringRef(norm).starts_with("#steepest.s"))
      EXPECT_LT(warm, cold);
  }
}
