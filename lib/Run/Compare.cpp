//===- Compare.cpp - compiled against reference ---------------------------===//

#include "lib/Run/Compare.h"
#include "lib/Reference/Certificate.h"
#include "llvm/Support/FormatVariadic.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using namespace steepest::run;

/// Relative errors of what a rule computes. Elementwise chains (with sums, in
/// float64) lose a few last digits. Of chains of products the polynomials of
/// Muon are the worst: their slope at zero, 3.4 for each of five steps,
/// multiplies the rounding of what lies there by 500. Spectral functions
/// through the Gram matrix square the condition, in float64 for both types.
static constexpr double elementwiseDigits = 64;
static constexpr double productsSingle = 1e-4;
static constexpr double productsDouble = 1e-8;
/// Roundings of the value that a change is added to, in units of epsilon; a
/// retraction is such a change, too.
static constexpr double roundings = 4;

Tolerance run::getTolerance(steepest_dtype dtype, Arithmetic arithmetic,
                            std::optional<double> relative) {
  bool isDouble = dtype == STEEPEST_F64, isHalf = dtype == STEEPEST_BF16;
  double epsilon = isDouble ? std::numeric_limits<double>::epsilon()
                   : isHalf ? 0x1p-7
                            : double(std::numeric_limits<float>::epsilon());
  Tolerance tolerance;
  bool products = arithmetic.hasProducts;
  tolerance.relative = !products  ? elementwiseDigits * epsilon
                       : isDouble ? productsDouble
                                  : productsSingle;
  tolerance.rounding = roundings * epsilon;
  const char *why = products ? "chains of products" : "elementwise arithmetic";
  if (arithmetic.rounding > tolerance.relative) {
    tolerance.relative = arithmetic.rounding;
    why = "products within the rounding that the spec allows";
  }
  if (relative) {
    tolerance.relative = *relative;
    why = "as asked";
  }
  tolerance.reason =
      llvm::formatv("{0}, {1}: {2:e1} of the change + {3:e1} of the value",
                    isDouble ? "f64"
                    : isHalf ? "bf16"
                             : "f32",
                    why, tolerance.relative, tolerance.rounding);
  return tolerance;
}

Difference run::compare(const HostTensor &before, const HostTensor &after,
                        const reference::Value &reference,
                        const Tolerance &tolerance) {
  Difference difference;
  double old = 0;
  for (int64_t i = 0; i < after.count(); ++i) {
    int64_t cols = std::max<int64_t>(reference.cols(), 1);
    double expected = reference.at(i / cols, i % cols).real;
    double got = after.get(i);
    bool isSame = got == expected || (std::isnan(got) && std::isnan(expected));
    double distance = isSame ? 0 : std::abs(got - expected);
    if (std::isnan(distance))
      distance = std::numeric_limits<double>::infinity();
    difference.largest = std::max(difference.largest, distance);
    difference.value = std::max(difference.value, std::abs(expected));
    difference.change =
        std::max(difference.change, std::abs(expected - before.get(i)));
    old = std::max(old, std::abs(before.get(i)));
  }
  // Below the smallest normal number there are fewer digits.
  double smallest = after.dtype == STEEPEST_F64
                        ? std::numeric_limits<double>::min()
                        : double(std::numeric_limits<float>::min());
  difference.allowed = tolerance.relative * difference.change +
                       tolerance.rounding * std::max(difference.value, old) +
                       smallest;
  return difference;
}

std::string run::checkCertificate(const steepest_certificate &certificate,
                                  const DirectionValues &reference,
                                  const ObservedDirection &direction,
                                  const Tolerance &tolerance) {
  const reference::CertificateRecord &expected = reference.certificate;
  double slack = tolerance.relative * std::max({std::abs(expected.bound),
                                                std::abs(certificate.bound)}) +
                 double(std::numeric_limits<float>::min());
  auto say = [](const char *format, double a, double b) {
    return llvm::formatv(format, a, b).str();
  };
  if (!(certificate.value <= certificate.bound))
    return say("the value {0:e6} exceeds the bound {1:e6}", certificate.value,
               certificate.bound);
  if (!(certificate.value <= expected.bound + slack))
    return say("the value {0:e6} exceeds the reference's bound {1:e6}",
               certificate.value, expected.bound);
  if (!(certificate.bound >= expected.value - slack))
    return say("the bound {0:e6} is below the reference's value {1:e6}",
               certificate.bound, expected.value);
  if (!(certificate.tangency <= tolerance.relative))
    return say("the tangency {0:e1} exceeds {1:e1}", certificate.tangency,
               tolerance.relative);
  if (!(std::abs(certificate.distance - expected.distance) <=
        tolerance.relative))
    return say("the distance {0:e2} is not the reference's {1:e2}",
               certificate.distance, expected.distance);
  // A direction that falls short says that it stalled; what is reached in
  // float64 is expected of it all the same.
  bool isReached = certificate.outcome == STEEPEST_CONVERGED ||
                   expected.outcome == STEEPEST_CONVERGED;
  if (direction.gap && isReached &&
      !(certificate.gap <= *direction.gap * (1 + 1e-6)))
    return say("the gap {0:e2} exceeds the one asked for, {1:e2}",
               certificate.gap, *direction.gap);
  return {};
}

FailureOr<Measured> run::measure(Reference &reference,
                                 const ObservedDirection &direction,
                                 const reference::Value &phi,
                                 const DirectionValues &at) {
  Measured measured;
  measured.value = reference::innerProduct(at.input.matrix(), phi.matrix());
  FailureOr<double> length = reference.length(direction, phi, at);
  FailureOr<double> tangency = reference.tangency(direction, phi, at);
  if (failed(length) || failed(tangency))
    return failure();
  measured.length = *length;
  measured.tangency = *tangency;
  return measured;
}

double Measured::gapBelow(const DirectionValues &reference) const {
  double bound = reference.certificate.bound;
  return bound > 0 ? 1 - value / std::max(1.0, length) / bound : 0;
}

std::string run::checkMeasured(const Measured &measured,
                               const steepest_certificate &certificate,
                               const DirectionValues &reference,
                               const Tolerance &tolerance, bool isClosed) {
  const double t = tolerance.relative;
  double bound = std::max(reference.certificate.bound, certificate.bound);
  double slack = t * bound + double(std::numeric_limits<float>::min());
  auto say = [](const char *format, double a, double b) {
    return llvm::formatv(format, a, b).str();
  };
  double value = measured.value;
  if (isClosed)
    value /= std::max(1.0, measured.length);
  else if (!(measured.length <= 1 + t))
    return say("the norm of the direction is {0:f9}, more than 1 + {1:e1}",
               measured.length, t);
  if (!(measured.tangency <= t))
    return say("the tangency in float64 is {0:e1}, more than {1:e1}",
               measured.tangency, t);
  // The length of a closed form is certified by a bound of it: what its
  // multiple attains may be more.
  bool isOther = isClosed ? value < certificate.value - slack
                          : !(std::abs(value - certificate.value) <= slack);
  if (isOther)
    return say("the value in float64 is {0:e6}, the certificate says {1:e6}",
               value, certificate.value);
  if (!(value <= reference.certificate.bound + slack))
    return say("the value in float64 is {0:e6}, above the reference's bound "
               "{1:e6}",
               value, reference.certificate.bound);
  return {};
}

std::string run::checkEntries(const reference::Value &phi,
                              ArrayRef<reference::Value> functions,
                              const Tolerance &tolerance) {
  double least = std::numeric_limits<double>::infinity();
  for (const reference::Value &function : functions) {
    double size = function.matrix().cwiseAbs().maxCoeff();
    double distance = (phi.matrix() - function.matrix()).cwiseAbs().maxCoeff();
    least = std::min(least, size > 0 ? distance / size : distance);
  }
  double allowed = tolerance.relative + tolerance.rounding;
  if (least <= allowed)
    return {};
  return llvm::formatv("the direction is {0:e1} of its largest entry from any "
                       "function of its contract, more than {1:e1}",
                       least, allowed);
}
