//===- SumBound.cpp - sums of singular values by an approximation ---------===//

#include "lib/Transforms/LowerSpectral/SumBound.h"

#include <cmath>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
/// What singular values below l add to a sum.
struct Tail {
  /// mu, and nu for p = 0.
  double each, ofDeficit;
};
} // namespace

static Tail tailOf(const SumBound &bound, double lo, double l) {
  // On [a, b] they are at most b^(1+p) (1 - min g / lo) and b / (lo (lo + min
  // g)), below the last a at most what they are for g = 0.
  constexpr double ratio = 1.1, smallest = 1e-2;
  double exponent = 1 + bound.power, upper = l;
  Tail tail = {0, 0};
  auto add = [&](double t, double g) {
    tail.each = std::max(tail.each, std::pow(t, exponent) * (1 - g / lo));
    tail.ofDeficit = std::max(tail.ofDeficit, t / (lo * (lo + g)));
  };
  while (upper > smallest * l) {
    double lower = upper / ratio;
    add(upper, std::max(bound.least(lower, upper), 0.0));
    upper = lower;
  }
  add(upper, 0);
  return tail;
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
  // k G^2 - sum g^2.
  Value deficit;
  if (power == 0 && std::isfinite(largest)) {
    Value length =
        m.sub(m.frobenius(phi), m.mul(m.sqrt(smaller), m.constant(deviation)));
    length = m.max(length, m.constant(0));
    Value most = m.mul(smaller, m.constant(largest * largest));
    deficit = m.max(m.sub(most, m.square(length)), m.constant(0));
  }
  for (double l :
       {1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, lowest}) {
    // Rounding may put a singular value just above f.
    double lo = l > 0 ? least(l, 1) : 0;
    double kept = power == 0 ? lo - deviation : lo;
    if (kept <= 0)
      continue;
    Tail parts = tailOf(*this, lo, l);
    Value tail = m.mul(smaller, m.constant(lo * parts.each));
    if (deficit)
      tail = m.min(tail, m.mul(deficit, m.constant(lo * parts.ofDeficit)));
    Value sum = m.add(value, tail);
    bound = m.min(bound, m.mul(sum, m.constant(1 / kept)));
  }
  return bound;
}
