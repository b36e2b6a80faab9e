//===- MockModel.cpp - what device code calls on the model ----------------===//
//
// The functions that steps for the model have in place of instructions
// (lib/Target/CUDA/Model.cpp), within a launch.
//
//===----------------------------------------------------------------------===//

#include "CUDA/Device/Choice.h"
#include "CUDA/Device/Products.h"
#include "MockState.h"
#include "Model/Machine.h"
#include <cstdlib>
#include <cstring>

using namespace steepest;

extern "C" {

int steepest_model_thread(void) { return sm_model::threadIndex(); }
int steepest_model_block_x(void) { return sm_model::blockIndex(); }
int steepest_model_block_y(void) { return mock().team; }
int steepest_model_grid_x(void) { return sm_model::gridSize(); }
int steepest_model_grid_y(void) { return mock().teams; }

void steepest_model_barrier(int) {
  sm_model::collective(sm_model::Team::Block, "bar.sync 0", nullptr, nullptr);
}

void steepest_model_sleep(int) {
  sm_model::poll([] { return std::string("its team"); });
}

int steepest_model_shuffle_i32(int, int value, int mask, int) {
  struct Lane {
    int value, mask;
  } lane = {value, mask};
  sm_model::collective(sm_model::Team::Warp, "shfl.sync.bfly", &lane,
                       [](void **lanes) {
                         int values[32];
                         for (int i = 0; i < 32; ++i)
                           values[i] = static_cast<Lane *>(lanes[i])->value;
                         for (int i = 0; i < 32; ++i) {
                           auto *own = static_cast<Lane *>(lanes[i]);
                           own->value = values[i ^ own->mask];
                         }
                       });
  return lane.value;
}

float steepest_model_shuffle_f32(int all, float value, int mask, int clamp) {
  int bits;
  memcpy(&bits, &value, sizeof(bits));
  bits = steepest_model_shuffle_i32(all, bits, mask, clamp);
  memcpy(&value, &bits, sizeof(bits));
  return value;
}

// The template asks for the target, and generated code for its choice of a
// product. All must be right for every shape, so tests may name one
// (STEEPEST_MODEL_PRODUCT, modulo how many there are): shapes for which the
// larger ones are chosen would take the model too long.

int32_t steepest_product_has_wgmma(void) {
  MockGpu gpu = gpuOf(mock().device);
  return gpu.major == 9 && gpu.minor == 0;
}

static int32_t named(int32_t choice, int32_t count) {
  static const char *text = getenv("STEEPEST_MODEL_PRODUCT");
  return text ? atoi(text) % count : choice;
}

int32_t steepest_product_choose_fma(int32_t m, int32_t n, int32_t k,
                                    int32_t symmetric) {
  return named(steepest_choose_fma(m, n, k, symmetric), SteepestFmaChoices);
}

static int32_t chooseRounded(int32_t m, int32_t n, int32_t k, bool symmetric,
                             bool tf32) {
  bool has = steepest_product_has_wgmma();
  return named(steepest_choose_narrow(m, n, k, symmetric, has, tf32),
               has ? SteepestNarrowChoices : SteepestPanel64);
}

int32_t steepest_product_choose_narrow(int32_t m, int32_t n, int32_t k,
                                       int32_t symmetric) {
  return chooseRounded(m, n, k, symmetric, /*tf32=*/false);
}

int32_t steepest_product_choose_tf32(int32_t m, int32_t n, int32_t k,
                                     int32_t symmetric) {
  return chooseRounded(m, n, k, symmetric, /*tf32=*/true);
}

/// None when tests name a product: matrices in shared memory know one way only.
int32_t steepest_product_shared_bytes(void) {
  static const bool isNamed = getenv("STEEPEST_MODEL_PRODUCT");
  return isNamed ? 0 : mock().sharedBytes;
}

void *steepest_model_shared(int64_t offset) {
  if (offset >= staticBytes)
    sm_model::fail("declares more shared memory than the model has");
  return sm_model::sharedMemory() + mock().sharedOffset + offset;
}

} // extern "C"
