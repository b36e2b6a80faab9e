// RUN: steepest-opt --steepest-emit-inverse --remarks-filter=steepest-emit-inverse --verify-diagnostics %s

func.func @remark(%a: memref<?x?xf64>, %y: memref<?x?xf64>, %s: memref<?xi8>) -> i1 {
  // expected-remark @below {{kernel=kernel.inverse_factor_f64, leaf=64, parallel-from=256, terms=1}}
  %defined = kernel.rational %a into %y scratch(%s) constant(0.0)
      weights([1.0]) poles([0.0]) : memref<?x?xf64> into memref<?x?xf64>
  return %defined : i1
}
