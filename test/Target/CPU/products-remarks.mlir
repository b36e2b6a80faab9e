// RUN: steepest-opt --steepest-emit-products='vector-bits=512' --remarks-filter=steepest-emit-products --verify-diagnostics %s

func.func @remark(%a: memref<?x?xf32>, %c: memref<?x?xf32>,
                  %s: memref<?xi8>) {
  // expected-remark @below {{form=nt_symmetric, kc=1024, mc=144, mr=12, nc=1024, nr=32}}
  kernel.product %a, %a into %c scratch(%s) {transpose_rhs, symmetric}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}
