//===- ManifoldLaws.cpp - what every manifold must satisfy ----------------===//

#include "test/Unit/Laws/ManifoldLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;
using matrix::FormulaBuilder;

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

double Manifold::distance(const Matrix &w) const {
  Data results =
      evaluate({Type(like.getType())}, {datumOf(w, like.rank)},
               [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
                 return {model.buildDistance(m, v[0])};
               });
  return results.empty() ? 0 : results[0].real();
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
  // their squares.
  auto secondOrder = [&](double rate) {
    Matrix next = manifold.retract(name, w, phi, rate);
    double landing = 3.0 / 16 * std::pow(rate, 4) * 1.1 + tolerance;
    EXPECT_LE(manifold.distance(next), landing) << "rate " << rate;
    return (next - (w - rate * phi)).norm();
  };
  double whole = secondOrder(0.02), half = secondOrder(0.01);
  EXPECT_LE(whole, 0.02 * 0.02) << "agrees to first order";
  EXPECT_LE(half, whole / 3.5 + tolerance) << "the error is of second order";
  secondOrder(0.3);
}

void laws::checkManifoldLaws(Attribute manifold, double tolerance) {
  auto language = dyn_cast<ManifoldAttrInterface>(manifold);
  ASSERT_TRUE(language);
  ASSERT_TRUE(isa<ManifoldModelAttrInterface>(manifold));
  Source source(5);
  unsigned contained = 0;
  for (const Input &input : makeInputs()) {
    if (input.x.isZero(0) || !StringRef(input.name).starts_with("random") ||
        !contains(manifold, input.getType()) ||
        (input.x.rows() != input.x.cols() &&
         language.getManifoldFacts().orthogonalGroup))
      continue;
    SCOPED_TRACE(input.name);
    Manifold formulas(manifold, input);
    Matrix w = formulas.findPoint(input.x);
    EXPECT_LE(formulas.distance(w), tolerance) << "a point of the manifold";
    checkProjection(formulas, w, source, tolerance);
    for (StringRef name : language.getRetractions()) {
      SCOPED_TRACE(name.str());
      checkRetraction(formulas, name, w, source, tolerance);
    }
    ++contained;
  }
  EXPECT_GT(contained, 0u) << "the manifold contains none of the inputs";
}
