//===- EigenvalueBound.cpp - a bound of the largest eigenvalue ------------===//

#include "lib/Models/EigenvalueBound.h"
#include "lib/Models/Loop.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// d after this many failures is 4^14 times what it was.
static constexpr double mostTests = 14;
static constexpr double growth = 4;

/// Whether (1 + d) I - S is positive definite.
static Value isBelow(FormulaBuilder &m, Value s, Value d) {
  Value shifted = m.mul(m.identity(s), m.add(m.constant(1), d));
  return m
      .rational(m.sub(shifted, s), /*constant=*/0, /*weights=*/{1},
                /*poles=*/{0})
      .defined;
}

Value steepest::buildEigenvalueBound(FormulaBuilder &m, Value s, Value least) {
  Value one = m.constant(1);
  Value diagonal = m.toF64(m.maximum(m.mul(s, m.identity(s))));
  Value start = m.max(least, m.sub(diagonal, one));
  // d, whether it is a bound, and the tests that failed.
  Values end = buildLoop(
      m, {start, m.truth(false), m.constant(0)},
      [](FormulaBuilder &m, ValueRange state) {
        Value isEarly =
            m.compare(CmpFPredicate::OLT, state[2], m.constant(mostTests));
        return m.logicalAnd(isEarly,
                            m.select(state[1], m.truth(false), m.truth(true)));
      },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        Value isBound = isBelow(m, s, state[0]);
        Value larger = m.mul(state[0], m.constant(growth));
        return {m.select(isBound, state[0], larger), isBound,
                m.select(isBound, state[2], m.add(state[2], m.constant(1)))};
      });
  Value d = end[0], isBound = end[1];
  Value hasFailed = m.compare(CmpFPredicate::OGT, end[2], m.constant(0));
  Value half = m.mul(d, m.constant(0.5));
  d = m.branch(
      m.logicalAnd(isBound, hasFailed),
      [&](FormulaBuilder &m) {
        return SmallVector<Value>{m.select(isBelow(m, s, half), half, d)};
      },
      [&](FormulaBuilder &) { return SmallVector<Value>{d}; })[0];
  Value frobenius = m.max(m.frobenius(s), one);
  return m.select(isBound, m.add(one, d), frobenius);
}
