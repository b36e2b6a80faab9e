// Every phase alone, each on what the one before it leaves.

// RUN: steepest-opt %s --pass-pipeline='builtin.module(steepest-phase-declare)' | FileCheck %s --check-prefix=DECLARE
// DECLARE: steepest.direction %g norm(#steepest.schatten<inf>) :

// RUN: steepest-opt %s --steepest-phase-normalize -o %t.normalize.mlir
// RUN: FileCheck %s --check-prefix=NORMALIZE < %t.normalize.mlir
// NORMALIZE: steepest.direction %g norm(#steepest.spectral) {index = 0 : i32} :

// RUN: steepest-opt %t.normalize.mlir --steepest-phase-solve -o %t.solve.mlir
// RUN: FileCheck %s --check-prefix=SOLVE --implicit-check-not='steepest.direction %' < %t.solve.mlir
// SOLVE: matrix.msign %g
// SOLVE: matrix.certify 0
// SOLVE: steepest.update

// RUN: steepest-opt %t.solve.mlir --steepest-phase-algebra -o %t.algebra.mlir
// RUN: FileCheck %s --check-prefix=ALGEBRA --implicit-check-not=matrix.msign < %t.algebra.mlir
// ALGEBRA: matrix.product
// ALGEBRA: steepest.update

// RUN: steepest-opt %t.algebra.mlir --steepest-phase-kernel -o %t.kernel.mlir
// RUN: FileCheck %s --check-prefix=KERNEL --implicit-check-not=matrix. --implicit-check-not=steepest. --implicit-check-not=memref.alloc( < %t.kernel.mlir
// KERNEL-DAG: func.func @sign__workspace
// KERNEL-DAG: func.func @sign(
// KERNEL: kernel.product

// RUN: steepest-opt %t.kernel.mlir --steepest-phase-target='target-cpu=x86-64-v3' | FileCheck %s --check-prefix=TARGET --implicit-check-not=memref. --implicit-check-not=scf. --implicit-check-not=" func.func"
// TARGET: llvm.func @sign

// RUN: not steepest-opt %t.kernel.mlir --steepest-phase-target='target-cpu=pdp11' 2>&1 | FileCheck %s --check-prefix=CPU
// CPU: unknown target cpu 'pdp11'

steepest.optimizer @sign(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  %0 = steepest.direction %g norm(#steepest.schatten<inf>) : tensor<?x?xf32>
  %1 = steepest.descend %w, %0, %lr : tensor<?x?xf32>
  steepest.update %w = %1 : tensor<?x?xf32>
}
