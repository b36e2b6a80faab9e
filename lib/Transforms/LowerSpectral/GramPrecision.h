//===- GramPrecision.h - rounding of the Gram form --------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMPRECISION_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMPRECISION_H

#include "lib/Support/Polynomials.h"

#include <limits>

namespace steepest {

/// How far rounding takes a result from that of exact steps.
struct Deviation {
  /// Of a singular value of the result, at most, on the interval that matters.
  double values = std::numeric_limits<double>::infinity();
  /// By which singular vectors of that interval turn, at most. What X in the
  /// element type says about them is not more accurate by much: the vectors of
  /// a singular value s turn by unit / s when X is rounded.
  double vectors = std::numeric_limits<double>::infinity();

  /// The largest singular value of the result, at most.
  double top = std::numeric_limits<double>::infinity();

  /// What that takes from the values t in <X, Phi> = sum s t, at most.
  double ofBounds() const { return values + vectors * vectors; }

  /// The same for singular values from `lower` on, in pieces.
  struct From {
    double lower, values, vectors;
  };
  /// Descending, from 1 on to the begin of the interval.
  std::vector<From> pieces;

  /// That for all from `lower` on; infinite below the interval.
  From from(double lower) const;

  /// Adds a change of the result of at most `norm` in the spectral norm, which
  /// moves values and turns vectors.
  void add(double norm);
};

/// Where Gram matrices are formed: `starts` begins with 0, and every other
/// member is the number of steps before a restart.
struct Segments {
  std::vector<unsigned> starts = {0};
  Deviation deviation;
};

/// The largest change that rounding makes to the result of these steps when
/// they are evaluated in Gram form with these starts: on [lowest, 1], and of
/// values of [0, lowest) to outside [0, most]. A start at every step is what
/// the steps on X itself do. `unit` is the distance of 1 to the next number; X
/// is divided by its Schatten-4 norm or by the Frobenius norm.
///
/// Model: a singular value s is one eigenvalue r of G, one q of Q and one x of
/// X. Forming G, and each product of the chain, moves r up or down by `unit`
/// times what the spectrum with most weight there makes of it; a product with Q
/// moves q by half of the largest q; a product X Q moves x by an eighth of it.
/// All of these matrices also get entries as large between different vectors,
/// which turns them (GramPrecision.cpp).
Deviation deviationOf(const OddSteps &steps, bool schatten4,
                      const std::vector<unsigned> &starts, double unit,
                      double lowest, double most);

/// The fewest restarts, and among these the best places, that keep the
/// deviation within `allowance`; from the third on each is added to those
/// before. The best that were found when none do.
Segments placeRestarts(const OddSteps &steps, bool schatten4, double unit,
                       double lowest, double most, double allowance);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMPRECISION_H
