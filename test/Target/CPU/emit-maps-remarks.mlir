// RUN: steepest-opt %s --steepest-emit-maps --remarks-filter=steepest-emit-maps --verify-diagnostics

func.func @both(%x: memref<?x?xf32>, %r: memref<?xf32>, %c: memref<?xf32>,
                %rows: index, %cols: index) {
  // expected-remark @+2 {{MapEmitted}}
  // expected-remark @+1 {{folds to rows and to columns leave one task}}
  kernel.map %rows, %cols ins(%x : memref<?x?xf32>) [full]
      outs(%r, %c : memref<?xf32>, memref<?xf32>) [sum to row, sum to column] {
  ^bb0(%i: index, %j: index, %a: f32):
    kernel.yield %a, %a : f32, f32
  }
  return
}
