//===- DeviceScratch.cpp - how much scratch a GPU's kernels need ----------===//

#include "lib/Target/Common/DeviceScratch.h"

#include "lib/Target/Common/MapTasks.h"

#include "runtime/CUDA/Device/Device.h"

using namespace mlir;
using namespace steepest;

/// The first multiple of 64 bytes after `elements` at `start`.
static Value buildEnd(IndexBuilder &b, Value start, Value elements,
                      Type element) {
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  return b.roundUp(b.add(start, b.mul(elements, bytes)), 64);
}

DeviceEighScratch steepest::buildDeviceEighScratch(IndexBuilder &b, Value n,
                                                   Type element) {
  auto after = [&](Value start, Value elements) {
    return buildEnd(b, start, elements, element);
  };
  auto maximum = kernel::ResultAttr::get(
      b.getContext(), kernel::ResultKind::Maximum, kernel::Extent::Scalar);
  DeviceEighScratch scratch;
  scratch.vectors = b.index(0);
  scratch.rotations = after(scratch.vectors, b.mul(n, n));
  scratch.diagonal = after(scratch.rotations, b.add(n, 2));
  scratch.flags = after(scratch.diagonal, n);
  scratch.partials = b.add(scratch.flags, 64);
  scratch.total =
      b.add(scratch.partials,
            buildMapScratchBytes(b, b.getLoc(), n, n, {maximum}, deviceMapCut));
  return scratch;
}

int64_t steepest::getInversePanel(Type element) {
  return element.isF64() ? 32 : 64;
}

DeviceRationalScratch
steepest::buildDeviceRationalScratch(IndexBuilder &b, Value n, Type element) {
  int64_t panel = getInversePanel(element);
  DeviceRationalScratch scratch;
  scratch.augmented = b.index(0);
  scratch.rows = buildEnd(b, scratch.augmented, b.mul(b.mul(n, n), 2), element);
  scratch.corner = buildEnd(b, scratch.rows, b.mul(n, panel), element);
  scratch.flag = buildEnd(b, scratch.corner, b.index(panel * panel), element);
  scratch.total = b.add(scratch.flag, 64);
  return scratch;
}

int64_t steepest::getPanelElementBytes(Type factors) {
  return factors.isTF32() ? 4 : 2;
}

DeviceProductScratch steepest::buildDeviceProductScratch(IndexBuilder &b,
                                                         Value m, Value n,
                                                         Value k,
                                                         int64_t elementBytes) {
  // As `steepest_panel_bytes` has it: panels by pairs of slices.
  Value slices = b.roundUp(b.ceilDiv(k, b.index(128 / elementBytes)), 2);
  auto bytes = [&](Value rows) {
    Value panels = b.ceilDiv(rows, b.index(SteepestPanelRows));
    return b.mul(b.mul(panels, slices), SteepestPanelBytes);
  };
  DeviceProductScratch scratch;
  scratch.rhs = bytes(m);
  scratch.total = b.add(scratch.rhs, bytes(n));
  return scratch;
}
