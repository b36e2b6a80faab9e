//===- NormManifoldTests.cpp - spheres and balls of norms -----------------===//
//
// Spheres are manifolds with one normal. The tangents of a ball are a cone,
// onto which the projection must be the Euclidean one (Moreau): what it removes
// is orthogonal to what it leaves and points away from every tangent.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Laws/ManifoldLaws.h"
#include "test/Unit/Laws/NormLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

namespace {

struct Subject {
  const char *norm;
  double radius;
  /// Second derivatives are bounded near random points.
  bool isSmooth;

  std::string sphere() const { return text("norm_sphere"); }
  std::string ball() const { return text("norm_ball"); }

private:
  std::string text(StringRef name) const {
    return ("#steepest." + name + "<norm = #steepest." + norm +
            ", radius = " + std::to_string(radius) + ">")
        .str();
  }
};

void PrintTo(const Subject &subject, std::ostream *out) {
  *out << subject.norm;
}

const Subject spheres[] = {
    {"frobenius", 2, true},
    {"l1", 3, false},
    {"linf", 1, false},
    {"lp<1.5>", 1, false},
    {"lp<3.0>", 0.5, true},
    {"lp<8.0>", 1, true},
    {"columns", 1, false},
    {"rows", 2, false},
    {"spectral", 2, false},
    {"nuclear", 1, false},
    {"schatten<1.5>", 1, false},
    {"schatten<4.0>", 3, true},
    {"rms", 1, true},
};
const Subject balls[] = {
    {"frobenius", 2, true},     {"linf", 1, false},     {"lp<inf>", 2, false},
    {"lp<3.0>", 0.5, true},     {"columns", 1, false},  {"rows", 2, false},
    {"schatten<4.0>", 3, true}, {"spectral", 1, false}, {"rms", 1, true},
    {"rms_to_rms", 1, false},
};

class NormSpheres : public ::testing::TestWithParam<Subject> {};
class NormBalls : public ::testing::TestWithParam<Subject> {};

std::string nameOf(const ::testing::TestParamInfo<Subject> &info) {
  std::string name;
  for (char c : std::string(info.param.norm))
    name += llvm::isAlnum(c) ? c : '_';
  return name;
}

} // namespace

/// The random inputs that the manifold contains.
static std::vector<Input> inputsOf(Attribute manifold) {
  std::vector<Input> inputs;
  for (const Input &input : makeInputs())
    if (StringRef(input.name).starts_with("random") &&
        contains(manifold, input.getType()))
      inputs.push_back(input);
  EXPECT_FALSE(inputs.empty());
  return inputs;
}

static Matrix formula(Attribute manifold, const Matrix &w, const Input &like,
                      bool isNormal) {
  Data results = evaluate(
      {Type(like.getType())}, {datumOf(w, like.rank)},
      [&](matrix::FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
        auto model = cast<ManifoldModelAttrInterface>(manifold);
        return {isNormal ? model.buildNormal(m, v[0])
                         : model.buildNearest(m, v[0])};
      });
  return results.empty() ? w : results[0].matrix();
}

static Matrix nearest(Attribute manifold, const Matrix &w, const Input &like) {
  return formula(manifold, w, like, /*isNormal=*/false);
}

static double lengthIn(const Subject &subject, const Matrix &x,
                       const Input &like) {
  Attribute norm = parse(std::string("#steepest.") + subject.norm);
  return measure(norm, x, like, {}).norm;
}

TEST_P(NormSpheres, HaveOneNormal) {
  Attribute attribute = parse(GetParam().sphere());
  Source source(13);
  for (const Input &input : inputsOf(attribute)) {
    SCOPED_TRACE(input.name);
    Manifold sphere(attribute, input);
    Matrix w = nearest(attribute, input.x, input);
    EXPECT_NEAR(lengthIn(GetParam(), w, input), GetParam().radius, 1e-9);
    EXPECT_LE(sphere.distance(w), 1e-9);
    EXPECT_LE(distance(nearest(attribute, w, input), w), 1e-9);
    Matrix zero = Matrix::Zero(w.rows(), w.cols());
    EXPECT_LE(sphere.distance(nearest(attribute, zero, input)), 1e-9);

    Matrix v = formula(attribute, w, input, /*isNormal=*/true);
    EXPECT_NEAR(inner(v, w), GetParam().radius, 1e-5 * GetParam().radius);
    EXPECT_NEAR(sphere.tangency(w, v), v.norm(), 1e-9);
    Matrix x = source.gaussian(w.rows(), w.cols());
    Matrix px = sphere.project(w, x);
    EXPECT_LE(sphere.tangency(w, px), 1e-9);
    EXPECT_LE(std::abs(inner(v, px)), 1e-9);
    EXPECT_LE(distance(sphere.project(w, px), px), 1e-9);
    Matrix removed = x - px;
    EXPECT_NEAR(inner(removed, v),
                removed.norm() * v.norm() * (inner(x, v) > 0 ? 1 : -1), 1e-9);
  }
}

TEST_P(NormSpheres, RetractAlongThePoint) {
  Attribute attribute = parse(GetParam().sphere());
  Source source(14);
  for (const Input &input : inputsOf(attribute)) {
    SCOPED_TRACE(input.name);
    Manifold sphere(attribute, input);
    Matrix w = nearest(attribute, input.x, input);
    Matrix x = source.gaussian(w.rows(), w.cols());
    Matrix phi = sphere.project(w, x);
    EXPECT_LE(distance(sphere.retract("radial", w, phi, 0), w), 1e-9);
    if (phi.norm() < 1e-9)
      continue;
    phi *= w.norm() / phi.norm();
    EXPECT_LE(sphere.distance(sphere.retract("radial", w, phi, 0.3)), 1e-9);
    if (!GetParam().isSmooth)
      continue;
    auto error = [&](double rate) {
      return (sphere.retract("radial", w, phi, rate) - (w - rate * phi)).norm();
    };
    double whole = error(2e-4), half = error(1e-4);
    EXPECT_LE(whole, 1e-2 * 2e-4 * w.norm()) << "agrees to first order";
    EXPECT_LE(half, whole / 3.5 + 1e-12) << "the error is of second order";
  }
}

/// Points of a ball where several conditions hold at once, where one does, and
/// one inside.
static std::vector<Matrix> pointsOf(const Subject &subject, Attribute ball,
                                    const Input &input) {
  double length = lengthIn(subject, input.x, input);
  Matrix edge = input.x * (subject.radius / length);
  // Clipping brings what is outside to the boundary together.
  Matrix corner = nearest(ball, 2 * edge, input);
  return {0.5 * edge, edge, corner};
}

TEST_P(NormBalls, ProjectOntoTheirTangentCones) {
  Attribute attribute = parse(GetParam().ball());
  Source source(15);
  for (const Input &input : inputsOf(attribute)) {
    Manifold ball(attribute, input);
    std::vector<Matrix> points = pointsOf(GetParam(), attribute, input);
    for (size_t i = 0; i < points.size(); ++i) {
      SCOPED_TRACE(testing::Message() << input.name << ", point " << i);
      const Matrix &w = points[i];
      EXPECT_LE(ball.distance(w), 1e-9);
      EXPECT_LE(distance(nearest(attribute, w, input), w), 1e-9);
      for (int trial = 0; trial < 4; ++trial) {
        Matrix x = source.gaussian(w.rows(), w.cols());
        Matrix y = source.gaussian(w.rows(), w.cols());
        Matrix px = ball.project(w, x), py = ball.project(w, y);
        if (i == 0)
          EXPECT_LE(distance(px, x), 0) << "inside all is tangent";
        EXPECT_LE(ball.tangency(w, px), 1e-9);
        EXPECT_LE(distance(ball.project(w, px), px), 1e-9);
        EXPECT_NEAR(inner(x - px, px), 0, 1e-9);
        EXPECT_LE(inner(x - px, py), 1e-9);
        // A small step stays in the ball up to second order, and what is not
        // tangent leaves it.
        double scale = GetParam().radius / lengthIn(GetParam(), x, input);
        double rate = 1e-6;
        double after = lengthIn(GetParam(), w - rate * scale * px, input);
        EXPECT_LE(after, GetParam().radius * (1 + 1e-9));
        if (ball.tangency(w, x) > 0.1) {
          after = lengthIn(GetParam(), w - rate * scale * x, input);
          EXPECT_GT(after, GetParam().radius * (1 + 1e-9));
        }
      }
    }
  }
}

TEST_P(NormBalls, RetractIntoTheBall) {
  Attribute attribute = parse(GetParam().ball());
  Source source(16);
  for (const Input &input : inputsOf(attribute)) {
    SCOPED_TRACE(input.name);
    Manifold ball(attribute, input);
    for (const Matrix &w : pointsOf(GetParam(), attribute, input))
      for (StringRef name : {"clip", "radial"}) {
        Matrix x = source.gaussian(w.rows(), w.cols());
        EXPECT_LE(distance(ball.retract(name, w, x, 0), w), 1e-9);
        EXPECT_LE(ball.distance(ball.retract(name, w, x, 3)), 1e-9);
        // Steps that stay inside are taken as they are.
        double rate = 0.01 * GetParam().radius / lengthIn(GetParam(), x, input);
        Matrix inside = 0.5 * w;
        EXPECT_LE(
            distance(ball.retract(name, inside, x, rate), inside - rate * x),
            1e-12);
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Norms, NormSpheres, ::testing::ValuesIn(spheres),
                         nameOf);
INSTANTIATE_TEST_SUITE_P(Norms, NormBalls, ::testing::ValuesIn(balls), nameOf);
