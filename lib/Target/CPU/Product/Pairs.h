//===- Pairs.h - factors rounded to bf16 ------------------------*- C++ -*-===//
//
// The dot product instruction of AVX512-BF16 adds two terms at once to every
// lane: c += a_0 b_0 + a_1 b_1, with a and b in bf16 and c in f32, at twice the
// rate of f32. Panels of such a product hold pairs of consecutive terms, the
// first in the low half of 32 bits. To everything but the loads of the packing
// and the multiply-add a pair is an element of f32, and depth is measured in
// pairs; a last term without a partner is paired with zero.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_PAIRS_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_PAIRS_H

#include "lib/Target/CPU/Product/Emitter.h"

namespace steepest::product {

/// Lanes that one dot product instruction works on.
constexpr int64_t pairLanes = 16;

/// Neighbouring lanes of a vector of f32 become pairs, half as many.
mlir::Value roundNeighbours(Emitter &e, mlir::Value terms);

/// Lanes of two vectors of f32 become pairs, as many.
mlir::Value roundTogether(Emitter &e, mlir::Value first, mlir::Value second);

/// sum + a_0 b_0 + a_1 b_1 for `pairLanes` lanes of pairs.
mlir::Value addPairs(Emitter &e, mlir::Value sum, mlir::Value a, mlir::Value b);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_PAIRS_H
