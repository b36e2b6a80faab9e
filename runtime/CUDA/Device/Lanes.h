//===- Lanes.h - short vectors, and arithmetic on them and on numbers -----===//
//
// What the CUDA C++ of a step (`steepestc --emit=cu`) computes with: several
// neighbours of a row at once. Every function is there for numbers, too, and
// does to each lane what it does to a number.
//
// Integers wrap. A name that begins with `unsigned` reads its operands as
// unsigned numbers, as the operators read them as signed ones.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_LANES_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_LANES_H

#include "BitCast.h"
#include "Primitives.h"

namespace steepest::sm {

/// Loads and stores of up to sixteen bytes are one instruction where memory is
/// aligned.
constexpr int alignmentOfLanes(int bytes) {
  int alignment = 1;
  while (2 * alignment <= 16 && bytes % (2 * alignment) == 0)
    alignment *= 2;
  return alignment;
}

template <class T, int N>
struct alignas(alignmentOfLanes(N *int(sizeof(T)))) Lanes {
  T lane[N];
  STEEPEST_DEVICE const T &operator[](int i) const { return lane[i]; }
  STEEPEST_DEVICE T &operator[](int i) { return lane[i]; }
};

template <int N, class T> STEEPEST_DEVICE Lanes<T, N> splat(T value) {
  Lanes<T, N> result;
  STEEPEST_UNROLL
  for (int i = 0; i < N; ++i)
    result[i] = value;
  return result;
}

/// 0, 1, ..., N - 1.
template <int N> STEEPEST_DEVICE Lanes<int64_t, N> iota() {
  Lanes<int64_t, N> result;
  STEEPEST_UNROLL
  for (int i = 0; i < N; ++i)
    result[i] = i;
  return result;
}

/// Lanes first, first + 1, ..., first + N - 1.
template <int N, class T, int M>
STEEPEST_DEVICE Lanes<T, N> slice(const Lanes<T, M> &x, int first) {
  Lanes<T, N> result;
  STEEPEST_UNROLL
  for (int i = 0; i < N; ++i)
    result[i] = x[first + i];
  return result;
}

/// x with another lane `at`.
template <class T, int N>
STEEPEST_DEVICE Lanes<T, N> insert(Lanes<T, N> x, T value, int at) {
  x[at] = value;
  return x;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

#define STEEPEST_LANES(Result, expression)                                     \
  Lanes<Result, N> result;                                                     \
  STEEPEST_UNROLL                                                              \
  for (int i = 0; i < N; ++i)                                                  \
    result[i] = expression;                                                    \
  return result;

#define STEEPEST_OPERATOR(symbol, Result)                                      \
  template <class T, int N>                                                    \
  STEEPEST_DEVICE Lanes<Result, N> operator symbol(const Lanes<T, N> &a,       \
                                                   const Lanes<T, N> &b) {     \
    STEEPEST_LANES(Result, Result(a[i] symbol b[i]))                           \
  }
STEEPEST_OPERATOR(+, T)
STEEPEST_OPERATOR(-, T)
STEEPEST_OPERATOR(*, T)
STEEPEST_OPERATOR(/, T)
STEEPEST_OPERATOR(%, T)
STEEPEST_OPERATOR(&, T)
STEEPEST_OPERATOR(|, T)
STEEPEST_OPERATOR(^, T)
STEEPEST_OPERATOR(&&, bool)
STEEPEST_OPERATOR(||, bool)
STEEPEST_OPERATOR(<, bool)
STEEPEST_OPERATOR(<=, bool)
STEEPEST_OPERATOR(>, bool)
STEEPEST_OPERATOR(>=, bool)
STEEPEST_OPERATOR(==, bool)
STEEPEST_OPERATOR(!=, bool)
#undef STEEPEST_OPERATOR

template <class T, int N>
STEEPEST_DEVICE Lanes<T, N> operator-(const Lanes<T, N> &x) {
  STEEPEST_LANES(T, -x[i])
}
template <int N>
STEEPEST_DEVICE Lanes<bool, N> operator!(const Lanes<bool, N> &x) {
  STEEPEST_LANES(bool, !x[i])
}

//===----------------------------------------------------------------------===//
// Functions of numbers
//===----------------------------------------------------------------------===//

/// An argument that does not say what T is: literals are of the type of the
/// other one.
template <class T> struct SameAs {
  using Type = T;
};
template <class T> using Same = typename SameAs<T>::Type;

template <class T> struct UnsignedOf;
template <> struct UnsignedOf<int8_t> {
  using Type = uint8_t;
};
template <> struct UnsignedOf<int16_t> {
  using Type = uint16_t;
};
template <> struct UnsignedOf<int32_t> {
  using Type = uint32_t;
};
template <> struct UnsignedOf<int64_t> {
  using Type = uint64_t;
};
template <> struct UnsignedOf<bool> {
  using Type = bool;
};
template <class T> using Unsigned = typename UnsignedOf<T>::Type;

template <class T> STEEPEST_NUMBER T wrapAdd(T a, Same<T> b) {
  return T(Unsigned<T>(a) + Unsigned<T>(b));
}
template <class T> STEEPEST_NUMBER T wrapSubtract(T a, Same<T> b) {
  return T(Unsigned<T>(a) - Unsigned<T>(b));
}
template <class T> STEEPEST_NUMBER T wrapMultiply(T a, Same<T> b) {
  return T(Unsigned<T>(a) * Unsigned<T>(b));
}
template <class T> STEEPEST_NUMBER T unsignedDivide(T a, Same<T> b) {
  return T(Unsigned<T>(a) / Unsigned<T>(b));
}
/// The quotient rounded up; `b` is positive.
template <class T> STEEPEST_NUMBER T unsignedCeilDivide(T a, Same<T> b) {
  return a == 0 ? T(0) : T((Unsigned<T>(a) - 1) / Unsigned<T>(b) + 1);
}
template <class T> STEEPEST_NUMBER T unsignedRemainder(T a, Same<T> b) {
  return T(Unsigned<T>(a) % Unsigned<T>(b));
}
template <class T> STEEPEST_NUMBER bool unsignedLess(T a, Same<T> b) {
  return Unsigned<T>(a) < Unsigned<T>(b);
}
template <class T> STEEPEST_NUMBER bool unsignedLessEqual(T a, Same<T> b) {
  return Unsigned<T>(a) <= Unsigned<T>(b);
}
template <class T> STEEPEST_NUMBER T unsignedMinimum(T a, Same<T> b) {
  return unsignedLess(a, T(b)) ? a : b;
}
template <class T> STEEPEST_NUMBER T unsignedMaximum(T a, Same<T> b) {
  return unsignedLess(a, b) ? b : a;
}
template <class T> STEEPEST_NUMBER T signedMinimum(T a, Same<T> b) {
  return a < b ? a : b;
}
template <class T> STEEPEST_NUMBER T signedMaximum(T a, Same<T> b) {
  return a < b ? b : a;
}
template <class T> STEEPEST_NUMBER T shiftLeft(T a, Same<T> count) {
  return T(Unsigned<T>(a) << count);
}
template <class T> STEEPEST_NUMBER T unsignedShiftRight(T a, Same<T> count) {
  return T(Unsigned<T>(a) >> count);
}
template <class T> STEEPEST_NUMBER T signedShiftRight(T a, Same<T> count) {
  return T(a >> count);
}

/// One number as another type: rounded to nearest, or truncated to integers.
template <class To> struct Convert {
  template <class From> static STEEPEST_NUMBER To from(From x) { return To(x); }
  static STEEPEST_NUMBER To from(steepest_bf16 x) {
    return To(bitCast<float>(uint32_t(x.bits) << 16));
  }
};
/// To nearest, ties to even; what is no number stays none.
template <> struct Convert<steepest_bf16> {
  static STEEPEST_NUMBER steepest_bf16 from(float x) {
    uint32_t bits = bitCast<uint32_t>(x);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    return {uint16_t(x != x ? 0x7fc0 : rounded)};
  }
};
template <class To, class From> STEEPEST_NUMBER To convert(From x) {
  return Convert<To>::from(x);
}
/// An integer that is read as unsigned.
template <class To, class From> STEEPEST_NUMBER To convertUnsigned(From x) {
  return To(Unsigned<From>(x));
}
/// An integer whose upper bits are zero.
template <class To, class From> STEEPEST_NUMBER To zeroExtend(From x) {
  return To(Unsigned<From>(x));
}

STEEPEST_NUMBER float infinity(float) { return bitCast<float>(0x7f800000u); }
STEEPEST_NUMBER double infinity(double) {
  return bitCast<double>(0x7ff0000000000000ull);
}
template <class T> STEEPEST_NUMBER T infinity() { return infinity(T(0)); }
template <class T> STEEPEST_NUMBER T notANumber() {
  return infinity<T>() - infinity<T>();
}

template <class T> STEEPEST_NUMBER bool isOrdered(T a, T b) {
  return a == a && b == b;
}
/// Not a number where one of them is none; +0 above -0.
template <class T> STEEPEST_NUMBER T maximum(T a, T b) {
  return a > b ? a : b > a ? b : a == b && a != 0 ? a : a + b;
}
template <class T> STEEPEST_NUMBER T minimum(T a, T b) {
  return a < b ? a : b < a ? b : a == b && a != 0 ? a : -(-a - b);
}
#ifndef STEEPEST_SM_MODEL
STEEPEST_DEVICE float maximum(float a, float b) {
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
STEEPEST_DEVICE float minimum(float a, float b) {
  float result;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
#endif
/// The other one where one of them is not a number.
template <class T> STEEPEST_NUMBER T maximumNumber(T a, T b) {
  return a > b || b != b ? a : b;
}
template <class T> STEEPEST_NUMBER T minimumNumber(T a, T b) {
  return a < b || b != b ? a : b;
}

STEEPEST_NUMBER float absolute(float x) {
  return bitCast<float>(bitCast<uint32_t>(x) & 0x7fffffffu);
}
STEEPEST_NUMBER double absolute(double x) {
  return bitCast<double>(bitCast<uint64_t>(x) & 0x7fffffffffffffffull);
}
STEEPEST_NUMBER float copySign(float x, float sign) {
  return bitCast<float>((bitCast<uint32_t>(x) & 0x7fffffffu) |
                        (bitCast<uint32_t>(sign) & 0x80000000u));
}
STEEPEST_NUMBER double copySign(double x, double sign) {
  return bitCast<double>((bitCast<uint64_t>(x) & 0x7fffffffffffffffull) |
                         (bitCast<uint64_t>(sign) & 0x8000000000000000ull));
}

#ifdef STEEPEST_SM_MODEL
inline double squareRoot(double x) { return std::sqrt(x); }
#define STEEPEST_ROUNDING(name, standard, instruction)                         \
  inline float name(float x) { return std::standard(x); }                      \
  inline double name(double x) { return std::standard(x); }
#else
STEEPEST_DEVICE double squareRoot(double x) {
  double result;
  asm("sqrt.rn.f64 %0, %1;" : "=d"(result) : "d"(x));
  return result;
}
#define STEEPEST_ROUNDING(name, standard, instruction)                         \
  STEEPEST_DEVICE float name(float x) {                                        \
    float result;                                                              \
    asm("cvt." instruction ".f32.f32 %0, %1;" : "=f"(result) : "f"(x));        \
    return result;                                                             \
  }                                                                            \
  STEEPEST_DEVICE double name(double x) {                                      \
    double result;                                                             \
    asm("cvt." instruction ".f64.f64 %0, %1;" : "=d"(result) : "d"(x));        \
    return result;                                                             \
  }
#endif
STEEPEST_ROUNDING(roundDown, floor, "rmi")
STEEPEST_ROUNDING(roundUp, ceil, "rpi")
STEEPEST_ROUNDING(roundToZero, trunc, "rzi")
STEEPEST_ROUNDING(roundToEven, nearbyint, "rni")
#undef STEEPEST_ROUNDING

template <class T> STEEPEST_DEVICE T select(bool condition, T a, T b) {
  return condition ? a : b;
}

//===----------------------------------------------------------------------===//
// The same of lanes
//===----------------------------------------------------------------------===//

#define STEEPEST_UNARY(name)                                                   \
  template <class T, int N>                                                    \
  STEEPEST_DEVICE Lanes<T, N> name(const Lanes<T, N> &x) {                     \
    STEEPEST_LANES(T, name(x[i]))                                              \
  }
STEEPEST_UNARY(absolute)
STEEPEST_UNARY(squareRoot)
STEEPEST_UNARY(roundDown)
STEEPEST_UNARY(roundUp)
STEEPEST_UNARY(roundToZero)
STEEPEST_UNARY(roundToEven)
#undef STEEPEST_UNARY

#define STEEPEST_BINARY(name, Result)                                          \
  template <class T, int N>                                                    \
  STEEPEST_DEVICE Lanes<Result, N> name(const Lanes<T, N> &a,                  \
                                        const Lanes<T, N> &b) {                \
    STEEPEST_LANES(Result, name(a[i], b[i]))                                   \
  }
STEEPEST_BINARY(wrapAdd, T)
STEEPEST_BINARY(wrapSubtract, T)
STEEPEST_BINARY(wrapMultiply, T)
STEEPEST_BINARY(unsignedDivide, T)
STEEPEST_BINARY(unsignedCeilDivide, T)
STEEPEST_BINARY(unsignedRemainder, T)
STEEPEST_BINARY(unsignedMinimum, T)
STEEPEST_BINARY(unsignedMaximum, T)
STEEPEST_BINARY(signedMinimum, T)
STEEPEST_BINARY(signedMaximum, T)
STEEPEST_BINARY(shiftLeft, T)
STEEPEST_BINARY(unsignedShiftRight, T)
STEEPEST_BINARY(signedShiftRight, T)
STEEPEST_BINARY(unsignedLess, bool)
STEEPEST_BINARY(unsignedLessEqual, bool)
STEEPEST_BINARY(isOrdered, bool)
STEEPEST_BINARY(maximum, T)
STEEPEST_BINARY(minimum, T)
STEEPEST_BINARY(maximumNumber, T)
STEEPEST_BINARY(minimumNumber, T)
STEEPEST_BINARY(copySign, T)
#undef STEEPEST_BINARY

template <class T, int N>
STEEPEST_DEVICE Lanes<T, N> fma(const Lanes<T, N> &a, const Lanes<T, N> &b,
                                const Lanes<T, N> &c) {
  STEEPEST_LANES(T, fma(a[i], b[i], c[i]))
}
template <class T, int N>
STEEPEST_DEVICE Lanes<T, N> select(const Lanes<bool, N> &condition,
                                   const Lanes<T, N> &a, const Lanes<T, N> &b) {
  STEEPEST_LANES(T, condition[i] ? a[i] : b[i])
}
template <class To, class From, int N>
STEEPEST_DEVICE Lanes<To, N> convert(const Lanes<From, N> &x) {
  STEEPEST_LANES(To, Convert<To>::from(x[i]))
}
template <class To, class From, int N>
STEEPEST_DEVICE Lanes<To, N> convertUnsigned(const Lanes<From, N> &x) {
  STEEPEST_LANES(To, To(Unsigned<From>(x[i])))
}
template <class To, class From, int N>
STEEPEST_DEVICE Lanes<To, N> zeroExtend(const Lanes<From, N> &x) {
  STEEPEST_LANES(To, To(Unsigned<From>(x[i])))
}
template <class To, class From, int N>
STEEPEST_DEVICE Lanes<To, N> bitCast(const Lanes<From, N> &x) {
  STEEPEST_LANES(To, bitCast<To>(x[i]))
}

#undef STEEPEST_LANES

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_LANES_H
