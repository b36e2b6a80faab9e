//===- ScalarDual.cpp - directions with one multiplier --------------------===//

#include "lib/Models/Methods/ScalarRoot/ScalarDual.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::Extent;
using matrix::FormulaBuilder;

ScalarDual::ScalarDual(FormulaBuilder &m, const Problem &problem, Value normal,
                       Extent extent, Attribute contract)
    : m(m), problem(problem), extent(extent), contract(contract) {
  Value g = m.toF64(problem.gradient);
  t = g;
  v = m.toF64(normal);
  square = fold(m.square(v));
  start = m.divOrZero(fold(m.mul(v, g)), square);
  t = m.sub(g, m.mul(v, spread(start)));
  // G is known up to the rounding of its entries, and there are so many.
  Value count = extent == Extent::Scalar ? m.count(g)
                : extent == Extent::Row  ? m.toFloat(m.cols(g))
                                         : m.toFloat(m.rows(g));
  Value relative =
      m.mul(m.constant(8 * epsilonOf(problem.getElement())), m.sqrt(count));
  isLeft = m.compare(CmpFPredicate::OGT, fold(m.square(t)),
                     m.mul(fold(m.square(g)), m.square(relative)));
  if (!problem.manifold.getManifoldFacts().equality)
    isLeft =
        m.compare(CmpFPredicate::OGT,
                  m.max(m.cast(isLeft, m.f64()), m.max(start, m.constant(0))),
                  m.constant(0));
}

Value ScalarDual::any(Value condition) {
  if (extent == Extent::Scalar)
    return condition;
  return m.compare(CmpFPredicate::OGT, m.maximum(m.cast(condition, m.f64())),
                   m.constant(0));
}

ScalarDual::Sample ScalarDual::evaluate(Value multiplier) {
  Value z = m.add(t, m.mul(v, spread(multiplier)));
  Dualized dualized =
      problem.normModel.buildDualizer(m, z, problem.operands, contract);
  isAttained = dualized.attained;
  Value phi = dualized.phi;
  if (!isAttained)
    phi = m.div(phi, m.max(dualized.length, m.constant(1)));
  Line line = {multiplier, fold(m.mul(v, phi)), fold(m.mul(t, phi))};
  // Each problem has its own share of an exact dual norm only.
  Value dual = extent == Extent::Scalar ? m.max(dualized.dual, height(line))
                                        : height(line);
  return {line, dual, phi};
}

Line ScalarDual::select(Value condition, const Line &a, const Line &b) {
  return {m.select(condition, a.multiplier, b.multiplier),
          m.select(condition, a.slope, b.slope),
          m.select(condition, a.value, b.value)};
}

Value ScalarDual::share(const Bracket &bracket) {
  Value lower = m.neg(bracket.lower.slope);
  return m.divOrZero(lower, m.add(lower, bracket.upper.slope));
}

Value ScalarDual::attained(const Bracket &bracket) {
  return between(bracket.lower.value, bracket.upper.value, share(bracket));
}

Value ScalarDual::meeting(const Bracket &bracket) {
  return m.divOrZero(m.sub(bracket.lower.value, bracket.upper.value),
                     m.sub(bracket.upper.slope, bracket.lower.slope));
}

Value ScalarDual::cubicMinimum(const Bracket &bracket) {
  const Line &lower = bracket.lower, &upper = bracket.upper;
  Value width = m.sub(upper.multiplier, lower.multiplier);
  Value chord = m.divOrZero(
      m.mul(m.sub(height(lower), height(upper)), m.constant(3)), width);
  Value a = m.add(m.add(lower.slope, upper.slope), chord);
  Value b = m.sqrt(m.max(m.sub(m.square(a), m.mul(lower.slope, upper.slope)),
                         m.constant(0)));
  Value above = m.sub(m.add(upper.slope, b), a);
  Value whole = m.add(m.sub(upper.slope, lower.slope), m.add(b, b));
  return m.sub(upper.multiplier, m.mul(width, m.divOrZero(above, whole)));
}

Value ScalarDual::middle(const Bracket &bracket) {
  return between(bracket.lower.multiplier, bracket.upper.multiplier,
                 m.constant(0.5));
}

Value ScalarDual::isWide(const Bracket &bracket) {
  Value lower = bracket.lower.multiplier, upper = bracket.upper.multiplier;
  Value digits = m.mul(m.add(m.abs(lower), m.abs(upper)),
                       m.constant(4 * epsilonOf(m.f64())));
  return m.compare(CmpFPredicate::OGT, m.sub(upper, lower), digits);
}

Line ScalarDual::flat(const Line &line) {
  return {line.multiplier, m.mul(line.slope, m.constant(0)), height(line)};
}
