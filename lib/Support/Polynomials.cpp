//===- Polynomials.cpp - odd polynomial iterations for msign --------------===//

#include "lib/Support/Polynomials.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace steepest;

// The equioscillation equations lose as many digits as the interval is short;
// the digits beyond double keep the result good to the last bit.
using Real = long double;

double steepest::evaluate(const OddSteps &steps, double x) {
  for (const OddStep &step : steps)
    x = step(x);
  return x;
}

double Range::error() const { return std::max(1 - lower, upper - 1); }

//===----------------------------------------------------------------------===//
// Extrema
//===----------------------------------------------------------------------===//

/// The squares of the points where p' = a + 3 b x^2 + 5 c x^4 vanishes.
template <typename T> static std::vector<T> squaredExtrema(T a, T b, T c) {
  if (c == 0)
    return b == 0 ? std::vector<T>() : std::vector<T>{-a / (3 * b)};
  T discriminant = 9 * b * b - 20 * a * c;
  if (!(discriminant >= 0))
    return {};
  T root = std::sqrt(discriminant);
  return {(-3 * b - root) / (10 * c), (-3 * b + root) / (10 * c)};
}

static Range imageUnder(const OddStep &step, Range range) {
  double low = step(range.lower), high = step(range.upper);
  Range image{std::min(low, high), std::max(low, high)};
  for (double square : squaredExtrema(step.a, step.b, step.c)) {
    if (!(square > 0))
      continue;
    for (double x : {std::sqrt(square), -std::sqrt(square)}) {
      if (x <= range.lower || x >= range.upper)
        continue;
      image.lower = std::min(image.lower, step(x));
      image.upper = std::max(image.upper, step(x));
    }
  }
  return image;
}

Range steepest::imageOf(const OddSteps &steps, double lower, double upper) {
  Range range{lower, upper};
  for (const OddStep &step : steps)
    range = imageUnder(step, range);
  return range;
}

//===----------------------------------------------------------------------===//
// Best polynomials
//===----------------------------------------------------------------------===//

OddStep steepest::bestCubic(double lower, double upper) {
  // beta q(alpha x) with q(y) = (3 y - y^3) / 2: the ends take the same value
  // and the maximum is as far above 1 as they are below.
  Real l = lower, u = upper;
  Real alpha = std::sqrt(3 / (u * u + l * u + l * l));
  Real cube = alpha * alpha * alpha;
  Real beta = 4 / (2 + l * u * (l + u) * cube);
  return {double(beta * alpha * 3 / 2), double(-beta * cube / 2), 0};
}

namespace {
/// a, b, c and E of p(l) = 1 - E, p(q) = 1 + E, p(r) = 1 - E, p(u) = 1 + E.
struct Equioscillation {
  Real a, b, c, error;
};
} // namespace

static Equioscillation equioscillate(Real l, Real q, Real r, Real u) {
  Real rows[4][5];
  Real points[] = {l, q, r, u};
  for (int i = 0; i < 4; ++i) {
    Real x = points[i], square = x * x;
    Real row[] = {x, x * square, x * square * square, Real(i % 2 == 0 ? 1 : -1),
                  1};
    std::copy(row, row + 5, rows[i]);
  }
  // Gaussian elimination with row pivoting.
  for (int k = 0; k < 4; ++k) {
    int pivot = k;
    for (int i = k + 1; i < 4; ++i)
      if (std::abs(rows[i][k]) > std::abs(rows[pivot][k]))
        pivot = i;
    std::swap(rows[k], rows[pivot]);
    for (int i = 0; i < 4; ++i) {
      if (i == k)
        continue;
      Real factor = rows[i][k] / rows[k][k];
      for (int j = k; j < 5; ++j)
        rows[i][j] -= factor * rows[k][j];
    }
  }
  return {rows[0][4] / rows[0][0], rows[1][4] / rows[1][1],
          rows[2][4] / rows[2][2], rows[3][4] / rows[3][3]};
}

OddStep steepest::bestQuintic(double lower, double upper) {
  Real l = lower, u = upper;
  if (l >= (1 - Real(5e-6)) * u) {
    // The limit of a short interval: both extrema at its middle. The error,
    // 5/2 times the cube of half its relative length, is below 1e-16.
    Real m = (l + u) / 2, cube = m * m * m;
    return {double(15 / (8 * m)), double(-10 / (8 * cube)),
            double(3 / (8 * cube * m * m))};
  }
  // Remez exchange: the inner points move to the extrema.
  Real q = (3 * l + u) / 4, r = (l + 3 * u) / 4;
  Equioscillation best = equioscillate(l, q, r, u);
  for (int round = 0; round < 60; ++round) {
    std::vector<Real> squares = squaredExtrema(best.a, best.b, best.c);
    if (squares.size() != 2 || !(squares[0] > 0 && squares[1] > 0))
      break;
    q = std::sqrt(std::min(squares[0], squares[1]));
    r = std::sqrt(std::max(squares[0], squares[1]));
    Equioscillation next = equioscillate(l, q, r, u);
    bool settled = std::abs(next.error - best.error) <=
                   8 * std::numeric_limits<Real>::epsilon();
    best = next;
    if (settled)
      break;
  }
  return {double(best.a), double(best.b), double(best.c)};
}

//===----------------------------------------------------------------------===//
// Compositions
//===----------------------------------------------------------------------===//

static OddStep scaled(const OddStep &step, double factor) {
  return {step.a * factor, step.b * factor, step.c * factor};
}

/// `step` scaled so that its range on `range` has its middle at 1.
static OddStep centred(const OddStep &step, Range range) {
  Range image = imageUnder(step, range);
  return scaled(step, 2 / (image.lower + image.upper));
}

OddSteps steepest::optimalSteps(double lowest, unsigned count,
                                const StepOptions &options) {
  OddSteps steps;
  // `reached` is where values can be with rounding, `range` without.
  Range reached{lowest, options.upper}, range = reached;
  for (unsigned i = 0; i < count; ++i) {
    // The input's own slack is in options.upper.
    if (i > 0)
      reached.upper *= 1 + options.slack;
    double lower = std::max(reached.lower, options.cushion * reached.upper);
    OddStep step = bestQuintic(lower, reached.upper);
    step = centred(step, i + 1 < count ? reached : range);
    steps.push_back(step);
    reached = imageUnder(step, reached);
    range = imageUnder(step, range);
  }
  return steps;
}

std::optional<Schedule> steepest::stepsFor(double lowest, double error) {
  // What evaluating the steps in float64 rounds; an image computed in float64
  // may hit 1 by luck.
  constexpr double rounding = 4 * std::numeric_limits<double>::epsilon();
  if (!(lowest > 0 && lowest < 1 && error >= rounding))
    return std::nullopt;
  // The last step must forgive its slack: the error of an interval of relative
  // length h is of the order of h^3.
  double slack = std::min(stepSlack, std::cbrt(error) / 2);
  // A step raises a small value at most 8.5 times: this reaches every lowest
  // that a double can have next to 1, and then some.
  constexpr unsigned most = 40;
  for (unsigned count = 1; count <= most; ++count) {
    StepOptions options;
    options.upper = 1 + inputSlack;
    options.slack = slack;
    Schedule schedule{optimalSteps(lowest, count, options), 0};
    schedule.error = std::max(
        imageOf(schedule.steps, lowest, options.upper).error(), rounding);
    if (schedule.error <= error)
      return schedule;
  }
  return std::nullopt;
}
