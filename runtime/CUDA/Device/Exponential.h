//===- Exponential.h - exponentials, logarithms, powers -------------------===//
//
// With x = 2^k m, 1/sqrt 2 <= m < sqrt 2, and s = (m - 1) / (m + 1):
//
//     log m = 2 atanh s = 2 s + 2 s^3 (1/3 + s^2 / 5 + s^4 / 7 + ...)
//
// where s is had to twice the precision, so that what is rounded is at most a
// hundredth of the sum. The other way, x = n log 2 + r with |r| <= log 2 / 2
// gives 2^n exp r, by the exponential series of r.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_EXPONENTIAL_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_EXPONENTIAL_H

#include "Double2.h"

namespace steepest::sm {

/// log 2 in two parts; multiples of the first by small integers are exact.
constexpr double log2High = 0x1.62e42fefa3800p-1;
constexpr double log2Low = 0x1.ef35793c76730p-45;

/// log x, 0 < x < infinity.
STEEPEST_DEVICE Double2 logarithm(double x) {
  // Subnormal numbers are scaled up first.
  bool isSmall = x < 0x1p-1022;
  x = isSmall ? x * 0x1p54 : x;
  // The exponent of x / sqrt(1/2), whose fraction then is below 2.
  int64_t k = (int64_t)(bitsOf(x) - 0x3fe6a09e667f3bcdu) >> 52;
  double m = fromBits(bitsOf(x) - ((uint64_t)k << 52));
  double exponent = (double)(k - (isSmall ? 54 : 0));

  double numerator = m - 1;
  Double2 denominator = exactSum(m, 1);
  double s = numerator / denominator.high;
  double rest = multiplyAdd(-s, denominator.high, numerator);
  double sLow = multiplyAdd(-s, denominator.low, rest) / denominator.high;

  // sum_j s^(2 j) / (2 j + 3); s^2 <= 0.0295, so that 14 terms are enough.
  double square = s * s;
  double series = 1.0 / 31;
  STEEPEST_UNROLL
  for (int odd = 29; odd >= 3; odd -= 2)
    series = multiplyAdd(series, square, 1.0 / odd);
  double cubic = square * s * series;

  // k log 2 + 2 s + 2 s^3 series, the large parts first: |k log 2| > |2 s|
  // unless k is zero.
  Double2 log = quickSum(exponent * log2High, 2 * s);
  double low = multiplyAdd(
      exponent, log2Low, multiplyAdd(2, cubic, multiplyAdd(2, sLow, log.low)));
  return quickSum(log.high, low);
}

/// scale log x for all x.
STEEPEST_DEVICE double logarithmTo(Double2 scale, double x) {
  if (!(x > 0))
    return x == 0 ? -infinity() : notANumber();
  if (x == infinity())
    return x;
  // What the scale does to powers of 2 and 10 is undone by the rounding.
  Double2 log = logarithm(x) * scale;
  return log.high + log.low;
}

/// log(1 + x), from what is lost of x when 1 is added.
STEEPEST_DEVICE double logarithmOf1Plus(double x) {
  Double2 sum = exactSum(x, 1);
  if (!(x > -1) || x == infinity())
    return x == -1 ? -infinity() : x > 0 || isNan(x) ? x : notANumber();
  Double2 log = logarithm(sum.high);
  double value = log.high + (log.low + sum.low / sum.high);
  // Keeps the sign of zero, and what is too small for the sum.
  return magnitude(x) < 0x1p-54 ? x : value;
}

/// (e^r - 1 - r) / r^2 for |r| <= 0.36.
STEEPEST_DEVICE double exponentialSeries(double r) {
  double factorial = 1;
  STEEPEST_UNROLL
  for (int i = 2; i <= 15; ++i)
    factorial *= i;
  double series = 1 / factorial;
  STEEPEST_UNROLL
  for (int i = 14; i >= 2; --i) {
    factorial /= i + 1;
    series = multiplyAdd(series, r, 1 / factorial);
  }
  return series;
}

/// 2^n y. In two factors: 2^n alone may be out of range.
STEEPEST_DEVICE double scaled(double y, double n) {
  int64_t count = (int64_t)n, half = count >> 1;
  double result = y * powerOfTwo(half) * powerOfTwo(count - half);
  return result < 0x1p-1022 ? 0 : result;
}

/// e^x.
STEEPEST_DEVICE double exponential(Double2 x) {
  // Beyond these the result is infinite or zero anyway.
  double clamped = x.high > 1100 ? 1100 : x.high < -1100 ? -1100 : x.high;
  double low = magnitude(x.high) > 1100 ? 0 : x.low;
  if (isNan(x.high))
    return x.high;
  double n = nearest(clamped * 0x1.71547652b82fep0);
  double r = multiplyAdd(-n, log2High, clamped);
  r = multiplyAdd(-n, log2Low, r) + low;
  return scaled(1 + multiplyAdd(r * r, exponentialSeries(r), r), n);
}

/// 2^x, without rounding for whole x.
STEEPEST_DEVICE double exponential2(double x) {
  if (isNan(x))
    return x;
  double clamped = x > 1100 ? 1100 : x < -1100 ? -1100 : x;
  double n = nearest(clamped);
  double f = clamped - n;
  Double2 r = exactProduct(f, 0x1.62e42fefa39efp-1);
  r.low = multiplyAdd(f, 0x1.abc9e3b39803fp-56, r.low);
  double h = r.high;
  double series = multiplyAdd(h * h, exponentialSeries(h), r.low);
  return scaled(1 + (h + series), n);
}

/// e^x - 1.
STEEPEST_DEVICE double exponentialMinus1(double x) {
  if (magnitude(x) < 0.35)
    return x == 0 ? x : multiplyAdd(x * x, exponentialSeries(x), x);
  return exponential({x, 0}) - 1;
}

/// x^y where neither x or y nor the result is special; the sign is that of
/// |x|^y.
STEEPEST_DEVICE double powerOfMagnitude(double x, double y) {
  Double2 log = logarithm(magnitude(x));
  Double2 exponent = exactProduct(y, log.high);
  exponent.low = multiplyAdd(y, log.low, exponent.low);
  return exponential(exponent);
}

STEEPEST_DEVICE bool isWhole(double x) { return __builtin_floor(x) == x; }

/// x^y with the special values of C's pow.
STEEPEST_DEVICE double power(double x, double y) {
  double a = magnitude(x), b = magnitude(y);
  // Whatever the other one is.
  if (x == 1 || y == 0)
    return 1;
  if (isNan(x) || isNan(y))
    return notANumber();
  // Odd numbers: what is 2^53 or more is even.
  bool isOdd = isWhole(y) && !isWhole(0.5 * y);
  double value;
  if (b == infinity())
    value = a == 1 ? 1 : (a > 1) == (y > 0) ? infinity() : 0;
  else if (a == 0)
    value = y > 0 ? 0 : infinity();
  else if (a == infinity())
    value = y > 0 ? infinity() : 0;
  else if (x < 0 && !isWhole(y))
    value = notANumber(); // a root of a negative number
  else
    value = powerOfMagnitude(x, y);
  return isOdd ? withSign(value, x) : value;
}

/// The sign and third part of the logarithm, and one step of Newton's method.
STEEPEST_DEVICE double cubeRoot(double x) {
  double a = magnitude(x);
  if (!(a < infinity()) || a == 0)
    return x;
  Double2 third = {0x1.5555555555555p-2, 0x1.5555555555555p-56};
  double root = exponential(logarithm(a) * third);
  Double2 square = exactProduct(root, root);
  double cube = multiplyAdd(square.high, root, -a);
  cube = multiplyAdd(square.low, root, cube);
  return withSign(root - cube / (3 * square.high), x);
}

/// erf x = 2 / sqrt pi e^(-x^2) x sum_n (2 x^2)^n / (1 3 ... (2 n + 1)), for
/// 0 <= x <= 1.
STEEPEST_DEVICE double errorSeries(double x) {
  double square = 2 * x * x;
  double sum = 1;
  for (int odd = 41; odd >= 3; odd -= 2)
    sum = multiplyAdd(square / odd, sum, 1);
  return 0x1.20dd750429b6dp+0 * x * exponential({-x * x, 0}) * sum;
}

/// erfc x by its continued fraction e^(-x^2) / sqrt pi / (x + (1/2) / (x +
/// (2/2) / (x + ...))), for 1 <= x.
STEEPEST_DEVICE double errorTail(double x) {
  double fraction = x;
  for (int k = 400; k > 0; --k)
    fraction = x + 0.5 * k / fraction;
  Double2 square = exactProduct(x, x);
  double decay = exponential({-square.high, -square.low});
  return x > 28 ? 0 : 0x1.20dd750429b6dp-1 * decay / fraction;
}

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_EXPONENTIAL_H
