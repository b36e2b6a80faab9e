// RUN: steepest-opt %s --steepest-lower-entry --verify-diagnostics

// expected-error @+1 {{expects steepest-thread-context to have run before}}
func.func @step(%workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %status = arith.constant 0 : i32
  return %status : i32
}
