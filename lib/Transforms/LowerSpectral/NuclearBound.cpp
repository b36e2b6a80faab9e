//===- NuclearBound.cpp - the nuclear norm from an approximate msign ------===//

#include "lib/Transforms/LowerSpectral/NuclearBound.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// An upper bound of t (1 - P(t) / lo) on [0, l].
static double tailOf(function_ref<double(double, double)> least, double lo,
                     double l) {
  // On [a, b] it is at most b (1 - min P / lo), and below the last a at most a.
  constexpr double ratio = 1.1, smallest = 1e-2;
  double most = 0, upper = l;
  while (upper > smallest * l) {
    double lower = upper / ratio;
    most = std::max(most, upper * (1 - least(lower, upper) / lo));
    upper = lower;
  }
  return std::max(most, upper);
}

Value NuclearBound::build(FormulaBuilder &m, Value x, Value phi,
                          Value frobenius, Value f) const {
  Value value = m.dot(x, phi);
  Value smaller = m.min(m.toFloat(m.rows(x)), m.toFloat(m.cols(x)));
  Value all = m.mul(smaller, f);
  Value bound = m.mul(m.sqrt(smaller), frobenius);
  for (double l :
       {1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, lowest}) {
    // Rounding may put a singular value just above f.
    double lo = l > 0 ? least(l, 1) : 0, kept = lo - deviation;
    if (kept <= 0)
      continue;
    Value tail = m.mul(all, m.constant(lo * tailOf(least, lo, l)));
    Value sum = m.add(value, tail);
    bound = m.min(bound, m.mul(sum, m.constant(1 / kept)));
  }
  return bound;
}
