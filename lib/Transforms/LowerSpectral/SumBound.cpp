//===- SumBound.cpp - sums of singular values by an approximation ---------===//

#include "lib/Transforms/LowerSpectral/SumBound.h"

#include <cmath>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// An upper bound of t^(1+p) (1 - g(t) / lo) on [0, l].
static double tailOf(const SumBound &bound, double lo, double l) {
  // On [a, b] it is at most b^(1+p) (1 - min g / lo), below the last a at most
  // a^(1+p).
  constexpr double ratio = 1.1, smallest = 1e-2;
  double exponent = 1 + bound.power, most = 0, upper = l;
  while (upper > smallest * l) {
    double lower = upper / ratio;
    most = std::max(most, std::pow(upper, exponent) *
                              (1 - bound.least(lower, upper) / lo));
    upper = lower;
  }
  return std::max(most, std::pow(upper, exponent));
}

Value SumBound::build(FormulaBuilder &m, Value x, Value phi, Value frobenius,
                      Value f) const {
  Value value = m.divOrZero(m.dot(x, phi), f);
  Value smaller = m.min(m.toFloat(m.rows(x)), m.toFloat(m.cols(x)));
  Value size = m.divOrZero(frobenius, f);
  Value nuclear = m.mul(m.sqrt(smaller), size);
  Value bound = power == 0 ? nuclear
                           : m.mul(m.pow(smaller, (1 - power) / 2),
                                   m.pow(size, 1 + power));
  if (power > 0)
    value = m.add(value, m.mul(nuclear, m.constant(deviation)));
  for (double l :
       {1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, lowest}) {
    // Rounding may put a singular value just above f.
    double lo = l > 0 ? least(l, 1) : 0;
    double kept = power == 0 ? lo - deviation : lo;
    if (kept <= 0)
      continue;
    Value tail = m.mul(smaller, m.constant(lo * tailOf(*this, lo, l)));
    Value sum = m.add(value, tail);
    bound = m.min(bound, m.mul(sum, m.constant(1 / kept)));
  }
  return bound;
}
