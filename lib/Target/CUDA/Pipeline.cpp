//===- Pipeline.cpp - from kernels to device and host code ----------------===//

#include "lib/Target/CUDA/Pipeline.h"

#include "lib/Target/CPU/Pipeline.h"
#include "lib/Target/CUDA/EmitDevice/EmitDevice.h"
#include "lib/Target/CUDA/LowerDevice/LowerDevice.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace steepest;

void steepest::buildDevicePrograms(OpPassManager &passes) {
  passes.addPass(createEmitDevicePass());
  OpPassManager &device = passes.nest<gpu::GPUModuleOp>();
  device.addPass(createCanonicalizerPass());
  device.addPass(createCSEPass());
  device.addPass(createLoopInvariantCodeMotionPass());
  device.addPass(createLowerDeviceMathPass());
}

void steepest::buildCUDAPipeline(OpPassManager &passes, const CPUTarget &host) {
  buildDevicePrograms(passes);
  OpPassManager &device = passes.nest<gpu::GPUModuleOp>();
  device.addPass(createDeviceEntryPass());
  device.addPass(memref::createExpandStridedMetadataPass());
  device.addPass(createLowerAffinePass());
  // The same rounding to bf16 everywhere.
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  device.addPass(arith::createArithExpandOpsPass(expand));
  device.addPass(createCSEPass());
  device.addPass(createSCFToControlFlowPass());
  device.addPass(createConvertVectorToLLVMPass());
  device.addPass(createConvertDevicePass());
  device.addPass(createReconcileUnrealizedCastsPass());
  buildLowerToLLVMPipeline(passes, host);
}

void steepest::registerCUDATargetPasses() {
  registerEmitDevicePasses();
  registerLowerDevicePasses();
  PassPipelineRegistration<>(
      "steepest-lower-to-cuda",
      "Lower kernels to device code and what its host computes",
      [](OpPassManager &passes) {
        CPUTarget host;
        buildCUDAPipeline(passes, host);
      });
}
