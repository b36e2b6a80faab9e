//===- Rational.cpp - rational functions for spectral functions -----------===//

#include "lib/Support/Rational.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace steepest;

// The equations of an exchange lose digits; those beyond double keep the
// coefficients good to the last bit.
using Real = long double;
using Reals = std::vector<Real>;

static constexpr Real epsilon = std::numeric_limits<Real>::epsilon();
/// Errors that are lost when coefficients are rounded to float64.
static constexpr Real negligible = 1e-16L;

double PartialFractions::operator()(double t) const {
  Real sum = constant;
  for (size_t j = 0; j < poles.size(); ++j)
    sum += Real(weights[j]) / (Real(t) + poles[j]);
  return double(sum);
}

double PartialFractions::gain() const { return (*this)(0); }

//===----------------------------------------------------------------------===//
// Zolotarev
//===----------------------------------------------------------------------===//

/// tan(am(u)), u = fraction K, for the modulus whose complement is
/// `complement`: sn / cn. By the arithmetic-geometric mean (Gauss; DLMF 22.20).
static Real ellipticTangent(Real fraction, Real complement) {
  Reals means = {1}, halves = {std::sqrt(1 - complement * complement)};
  Real mean = 1, other = complement;
  while (halves.back() > epsilon * mean) {
    Real next = (mean + other) / 2;
    halves.push_back((mean - other) / 2);
    other = std::sqrt(mean * other);
    mean = next;
    means.push_back(mean);
  }
  // K = pi / (2 mean), and the amplitude at level n is 2^n mean u.
  Real quarter = std::acos(Real(0));
  Real angle = std::ldexp(quarter * fraction, int(means.size()) - 1);
  for (size_t n = means.size() - 1; n > 0; --n)
    angle = (angle + std::asin(halves[n] / means[n] * std::sin(angle))) / 2;
  return std::tan(angle);
}

RationalFit steepest::zolotarev(double lowest, unsigned terms) {
  Real l = lowest;
  unsigned count = 2 * terms;
  // c_i = l^2 sc^2(i K / (2 r + 1)); c_i c_(2r+1-i) = l^2, which spares the
  // arguments next to K, where the tangent has lost its digits.
  Reals c(count + 1);
  for (unsigned i = 1; i <= terms; ++i) {
    Real tangent = ellipticTangent(Real(i) / (count + 1), l);
    c[i] = l * l * tangent * tangent;
    c[count + 1 - i] = l * l / c[i];
  }
  RationalFit fit;
  Reals weights(terms);
  for (unsigned j = 0; j < terms; ++j) {
    // a_j = -prod_k (c_2j-1 - c_2k) / prod_(k != j) (c_2j-1 - c_2k-1), with the
    // factors paired so that neither product leaves the range.
    Real pole = c[2 * j + 1], weight = c[2 * j + 2] - pole;
    for (unsigned k = 0; k < terms; ++k)
      if (k != j)
        weight *= (pole - c[2 * k + 2]) / (pole - c[2 * k + 1]);
    weights[j] = weight;
  }
  auto value = [&](Real x) {
    Real sum = 1;
    for (unsigned j = 0; j < terms; ++j)
      sum += weights[j] / (x * x + c[2 * j + 1]);
    return x * sum;
  };
  Real low = value(l), high = value(1), centre = 2 / (low + high);
  for (unsigned j = 0; j < terms; ++j) {
    fit.function.weights.push_back(double(centre * weights[j]));
    fit.function.poles.push_back(double(c[2 * j + 1]));
  }
  fit.function.constant = double(centre);
  fit.error = double((high - low) / (high + low));
  return fit;
}

//===----------------------------------------------------------------------===//
// Extrema
//===----------------------------------------------------------------------===//

namespace {
/// h and its first derivatives at t, in extended precision.
struct Jet {
  Real value, slope, curvature;

  template <typename Weights>
  Jet(Real constant, const Weights &weights, const Weights &poles, Real t)
      : value(constant), slope(0), curvature(0) {
    for (size_t j = 0; j < poles.size(); ++j) {
      Real inverse = 1 / (t + poles[j]), term = weights[j] * inverse;
      value += term;
      slope -= term * inverse;
      curvature += 2 * term * inverse * inverse;
    }
  }

  /// d/dx of t^a h(t) for t = e^x, over t^a, and its own derivative by x.
  Real rise(Real a, Real t) const { return a * value + t * slope; }
  Real bend(Real a, Real t) const {
    return t * ((a + 1) * slope + t * curvature);
  }
};
} // namespace

/// Points per octave on which extrema are looked for. Those of a best fit are
/// apart by the ratio of its poles, which is above 2 but for dozens of terms.
static constexpr int pointsPerOctave = 16;

/// Where t^a h(t) is extremal in the interior of [lower, upper], ascending.
template <typename Weights>
static Reals findExtrema(Real constant, const Weights &weights,
                         const Weights &poles, Real a, Real lower, Real upper) {
  auto jet = [&](Real t) { return Jet(constant, weights, poles, t); };
  int count = int(std::log2(upper / lower) * pointsPerOctave) + 2;
  Real ratio = std::pow(upper / lower, Real(1) / count);
  Reals found;
  Real t = lower, rise = jet(t).rise(a, t);
  for (int i = 0; i < count; ++i) {
    Real next = t * ratio, after = jet(next).rise(a, next);
    if (rise * after < 0) {
      // Newton's method on the logarithmic scale within the bracket.
      Real low = t, high = next, x = std::sqrt(t * next);
      for (int round = 0; round < 60; ++round) {
        Jet here = jet(x);
        Real value = here.rise(a, x);
        (value * rise > 0 ? low : high) = x;
        Real better = x * std::exp(-value / here.bend(a, x));
        if (!(better > low && better < high))
          better = std::sqrt(low * high);
        bool settled = std::abs(better - x) <= 16 * epsilon * x;
        x = better;
        if (settled)
          break;
      }
      found.push_back(x);
    }
    t = next, rise = after;
  }
  return found;
}

Range steepest::imageOf(const PartialFractions &h, double exponent,
                        double lower, double upper) {
  auto value = [&](double t) { return std::pow(t, exponent) * h(t); };
  Range range{value(lower), value(lower)};
  auto include = [&](double t) {
    range.lower = std::min(range.lower, value(t));
    range.upper = std::max(range.upper, value(t));
  };
  include(upper);
  // Below a part of the smallest pole h is nearly constant and the function
  // rises.
  double least = h.poles.empty() ? upper : 1e-3 * exponent * h.poles.front();
  least = std::max(lower, least);
  if (least < upper)
    for (Real t :
         findExtrema(h.constant, h.weights, h.poles, exponent, least, upper))
      include(double(t));
  return range;
}

//===----------------------------------------------------------------------===//
// Powers
//===----------------------------------------------------------------------===//

/// Solves the n equations of `rows`, each n coefficients and a right-hand side,
/// by elimination with row pivoting.
static Reals solve(std::vector<Reals> rows) {
  size_t n = rows.size();
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < n; ++i)
      if (std::abs(rows[i][k]) > std::abs(rows[pivot][k]))
        pivot = i;
    std::swap(rows[k], rows[pivot]);
    for (size_t i = 0; i < n; ++i) {
      if (i == k)
        continue;
      Real factor = rows[i][k] / rows[k][k];
      for (size_t j = k; j <= n; ++j)
        rows[i][j] -= factor * rows[k][j];
    }
  }
  Reals solution(n);
  for (size_t k = 0; k < n; ++k)
    solution[k] = rows[k][n] / rows[k][k];
  return solution;
}

namespace {
/// C, w_j and p_j of an h whose relative error is to equioscillate.
struct Exchange {
  Real exponent, low, constant;
  Reals weights, poles;
  Real error = 0;

  size_t equations() const { return 2 * poles.size() + 2; }

  /// t^exponent h(t) - 1; with `slopes`, its derivatives by the logarithms of
  /// the coefficients, which keep them positive.
  Real evaluate(Real t, Real *slopes = nullptr) const {
    Real power = std::pow(t, exponent), sum = constant;
    if (slopes)
      slopes[0] = power * constant;
    for (size_t j = 0; j < poles.size(); ++j) {
      Real inverse = 1 / (t + poles[j]), term = weights[j] * inverse;
      sum += term;
      if (slopes) {
        slopes[2 * j + 1] = power * term;
        slopes[2 * j + 2] = -power * term * poles[j] * inverse;
      }
    }
    return power * sum - 1;
  }

  /// Where the error is extremal, the ends included; empty unless there are as
  /// many points as equations.
  Reals points() const {
    Reals found = findExtrema(constant, weights, poles, exponent, low, Real(1));
    found.insert(found.begin(), low);
    found.push_back(1);
    return found.size() == equations() ? found : Reals();
  }

  /// One step of Newton's method for errors -E, E, -E, ... at these points;
  /// whether it is finite.
  bool step(const Reals &points) {
    size_t n = equations();
    std::vector<Reals> rows(n, Reals(n + 1));
    for (size_t i = 0; i < n; ++i) {
      Real value = evaluate(points[i], rows[i].data());
      rows[i][n - 1] = i % 2 == 0 ? 1 : -1;
      rows[i][n] = -value;
    }
    Reals change = solve(std::move(rows));
    Real longest = 1;
    for (size_t i = 0; i + 1 < n; ++i)
      longest = std::max(longest, std::abs(change[i]));
    // Far steps leave the region of the linear model.
    auto moved = [&](Real value, Real by) {
      return value * std::exp(by / longest);
    };
    constant = moved(constant, change[0]);
    for (size_t j = 0; j < poles.size(); ++j) {
      weights[j] = moved(weights[j], change[2 * j + 1]);
      poles[j] = moved(poles[j], change[2 * j + 2]);
    }
    error = change[n - 1];
    return std::isfinite(longest) && std::isfinite(error);
  }

  /// Exchanges from the extrema of a neighbour until those of the error agree
  /// to a part of 1e-9 or to what float64 cannot tell, which bounds the
  /// distance from the best fit (de la Vallee-Poussin). Whether they do, and
  /// the extrema.
  bool settle(Reals &at) {
    for (int round = 0; round < 24; ++round) {
      for (int newton = 0; newton < 4; ++newton)
        if (!step(at))
          return false;
      at = points();
      if (at.empty())
        return false;
      Real least = std::numeric_limits<Real>::max(), most = 0;
      for (size_t i = 0; i < at.size(); ++i) {
        Real value = evaluate(at[i]) * (i % 2 == 0 ? -1 : 1);
        least = std::min(least, value);
        most = std::max(most, value);
      }
      if (least > 0 && most - least <= 1e-9L * most + negligible) {
        error = most;
        return true;
      }
    }
    return false;
  }
};
} // namespace

std::optional<RationalFit>
steepest::bestInversePower(double exponent, double lowest, unsigned terms) {
  RationalFit start = zolotarev(std::sqrt(lowest), terms);
  if (exponent == 0.5)
    return start;
  Exchange exchange;
  exchange.exponent = 0.5L;
  exchange.low = lowest;
  exchange.constant = start.function.constant;
  exchange.weights.assign(start.function.weights.begin(),
                          start.function.weights.end());
  exchange.poles.assign(start.function.poles.begin(),
                        start.function.poles.end());
  Reals extrema = exchange.points();
  if (extrema.empty())
    return std::nullopt;
  // Towards the exponent in steps small enough that Newton's method follows.
  Real stride = 0.1L;
  while (exchange.exponent > exponent) {
    Exchange next = exchange;
    next.exponent = std::max(Real(exponent), exchange.exponent - stride);
    Reals moved = extrema;
    if (next.settle(moved)) {
      exchange = next;
      extrema = moved;
      stride *= 2;
      continue;
    }
    stride /= 2;
    if (stride < 1e-3L)
      return std::nullopt;
  }
  RationalFit fit;
  fit.function.constant = double(exchange.constant);
  fit.function.weights.assign(exchange.weights.begin(), exchange.weights.end());
  fit.function.poles.assign(exchange.poles.begin(), exchange.poles.end());
  fit.error = double(exchange.error);
  return fit;
}
