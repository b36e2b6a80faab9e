//===- EigenvalueBound.cpp - a bound of the largest eigenvalue ------------===//

#include "lib/Models/EigenvalueBound.h"
#include "lib/Models/Loop.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// Bounds are known up to this factor.
static constexpr double ratio = 2;

/// Whether (1 + d) I - S is positive definite.
static Value isBelow(FormulaBuilder &m, Value s, Value d) {
  Value shifted = m.mul(m.identity(s), m.add(m.constant(1), d));
  return m
      .rational(m.sub(shifted, s), /*constant=*/0, /*weights=*/{1},
                /*poles=*/{0})
      .defined;
}

Value steepest::buildEigenvalueBound(FormulaBuilder &m, Value s, Value least,
                                     Value enough) {
  Value one = m.constant(1);
  Value diagonal = m.toF64(m.maximum(m.mul(s, m.identity(s))));
  Value from = m.max(least, m.sub(diagonal, one));
  Value frobenius = m.max(m.frobenius(s), one);
  Value farthest = m.max(m.sub(frobenius, one), from);
  // What is no bound, or the least that one may be; a bound; what to test.
  Value first = enough ? m.min(m.max(enough, from), farthest) : from;
  Values end = buildLoop(
      m, {from, farthest, first, m.truth(true)},
      [](FormulaBuilder &, ValueRange state) { return state[3]; },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        Value tested = state[2];
        Value isBound = isBelow(m, s, tested);
        Value low = m.select(isBound, state[0], tested);
        Value high = m.select(isBound, tested, state[1]);
        Value isEnough =
            m.logicalAnd(isBound, m.compare(CmpFPredicate::OLE, tested, first));
        Value isWide =
            m.compare(CmpFPredicate::OGT, high, m.mul(low, m.constant(ratio)));
        return {low, high, m.sqrt(m.mul(low, high)),
                m.select(isEnough, m.truth(false), isWide)};
      });
  return m.add(one, end[1]);
}
