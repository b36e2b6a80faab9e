//===- Double2.h - numbers of twice a double's precision ------------------===//
//
// Rounding is as written: nothing here or in what includes this may be fused
// into other operations (-ffp-contract=off; nvcc: -fmad=false).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_DOUBLE2_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_DOUBLE2_H

#include "Device.h"

namespace steepest::sm {

STEEPEST_DEVICE uint64_t bitsOf(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof(bits));
  return bits;
}
STEEPEST_DEVICE double fromBits(uint64_t bits) {
  double x;
  __builtin_memcpy(&x, &bits, sizeof(x));
  return x;
}
STEEPEST_DEVICE double infinity() { return fromBits(0x7ff0000000000000u); }
STEEPEST_DEVICE double notANumber() { return fromBits(0x7ff8000000000000u); }
STEEPEST_DEVICE bool isNan(double x) { return !(x == x); }
STEEPEST_DEVICE double magnitude(double x) { return __builtin_fabs(x); }
STEEPEST_DEVICE double withSign(double x, double sign) {
  return __builtin_copysign(x, sign);
}
STEEPEST_DEVICE double multiplyAdd(double x, double y, double z) {
  return __builtin_fma(x, y, z);
}

/// The nearest whole number, ties to even, of |x| < 2^51.
STEEPEST_DEVICE double nearest(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

/// 2^n for -1022 <= n <= 1023.
STEEPEST_DEVICE double powerOfTwo(int64_t n) {
  return fromBits((uint64_t)(n + 1023) << 52);
}

/// A sum of two numbers, the second much smaller.
struct Double2 {
  double high, low;
};

/// x + y where |x| >= |y|, exactly.
STEEPEST_DEVICE Double2 quickSum(double x, double y) {
  double high = x + y;
  return {high, y - (high - x)};
}

/// x + y, exactly.
STEEPEST_DEVICE Double2 exactSum(double x, double y) {
  double high = x + y;
  double part = high - x;
  return {high, (x - (high - part)) + (y - part)};
}

/// x y, exactly.
STEEPEST_DEVICE Double2 exactProduct(double x, double y) {
  double high = x * y;
  return {high, multiplyAdd(x, y, -high)};
}

STEEPEST_DEVICE Double2 operator*(const Double2 &x, const Double2 &y) {
  Double2 product = exactProduct(x.high, y.high);
  double low = product.low + (x.high * y.low + x.low * y.high);
  return quickSum(product.high, low);
}

/// x - y where |x| >= |y|.
STEEPEST_DEVICE Double2 difference(const Double2 &x, const Double2 &y) {
  Double2 high = exactSum(x.high, -y.high);
  return quickSum(high.high, high.low + (x.low - y.low));
}

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_DOUBLE2_H
