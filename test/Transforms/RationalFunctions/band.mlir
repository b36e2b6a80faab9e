// RUN: steepest-opt %s --steepest-rational-functions | FileCheck %s
// RUN: steepest-opt %s --steepest-rational-functions --remarks-filter=steepest-rational-functions --verify-diagnostics -o /dev/null
// RUN: steepest-opt %s --steepest-rational-functions="device factors=tf32,f16,bf16" | FileCheck %s --check-prefix=GPU

// A GPU has products of bf16 at many times the rate, and thin ones are slow.
// GPU-LABEL: @square
// GPU: contract = #matrix.band<

// CHECK-LABEL: @square
steepest.optimizer @square(%w: tensor<768x768xf32>, %g: tensor<768x768xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.fractions<{{.*}}wide = 1
  // expected-remark-re @+1 {{BandByFractions {{.*}}Reason="of the time of polynomial steps, in the mean over the extents that are possible", contract="#matrix.band<lowest = 0.01, error = 0.013>", poles=4, ratio=0.{{[0-9]+}}, wide=1}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.013>} : tensor<768x768xf32>
  steepest.update %w = %phi : tensor<768x768xf32>
}

// float64 needs nothing wider.
// CHECK-LABEL: @double
steepest.optimizer @double(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  // CHECK: #matrix.fractions<constant = {{[0-9.]+}}, weights = [{{[^]]*}}], poles = [{{[^]]*}}]>
  // expected-remark @+1 {{wide=0}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.013>} : tensor<?x?xf64>
  steepest.update %w = %phi : tensor<?x?xf64>
}

// What one function of the Gram matrix cannot reach for its rounding, several
// do, each of a fresh one.
// CHECK-LABEL: @exacting
steepest.optimizer @exacting(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  // CHECK: contract = #matrix.rational_steps<[<{{.*}}>, <{{.*}}>, <{{.*}}>, <{{.*}}>], lowest = 8.8{{[0-9]*}}e-09>
  // expected-remark-re @+1 {{BandByRationalSteps {{.*}}contract="#matrix.band<lowest = 1.0e-07, error = 1.0e-09>"{{.*}}steps=4}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-7, error = 1.0e-9>} : tensor<?x?xf64>
  steepest.update %w = %phi : tensor<?x?xf64>
}

// Small singular values in float64, what is left of them in float32.
// CHECK-LABEL: @narrowing
steepest.optimizer @narrowing(%w: tensor<512x512xf32>, %g: tensor<512x512xf32>) {
  // CHECK: #matrix.rational_steps<[<{{[^>]*}}, wide_product = true>, <constant = {{[0-9.]+}}, weights = [{{[^]]*}}], poles = [{{[^]]*}}]>], lowest
  // expected-remark-re @+1 {{BandByRationalSteps {{.*}}of the time of polynomial steps{{.*}}steps=2, wide=1}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-5, error = 1.0e-2>} : tensor<512x512xf32>
  steepest.update %w = %phi : tensor<512x512xf32>
}

// The Gram matrix in float64 does not tell singular values below 1e-5 from
// rounding; an eigen-decomposition of it is no alternative.
// CHECK-LABEL: @exact
steepest.optimizer @exact(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: #matrix.rational_steps<
  // expected-remark @+1 {{Reason="an eigen-decomposition cannot keep it", contract="#matrix.exact<lowest = 1.0e-07>"}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.exact<lowest = 1.0e-7>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// Nor is there a function for what float64 does not represent.
// CHECK-LABEL: @hopeless
steepest.optimizer @hopeless(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  // CHECK: contract = #matrix.band<lowest = 0.01, error = 1.0e-15>
  // expected-remark @+1 {{FractionsRejected | Category:steepest-rational-functions | Function=hopeless | Reason="rounding in f64 leaves too little"}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-2, error = 1.0e-15>} : tensor<?x?xf64>
  steepest.update %w = %phi : tensor<?x?xf64>
}

// One quintic step is enough, and its product costs less than an inverse.
// CHECK-LABEL: @coarse
steepest.optimizer @coarse(%w: tensor<64x64xf32>, %g: tensor<64x64xf32>) {
  // CHECK: contract = #matrix.band<lowest = 0.9, error = 0.3>
  // expected-remark @+1 {{polynomial steps cost less}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.9, error = 0.3>} : tensor<64x64xf32>
  steepest.update %w = %phi : tensor<64x64xf32>
}

// The Gram matrix of long rows is the work, in float64 (`wide`) as much as what
// polynomial steps take for it in float32.
// CHECK-LABEL: @long
steepest.optimizer @long(%w: tensor<16x4096xf32>, %g: tensor<16x4096xf32>) {
  // CHECK: contract = #matrix.fractions<
  // expected-remark-re @+1 {{BandByFractions {{.*}}poles=4, ratio=0.98{{[0-9]+}}, wide=1}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.5, error = 1.0e-5>} : tensor<16x4096xf32>
  steepest.update %w = %phi : tensor<16x4096xf32>
}

// Of GPU's products those of float32 are no faster.
// GPU-LABEL: @long
// GPU: contract = #matrix.fractions<

// What is asked for by function stays, and so does what is exact.
// CHECK-LABEL: @forced
steepest.optimizer @forced(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: contract = #matrix.exact
  %phi, %n, %s = matrix.msign %g {contract = #matrix.exact} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// Of few singular values none is as small relative to ||X||_S4, so that float32
// is enough up to some order, and cheaper.
// CHECK-LABEL: @short
steepest.optimizer @short(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[ROWS:.*]] = tensor.dim %{{.*}}, %c0
  // CHECK: %[[FEW_ROWS:.*]] = arith.cmpi sle, %[[ROWS]], %c1024
  // CHECK: %[[COLS:.*]] = tensor.dim %{{.*}}, %c1
  // CHECK: %[[FEW_COLS:.*]] = arith.cmpi sle, %[[COLS]], %c1024
  // CHECK: %[[SHORT:.*]] = arith.ori %[[FEW_ROWS]], %[[FEW_COLS]]
  // CHECK: scf.if %[[SHORT]]
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.fractions<{{[^>]*}}poles = [{{[^]]*}}]>
  // CHECK: else
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.fractions<{{.*}}wide = 1
  // expected-remark-re @+2 {{BandByFractions {{.*}}Reason="of the time of the fractions for all extents, where a side is no longer", {{.*}}poles=3, ratio=0.{{[0-9]+}}, side=1024, wide=0}}
  // expected-remark-re @+1 {{BandByFractions {{.*}}Reason="of the time of polynomial steps, in the mean over the extents that are possible", {{.*}}poles=3, ratio=0.{{[0-9]+}}, wide=1}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.07>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// One function where a side is known to be short, and where that is too short
// for another limit.
// CHECK-LABEL: @known
steepest.optimizer @known(%w: tensor<768x?xf32>, %g: tensor<768x?xf32>) {
  // CHECK-NOT: scf.if
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.fractions<{{[^>]*}}poles = [{{[^]]*}}]>
  // expected-remark @+1 {{wide=0}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.07>} : tensor<768x?xf32>
  steepest.update %w = %phi : tensor<768x?xf32>
}

// A power takes fractions of its own; the alternative is an eigen-decomposition.
// CHECK-LABEL: @power
steepest.optimizer @power(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: scf.if
  // CHECK: matrix.spectral_power %{{.*}}, {{.*}} {contract = #matrix.fractions<
  // expected-remark @+2 {{side=256, wide=0}}
  // expected-remark-re @+1 {{BandByFractions {{.*}}Reason="of the time of an eigen-decomposition,}}
  %0:3 = matrix.spectral_power %g, 0.3333333333333333 {contract = #matrix.band<lowest = 0.01, error = 0.01>} : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// Without a contract a power is exact.
// CHECK-LABEL: @exact_power
steepest.optimizer @exact_power(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.spectral_power %{{.*}}, 5.000000e-01 : tensor<?x?xf32>
  %0:3 = matrix.spectral_power %g, 0.5 : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
