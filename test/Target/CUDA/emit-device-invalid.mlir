// RUN: steepest-opt %s --split-input-file --verify-diagnostics --steepest-emit-device

func.func @inverse(%a: memref<?x?xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0_i32 = arith.constant 0 : i32
  // expected-error @below {{expects a method without inverses for a GPU: there is no device code for them yet}}
  %defined = kernel.rational %a into %y scratch(%s) constant(1.0) weights([0.5]) poles([0.1])
      : memref<?x?xf32> into memref<?x?xf32>
  return %c0_i32 : i32
}

// -----

func.func private @other(%s: memref<?xi8>) -> i32

func.func @calls(%s: memref<?xi8>) -> i32 attributes {kernel.entry} {
  // expected-error @below {{expects a step of one function for a GPU, got a call of 'other'}}
  %status = func.call @other(%s) : (memref<?xi8>) -> i32
  return %status : i32
}
