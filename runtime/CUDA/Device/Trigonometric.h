//===- Trigonometric.h - sines, cosines, and angles -----------------------===//
//
// An angle is n pi / 2 + r with |r| <= pi / 4, and r to twice the precision:
// angles near a multiple of pi / 2 lose digits. Sines and cosines of r are
// their Taylor series.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_TRIGONOMETRIC_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_TRIGONOMETRIC_H

#include "Double2.h"

namespace steepest::sm {

/// pi / 2, in three parts.
constexpr double halfPi = 0x1.921fb54442d18p+0;
constexpr double halfPiLow = 0x1.1a62633145c07p-54;
constexpr double halfPiLowest = -0x1.f1976b7ed8fbcp-110;

struct Angle {
  int quadrant; // modulo 4
  Double2 rest;
};

/// Of |x| < 2^30, by subtraction.
STEEPEST_DEVICE Angle reduceModerate(double x) {
  double n = nearest(x * 0x1.45f306dc9c883p-1);
  // The first difference is exact: the product is near x.
  Double2 first = exactProduct(n, halfPi);
  Double2 rest = exactSum(x - first.high, -first.low);
  Double2 second = exactProduct(n, halfPiLow);
  second.low = multiplyAdd(n, halfPiLowest, second.low);
  Double2 difference = exactSum(rest.high, -second.high);
  double low = difference.low + (rest.low - second.low);
  return {(int)((int64_t)n & 3), quickSum(difference.high, low)};
}

/// Of any |x| >= 1, after Payne and Hanek: x = M 2^e with a whole M, and of the
/// bits of 2 / pi only those matter whose product with x is between 4 and a
/// small fraction.
STEEPEST_DEVICE Angle reduceLarge(double x) {
  // The bits of 2 / pi behind 64 zeros.
  static constexpr uint64_t bits[] = {
      0x0000000000000000u, 0xa2f9836e4e441529u, 0xfc2757d1f534ddc0u,
      0xdb6295993c439041u, 0xfe5163abdebbc561u, 0xb7246e3a424dd2e0u,
      0x06492eea09d1921cu, 0xfe1deb1cb129a73eu, 0xe88235f52ebb4484u,
      0xe99c7026b45f7e41u, 0x3991d639835339f4u, 0x9c845f8bbdf9283bu,
      0x1ff897ffde05980fu, 0xef2f118b5a0a6d1fu, 0x6d367ecf27cb09b7u,
      0x4f463f669e5fea2du, 0x7527bac7ebe5f17bu, 0x3d0739f78a5292eau,
      0x6bfb5fb11f8d5d08u, 0x56033046fc7b6babu, 0xf0cfbc209af4361du};
  uint64_t own = bitsOf(magnitude(x));
  uint64_t m = (own & 0xfffffffffffffu) | 0x10000000000000u;
  int e = (int)(own >> 52) - 1075;
  // 192 bits, of which the first are worth 2 and 1 after the product with m.
  int start = e - 2 + 64, word = start >> 6, shift = start & 63;
  uint64_t window[3];
  STEEPEST_UNROLL
  for (int i = 0; i < 3; ++i)
    window[i] = bits[word + i] << shift |
                (shift ? bits[word + i + 1] >> (64 - shift) : 0);
  typedef unsigned __int128 Wide;
  Wide low = (Wide)m * window[2];
  Wide middle = (Wide)m * window[1] + (uint64_t)(low >> 64);
  uint64_t high = m * window[0] + (uint64_t)(middle >> 64);
  // Two bits of the quadrant, and a fraction, which is between -1/2 and 1/2
  // when its first bit is a sign.
  uint64_t next = (uint64_t)middle;
  uint64_t top = high << 2 | next >> 62;
  uint64_t tail = next << 2 | (uint64_t)low >> 62;
  int quadrant = (int)(high >> 62) + (int)(top >> 63);
  // 53 bits, and 64 more.
  double first = (double)((int64_t)top >> 11) * 0x1p-53;
  double second = (double)((top & 2047) << 53 | tail >> 11) * 0x1p-117;
  Double2 rest = quickSum(first, second) * Double2{halfPi, halfPiLow};
  if (x < 0)
    return {-quadrant & 3, {-rest.high, -rest.low}};
  return {quadrant & 3, rest};
}

STEEPEST_DEVICE Angle reduceAngle(double x) {
  if (!(magnitude(x) < infinity()))
    return {0, {notANumber(), 0}};
  // What is small is itself, and so is a negative zero.
  if (magnitude(x) < 0.78)
    return {0, {x, 0}};
  return magnitude(x) < 0x1p30 ? reduceModerate(x) : reduceLarge(x);
}

/// Of |r| <= pi / 4, as the next one.
STEEPEST_DEVICE double sineOf(Double2 r) {
  double h = r.high, square = h * h;
  // sum_j (-1)^(j+1) square^j / (2 j + 3)!
  double series = 1.0 / 51090942171709440000.0;
  series = multiplyAdd(series, -square, 1.0 / 121645100408832000.0);
  series = multiplyAdd(series, -square, 1.0 / 355687428096000.0);
  series = multiplyAdd(series, -square, 1.0 / 1307674368000.0);
  series = multiplyAdd(series, -square, 1.0 / 6227020800.0);
  series = multiplyAdd(series, -square, 1.0 / 39916800.0);
  series = multiplyAdd(series, -square, 1.0 / 362880.0);
  series = multiplyAdd(series, -square, 1.0 / 5040.0);
  series = multiplyAdd(series, -square, 1.0 / 120.0);
  series = multiplyAdd(series, -square, 1.0 / 6.0);
  double low = multiplyAdd(r.low, 1 - 0.5 * square, -h * square * series);
  // Keeps the sign of zero.
  return h == 0 ? h : h + low;
}

STEEPEST_DEVICE double cosineOf(Double2 r) {
  double h = r.high, square = h * h;
  double series = 1.0 / 2432902008176640000.0;
  series = multiplyAdd(series, -square, 1.0 / 6402373705728000.0);
  series = multiplyAdd(series, -square, 1.0 / 20922789888000.0);
  series = multiplyAdd(series, -square, 1.0 / 87178291200.0);
  series = multiplyAdd(series, -square, 1.0 / 479001600.0);
  series = multiplyAdd(series, -square, 1.0 / 3628800.0);
  series = multiplyAdd(series, -square, 1.0 / 40320.0);
  series = multiplyAdd(series, -square, 1.0 / 720.0);
  series = multiplyAdd(series, -square, 1.0 / 24.0);
  // 1 - square / 2 and what its rounding takes.
  Double2 first = quickSum(1, -0.5 * square);
  double low = multiplyAdd(square * square, series, first.low);
  return first.high + multiplyAdd(-h, r.low, low);
}

/// atan q for 0 <= q <= 1: q is tan(a_k + d), where tan a_k = k / 8 is the
/// nearest one and d small enough for a short series.
STEEPEST_DEVICE Double2 arctangent(Double2 q) {
  static constexpr double angles[] = {0x0.0p+0,
                                      0x1.fd5ba9aac2f6ep-4,
                                      0x1.f5b75f92c80ddp-3,
                                      0x1.6f61941e4def1p-2,
                                      0x1.dac670561bb4fp-2,
                                      0x1.1e00babdefeb4p-1,
                                      0x1.4978fa3269ee1p-1,
                                      0x1.700a7c5784634p-1,
                                      0x1.921fb54442d18p-1};
  static constexpr double lows[] = {0x0.0p+0,
                                    -0x1.cd37686760c17p-59,
                                    0x1.8ab6e3cf7afbdp-57,
                                    -0x1.c63aae6f6e918p-56,
                                    0x1.a2b7f222f65e2p-56,
                                    -0x1.928df287a668fp-58,
                                    0x1.2419a87f2a458p-56,
                                    -0x1.8c34d25aadef6p-56,
                                    0x1.1a62633145c07p-55};
  double k = nearest(8 * q.high), c = 0.125 * k;
  double d = (q.high - c + q.low) / (1 + q.high * c);
  double square = d * d;
  double series = 1.0 / 15;
  STEEPEST_UNROLL
  for (int odd = 13; odd >= 3; odd -= 2)
    series = multiplyAdd(series, -square, 1.0 / odd);
  double rest = d - (d * square * series - lows[(int)k]);
  return quickSum(angles[(int)k], rest);
}

/// The angle of the point (across, up), with the special values of C's atan2.
STEEPEST_DEVICE double angleOfPoint(double up, double across) {
  if (isNan(up) || isNan(across))
    return notANumber();
  double a = magnitude(up), b = magnitude(across);
  double larger = a > b ? a : b, smaller = a > b ? b : a;
  Double2 q = {smaller / larger, 0};
  if (larger == 0)
    q.high = 0;
  else if (larger == infinity())
    q.high = smaller == infinity() ? 1 : 0;
  else
    q.low = multiplyAdd(-q.high, larger, smaller) / larger;
  Double2 angle = arctangent(q);
  // A negative zero is to the left, too.
  if (a > b)
    angle = difference({halfPi, halfPiLow}, angle);
  if (__builtin_signbit(across))
    angle = difference({2 * halfPi, 2 * halfPiLow}, angle);
  return withSign(angle.high + angle.low, up);
}

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_TRIGONOMETRIC_H
