//===- ManifoldLaws.cpp - what every manifold must satisfy ----------------===//

#include "test/Unit/Laws/ManifoldLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;
using matrix::FormulaBuilder;

bool laws::contains(Attribute manifold, const Input &input) {
  return contains(manifold, typeOf(input.x, input.rank, /*isStatic=*/true));
}

bool laws::contains(Attribute manifold, RankedTensorType type) {
  MLIRContext *context = &getContext();
  ScopedDiagnosticHandler silence(context, [](Diagnostic &) {});
  auto emitError = [&] { return mlir::emitError(UnknownLoc::get(context)); };
  return succeeded(
      cast<ManifoldAttrInterface>(manifold).verifyManifold(emitError, type));
}

Manifold::Manifold(Attribute attribute, const Input &like)
    : model(cast<ManifoldModelAttrInterface>(attribute)),
      defaultRetraction(
          cast<ManifoldAttrInterface>(attribute).getRetractions().front()),
      like(like) {}

Matrix Manifold::project(const Matrix &w, const Matrix &x) const {
  Type types[] = {like.getType(), like.getType()};
  Data results =
      evaluate(types, {datumOf(w, like.rank), datumOf(x, like.rank)},
               [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
                 return {model.buildProjection(m, v[0], v[1])};
               });
  return results.empty() ? x : results[0].matrix();
}

double Manifold::tangency(const Matrix &w, const Matrix &x) const {
  Type types[] = {like.getType(), like.getType()};
  Data results =
      evaluate(types, {datumOf(w, like.rank), datumOf(x, like.rank)},
               [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
                 return {model.buildTangency(m, v[0], v[1])};
               });
  return results.empty() ? 0 : results[0].real();
}

std::optional<Datum>
Manifold::ofPoint(const Matrix &w,
                  function_ref<Value(FormulaBuilder &, Value)> formula) const {
  bool isBuilt = true;
  Data results =
      evaluate({Type(like.getType())}, {datumOf(w, like.rank)},
               [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
                 Value result = formula(m, v[0]);
                 isBuilt = static_cast<bool>(result);
                 return {isBuilt ? result : v[0]};
               });
  if (results.empty() || !isBuilt)
    return std::nullopt;
  return results[0];
}

double Manifold::distance(const Matrix &w) const {
  auto result = ofPoint(
      w, [&](FormulaBuilder &m, Value w) { return model.buildDistance(m, w); });
  return result ? result->real() : 0;
}

std::optional<Matrix> Manifold::normal(const Matrix &w) const {
  auto result = ofPoint(
      w, [&](FormulaBuilder &m, Value w) { return model.buildNormal(m, w); });
  return result ? std::optional(result->matrix()) : std::nullopt;
}

std::optional<Matrix> Manifold::nearest(const Matrix &x) const {
  auto result = ofPoint(
      x, [&](FormulaBuilder &m, Value w) { return model.buildNearest(m, w); });
  return result ? std::optional(result->matrix()) : std::nullopt;
}

Matrix Manifold::retract(StringRef name, const Matrix &w, const Matrix &phi,
                         double rate) const {
  Type types[] = {like.getType(), like.getType(),
                  Float64Type::get(&getContext())};
  Data results = evaluate(
      types, {datumOf(w, like.rank), datumOf(phi, like.rank), Datum(rate)},
      [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
        return {model.buildRetraction(m, name, v[0], v[1], v[2])};
      });
  return results.empty() ? w : results[0].matrix();
}

Matrix Manifold::findPoint(const Matrix &start) const {
  if (std::optional<Matrix> point = nearest(start))
    return *point;
  Matrix w = start / start.norm();
  Matrix zero = Matrix::Zero(w.rows(), w.cols());
  for (int i = 0; i < 200 && distance(w) > 1e-14; ++i)
    w = retract(defaultRetraction, w, zero, 0);
  return w;
}

static void checkProjection(const Manifold &manifold, const Matrix &w,
                            Source &source, double tolerance) {
  Matrix x = source.gaussian(w.rows(), w.cols());
  Matrix y = source.gaussian(w.rows(), w.cols());
  Matrix px = manifold.project(w, x), py = manifold.project(w, y);
  EXPECT_LE(distance(manifold.project(w, px), px), tolerance)
      << "P is idempotent";
  EXPECT_LE(manifold.tangency(w, px), tolerance) << "P x is tangent";
  EXPECT_NEAR(inner(px, y), inner(x, py), tolerance * x.norm() * y.norm())
      << "P is symmetric";
  Matrix normal = x - px;
  if (normal.norm() > 1e-3)
    EXPECT_GT(manifold.tangency(w, normal), 1e-6)
        << "what P removes is not tangent";
}

static void checkRetraction(const Manifold &manifold, StringRef name,
                            const Matrix &w, Source &source, double tolerance) {
  Matrix zero = Matrix::Zero(w.rows(), w.cols());
  Matrix x = source.gaussian(w.rows(), w.cols());
  EXPECT_LE(distance(manifold.retract(name, w, zero, 0.3), w), tolerance)
      << "a zero direction moves nothing";
  EXPECT_LE(distance(manifold.retract(name, w, x, 0), w), tolerance)
      << "a zero rate moves nothing";
  Matrix phi = manifold.project(w, x);
  if (phi.norm() < 1e-9)
    return; // points have no tangents
  phi /= phi.norm();
  // A cubic step leaves singular values 1 - (3/32) rate^4, and distances are of
  // their squares. Short columns are parts of small spheres, which curve more.
  double unit = 1;
  for (int64_t j = 0; j < w.cols(); ++j)
    if (double length = w.col(j).norm(); length > 0)
      unit = std::min(unit, length);
  auto secondOrder = [&](double rate) {
    Matrix next = manifold.retract(name, w, phi, rate * unit);
    double landing = 3.0 / 16 * std::pow(rate, 4) * 1.1 + tolerance;
    EXPECT_LE(manifold.distance(next), landing) << "rate " << rate;
    return (next - (w - rate * unit * phi)).norm() / unit;
  };
  double whole = secondOrder(0.02), half = secondOrder(0.01);
  EXPECT_LE(whole, 0.02 * 0.02) << "agrees to first order";
  EXPECT_LE(half, whole / 3.5 + tolerance) << "the error is of second order";
  secondOrder(0.3);
}

/// The projection of x onto v, in all or in each column (row).
static Matrix projectOnto(const Matrix &v, const Matrix &x,
                          ManifoldFacts facts) {
  auto share = [](const auto &v, const auto &x) {
    double square = v.squaredNorm();
    return square > 0 ? v.cwiseProduct(x).sum() / square : 0.0;
  };
  Matrix result = Matrix::Zero(x.rows(), x.cols());
  if (facts.separableColumns)
    for (int64_t j = 0; j < x.cols(); ++j)
      result.col(j) = share(v.col(j), x.col(j)) * v.col(j);
  else if (facts.separableRows)
    for (int64_t i = 0; i < x.rows(); ++i)
      result.row(i) = share(v.row(i), x.row(i)) * v.row(i);
  else
    result = share(v, x) * v;
  return result;
}

static void checkNormal(const Manifold &manifold, ManifoldFacts facts,
                        const Matrix &w, Source &source, double tolerance) {
  std::optional<Matrix> normal = manifold.normal(w);
  EXPECT_EQ(normal.has_value(), facts.oneNormal) << "as the facts say";
  if (!normal)
    return;
  Matrix x = source.gaussian(w.rows(), w.cols());
  Matrix removed = x - manifold.project(w, x);
  EXPECT_LE(distance(removed, projectOnto(*normal, x, facts)), tolerance)
      << "P removes the component along the normal, and no more";
}

/// Places inputs of every kind, those that have no nearest point included.
static void checkNearest(const Manifold &manifold, const Input &shape,
                         double tolerance) {
  for (const Input &input : makeInputs()) {
    if (input.x.rows() != shape.x.rows() || input.x.cols() != shape.x.cols() ||
        input.rank != shape.rank)
      continue;
    for (double scale : {1.0, 1e-30, 1e30}) {
      SCOPED_TRACE(input.name + ", placed, times " + std::to_string(scale));
      std::optional<Matrix> point = manifold.nearest(scale * input.x);
      if (!point)
        return;
      double size = 1 + point->cwiseAbs().maxCoeff();
      EXPECT_LE(manifold.distance(*point), tolerance) << "on the manifold";
      EXPECT_LE(distance(*manifold.nearest(*point), *point), tolerance * size)
          << "a point stays";
      EXPECT_EQ(distance(*manifold.nearest(scale * input.x), *point), 0)
          << "the same point for the same input";
    }
  }
}

void laws::checkManifoldLaws(Attribute manifold, double tolerance) {
  auto language = dyn_cast<ManifoldAttrInterface>(manifold);
  ASSERT_TRUE(language);
  ASSERT_TRUE(isa<ManifoldModelAttrInterface>(manifold));
  Source source(5);
  unsigned contained = 0;
  for (const Input &input : makeInputs()) {
    if (input.x.isZero(0) || !StringRef(input.name).starts_with("random") ||
        !contains(manifold, input))
      continue;
    SCOPED_TRACE(input.name);
    Manifold formulas(manifold, input);
    Matrix w = formulas.findPoint(input.x);
    EXPECT_LE(formulas.distance(w), tolerance) << "a point of the manifold";
    checkProjection(formulas, w, source, tolerance);
    checkNormal(formulas, language.getManifoldFacts(), w, source, tolerance);
    checkNearest(formulas, input, tolerance);
    for (StringRef name : language.getRetractions()) {
      SCOPED_TRACE(name.str());
      checkRetraction(formulas, name, w, source, tolerance);
    }
    ++contained;
  }
  EXPECT_GT(contained, 0u) << "the manifold contains none of the inputs";
}
