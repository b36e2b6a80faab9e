// RUN: steepest-opt %s --steepest-emit-eigh | FileCheck %s

// LAPACK is called only for finite matrices.
// CHECK: llvm.func @dsyevd_(!llvm.ptr, {{.*}}, i64, i64)
// CHECK-LABEL: func.func @eigh
// CHECK: llvm.alloca
// CHECK: %[[SUM:.*]] = kernel.map {{.*}} [sum to scalar] scratch(%arg2) -> f64
// CHECK: arith.cmpf oeq, %[[SUM]]
// CHECK: %[[OK:.*]] = scf.if %{{.*}} -> (i1)
// CHECK-NOT: llvm.alloca
// CHECK: llvm.call @steepest_lapack_begin()
// CHECK: llvm.call @dsyevd_
// CHECK: llvm.call @steepest_lapack_end()
// CHECK: return %[[OK]]
func.func @eigh(%a: memref<?x?xf64>, %v: memref<?xf64>, %s: memref<?xi8>) -> i1 {
  %ok = kernel.eigh %a values(%v) scratch(%s) : memref<?x?xf64>, memref<?xf64>
  return %ok : i1
}
