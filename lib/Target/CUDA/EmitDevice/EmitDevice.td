//===- EmitDevice.td - the pass that emits device code -------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EMITDEVICE_TD
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EMITDEVICE_TD

include "mlir/Pass/PassBase.td"

def EmitDevicePass : Pass<"steepest-emit-device", "::mlir::ModuleOp"> {
  let summary = "steps become programs for teams of thread blocks";
  let description = [{
    Moves every `kernel.entry` into a `gpu.module` of its own and rewrites it as
    the program of each thread of a *team* of blocks (Team.h): scalars and
    control flow are computed by all threads alike, the work of each kernel is
    dealt out to the blocks, and the team meets after each kernel. One launch
    is one step, whatever its control flow: nothing returns to the host.

    ```mlir
    func.func @sgd(%w: memref<...>, ..., %workspace: memref<?xi8>) -> i32
        attributes {kernel.entry} {
      %n = kernel.map %rows, %cols ins(...) [full] outs() [sum to scalar]
          scratch(%s) -> f64 {...}
    // becomes
    gpu.module @sgd__device {
      func.func @sgd(%header: memref<64xi8>, %slots: memref<1024xi8>,
                     %certificates: memref<?x8xf64>, %w: memref<...>, ...,
                     %workspace: memref<?xi8>) -> i32 {
        scf.for %task = %rank to %tasks step %blocks { ... store partials }
        %last, %generation = func.call @team.arrive(%header, %blocks)
        scf.if %last { fold partials; func.call @team.release }
        else { func.call @team.wait }
        gpu.barrier
        %n = memref.load ...
    ```

    What has no device code yet is an error at its place.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::steepest::kernel::KernelDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EMITDEVICE_TD
