//===- Epilogue.h - what becomes of a sum ---------------------------------===//
//
// C = f(alpha AB + beta D + gamma I), two neighbours of a row at a time, and
// how elements get to memory. The three products (ProductFma.h, ProductMma.h,
// ProductWgmma.h) share it.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_EPILOGUE_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_EPILOGUE_H

#include "BitCast.h"
#include "Primitives.h"

namespace steepest::sm {

STEEPEST_DEVICE float widen(float x) { return x; }
STEEPEST_DEVICE double widen(double x) { return x; }
STEEPEST_DEVICE float widen(steepest_bf16 x) { return fromBf16(x.bits); }
STEEPEST_DEVICE float widen(steepest_f16 x) { return fromF16(x.bits); }

STEEPEST_DEVICE void narrow(float &to, float x) { to = x; }
STEEPEST_DEVICE void narrow(double &to, double x) { to = x; }
STEEPEST_DEVICE void narrow(steepest_bf16 &to, float x) {
  to.bits = (uint16_t)packBf16(x, 0);
}
STEEPEST_DEVICE void narrow(steepest_f16 &to, float x) {
  to.bits = (uint16_t)packF16(x, 0);
}

/// Consecutive elements that fill sixteen bytes.
template <class Element> struct alignas(16) Run {
  static constexpr int length = 16 / sizeof(Element);
  Element elements[length];
};

/// Two neighbours, at a multiple of their size.
template <class Element> struct alignas(2 * sizeof(Element)) Neighbours {
  Element first, second;
};

/// Loads and stores them at once; of f32 with an instruction of their own,
/// since compilers merge plain ones with those of one element nearby.
template <class Element>
STEEPEST_DEVICE void loadTwo(const Element *from, Element &first,
                             Element &second) {
  auto both = *(const Neighbours<Element> *)from;
  first = both.first;
  second = both.second;
}
template <class Element>
STEEPEST_DEVICE void storeTwo(Element *to, Element first, Element second) {
  *(Neighbours<Element> *)to = {first, second};
}

/// Whether all rows of a matrix start at multiples of `bytes`.
template <class Element>
STEEPEST_DEVICE bool isAligned(const Element *base, int64_t leading,
                               int64_t stride, int bytes) {
  uint64_t odd = (uint64_t)base |
                 (uint64_t)(leading * (int64_t)sizeof(Element)) |
                 (uint64_t)(stride * (int64_t)sizeof(Element));
  return odd % bytes == 0;
}

/// The first `count` elements of a run, then zeros.
template <class Element>
STEEPEST_DEVICE Run<Element> loadRun(const Element *from, int count,
                                     bool aligned) {
  Run<Element> run;
  if (aligned && count >= Run<Element>::length)
    return bitCast<Run<Element>>(loadChunk(from));
  STEEPEST_UNROLL
  for (int i = 0; i < Run<Element>::length; ++i)
    run.elements[i] = i < count ? from[i] : Element{};
  return run;
}

/// Stores the first `count` elements of a run.
template <class Element>
STEEPEST_DEVICE void storeRun(Element *to, const Run<Element> &run, int count,
                              bool aligned) {
  if (aligned && count >= Run<Element>::length) {
    storeChunk(to, bitCast<Chunk>(run));
    return;
  }
  STEEPEST_UNROLL
  for (int i = 0; i < Run<Element>::length; ++i)
    if (i < count)
      to[i] = run.elements[i];
}

/// A map given by its address: null is the identity.
template <class Scalar> struct MapByAddress {
  SteepestPair<Scalar> (*map)(void *, int64_t, int32_t, int32_t, Scalar,
                              Scalar);
  void *context;

  STEEPEST_DEVICE SteepestPair<Scalar> operator()(int batch, int row,
                                                  int column, Scalar first,
                                                  Scalar second) const {
    if (!map)
      return {first, second};
    return map(context, batch, row, column, first, second);
  }
};

template <class Scalar_, class Element_, class Map> struct Epilogue {
  using Scalar = Scalar_;
  using Element = Element_;

  Element *c;
  int64_t ldc, strideC;
  const Element *d;
  int64_t ldd, strideD;
  int m, n;
  bool symmetric, mirrored;
  Scalar alpha, beta, gamma;
  Map map;
  bool alignedC, pairsOfC, pairsOfD;

  STEEPEST_DEVICE Epilogue(Element *theC, int64_t theLdc, int64_t theStrideC,
                           const Element *theD, int64_t theLdd,
                           int64_t theStrideD, int theM, int theN, int symmetry,
                           Scalar theAlpha, Scalar theBeta, Scalar theGamma,
                           Map theMap)
      : c(theC), ldc(theLdc), strideC(theStrideC), d(theD), ldd(theLdd),
        strideD(theStrideD), m(theM), n(theN), symmetric(symmetry != 0),
        mirrored(symmetry == 1), alpha(theAlpha), beta(theBeta),
        gamma(theGamma), map(theMap),
        alignedC(isAligned(theC, theLdc, theStrideC, 16)),
        pairsOfC(isAligned(theC, theLdc, theStrideC, 2 * (int)sizeof(Element))),
        pairsOfD(
            isAligned(theD, theLdd, theStrideD, 2 * (int)sizeof(Element))) {}

  /// D at (row, column) and (row, column + 1), zeros where there is none; row <
  /// m, column < n, column even. Above the diagonal of a symmetric C it is not
  /// read: others may be writing there.
  STEEPEST_DEVICE SteepestPair<Scalar> addend(int batch, int row,
                                              int column) const {
    SteepestPair<Scalar> pair = {0, 0};
    if (!d)
      return pair;
    int last = symmetric && row < n ? row : n - 1;
    const Element *from = d + batch * strideD + row * ldd + column;
    if (pairsOfD && column < last) {
      Neighbours<Element> both;
      loadTwo(from, both.first, both.second);
      pair.first = widen(both.first);
      pair.second = widen(both.second);
    } else {
      if (column <= last)
        pair.first = widen(from[0]);
      if (column < last)
        pair.second = widen(from[1]);
    }
    return pair;
  }

  /// The result for sums at (row, column) and (row, column + 1), with `addend`
  /// of that place. Above the diagonal of a symmetric C it is arbitrary.
  STEEPEST_DEVICE SteepestPair<Scalar>
  apply(int batch, int row, int column, Scalar first, Scalar second,
        const SteepestPair<Scalar> &added) const {
    first *= alpha;
    second *= alpha;
    if (d) {
      first = fma(beta, added.first, first);
      second = fma(beta, added.second, second);
    }
    if (row == column)
      first += gamma;
    if (row == column + 1)
      second += gamma;
    return map(batch, row, column, first, second);
  }

  STEEPEST_DEVICE SteepestPair<Scalar> operator()(int batch, int row,
                                                  int column, Scalar first,
                                                  Scalar second) const {
    return apply(batch, row, column, first, second, addend(batch, row, column));
  }

  STEEPEST_DEVICE Element *at(int batch, int row, int column) const {
    return c + batch * strideC + row * ldc + column;
  }

  /// Stores an element on or below the diagonal of a symmetric C and its mirror
  /// image; what is above the diagonal is dropped.
  STEEPEST_DEVICE void storeSymmetric(int batch, int row, int column,
                                      Scalar x) const {
    if (row >= m || column > row)
      return;
    Element element;
    narrow(element, x);
    *at(batch, row, column) = element;
    if (mirrored && column < row)
      *at(batch, column, row) = element;
  }

  /// Stores two neighbours, row < m, column < n; of a symmetric C, for which
  /// column <= row, what is not above the diagonal and its mirror image.
  STEEPEST_DEVICE void storePair(int batch, int row, int column,
                                 const SteepestPair<Scalar> &pair) const {
    if (symmetric && column + 1 > row) {
      storeSymmetric(batch, row, column, pair.first);
      return;
    }
    Neighbours<Element> both;
    narrow(both.first, pair.first);
    narrow(both.second, pair.second);
    Element *to = at(batch, row, column);
    if (pairsOfC && column + 1 < n) {
      storeTwo(to, both.first, both.second);
    } else {
      to[0] = both.first;
      if (column + 1 < n)
        to[1] = both.second;
    }
    if (mirrored && !planted(Fault::MissingMirror)) {
      *at(batch, column, row) = both.first;
      *at(batch, column + 1, row) = both.second;
    }
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_EPILOGUE_H
