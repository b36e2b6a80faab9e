//===- StepPairs.cpp - two odd steps in four products ---------------------===//

#include "lib/Support/StepPairs.h"

#include <algorithm>
#include <cmath>

using namespace steepest;

namespace {
/// The powers of g cancel where z is small.
using Real = long double;
/// Coefficients, that of the lowest power first.
using Coefficients = std::vector<Real>;
} // namespace

static Coefficients multiply(const Coefficients &a, const Coefficients &b) {
  Coefficients product(a.size() + b.size() - 1);
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < b.size(); ++j)
      product[i + j] += a[i] * b[j];
  return product;
}

/// r by the powers of g.
static Coefficients composeFactors(const OddStep &first,
                                   const OddStep &second) {
  Coefficients q{first.a, first.b, first.c};
  Coefficients g = multiply({0, 1}, multiply(q, q));
  Coefficients factor = multiply(g, g);
  for (Real &coefficient : factor)
    coefficient *= second.c;
  for (size_t i = 0; i < g.size(); ++i)
    factor[i] += second.b * g[i];
  factor[0] += second.a;
  return multiply(q, factor);
}

/// The coefficients by powers of g - center.
static Coefficients shift(const Coefficients &polynomial, Real center) {
  Coefficients shifted{0};
  for (auto it = polynomial.rbegin(); it != polynomial.rend(); ++it) {
    shifted = multiply(shifted, {center, 1});
    shifted[0] += *it;
  }
  return shifted;
}

double StepPair::operator()(double g) const {
  double z = g - center, m = z * z, a = m * m + linear * z, b = m * a;
  auto combine = [&](const std::array<double, 4> &c) {
    return c[0] + c[1] * g + c[2] * m + c[3] * a;
  };
  return lead * (b + combine(left)) * (b + combine(right)) + combine(rest);
}

/// See the head of StepPairs.h. `r` is divided by its leading coefficient.
static StepPair solve(const Coefficients &r, Real lead, Real center, Real f4) {
  Real e4 = r[10] / 2, u = r[9] / 2;
  Real e2 = (r[8] - e4 * e4 + f4 * f4) / 2;
  Real e1 = (r[7] - 2 * u * e4) / 2;
  Real f1 = (2 * u * e2 + 2 * e4 * e1 - r[5]) / (2 * f4);
  // Twice e0 but for 2 f4 f2.
  Real e0Twice = r[6] - u * u - 2 * e4 * e2;
  Real f2 = (r[3] - u * e0Twice - 2 * e2 * e1) / (2 * u * f4 - 2 * f1);
  Real e0 = e0Twice / 2 + f4 * f2;
  Real f0 = (2 * e4 * e0 + e2 * e2 + 2 * u * e1 - f2 * f2 - r[4]) / (2 * f4);
  Real c2 = r[2] - (2 * e2 * e0 + e1 * e1 - 2 * f2 * f0 - f1 * f1);
  Real c1 = r[1] - (2 * e1 * e0 - 2 * f1 * f0);
  Real c0 = r[0] - (e0 * e0 - f0 * f0);
  // From multiples of 1, z, z^2 and z^4.
  auto convert = [&](Real d0, Real d1, Real d2, Real d4) {
    Real ofGram = d1 - d4 * u;
    return std::array<double, 4>{double(d0 - ofGram * center), double(ofGram),
                                 double(d2), double(d4)};
  };
  return {double(center),
          double(u),
          convert(e0 + f0, e1 + f1, e2 + f2, e4 + f4),
          convert(e0 - f0, e1 - f1, e2 - f2, e4 - f4),
          convert(lead * c0, lead * c1, lead * c2, 0),
          double(lead),
          0,
          0};
}

/// See `StepPair::rounding`.
static double boundRounding(const StepPair &pair, double largest) {
  constexpr int points = 256;
  auto take = [](double &norm, double value) {
    norm = std::max(norm, std::abs(value));
  };
  using Span = std::array<double, 4>;
  // The norms of M, A and B, of M - s^2 I, which is rounded as well, and of
  // both factors.
  double m = 0, a = 0, b = 0, unshifted = 0, left = 0, right = 0;
  double s = pair.center;
  for (int i = 0; i <= points; ++i) {
    double g = largest * i / points, z = g - s;
    double square = z * z, quartic = square * square + pair.linear * z;
    take(m, square);
    take(unshifted, square - s * s);
    take(a, quartic);
    take(b, square * quartic);
    auto combine = [&](const Span &c) {
      return square * quartic + c[0] + c[1] * g + c[2] * square +
             c[3] * quartic;
    };
    take(left, combine(pair.left));
    take(right, combine(pair.right));
  }
  // The sums over the terms of a product, and what its epilogue adds.
  double offM = (largest * largest + unshifted + m) / 2;
  double offA = 2 * m * offM + (2 * m * m + a) / 2;
  double offB = m * offA + a * offM + m * a / 2;
  auto offOf = [&](const Span &c) {
    return std::abs(c[2]) * offM + std::abs(c[3]) * offA +
           (std::abs(c[0]) + std::abs(c[1]) * largest + std::abs(c[2]) * m +
            std::abs(c[3]) * a) /
               2;
  };
  double offLeft = offB + b / 2 + offOf(pair.left);
  double offRight = offB + b / 2 + offOf(pair.right);
  return std::abs(pair.lead) *
             (left * offRight + right * offLeft + left * right / 2) +
         offOf(pair.rest);
}

std::optional<StepPair>
steepest::pairSteps(const OddStep &first, const OddStep &second, double upper) {
  if (first.c == 0 || second.c == 0)
    return std::nullopt;
  Coefficients r = composeFactors(first, second);
  Real lead = r[12], center = -r[11] / (12 * lead);
  double largest = upper * upper;
  Coefficients shifted = shift(r, center);
  for (Real &coefficient : shifted)
    coefficient /= lead;
  std::optional<StepPair> best;
  constexpr int choices = 96;
  for (int i = 0; i <= choices; ++i) {
    double f4 = 0.01 * std::pow(1e4, double(i) / choices);
    StepPair pair = solve(shifted, lead, center, f4);
    pair.rounding = boundRounding(pair, largest);
    for (int j = 0; j <= 64; ++j) {
      double g = largest * j / 64;
      double q = first.a + g * (first.b + g * first.c), h = g * q * q;
      double exact = q * (second.a + h * (second.b + h * second.c));
      pair.error = std::max(pair.error, std::abs(pair(g) - exact));
    }
    if (std::isfinite(pair.rounding) &&
        (!best || pair.rounding < best->rounding))
      best = pair;
  }
  return best;
}

/// The largest value of the first `count` steps on [0, 1].
static double boundValue(const OddSteps &steps, size_t count) {
  double upper = 1;
  for (size_t i = 0; i < count; ++i) {
    Range range = imageOf({steps[i]}, 0, upper);
    upper = std::max(std::abs(range.lower), std::abs(range.upper));
  }
  return upper;
}

/// The largest slope of a step on [0, upper].
static double boundSlope(const OddStep &step, double upper) {
  constexpr int points = 256;
  double slope = 0;
  for (int i = 0; i <= points; ++i) {
    double x = upper * i / points, square = x * x;
    slope = std::max(
        slope, std::abs(step.a + square * (3 * step.b + square * 5 * step.c)));
  }
  return slope;
}

/// How far the rounding of a pair moves the last value. What it does to R
/// commutes with nothing, so that it mixes the largest X before the pair with
/// all directions, and grows by the largest slope of each step behind it.
static double boundMove(const OddSteps &steps, size_t first,
                        const StepPair &pair, double unit) {
  double moved = (unit * pair.rounding + pair.error) * boundValue(steps, first);
  for (size_t i = first + 2; i < steps.size(); ++i)
    moved *= boundSlope(steps[i], boundValue(steps, i));
  return moved;
}

StepPairs steepest::placePairs(const OddSteps &steps,
                               const std::vector<unsigned> &starts, double unit,
                               double allowance) {
  StepPairs placed;
  placed.pairs.resize(steps.size());
  auto begins = [&](size_t i) {
    return std::find(starts.begin(), starts.end(), i) != starts.end();
  };
  for (size_t last = steps.size(); last > 1;) {
    size_t first = last - 2;
    --last;
    if (begins(last))
      continue;
    // A little more than without rounding.
    std::optional<StepPair> pair =
        pairSteps(steps[first], steps[last], 1.01 * boundValue(steps, first));
    if (!pair)
      continue;
    double moved = boundMove(steps, first, *pair, unit);
    if (!(placed.deviation + moved <= allowance))
      continue;
    placed.deviation += moved;
    placed.pairs[first] = pair;
    ++placed.count;
    last = first;
  }
  return placed;
}
