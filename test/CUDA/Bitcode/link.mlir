// The device template links under a generated kernel: of its entry points the one
// that is called, with its flags folded and the map inlined, and no call is left.

// RUN: sed s#BITCODE#%build_root/lib/steepest-device.bc# %s > %t.mlir
// RUN: mlir-opt %t.mlir --gpu-module-to-binary="format=isa" | \
// RUN:   sed 's/\\0A/\n/g' | FileCheck %s
// CHECK-NOT: {{call|\.local}}
// CHECK: .extern .shared .align 1024 .b8 steepest_shared[];
// CHECK-NOT: {{call|\.local|\.func}}
// CHECK: .visible .entry kernel(
// CHECK: .maxntid 128
// CHECK-NOT: {{call|\.local|\.func}}
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-NOT: {{call|\.local|\.func}}
// CHECK: add.rn.f32
// CHECK-NOT: {{call|\.local|\.func}}

module attributes {gpu.container_module} {
gpu.module @k [#nvvm.target<chip="sm_80", features="+ptx80", O=3, link=["BITCODE"]>] {
  llvm.func @steepest_product_mma_f32_as_bf16_64x64(!llvm.ptr, i64, i64, !llvm.ptr, i64, i64, !llvm.ptr, i64, i64, !llvm.ptr, i64, i64, i32, i32, i32, i32, i32, i32, i32, f32, f32, f32, !llvm.ptr, !llvm.ptr)
  llvm.func internal @twice(%c: !llvm.ptr, %b: i64, %i: i32, %j: i32, %x: f32, %y: f32) -> !llvm.struct<(f32, f32)> attributes {always_inline} {
    %0 = llvm.fadd %x, %x : f32
    %1 = llvm.fadd %y, %y : f32
    %u = llvm.mlir.undef : !llvm.struct<(f32, f32)>
    %2 = llvm.insertvalue %0, %u[0] : !llvm.struct<(f32, f32)>
    %3 = llvm.insertvalue %1, %2[1] : !llvm.struct<(f32, f32)>
    llvm.return %3 : !llvm.struct<(f32, f32)>
  }
  llvm.func @kernel(%a: !llvm.ptr, %b: !llvm.ptr, %c: !llvm.ptr, %n: i32) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 128>} {
    %null = llvm.mlir.zero : !llvm.ptr
    %0 = llvm.mlir.constant(0 : i64) : i64
    %z = llvm.mlir.constant(0 : i32) : i32
    %o = llvm.mlir.constant(1 : i32) : i32
    %f1 = llvm.mlir.constant(1.0 : f32) : f32
    %f0 = llvm.mlir.constant(0.0 : f32) : f32
    %f = llvm.mlir.addressof @twice : !llvm.ptr
    %ld = llvm.sext %n : i32 to i64
    llvm.call @steepest_product_mma_f32_as_bf16_64x64(%a, %ld, %0, %b, %ld, %0, %c, %ld, %0, %null, %0, %0, %n, %n, %n, %o, %z, %o, %o, %f1, %f0, %f0, %f, %null) : (!llvm.ptr, i64, i64, !llvm.ptr, i64, i64, !llvm.ptr, i64, i64, !llvm.ptr, i64, i64, i32, i32, i32, i32, i32, i32, i32, f32, f32, f32, !llvm.ptr, !llvm.ptr) -> ()
    llvm.return
  }
}
}
