//===- Norms.cpp - what the language knows of norms -----------------------===//
//
// Verification: facts and canonical forms are in NormFacts.cpp, the mathematics
// is in lib/Models/Norms.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace steepest;
using matrix::Real;
using EmitError = llvm::function_ref<InFlightDiagnostic()>;

/// Most norms have no operands.
static LogicalResult expectNoOperands(EmitError emitError, StringRef name,
                                      TypeRange operands) {
  if (operands.empty())
    return success();
  return emitError() << "expects no operands of the " << name << " norm, got "
                     << operands.size();
}

static LogicalResult expectMatrix(EmitError emitError, StringRef name,
                                  RankedTensorType type, TypeRange operands) {
  if (failed(expectNoOperands(emitError, name, operands)))
    return failure();
  if (type.getRank() >= 2)
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a matrix for the " << name << " norm, got " << type;
  error.attachNote() << "vectors are measured by l1, l2, lp, linf or rms";
  return error;
}

/// p >= 1, `inf` allowed.
static LogicalResult expectExponent(EmitError emitError, StringRef name,
                                    Real p) {
  if (p >= 1) // false for NaN
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects p >= 1 for the " << name << " norm, got "
        << matrix::printReal(p);
  if (p > 0)
    error.attachNote()
        << "for p < 1 the unit ball is not convex: it is no norm";
  return error;
}

#define STEEPEST_NORM_OF_ANY_TENSOR(Attr, name)                                \
  LogicalResult Attr::verifyNorm(EmitError emitError, RankedTensorType type,   \
                                 TypeRange operands) const {                   \
    return expectNoOperands(emitError, name, operands);                        \
  }
#define STEEPEST_NORM_OF_MATRICES(Attr, name)                                  \
  LogicalResult Attr::verifyNorm(EmitError emitError, RankedTensorType type,   \
                                 TypeRange operands) const {                   \
    return expectMatrix(emitError, name, type, operands);                      \
  }
STEEPEST_NORM_OF_ANY_TENSOR(L1Attr, "l1")
STEEPEST_NORM_OF_ANY_TENSOR(L2Attr, "l2")
STEEPEST_NORM_OF_ANY_TENSOR(LinfAttr, "linf")
STEEPEST_NORM_OF_ANY_TENSOR(FrobeniusAttr, "frobenius")
STEEPEST_NORM_OF_ANY_TENSOR(RmsAttr, "rms")
STEEPEST_NORM_OF_MATRICES(SpectralAttr, "spectral")
STEEPEST_NORM_OF_MATRICES(RmsToRmsAttr, "rms_to_rms")
STEEPEST_NORM_OF_MATRICES(NuclearAttr, "nuclear")
STEEPEST_NORM_OF_MATRICES(ColumnsAttr, "columns")
STEEPEST_NORM_OF_MATRICES(RowsAttr, "rows")
#undef STEEPEST_NORM_OF_ANY_TENSOR
#undef STEEPEST_NORM_OF_MATRICES

LogicalResult LpAttr::verifyNorm(EmitError emitError, RankedTensorType type,
                                 TypeRange operands) const {
  if (failed(expectNoOperands(emitError, "lp", operands)))
    return failure();
  return expectExponent(emitError, "lp", getP());
}

LogicalResult SchattenAttr::verifyNorm(EmitError emitError,
                                       RankedTensorType type,
                                       TypeRange operands) const {
  if (failed(expectMatrix(emitError, "schatten", type, operands)))
    return failure();
  return expectExponent(emitError, "schatten", getP());
}

LogicalResult WeightedL2Attr::verifyNorm(EmitError emitError,
                                         RankedTensorType type,
                                         TypeRange operands) const {
  if (operands.size() != 1)
    return emitError()
           << "expects one operand of the weighted_l2 norm, the weights, got "
           << operands.size();
  if (operands[0] != type)
    return emitError() << "expects norm operands of type " << type << ", got "
                       << operands[0];
  return success();
}

LogicalResult ScaledAttr::verifyNorm(EmitError emitError, RankedTensorType type,
                                     TypeRange operands) const {
  auto inner = dyn_cast<NormAttrInterface>(getNorm());
  if (!inner)
    return emitError() << "expects a norm to scale, got " << getNorm();
  if (!(getRadius() > 0) || std::isinf(getRadius()))
    return emitError() << "expects a finite radius > 0, got "
                       << matrix::printReal(getRadius());
  for (Real exponent : {getRows(), getCols(), getMax(), getMin()})
    if (!std::isfinite(exponent))
      return emitError() << "expects finite exponents of the sizes, got "
                         << matrix::printReal(exponent);
  return inner.verifyNorm(emitError, type, operands);
}

//===----------------------------------------------------------------------===//
// Norms of singular values and of magnitudes
//===----------------------------------------------------------------------===//

static LogicalResult expectCount(EmitError emitError, StringRef name,
                                 unsigned k) {
  if (k >= 1)
    return success();
  return emitError() << "expects k >= 1 for the " << name << " norm, got " << k;
}

/// A finite number above zero.
static LogicalResult expectPositive(EmitError emitError, StringRef what,
                                    StringRef name, Real value) {
  if (value > 0 && !std::isinf(value))
    return success();
  return emitError() << "expects a finite " << what << " > 0 of the " << name
                     << " norm, got " << matrix::printReal(value);
}

LogicalResult KyFanAttr::verifyNorm(EmitError emitError, RankedTensorType type,
                                    TypeRange operands) const {
  if (failed(expectMatrix(emitError, "ky_fan", type, operands)))
    return failure();
  return expectCount(emitError, "ky_fan", getK());
}

LogicalResult KyFanDualAttr::verifyNorm(EmitError emitError,
                                        RankedTensorType type,
                                        TypeRange operands) const {
  if (failed(expectMatrix(emitError, "ky_fan_dual", type, operands)))
    return failure();
  return expectCount(emitError, "ky_fan_dual", getK());
}

/// With a radius below one the bound by the spectral norm would never bind.
static LogicalResult expectRadiusAboveOne(EmitError emitError, StringRef name,
                                          Real radius) {
  if (radius >= 1 && !std::isinf(radius))
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a finite radius >= 1 of the " << name << " norm, got "
        << matrix::printReal(radius);
  error.attachNote() << "below 1 it is the Euclidean norm / radius alone";
  return error;
}

LogicalResult SpectralFrobeniusAttr::verifyNorm(EmitError emitError,
                                                RankedTensorType type,
                                                TypeRange operands) const {
  if (failed(expectMatrix(emitError, "spectral_frobenius", type, operands)))
    return failure();
  return expectRadiusAboveOne(emitError, "spectral_frobenius", getRadius());
}

LogicalResult LinfL2Attr::verifyNorm(EmitError emitError, RankedTensorType,
                                     TypeRange operands) const {
  if (failed(expectNoOperands(emitError, "linf_l2", operands)))
    return failure();
  return expectRadiusAboveOne(emitError, "linf_l2", getRadius());
}

LogicalResult SmoothedSpectralAttr::verifyNorm(EmitError emitError,
                                               RankedTensorType type,
                                               TypeRange operands) const {
  if (failed(expectMatrix(emitError, "smoothed_spectral", type, operands)))
    return failure();
  return expectPositive(emitError, "smoothing", "smoothed_spectral",
                        getSmoothing());
}

//===----------------------------------------------------------------------===//
// Norms of parts
//===----------------------------------------------------------------------===//

static NormAttrInterface expectInner(EmitError emitError, StringRef purpose,
                                     Attribute norm) {
  auto inner = dyn_cast<NormAttrInterface>(norm);
  if (!inner)
    emitError() << "expects a norm " << purpose << ", got " << norm;
  return inner;
}

/// The extents of one matrix: the last two.
static std::pair<int64_t, int64_t> getExtents(RankedTensorType type) {
  unsigned rank = type.getRank();
  return {type.getDimSize(rank - 2), type.getDimSize(rank - 1)};
}

/// Whether there are formulas of this norm for all columns (rows) at once.
static bool isMeasuredInParts(Attribute norm) {
  if (auto scaled = dyn_cast<ScaledAttr>(norm))
    return isMeasuredInParts(scaled.getNorm());
  if (norm.hasPromiseOrImplementsInterface<PartsNormModelAttrInterface>())
    return true;
  // The largest length, and the largest entry, of the whole matrix.
  NormFacts facts = cast<NormAttrInterface>(norm).getNormFacts();
  return facts.entrywiseOrder == 2 || facts.isEntrywiseMaximum();
}

static LogicalResult verifyParts(EmitError emitError, StringRef name,
                                 Attribute norm, RankedTensorType type,
                                 TypeRange operands, bool isColumns) {
  if (failed(expectMatrix(emitError, name, type, operands)))
    return failure();
  NormAttrInterface inner = expectInner(
      emitError, isColumns ? "of the columns" : "of the rows", norm);
  if (!inner)
    return failure();
  auto [rows, cols] = getExtents(type);
  auto part =
      RankedTensorType::get({isColumns ? rows : cols}, type.getElementType());
  if (failed(inner.verifyNorm(emitError, part, {})))
    return failure();
  if (isMeasuredInParts(norm))
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a norm with formulas for all "
        << (isColumns ? "columns" : "rows") << " at once, got " << norm;
  error.attachNote() << "known: l1, l2, lp, linf, linf_l2, rms, and multiples "
                        "of these (scaled)";
  return error;
}

LogicalResult MaxColumnsAttr::verifyNorm(EmitError emitError,
                                         RankedTensorType type,
                                         TypeRange operands) const {
  return verifyParts(emitError, "max_columns", getNorm(), type, operands, true);
}

LogicalResult MaxRowsAttr::verifyNorm(EmitError emitError,
                                      RankedTensorType type,
                                      TypeRange operands) const {
  return verifyParts(emitError, "max_rows", getNorm(), type, operands, false);
}

/// Programs grow with every block.
static constexpr unsigned mostBlocks = 64;

LogicalResult BlocksAttr::verifyNorm(EmitError emitError, RankedTensorType type,
                                     TypeRange operands) const {
  if (failed(expectMatrix(emitError, "blocks", type, operands)))
    return failure();
  NormAttrInterface inner = expectInner(emitError, "of the blocks", getNorm());
  if (!inner)
    return failure();
  if (getRows() == 0 || getCols() == 0)
    return emitError() << "expects at least one block in each dimension, got "
                       << getRows() << " x " << getCols();
  if (uint64_t(getRows()) * getCols() > mostBlocks) {
    InFlightDiagnostic error = emitError();
    error << "expects at most " << mostBlocks << " blocks, got " << getRows()
          << " x " << getCols();
    error.attachNote() << "each is compiled on its own; a batch of matrices is "
                          "a tensor of rank 3";
    return error;
  }
  auto [rows, cols] = getExtents(type);
  auto divide = [&](int64_t extent, unsigned blocks, StringRef what) {
    if (ShapedType::isDynamic(extent))
      return FailureOr<int64_t>(extent);
    if (extent % blocks == 0)
      return FailureOr<int64_t>(extent / blocks);
    emitError() << "expects the number of " << what << " to be a multiple of "
                << blocks << ", got " << extent;
    return FailureOr<int64_t>(failure());
  };
  FailureOr<int64_t> blockRows = divide(rows, getRows(), "rows");
  FailureOr<int64_t> blockCols = divide(cols, getCols(), "columns");
  if (failed(blockRows) || failed(blockCols))
    return failure();
  return inner.verifyNorm(
      emitError,
      RankedTensorType::get({*blockRows, *blockCols}, type.getElementType()),
      {});
}

//===----------------------------------------------------------------------===//
// Operator norms
//===----------------------------------------------------------------------===//

namespace {
/// A norm of feature vectors: l_p up to a factor and a power of their size,
/// N(x) = ||x||_p / (radius size^exponent).
struct FeatureNorm {
  double p;
  double radius = 1;
  double exponent = 0;
};
} // namespace

static std::optional<FeatureNorm> getFeatureNorm(Attribute norm) {
  auto member = dyn_cast<NormAttrInterface>(norm);
  if (!member || !member.getNormFacts().entrywiseOrder)
    return std::nullopt;
  FeatureNorm feature{*member.getNormFacts().entrywiseOrder};
  // Factors are in the canonical form.
  Attribute canonical = member.getCanonicalNorm({});
  while (auto scaled = dyn_cast<ScaledAttr>(canonical)) {
    // A vector is one row.
    feature.radius *= scaled.getRadius();
    feature.exponent += scaled.getCols() + scaled.getMax();
    auto inner = dyn_cast<NormAttrInterface>(scaled.getNorm());
    canonical = inner ? inner.getCanonicalNorm({}) : Attribute();
  }
  return feature;
}

LogicalResult OperatorAttr::verifyNorm(EmitError emitError,
                                       RankedTensorType type,
                                       TypeRange operands) const {
  if (failed(expectMatrix(emitError, "operator", type, operands)))
    return failure();
  auto [rows, cols] = getExtents(type);
  for (auto [norm, extent] :
       {std::pair(getFrom(), cols), std::pair(getTo(), rows)}) {
    if (!getFeatureNorm(norm)) {
      InFlightDiagnostic error = emitError();
      error << "expects a norm of feature vectors, got " << norm;
      error.attachNote() << "known: l1, l2, lp, linf, rms, and multiples of "
                            "these (scaled)";
      return error;
    }
    auto features = RankedTensorType::get({extent}, type.getElementType());
    if (failed(
            cast<NormAttrInterface>(norm).verifyNorm(emitError, features, {})))
      return failure();
  }
  FeatureNorm from = *getFeatureNorm(getFrom()), to = *getFeatureNorm(getTo());
  if (from.p == 1 || std::isinf(to.p) || (from.p == 2 && to.p == 2))
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects an operator norm that can be computed, got the one from "
        << getFrom() << " to " << getTo() << ", which is NP-hard";
  error.attachNote() << "computable: from l1 to any norm, from any norm to "
                        "linf, and between l2 or rms norms";
  return error;
}

Attribute OperatorAttr::getCanonicalNorm(RankedTensorType type) const {
  MLIRContext *context = getContext();
  std::optional<FeatureNorm> from = getFeatureNorm(getFrom()),
                             to = getFeatureNorm(getTo());
  if (!from || !to)
    return *this;
  auto lp = [&](double p) { return LpAttr::get(context, p); };
  // ||X v||_to <= N(X) ||v||_from with all factors pulled out: N = N_p times
  // from.radius cols^from.exponent / (to.radius rows^to.exponent).
  Attribute norm;
  if (from->p == 1)
    norm = MaxColumnsAttr::get(context, lp(to->p));
  else if (std::isinf(to->p))
    norm = MaxRowsAttr::get(
        context, lp(std::isinf(from->p) ? 1.0 : from->p / (from->p - 1)));
  else if (from->p == 2 && to->p == 2)
    norm = SpectralAttr::get(context);
  else
    return *this; // refused by the verifier
  double radius = to->radius / from->radius;
  if (radius == 1 && from->exponent == 0 && to->exponent == 0)
    return norm;
  return ScaledAttr::get(context, norm, radius, to->exponent, -from->exponent,
                         0.0, 0.0);
}

//===----------------------------------------------------------------------===//
// Transport
//===----------------------------------------------------------------------===//

LogicalResult TransportedAttr::verifyNorm(EmitError emitError,
                                          RankedTensorType type,
                                          TypeRange operands) const {
  NormAttrInterface inner = expectInner(emitError, "to transport", getNorm());
  if (!inner)
    return failure();
  if (type.getRank() < 2) {
    InFlightDiagnostic error = emitError();
    error << "expects a matrix for the transported norm, got " << type;
    error.attachNote() << "vectors are transported by weights: weighted_l2";
    return error;
  }
  if (!getLeft() && !getRight())
    return emitError() << "expects a left or a right map of the transported "
                          "norm, got neither";
  auto [rows, cols] = getExtents(type);
  for (auto [isUsed, extent, side] : {std::tuple(getLeft(), rows, "left"),
                                      std::tuple(getRight(), cols, "right")}) {
    if (!isUsed)
      continue;
    if (operands.empty()) {
      InFlightDiagnostic error = emitError();
      error << "expects the inverse of the " << side
            << " map as an operand of the transported norm, got none";
      error.attachNote() << "without a " << side << " map it is written `"
                         << side << " = false`";
      return error;
    }
    SmallVector<int64_t> shape(type.getShape());
    shape[shape.size() - 2] = shape[shape.size() - 1] = extent;
    auto expected = RankedTensorType::get(shape, type.getElementType());
    if (failed(verifyCompatibleShape(operands.front(), expected)) ||
        getElementTypeOrSelf(operands.front()) != type.getElementType())
      return emitError() << "expects the inverse of the " << side
                         << " map to be " << expected << ", got "
                         << operands.front();
    operands = operands.drop_front();
  }
  return inner.verifyNorm(emitError, type, operands);
}
