//===- Choice.cpp - the choice of a product, for generated code -----------===//

#include "Choice.h"
#include "Primitives.h"
#include "Products.h"

extern "C" {

STEEPEST_ENTRY int32_t steepest_product_choose_fma(int32_t m, int32_t n,
                                                   int32_t k,
                                                   int32_t symmetric) {
  return steepest_choose_fma(m, n, k, symmetric != 0);
}

STEEPEST_ENTRY int32_t steepest_product_choose_narrow(int32_t m, int32_t n,
                                                      int32_t k,
                                                      int32_t symmetric) {
  return steepest_choose_narrow(m, n, k, symmetric != 0,
                                steepest_product_has_wgmma() != 0,
                                /*tf32=*/false);
}

STEEPEST_ENTRY int32_t steepest_product_choose_tf32(int32_t m, int32_t n,
                                                    int32_t k,
                                                    int32_t symmetric) {
  return steepest_choose_narrow(m, n, k, symmetric != 0,
                                steepest_product_has_wgmma() != 0,
                                /*tf32=*/true);
}

STEEPEST_ENTRY int32_t steepest_product_shared_bytes(void) {
  return steepest::sm::dynamicSharedBytes();
}

} // extern "C"
