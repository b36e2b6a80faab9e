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

namespace {
/// A composition, and where it brings an interval: `reached` with rounding,
/// `range` without.
struct Composition {
  OddSteps steps;
  Range reached, range;

  Composition(double lowest, const StepOptions &options)
      : reached{lowest, options.upper}, range(reached) {}

  /// The best step of this degree for what is reached.
  void append(unsigned degree, bool isLast, const StepOptions &options) {
    // The input's own slack is in options.upper.
    if (!steps.empty())
      reached.upper *= 1 + options.slack;
    double lower = std::max(reached.lower, options.cushion * reached.upper);
    OddStep step = degree == 3 ? bestCubic(lower, reached.upper)
                               : bestQuintic(lower, reached.upper);
    step = centred(step, isLast ? range : reached);
    steps.push_back(step);
    reached = imageUnder(step, reached);
    range = imageUnder(step, range);
  }
};
} // namespace

OddSteps steepest::optimalSteps(double lowest, unsigned count,
                                const StepOptions &options) {
  return optimalSteps(lowest, std::vector<unsigned>(count, 5), options);
}

OddSteps steepest::optimalSteps(double lowest,
                                const std::vector<unsigned> &degrees,
                                const StepOptions &options) {
  Composition composition(lowest, options);
  for (size_t i = 0; i < degrees.size(); ++i)
    composition.append(degrees[i], i + 1 == degrees.size(), options);
  return composition.steps;
}

//===----------------------------------------------------------------------===//
// Schedules of a band
//===----------------------------------------------------------------------===//

/// What evaluating the steps in float64 rounds; an image computed in float64
/// may hit 1 by luck.
static constexpr double evaluationError =
    4 * std::numeric_limits<double>::epsilon();

/// The last step must forgive its slack: the error of an interval of relative
/// length h is of the order of h^3, that of a cubic step of h^2.
static StepOptions optionsFor(double error, unsigned lastDegree) {
  double forgiven = lastDegree == 3 ? std::sqrt(error) : std::cbrt(error);
  StepOptions options;
  options.upper = 1 + inputSlack;
  options.slack = std::min(stepSlack, forgiven / 2);
  return options;
}

static Schedule scheduleOf(OddSteps steps, double lowest) {
  double error = imageOf(steps, lowest, 1 + inputSlack).error();
  return {std::move(steps), std::max(error, evaluationError)};
}

std::optional<Schedule> steepest::stepsFor(double lowest, double error) {
  if (!(lowest > 0 && lowest < 1 && error >= evaluationError))
    return std::nullopt;
  StepOptions options = optionsFor(error, 5);
  // A step raises a small value at most 8.5 times: this reaches every lowest
  // that a double can have next to 1, and then some.
  constexpr unsigned most = 40;
  for (unsigned count = 1; count <= most; ++count) {
    Schedule schedule =
        scheduleOf(optimalSteps(lowest, count, options), lowest);
    if (schedule.error <= error)
      return schedule;
  }
  return std::nullopt;
}

unsigned steepest::fullProducts(const OddSteps &steps) {
  return std::count_if(steps.begin(), steps.end(),
                       [](const OddStep &step) { return step.c != 0; });
}

unsigned steepest::gramProducts(const OddSteps &steps) {
  // One for P of a quintic step; one for Q but the first; two for the next G.
  unsigned count = steps.size();
  return fullProducts(steps) + (count - 1) + 2 * (count - 1);
}

static bool isAsGood(const Schedule &a, const Schedule &b) {
  return a.steps.size() <= b.steps.size() &&
         fullProducts(a.steps) <= fullProducts(b.steps) &&
         gramProducts(a.steps) <= gramProducts(b.steps) && a.error <= b.error;
}

std::vector<Schedule> steepest::schedulesFor(double lowest, double error) {
  std::optional<Schedule> quintic = stepsFor(lowest, error);
  if (!quintic)
    return {};
  std::vector<Schedule> schedules = {*quintic};
  unsigned count = quintic->steps.size();
  unsigned full = 3 * count + fullProducts(quintic->steps);
  unsigned gram = gramProducts(quintic->steps);
  // On square X a cubic step takes 3 products where a quintic takes 4, and it
  // raises a small value 2.5 times where that does 4 times: more than so many
  // are not replaced at a profit.
  unsigned replaced = std::min(count, 5u);
  for (unsigned last : {3u, 5u}) {
    StepOptions options = optionsFor(error, last);
    for (unsigned first : {3u, 5u}) {
      // The best prefixes with so many cubic and quintic steps: what reaches a
      // shorter interval is better whatever follows.
      std::vector<std::vector<std::optional<Composition>>> best(
          replaced + 2, std::vector<std::optional<Composition>>(count + 1));
      auto offer = [&](unsigned cubics, unsigned quintics,
                       Composition composition) {
        if (cubics >= best.size() || quintics > count)
          return;
        std::optional<Composition> &known = best[cubics][quintics];
        if (!known || composition.reached.error() < known->reached.error())
          known = std::move(composition);
      };
      auto extended = [&](const Composition &prefix, unsigned degree,
                          bool isLast) {
        Composition longer = prefix;
        longer.append(degree, isLast, options);
        return longer;
      };
      Composition empty(lowest, options);
      offer(first == 3, first == 5, extended(empty, first, false));
      for (unsigned quintics = 0; quintics <= count; ++quintics)
        for (unsigned cubics = 0; cubics < best.size(); ++cubics) {
          const std::optional<Composition> &prefix = best[cubics][quintics];
          if (!prefix)
            continue;
          offer(cubics + 1, quintics, extended(*prefix, 3, false));
          offer(cubics, quintics + 1, extended(*prefix, 5, false));
        }
      auto consider = [&](const Composition &whole) {
        unsigned quintics = fullProducts(whole.steps);
        if (quintics == whole.steps.size())
          return;
        bool isCheaper = 3 * whole.steps.size() + quintics < full ||
                         gramProducts(whole.steps) < gram;
        if (!isCheaper)
          return;
        Schedule schedule = scheduleOf(whole.steps, lowest);
        if (schedule.error <= error)
          schedules.push_back(std::move(schedule));
      };
      if (first == last)
        consider(extended(empty, last, true));
      for (const auto &row : best)
        for (const std::optional<Composition> &prefix : row)
          if (prefix)
            consider(extended(*prefix, last, true));
    }
  }
  // What another one is as good as in every respect is left out; of equals, the
  // later.
  std::vector<Schedule> kept;
  for (size_t i = 0; i < schedules.size(); ++i) {
    bool isSuperfluous = false;
    for (size_t j = 0; j < schedules.size(); ++j)
      if (i != j && isAsGood(schedules[j], schedules[i]))
        isSuperfluous |= j < i || !isAsGood(schedules[i], schedules[j]);
    if (i == 0 || !isSuperfluous)
      kept.push_back(schedules[i]);
  }
  return kept;
}
