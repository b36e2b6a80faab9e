//===- Functions.cpp - elementary functions in double precision -----------===//
//
// Compiled as Products.cpp is.
//
//===----------------------------------------------------------------------===//

#include "Functions.h"
#include "Exponential.h"
#include "Trigonometric.h"

using namespace steepest::sm;

extern "C" {

STEEPEST_CALLED double steepest_math_exp(double x) {
  return exponential({x, 0});
}

STEEPEST_CALLED double steepest_math_exp2(double x) { return exponential2(x); }

STEEPEST_CALLED double steepest_math_expm1(double x) {
  return exponentialMinus1(x);
}

STEEPEST_CALLED double steepest_math_log(double x) {
  return logarithmTo({1, 0}, x);
}

STEEPEST_CALLED double steepest_math_log2(double x) {
  return logarithmTo({0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56}, x);
}

STEEPEST_CALLED double steepest_math_log10(double x) {
  return logarithmTo({0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57}, x);
}

STEEPEST_CALLED double steepest_math_log1p(double x) {
  return logarithmOf1Plus(x);
}

STEEPEST_CALLED double steepest_math_pow(double x, double y) {
  return power(x, y);
}

STEEPEST_CALLED double steepest_math_cbrt(double x) { return cubeRoot(x); }

/// (e^x - e^-x) / 2 = (e + e / (e + 1)) / 2 with e = e^x - 1.
STEEPEST_CALLED double steepest_math_sinh(double x) {
  double a = magnitude(x);
  if (a > 700) {
    double root = exponential({0.5 * a, 0});
    return withSign(0.5 * root * root, x);
  }
  double e = exponentialMinus1(a);
  return withSign(0.5 * (e + e / (e + 1)), x);
}

STEEPEST_CALLED double steepest_math_cosh(double x) {
  double a = magnitude(x);
  double root = exponential({a > 700 ? 0.5 * a : a, 0});
  return a > 700 ? 0.5 * root * root : 0.5 * root + 0.5 / root;
}

/// e / (e + 2) with e = e^2x - 1.
STEEPEST_CALLED double steepest_math_tanh(double x) {
  double a = magnitude(x);
  double e = exponentialMinus1(2 * (a > 20 ? 20 : a));
  double value = a > 20 ? 1 : e / (e + 2);
  return isNan(x) ? x : withSign(value, x);
}

/// log(a + sqrt(a^2 + 1)), without the 1 that log would not see.
STEEPEST_CALLED double steepest_math_asinh(double x) {
  double a = magnitude(x);
  double value =
      a > 0x1p30
          ? logarithmTo({1, 0}, a) + 0x1.62e42fefa39efp-1
          : logarithmOf1Plus(a + a * a / (1 + __builtin_sqrt(a * a + 1)));
  return withSign(value, x);
}

STEEPEST_CALLED double steepest_math_acosh(double x) {
  if (x > 0x1p30)
    return logarithmTo({1, 0}, x) + 0x1.62e42fefa39efp-1;
  double t = x - 1;
  return x < 1 ? notANumber()
               : logarithmOf1Plus(t + __builtin_sqrt(2 * t + t * t));
}

STEEPEST_CALLED double steepest_math_atanh(double x) {
  double a = magnitude(x);
  return withSign(0.5 * logarithmOf1Plus(2 * a / (1 - a)), x);
}

STEEPEST_CALLED double steepest_math_sin(double x) {
  Angle angle = reduceAngle(x);
  double value = angle.quadrant & 1 ? cosineOf(angle.rest) : sineOf(angle.rest);
  return angle.quadrant & 2 ? -value : value;
}

STEEPEST_CALLED double steepest_math_cos(double x) {
  Angle angle = reduceAngle(x);
  double value = angle.quadrant & 1 ? sineOf(angle.rest) : cosineOf(angle.rest);
  return (angle.quadrant + 1) & 2 ? -value : value;
}

STEEPEST_CALLED double steepest_math_tan(double x) {
  Angle angle = reduceAngle(x);
  double sine = sineOf(angle.rest), cosine = cosineOf(angle.rest);
  return angle.quadrant & 1 ? -cosine / sine : sine / cosine;
}

STEEPEST_CALLED double steepest_math_atan(double x) {
  return angleOfPoint(x, 1);
}

STEEPEST_CALLED double steepest_math_atan2(double x, double y) {
  return angleOfPoint(x, y);
}

STEEPEST_CALLED double steepest_math_asin(double x) {
  return angleOfPoint(x, __builtin_sqrt((1 - x) * (1 + x)));
}

STEEPEST_CALLED double steepest_math_acos(double x) {
  return angleOfPoint(__builtin_sqrt((1 - x) * (1 + x)), x);
}

STEEPEST_CALLED double steepest_math_erf(double x) {
  double a = magnitude(x);
  double value = a > 6 ? 1 : a < 1 ? errorSeries(a) : 1 - errorTail(a);
  return isNan(x) ? x : withSign(value, x);
}

STEEPEST_CALLED double steepest_math_erfc(double x) {
  double a = magnitude(x);
  if (a < 1)
    return 1 - withSign(errorSeries(a), x);
  return isNan(x) ? x : x < 0 ? 2 - errorTail(a) : errorTail(a);
}

} // extern "C"
