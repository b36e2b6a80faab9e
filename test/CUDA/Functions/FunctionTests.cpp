//===- FunctionTests.cpp - elementary functions of the device template ----===//
//
// Each function against the C library's in long double, of 64 bits, in units of
// the last place of a double: over its range, near its zeros and edges, and for
// special values against the C library's in double.
//
//===----------------------------------------------------------------------===//

#include "Functions.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <vector>

static_assert(std::numeric_limits<long double>::digits >= 64,
              "the reference has more digits than a double");

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double smallest = std::numeric_limits<double>::min();

/// The distance in units of the last place of the exact value.
double distance(double value, long double exact) {
  double rounded = double(exact);
  if (std::isnan(exact) || std::isnan(value))
    return std::isnan(exact) == std::isnan(value) ? 0 : infinity;
  if (std::isinf(rounded) || std::isinf(value))
    return rounded == value ? 0 : infinity;
  // Results below the least normal number may be zero.
  if (std::fabs(rounded) < smallest && std::fabs(value) <= smallest)
    return 0;
  int exponent;
  std::frexp(rounded, &exponent);
  return double(std::fabs(value - exact)) / std::ldexp(1.0, exponent - 53);
}

/// Numbers of all magnitudes between two, of both signs where `signs`, and
/// evenly spread ones.
std::vector<double> spread(double from, double to, bool signs) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<double> values;
  for (int i = 0; i < 20000; ++i) {
    double t = unit(random);
    double value =
        i % 2 ? from + t * (to - from) : from * std::pow(to / from, t);
    values.push_back(signs && i % 3 == 0 ? -value : value);
  }
  return values;
}

struct Unary {
  const char *name;
  double (*own)(double);
  long double (*exact)(long double);
  double (*plain)(double);
  double from, to;
  bool signs;
};

double errorOf(const char *name) {
#define STEEPEST_FUNCTION(function, count, error)                              \
  if (std::string(name) == #function)                                          \
    return error;
  STEEPEST_FUNCTIONS(STEEPEST_FUNCTION)
#undef STEEPEST_FUNCTION
  return 0;
}

#define UNARY(name, from, to, signs)                                           \
  {#name, steepest_math_##name, name##l, name, from, to, signs}
const Unary functions[] = {
    UNARY(acos, 1e-12, 1, true),        UNARY(acosh, 1, 1e300, false),
    UNARY(asin, 1e-300, 1, true),       UNARY(asinh, 1e-300, 1e300, true),
    UNARY(atan, 1e-300, 1e300, true),   UNARY(atan, 1e-3, 10, true),
    UNARY(atanh, 1e-300, 1, true),      UNARY(cbrt, 1e-300, 1e300, true),
    UNARY(cos, 1e-8, 10, true),         UNARY(cos, 1, 1e300, true),
    UNARY(cosh, 1e-8, 720, true),       UNARY(erf, 1e-300, 7, true),
    UNARY(erfc, 1e-10, 26, false),      UNARY(erfc, 1e-10, 7, true),
    UNARY(exp, 1e-10, 720, true),       UNARY(exp2, 1e-10, 1030, true),
    UNARY(expm1, 1e-300, 720, true),    UNARY(expm1, 1e-3, 2, true),
    UNARY(log, 1e-310, 1e308, false),   UNARY(log, 0.5, 2, false),
    UNARY(log10, 1e-310, 1e308, false), UNARY(log10, 0.5, 2, false),
    UNARY(log1p, 1e-300, 1e300, false), UNARY(log1p, 1e-8, 0.999999, true),
    UNARY(log2, 1e-310, 1e308, false),  UNARY(log2, 0.5, 2, false),
    UNARY(sin, 1e-300, 10, true),       UNARY(sin, 1, 1e300, true),
    UNARY(sin, 1e8, 3e9, true),         UNARY(sinh, 1e-300, 720, true),
    UNARY(tan, 1e-300, 10, true),       UNARY(tan, 1, 1e300, true),
    UNARY(tanh, 1e-300, 30, true),
};

TEST(DeviceFunctions, KeepTheirErrors) {
  for (const Unary &function : functions) {
    double worst = 0, at = 0;
    for (double x : spread(function.from, function.to, function.signs)) {
      double error = distance(function.own(x), function.exact(x));
      if (!(error <= worst)) {
        worst = error;
        at = x;
      }
    }
    EXPECT_LE(worst, errorOf(function.name))
        << function.name << " of " << at << " is " << function.own(at);
  }
}

/// Near their zeros sines lose no digits: the doubles nearest to multiples of
/// pi / 2, and the one that is nearest of all.
TEST(DeviceFunctions, AnglesNearMultiples) {
  std::vector<double> angles = {0x1.6ac5b262ca1ffp+849};
  for (int n = 1; n < 2000; ++n)
    angles.push_back(double(n * 1.57079632679489661923132169163975144L));
  for (double x : angles) {
    EXPECT_LE(distance(steepest_math_sin(x), sinl(x)), errorOf("sin")) << x;
    EXPECT_LE(distance(steepest_math_cos(x), cosl(x)), errorOf("cos")) << x;
    EXPECT_LE(distance(steepest_math_tan(x), tanl(x)), errorOf("tan")) << x;
  }
}

TEST(DeviceFunctions, SpecialValues) {
  const double values[] = {0.0,          -0.0,  1.0,      -1.0,
                           2.0,          -2.0,  infinity, -infinity,
                           std::nan(""), 1e308, -1e308};
  auto same = [](double a, double b) {
    return (std::isnan(a) && std::isnan(b)) ||
           (std::signbit(a) == std::signbit(b) && distance(a, b) <= 4);
  };
  for (const Unary &function : functions)
    for (double x : values)
      EXPECT_PRED2(same, function.own(x), function.plain(x))
          << function.name << " of " << x;
}

/// Powers and angles of all pairs of these, special ones among them.
TEST(DeviceFunctions, OfTwo) {
  std::vector<double> values = {0.0,          0.5,     1.0,   2.0,    3.0,
                                7.0,          1e9,     1e308, 1e-308, infinity,
                                std::nan(""), 1 / 3.0, 0x1p53};
  for (double x : spread(1e-12, 1e12, true))
    if (values.size() < 400)
      values.push_back(x);
  for (size_t i = 0, size = values.size(); i < size; ++i)
    values.push_back(-values[i]);
  for (double x : values)
    for (double y : values) {
      double power = steepest_math_pow(x, y);
      EXPECT_LE(distance(power, powl(x, y)), errorOf("pow"))
          << x << " to the power " << y;
      double angle = steepest_math_atan2(x, y);
      EXPECT_LE(distance(angle, atan2l(x, y)), errorOf("atan2"))
          << "the angle of " << y << ", " << x;
      if (!std::isnan(angle))
        EXPECT_EQ(std::signbit(angle), std::signbit(x)) << x << ", " << y;
    }
}

} // namespace
