//===- PolynomialSign.cpp - msign by odd polynomial steps -----------------===//
//
// X <- X (a I + b R + c R^2), R = X^T X for tall X (and the mirror image of it
// for wide X), from X / ||X||_F. On singular values this is the scalar
// polynomial p(s) = a s + b s^3 + c s^5 of each step.
//
// Bounds. Let P be the composition of the steps, k = min(rows, cols) and
// f = ||X||_F. For any l in (0, 1), with lo = min P on [l, 1]:
//   s_i >= l f:  s_i <= s_i P(s_i / f) / lo,   s_i < l f:  at most k of them,
// so ||X||_* <= <X, Phi> / lo + k l f. The least over a few l is taken.
// ||Phi||_2 <= max P on [0, 1].
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/Spectral.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// Relative rounding of a chain of products in the element type, for bounds:
/// measured errors of five steps are 2e-6 in f32 (cpu-codegen.md, 5).
static double roundingOf(Type element) {
  return element.isF32() ? 1e-5 : 1e-13;
}

static Value buildStep(FormulaBuilder &m, Value x, bool tall, OddStep step) {
  Type element = getElementTypeOrSelf(x);
  auto constant = [&](double value) { return m.constant(value, element); };
  Value gram = tall ? m.gram(x) : m.outerGram(x);
  Value factor;
  if (step.c == 0) {
    // A cubic step needs no second symmetric product.
    factor = m.add(m.mul(gram, constant(step.b)),
                   m.mul(m.identity(gram), constant(step.a)));
  } else {
    FormulaBuilder::ProductOptions options;
    options.symmetric = true;
    options.alpha = constant(step.c);
    options.beta = constant(step.b);
    options.addend = gram;
    options.gamma = constant(step.a);
    factor = m.product(gram, gram, options);
  }
  return tall ? m.product(x, factor) : m.product(factor, x);
}

FormulaBuilder::Msign steepest::buildPolynomialSign(FormulaBuilder &m, Value x,
                                                    const OddSteps &steps) {
  Type element = getElementTypeOrSelf(x);
  Value frobenius = m.frobenius(x);
  Value inverse = m.divOrZero(m.constant(1), frobenius);
  Value start = m.cast(m.mul(m.toF64(x), inverse), element);
  Value phi = m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
                 Value y = start;
                 for (OddStep step : steps)
                   y = buildStep(inner, y, tall, step);
                 return SmallVector<Value>{y};
               }).front();

  double rounding = roundingOf(element);
  Value value = m.dot(x, phi);
  Value smaller = m.min(m.toFloat(m.rows(x)), m.toFloat(m.cols(x)));
  Value nuclear;
  for (double lowest : {1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2}) {
    // Rounding may put a singular value just above 1.
    double least = imageOf(steps, lowest, 1).lower - rounding;
    if (least <= 0)
      continue;
    Value head = m.mul(value, m.constant(1 / least));
    Value tail = m.mul(m.mul(smaller, frobenius), m.constant(lowest));
    Value bound = m.add(head, tail);
    nuclear = nuclear ? m.min(nuclear, bound) : bound;
  }
  // ||X||_* <= sqrt(k) ||X||_F always.
  Value crude = m.mul(m.sqrt(smaller), frobenius);
  nuclear = nuclear ? m.min(nuclear, crude) : crude;
  double largest = std::max(1.0, imageOf(steps, 0, 1).upper);
  return {phi, nuclear, m.constant(largest * (1 + rounding))};
}
