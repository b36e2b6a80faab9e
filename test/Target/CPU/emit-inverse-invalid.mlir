// RUN: not steepest-opt --steepest-emit-inverse='vector-bits=100' %s 2>&1 | FileCheck %s

// CHECK: error: expects vector-bits to be 128, 256 or 512, got 100
module {}
