//===- LowerDevice.td - from device code to NVVM -------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_LOWERDEVICE_TD
#define STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_LOWERDEVICE_TD

include "mlir/Pass/PassBase.td"

def LowerDeviceMathPass
    : Pass<"steepest-lower-device-math", "::mlir::gpu::GPUModuleOp"> {
  let summary = "functions that no instruction computes become code";
  let description = [{
    Functions become calls of the device template's, in double precision and
    good to a few units of its last place (runtime/CUDA/Device/Functions.h);
    nothing becomes a call of libdevice, which would need a toolkit. A function
    that is not available on the device is an error at its place.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def DeviceEntryPass
    : Pass<"steepest-device-entry", "::mlir::gpu::GPUModuleOp"> {
  let summary = "the program of a step becomes a kernel";
  let description = [{
    Adds `NAME__step`, the kernel that is launched: it takes the struct of
    runtime/CUDA/Layout.h by value, runs the program on every problem of its
    team, and writes the statuses.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::memref::MemRefDialect"
  ];
}

def ConvertDevicePass
    : Pass<"steepest-convert-device", "::mlir::gpu::GPUModuleOp"> {
  let summary = "convert device code to the NVVM and LLVM dialects";
  let description = [{
    Everything but `gpu.module` itself is converted at once; math must have been
    lowered to what instructions compute (`steepest-lower-device-math`).
  }];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_LOWERDEVICE_TD
