//===- Numbers.h - the number formats of tensor cores ---------------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_NUMBERS_H
#define STEEPEST_TEST_CUDA_MODEL_NUMBERS_H

#include <cmath>
#include <cstdint>
#include <cstring>

namespace sm_model {

inline float floatOfBits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof(x));
  return x;
}

inline uint32_t bitsOfFloat(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof(x));
  return bits;
}

inline float fromBf16(uint32_t bits) { return floatOfBits(bits << 16); }

/// Rounded to nearest, ties to even.
inline uint32_t toBf16(float x) {
  uint32_t bits = bitsOfFloat(x);
  if (std::isnan(x))
    return 0x7fff;
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

inline float fromF16(uint32_t bits) {
  int exponent = bits >> 10 & 31;
  float fraction = bits & 1023, magnitude;
  if (exponent == 31)
    magnitude = fraction ? NAN : INFINITY;
  else if (exponent == 0)
    magnitude = std::ldexp(fraction, -24);
  else
    magnitude = std::ldexp(fraction + 1024, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/// Rounded to nearest, ties to even; infinite from 65520 on.
inline uint32_t toF16(float x) {
  uint32_t sign = std::signbit(x) ? 0x8000 : 0;
  float magnitude = std::fabs(x);
  if (std::isnan(x))
    return 0x7fff;
  if (magnitude >= 65520)
    return sign | 0x7c00;
  int exponent;
  std::frexp(magnitude, &exponent);
  // Ten bits follow the leading one; below 2^-14 the last place stays 2^-24.
  int last = magnitude == 0 || exponent - 11 < -24 ? -24 : exponent - 11;
  uint32_t units = (uint32_t)std::nearbyint(std::ldexp(magnitude, -last));
  if (last == -24)
    return sign | units; // a carry makes the smallest normal number
  return sign | (((uint32_t)(last + 25) << 10) + (units - 1024));
}

/// Rounded to tf32's ten bits, ties away from zero.
inline uint32_t toTf32(float x) {
  uint32_t bits = bitsOfFloat(x);
  if (std::isnan(x) || std::isinf(x))
    return bits;
  return (bits + 0x1000) & 0xffffe000;
}

} // namespace sm_model

#endif // STEEPEST_TEST_CUDA_MODEL_NUMBERS_H
