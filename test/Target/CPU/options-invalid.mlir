// RUN: not steepest-opt %s --steepest-emit-maps=lanes=12 2>&1 | FileCheck %s
// RUN: not steepest-opt %s --steepest-emit-moves=lanes=0 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not steepest-opt %s --steepest-lower-to-llvm=target-cpu=pdp11 2>&1 | FileCheck %s --check-prefix=CPU

// CHECK: expects a power of two as number of lanes, got 12
// ZERO: expects a power of two as number of lanes, got 0
// CPU: unknown target cpu 'pdp11', expects a name that LLVM knows, such as native, x86-64,
module {}
