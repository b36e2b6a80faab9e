//===- SteepestDialect.cpp - registration ---------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace steepest;

#include "dialect/Steepest/SteepestDialect.cpp.inc"

#include "dialect/Steepest/SteepestEnums.cpp.inc"

#include "dialect/Steepest/SteepestInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/Steepest/SteepestAttrs.cpp.inc"

void SteepestDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/Steepest/SteepestAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/Steepest/SteepestOps.cpp.inc"
      >();
  // The mathematics lives in lib/Models.
  declarePromisedInterfaces<
      NormModelAttrInterface, L1Attr, L2Attr, LpAttr, LinfAttr, FrobeniusAttr,
      RmsAttr, SpectralAttr, RmsToRmsAttr, NuclearAttr, SchattenAttr,
      ColumnsAttr, RowsAttr, WeightedL2Attr, ScaledAttr>();
  declarePromisedInterfaces<ManifoldModelAttrInterface, SphereAttr,
                            ObliqueColumnsAttr, ObliqueRowsAttr, OrthogonalAttr,
                            StiefelAttr>();
}

LogicalResult GapAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              matrix::Real gap) {
  if (!(gap > 0 && gap < 1))
    return emitError() << "expects a gap in (0, 1), got "
                       << matrix::printReal(gap);
  return success();
}

LogicalResult BandAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               matrix::Real lowest, matrix::Real error) {
  return matrix::BandAttr::verify(emitError, lowest, error);
}
