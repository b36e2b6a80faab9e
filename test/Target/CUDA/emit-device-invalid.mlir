// RUN: steepest-opt %s --split-input-file --verify-diagnostics --steepest-emit-device

func.func private @other(%s: memref<?xi8>) -> i32

func.func @calls(%s: memref<?xi8>) -> i32 attributes {kernel.entry} {
  // expected-error @below {{expects a step of one function for a GPU, got a call of 'other'}}
  %status = func.call @other(%s) : (memref<?xi8>) -> i32
  return %status : i32
}
