// RUN: steepest-opt %s --split-input-file --steepest-emit-device | FileCheck %s
// RUN: steepest-opt %s --split-input-file --steepest-emit-device \
// RUN:   --remarks-filter=steepest-emit-device -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// One pass over memory: blocks take tasks in turn, the last to come folds what
// they have left, all read it.

// CHECK-LABEL: gpu.module @norm__device
// CHECK: func.func private @team.arrive(%{{.*}}: memref<64xi8>) -> (i1, i32)
// CHECK: gpu.barrier
// CHECK: llvm.atomicrmw add %{{.*}} syncscope("device") monotonic
// The lanes of a warp, then its warps.
// CHECK: memref.global "private" @shared.fold_f64 : memref<8xf64, 3> = uninitialized
// CHECK: func.func private @fold.warps.sum_f64(%{{.*}}: f64) -> f64
// CHECK: gpu.barrier
// CHECK: gpu.barrier
// CHECK: func.func private @fold.block.sum_f64(%{{.*}}: f64) -> f64
// CHECK: gpu.shuffle  xor
// CHECK: call @fold.warps.sum_f64
// CHECK: func.func @norm(%[[HEADER:.*]]: memref<64xi8>, %[[SLOTS:.*]]: memref<1024xi8>, %{{.*}}: memref<?x8xf64>, %[[X:.*]]: memref<?x?xf32
// CHECK-SAME: -> i32 attributes {steepest.program}
// CHECK-DAG: %[[THREAD:.*]] = gpu.thread_id  x upper_bound 256
// CHECK-DAG: %[[RANK:.*]] = gpu.block_id  x
// CHECK-DAG: %[[SIZE:.*]] = gpu.grid_dim  x
// CHECK: scf.for %[[TASK:.*]] = %[[RANK]] to %{{.*}} step %[[SIZE]]
// Two loads of 16 bytes and more before what is made of them, where memory is
// aligned.
// CHECK: scf.if
// CHECK: vector.load %[[X]]{{.*}} {alignment = 16 : i64} : {{.*}}vector<4xf32>
// CHECK: vector.load %[[X]]{{.*}} {alignment = 16 : i64} : {{.*}}vector<4xf32>
// CHECK: else
// CHECK-NOT: alignment
// CHECK: call @fold.block.sum_f64(
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[TASK]]] : memref<?xf64>
// CHECK: %[[LAST:.*]]:2 = call @team.arrive(%[[HEADER]])
// CHECK: scf.if %[[LAST]]#0
// CHECK: call @fold.block.sum_f64(
// CHECK: memref.view %[[SLOTS]]
// CHECK: call @team.release
// CHECK: else
// CHECK: call @team.wait
// CHECK: gpu.barrier
// CHECK: %[[SLOT:.*]] = memref.view %[[SLOTS]]
// CHECK: memref.load %[[SLOT]]
func.func @norm(%x: memref<?x?xf32, strided<[?, 1], offset: ?>>, %scratch: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.dim %x, %c0 : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %n = memref.dim %x, %c1 : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %s = kernel.map %m, %n ins(%x : memref<?x?xf32, strided<[?, 1], offset: ?>>) [full]
      outs() [sum to scalar] scratch(%scratch) -> f64 {
  ^bb0(%i: index, %j: index, %a: f32):
    %b = arith.extf %a : f32 to f64
    %c = arith.mulf %b, %b : f64
    kernel.yield %c : f64
  }
  %status = arith.fptosi %s : f64 to i32
  return %status : i32
}

// -----

// The host's memory is written by one thread, between two meetings.

// CHECK-LABEL: gpu.module @count__device
// CHECK: func.func private @team.meet(%[[HEADER:.*]]: memref<64xi8>) {
// CHECK: call @team.arrive(%[[HEADER]])
// CHECK: call @team.release
// CHECK: else
// CHECK: call @team.wait
// CHECK: gpu.barrier
// CHECK: func.func @count(
// CHECK: memref.load
// CHECK: call @team.meet
// CHECK: scf.if
// CHECK-NEXT: memref.store
// CHECK: call @team.meet
func.func @count(%x: memref<?x?xf32, strided<[?, 1], offset: ?>>, %w: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c0_i32 = arith.constant 0 : i32
  %one = arith.constant 1.0 : f32
  %a = memref.load %x[%c0, %c0] : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %b = arith.addf %a, %one : f32
  memref.store %b, %x[%c0, %c0] : memref<?x?xf32, strided<[?, 1], offset: ?>>
  return %c0_i32 : i32
}

// -----

// Products are calls of the template, each kind by one function.

// CHECK-LABEL: gpu.module @gram__device
// CHECK-SAME: steepest.shared_bytes = 33792
// CHECK: func.func private @product.f32.tn.symmetric({{.*}}) attributes {passthrough = ["noinline"]}
// CHECK: %[[CHOICE:.*]] = llvm.call @steepest_product_choose_fma(
// CHECK: arith.cmpi eq, %[[CHOICE]]
// CHECK: scf.if
// CHECK: llvm.call @steepest_product_fma_f32_128x128(
// CHECK: else
// CHECK: llvm.call @steepest_product_fma_f32_64x64(
// CHECK: func.func @gram(
// CHECK: call @product.f32.tn.symmetric(
// CHECK: call @team.meet
// CHECK: call @product.f32.tn.symmetric(
// CHECK: call @team.meet
func.func @gram(%a: memref<?x?xf32, strided<[?, 1], offset: ?>>,
    %c: memref<?x?xf32, strided<[?, 1], offset: ?>>, %s: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0_i32 = arith.constant 0 : i32
  kernel.product %a, %a into %c scratch(%s) {symmetric, transpose_lhs}
      : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
      into memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.copy %c into %a : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.product %a, %a into %c scratch(%s) {symmetric, transpose_lhs}
      : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
      into memref<?x?xf32, strided<[?, 1], offset: ?>>
  return %c0_i32 : i32
}

// -----

// Products in a row are also a chain in shared memory: what is used outside of
// it (%y) goes to memory, what is not (%g, %h) does not. Two Gram matrices, one
// of which is added to the other's square, and the matrix are there at a time.
// Products of parts of others are no chain.

// REMARK: DeviceProduct {{.*}}Function=gram {{.*}}"fma_f32_64x64, fma_f32_128x128 from 1472,
// REMARK: DeviceChain {{.*}}Function=chain {{.*}}bytes=80640, bytes80=155904, bytes90=202752, largestOrder=80, largestOrder80=112, largestOrder90=128, matrices=3, products=3

// CHECK-LABEL: gpu.module @chain__device
// CHECK-SAME: steepest.most_shared_bytes = 232448
// CHECK-SAME: steepest.panel_bytes = 147520
// CHECK-SAME: steepest.shared_bytes = 49152
// CHECK: func.func private @chain.0(%[[X:.*]]: !llvm.ptr<1>, %[[LDX:.*]]: i64, %[[Y:.*]]: !llvm.ptr<1>, %[[LDY:.*]]: i64, %[[ROWS:.*]]: i32, %[[COLUMNS:.*]]: i32, %[[SCALAR:.*]]: f32) attributes {passthrough = ["noinline"], steepest.chain}
// CHECK: gpu.block_id
// CHECK: scf.if
// CHECK: call @product.stage(%[[X]], %[[LDX]], %[[ROWS]], %[[COLUMNS]],
// CHECK: %[[NOWHERE:.*]] = llvm.mlir.zero : !llvm.ptr<1>
// CHECK: call @product.staged_f32({{[^,]*, [^,]*, [^,]*}}, %[[NOWHERE]], {{.*}}, %[[COLUMNS]], %[[COLUMNS]], %[[ROWS]],
// CHECK: call @product.staged_bf16({{[^,]*, [^,]*, [^,]*}}, %{{[^,]*}}, {{.*}}, %[[COLUMNS]], %[[COLUMNS]], %[[COLUMNS]],
// CHECK: call @product.staged_f32({{[^,]*, [^,]*, [^,]*}}, %[[Y]], %[[LDY]], {{.*}}, %[[ROWS]], %[[COLUMNS]], %[[COLUMNS]],
// CHECK: func.func @chain(
// CHECK: llvm.call @steepest_product_shared_bytes()
// CHECK: arith.cmpi ule
// CHECK: scf.if
// CHECK: call @chain.0(
// CHECK: call @team.meet
// CHECK: } else {
// CHECK-COUNT-3: call @product.{{f32|bf16}}.
// CHECK-NOT: call @chain
func.func @chain(%x: memref<?x?xf32, strided<[?, 1], offset: ?>>,
    %y: memref<?x?xf32, strided<[?, 1], offset: ?>>,
    %p: f64, %s: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %c0_i32 = arith.constant 0 : i32
  %f = arith.truncf %p : f64 to f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %y, %c0 : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %cols = memref.dim %y, %c1 : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %g = memref.view %s[%c0][%cols, %cols] : memref<?xi8> to memref<?x?xf32>
  %h = memref.view %s[%cols][%cols, %cols] : memref<?xi8> to memref<?x?xf32>
  %v = memref.view %s[%rows][%rows, %cols] : memref<?xi8> to memref<?x?xf32>
  kernel.copy %x into %v : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  kernel.product %v, %v into %g scratch(%s) {symmetric, transpose_lhs}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  %twice = arith.addf %f, %f : f32
  kernel.product %g, %g into %h scratch(%s) plus(%twice, %g : f32, memref<?x?xf32>) {factors = bf16, symmetric}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  kernel.product %v, %h into %y scratch(%s) {}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.copy %y into %x : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  %part = memref.subview %x[0, 0] [%cols, %cols] [1, 1]
      : memref<?x?xf32, strided<[?, 1], offset: ?>> to memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.product %v, %part into %y scratch(%s)
      : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>> into memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.product %v, %part into %y scratch(%s)
      : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>> into memref<?x?xf32, strided<[?, 1], offset: ?>>
  return %c0_i32 : i32
}

// -----

// Factors of bf16: where the GPU has wgmma and the shape is worth it they are
// packed, those of X X^T once and of its square, too, and the team meets before they are read. The
// remark says from which order of a square product on.

// REMARK: DeviceProduct {{.*}}Function=narrow {{.*}}"mma_f32_as_bf16_64x128, mma_f32_as_bf16_128x128 from 1088; with wgmma mma_f32_as_bf16_64x128, panel_bf16_64x64 from 384, {{.*}}, panel_bf16_128x128 from 1472"

// CHECK-LABEL: gpu.module @narrow__device
// CHECK-SAME: steepest.most_shared_bytes = 232448
// CHECK-SAME: steepest.panel_bytes = 147520
// CHECK-SAME: steepest.shared_bytes = 49152
// CHECK: func.func private @product.bf16.panels({{.*}}) attributes {passthrough = ["noinline", "steepest-merged-calls"]}
// CHECK: func.func private @product.bf16.pack.nn({{.*}}) attributes {passthrough = ["noinline"]}
// CHECK: llvm.call @steepest_product_pack_bf16(
// CHECK: llvm.call @steepest_product_pack_bf16(
// CHECK: call @team.meet
// CHECK: func.func private @product.bf16.nn({{.*}}) attributes {passthrough = ["noinline"]}
// CHECK: llvm.call @steepest_product_mma_f32_as_bf16_128x128(
// CHECK: llvm.call @steepest_product_mma_f32_as_bf16_64x128(
// CHECK: func.func private @product.bf16.choose({{.*}}) -> i32
// CHECK: llvm.call @steepest_product_choose_narrow(
// CHECK: func.func private @product.bf16.pack.nn.once(
// CHECK: llvm.call @steepest_product_pack_bf16(
// CHECK-NOT: llvm.call @steepest_product_pack_bf16(
// CHECK: call @team.meet
// CHECK: func.func private @product.bf16.panels.symmetric(
// CHECK: llvm.call @steepest_product_panel_bf16_128x128(
// CHECK: llvm.call @steepest_product_panel_bf16_64x64(
// CHECK: func.func private @product.bf16.pack.nt.once(
// CHECK: func.func @narrow(
// CHECK: %[[CHOICE:.*]] = func.call @product.bf16.choose.symmetric(
// CHECK: %[[HAS:.*]] = llvm.call @steepest_product_has_wgmma()
// CHECK: arith.cmpi ne, %[[HAS]]
// CHECK: arith.cmpi sge, %[[CHOICE]]
// CHECK: scf.if
// CHECK: func.call @product.bf16.pack.nt.once(
// CHECK: func.call @product.bf16.panels.symmetric({{.*}}, %[[CHOICE]])
// CHECK: else
// CHECK: func.call @product.bf16.nt.symmetric({{.*}}, %[[CHOICE]])
// CHECK: func.call @product.bf16.pack.nn.once(
// CHECK: func.call @product.bf16.panels.symmetric(
// CHECK: func.call @product.bf16.pack.nn(
// CHECK: func.call @product.bf16.panels(
func.func @narrow(%a: memref<?x?xf32, strided<[?, 1], offset: ?>>,
    %c: memref<?x?xf32, strided<[?, 1], offset: ?>>,
    %d: memref<?x?xf32, strided<[?, 1], offset: ?>>, %s: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0_i32 = arith.constant 0 : i32
  kernel.product %a, %a into %c scratch(%s) {factors = bf16, symmetric, transpose_rhs}
      : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
      into memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.product %c, %c into %d scratch(%s) {factors = bf16, symmetric}
      : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
      into memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.product %c, %a into %d scratch(%s) {factors = bf16}
      : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
      into memref<?x?xf32, strided<[?, 1], offset: ?>>
  return %c0_i32 : i32
}

// -----

// Eigen-decompositions are calls of Jacobi's method, once for each type.

// CHECK-LABEL: gpu.module @eigen__device
// CHECK: func.func private @eigh_f64({{.*}}) -> i1 attributes {passthrough = ["noinline"]}
// CHECK: scf.while
// CHECK: scf.for
// CHECK: call @team.meet
// CHECK: func.func @eigen(
// CHECK: %[[CONVERGED:.*]] = call @eigh_f64(
// CHECK: arith.extui %[[CONVERGED]]
func.func @eigen(%a: memref<?x?xf64, strided<[?, 1], offset: ?>>, %v: memref<?xf64>, %s: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %b = memref.cast %a : memref<?x?xf64, strided<[?, 1], offset: ?>> to memref<?x?xf64>
  %converged = kernel.eigh %b values(%v) scratch(%s) : memref<?x?xf64>, memref<?xf64>
  %status = arith.extui %converged : i1 to i32
  return %status : i32
}

// -----

// A term of partial fractions is a call, of panels whose work is products.

// CHECK-LABEL: gpu.module @fractions__device
// CHECK-SAME: steepest.shared_bytes = 33792
// CHECK: func.func private @rational_term_f32(
// CHECK-SAME: attributes {passthrough = ["noinline"]}
// CHECK: scf.for
// CHECK: math.sqrt
// CHECK: call @product.f32.nn(
// CHECK: call @product.f32.tn(
// CHECK: call @product.f32.tn.symmetric(
// CHECK: func.func @fractions(
// CHECK-COUNT-2: call @rational_term_f32(
// CHECK: call @team.arrive
func.func @fractions(%a: memref<?x?xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %defined = kernel.rational %a into %y scratch(%s) constant(1.0) weights([0.5, 2.0]) poles([0.1, 3.0])
      : memref<?x?xf32> into memref<?x?xf32>
  %status = arith.extui %defined : i1 to i32
  return %status : i32
}
