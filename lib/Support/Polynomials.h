//===- Polynomials.h - odd polynomial iterations for msign ------*- C++ -*-===//
//
// X <- a X + b X (X^T X) + c X (X^T X)^2 acts on each singular value as the odd
// polynomial a x + b x^3 + c x^5. A composition of a few of these brings every
// singular value of an interval close to 1, using products only. This file
// makes the compositions: the best ones for an interval, computed when the
// optimizer is compiled, and the published ones by name.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_SUPPORT_POLYNOMIALS_H
#define STEEPEST_LIB_SUPPORT_POLYNOMIALS_H

#include <optional>
#include <string_view>
#include <vector>

namespace steepest {

/// a x + b x^3 + c x^5.
struct OddStep {
  double a, b, c;

  double operator()(double x) const {
    return x * (a + x * x * (b + x * x * c));
  }
};
using OddSteps = std::vector<OddStep>;

/// The composition at one point; the first step is applied first.
double evaluate(const OddSteps &steps, double x);

struct Range {
  double lower, upper;

  /// The largest distance from 1.
  double error() const;
};

/// The exact range of the composition on [lower, upper], up to rounding: the
/// image of an interval under each step in turn, by its extrema.
Range imageOf(const OddSteps &steps, double lower, double upper);

/// The polynomial of degree 3 or 5 with the least distance from 1 on
/// [lower, upper], 0 < lower < upper.
OddStep bestCubic(double lower, double upper);
OddStep bestQuintic(double lower, double upper);

struct StepOptions {
  /// Largest input.
  double upper = 1;
  /// Where rounding may carry the input of a step, relative to the largest
  /// value without rounding. Beyond its interval a polynomial rises steeply
  /// and the steps behind it multiply the excess.
  double slack = 0;
  /// No step is made for an interval longer than [cushion u, u]: that keeps
  /// p(x) / x from coming near zero, where bfloat16 would change signs.
  double cushion = 0;
};

/// The `count` quintic steps whose composition has the least distance from 1 on
/// [lowest, upper]: each the best for the image of the one before, which is
/// optimal (Amsel et al., The Polar Express, arXiv 2505.16932). Every image is
/// centred around 1. Requires 0 < lowest < upper.
OddSteps optimalSteps(double lowest, unsigned count,
                      const StepOptions &options = {});
/// The same with steps of these degrees, 3 or 5 each.
OddSteps optimalSteps(double lowest, const std::vector<unsigned> &degrees,
                      const StepOptions &options = {});

/// Steps and the distance from 1 that they keep.
struct Schedule {
  OddSteps steps;
  double error;
};

/// How far above 1 an input of `stepsFor` may be, from a rounded norm. It costs
/// as much as a `lowest` that is smaller by this fraction.
constexpr double inputSlack = 1e-2;
/// How far rounding may carry the value of one step of `stepsFor`.
constexpr double stepSlack = 1e-3;

/// The fewest quintic steps that bring [lowest, 1 + inputSlack] within `error`
/// of 1, with slack for rounding in every step. Smaller inputs x > 0 become
/// values in (0, 1 + error]. Nothing when float64 cannot do it.
std::optional<Schedule> stepsFor(double lowest, double error);

/// Those first, and then what keeps the same band with cubic steps in the place
/// of some, and can be cheaper in one of the forms in which steps are applied
/// (`fullProducts`, `gramProducts`): for each number of cubic and quintic steps
/// and each degree of the first and the last one, in whose place products are
/// saved, the order that comes closest to 1. Every step is the best of its
/// degree for the image of the one before. Empty when `stepsFor` has nothing.
std::vector<Schedule> schedulesFor(double lowest, double error);

/// Symmetric products of m x m matrices, half of whose result is computed, for
/// the steps on X itself: one for each quintic step; and on the Gram matrix
/// alone, without restarts: 4 and 3 for a quintic and a cubic step, 1 less for
/// the first and 2 less for the last.
unsigned fullProducts(const OddSteps &steps);
unsigned gramProducts(const OddSteps &steps);

/// `count` steps of a published iteration, its last one repeated as often as it
/// takes. Nothing for an unknown name.
std::optional<OddSteps> table(std::string_view name, unsigned count);
/// Every name that `table` knows.
std::vector<std::string_view> tableNames();

} // namespace steepest

#endif // STEEPEST_LIB_SUPPORT_POLYNOMIALS_H
