//===- Ptx.h - primitives as PTX instructions -----------------------------===//
//
// Inline assembly only, and no header of CUDA: nvcc, NVRTC and clang without
// CUDA take the same text. Names and meanings: PTX ISA 9.0.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PTX_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PTX_H

#include "Primitives.h"

#if !defined(__CUDACC__)
extern "C" __attribute__((address_space(3),
                          aligned(1024))) unsigned char steepest_shared[];
#endif

namespace steepest::sm {

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

STEEPEST_DEVICE int threadIndex() {
  int value;
  asm("mov.u32 %0, %%tid.x;" : "=r"(value));
  return value;
}

STEEPEST_DEVICE int blockIndex() {
  int value;
  asm("mov.u32 %0, %%ctaid.x;" : "=r"(value));
  return value;
}

STEEPEST_DEVICE int gridSize() {
  int value;
  asm("mov.u32 %0, %%nctaid.x;" : "=r"(value));
  return value;
}

/// The index of the block in its cluster.
STEEPEST_DEVICE int clusterRank() {
  int value;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(value));
  return value;
}

STEEPEST_DEVICE void syncThreads() { asm volatile("bar.sync 0;" ::: "memory"); }

/// Waits for `threads` threads at barrier `id`, 1 to 15.
STEEPEST_DEVICE void syncSome(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

STEEPEST_DEVICE void syncWarp() {
  asm volatile("bar.warp.sync 0xffffffff;" ::: "memory");
}

/// The value of lane `lane`, in every lane. ptxas knows that it is uniform.
STEEPEST_DEVICE int shuffle(int value, int lane) {
  int result;
  asm volatile("shfl.sync.idx.b32 %0, %1, %2, 31, 0xffffffff;"
               : "=r"(result)
               : "r"(value), "r"(lane));
  return result;
}

/// The value of lane `lane ^ mask`.
STEEPEST_DEVICE float shuffleXor(float value, int mask) {
  float result;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, 0xffffffff;"
               : "=f"(result)
               : "f"(value), "r"(mask));
  return result;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

STEEPEST_DEVICE float fma(float a, float b, float c) {
  float result;
  asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(a), "f"(b), "f"(c));
  return result;
}

STEEPEST_DEVICE double fma(double a, double b, double c) {
  double result;
  asm("fma.rn.f64 %0, %1, %2, %3;" : "=d"(result) : "d"(a), "d"(b), "d"(c));
  return result;
}

STEEPEST_DEVICE float squareRoot(float x) {
  float result;
  asm("sqrt.rn.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

/// 1 / x, rounded to nearest.
STEEPEST_DEVICE float reciprocal(float x) {
  float result;
  asm("rcp.rn.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

STEEPEST_DEVICE float fromBf16(uint32_t bits) {
  float result;
  asm("mov.b32 %0, %1;" : "=f"(result) : "r"(bits << 16));
  return result;
}

STEEPEST_DEVICE float fromF16(uint32_t bits) {
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"((unsigned short)bits));
  return result;
}

/// Two numbers rounded to nearest, ties to even; the first in the low half.
STEEPEST_DEVICE uint32_t packBf16(float first, float second) {
  uint32_t result;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
  return result;
}

STEEPEST_DEVICE uint32_t packF16(float first, float second) {
  uint32_t result;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
  return result;
}

/// Rounded to the ten bits of tf32, ties away from zero, as float's bits.
STEEPEST_DEVICE uint32_t toTf32(float x) {
  uint32_t result;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(result) : "f"(x));
  return result;
}

STEEPEST_DEVICE float floatOfBits(uint32_t bits) {
  float result;
  asm("mov.b32 %0, %1;" : "=f"(result) : "r"(bits));
  return result;
}

STEEPEST_DEVICE uint32_t bitsOfFloat(float x) {
  uint32_t result;
  asm("mov.b32 %0, %1;" : "=r"(result) : "f"(x));
  return result;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// The dynamic shared memory of the block, aligned to 1024 bytes.
STEEPEST_DEVICE unsigned char *sharedMemory() {
#if defined(__CUDACC__)
  extern __shared__ __align__(1024) unsigned char steepest_shared[];
  return steepest_shared;
#else
  return (unsigned char *)steepest_shared;
#endif
}

/// How many bytes of it the launch has given.
STEEPEST_DEVICE int dynamicSharedBytes() {
  int value;
  asm("mov.u32 %0, %%dynamic_smem_size;" : "=r"(value));
  return value;
}

/// The address of shared memory as instructions want it.
STEEPEST_DEVICE uint32_t sharedAddress(const void *pointer) {
#if defined(__CUDACC__)
  return (uint32_t)__cvta_generic_to_shared(pointer);
#else
  return (uint32_t)(uint64_t)(__attribute__((address_space(3)))
                              const void *)pointer;
#endif
}

/// An ordinary load: not by the cache for constants (ld.global.nc), nor in
/// assembly that says nothing of memory, since a kernel that computes several
/// products reads what it wrote.
STEEPEST_DEVICE Chunk loadChunk(const void *pointer) {
  return *(const Chunk *)pointer;
}

STEEPEST_DEVICE void storeChunk(void *pointer, const Chunk &c) {
  asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(pointer),
               "r"(c.words[0]), "r"(c.words[1]), "r"(c.words[2]),
               "r"(c.words[3])
               : "memory");
}

/// Loads two neighbours at a multiple of eight bytes.
STEEPEST_DEVICE void loadTwo(const float *from, float &first, float &second) {
  asm volatile("ld.global.v2.f32 {%0, %1}, [%2];"
               : "=f"(first), "=f"(second)
               : "l"(from)
               : "memory");
}

/// Stores them.
STEEPEST_DEVICE void storeTwo(float *to, float first, float second) {
  asm volatile("st.global.v2.f32 [%0], {%1, %2};" ::"l"(to), "f"(first),
               "f"(second)
               : "memory");
}

/// Copies the first `bytes` of sixteen to shared memory, later, and zeros for
/// the others; none are read if `bytes` is 0.
STEEPEST_DEVICE void copyChunkAsync(uint32_t shared, const void *global,
                                    int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared),
               "l"(global), "r"(bytes)
               : "memory");
}

STEEPEST_DEVICE void commitCopies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

/// Waits until all but the last `pending` groups of this thread have arrived.
template <int pending> STEEPEST_DEVICE void waitForCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

/// Four 8 x 8 matrices of 16-bit elements; lane l gives the address of row
/// l % 8 of matrix l / 8, and gets elements 2 (l % 4) and the next of row l / 4
/// of each.
STEEPEST_DEVICE void loadMatrices(uint32_t (&r)[4], uint32_t address) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
      : "r"(address)
      : "memory");
}

/// The same, of the transposed matrices.
STEEPEST_DEVICE void loadTransposed(uint32_t (&r)[4], uint32_t address) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
      : "r"(address)
      : "memory");
}

/// The inverse of `loadMatrices`; sm_90.
STEEPEST_DEVICE void storeMatrices(uint32_t address, const uint32_t (&r)[4]) {
  asm volatile(
      "stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(
          address),
      "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3])
      : "memory");
}

/// The inverse of `loadTransposed`; sm_90.
STEEPEST_DEVICE void storeTransposed(uint32_t address, const uint32_t (&r)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, "
               "%3, %4};" ::"r"(address),
               "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3])
               : "memory");
}

STEEPEST_DEVICE void storeShared(uint32_t address, uint32_t value) {
  asm volatile("st.shared.b32 [%0], %1;" ::"r"(address), "r"(value) : "memory");
}

STEEPEST_DEVICE void storeShared(uint32_t address, uint32_t first,
                                 uint32_t second) {
  asm volatile("st.shared.v2.b32 [%0], {%1, %2};" ::"r"(address), "r"(first),
               "r"(second)
               : "memory");
}

STEEPEST_DEVICE uint32_t loadShared(uint32_t address) {
  uint32_t value;
  asm volatile("ld.shared.b32 %0, [%1];"
               : "=r"(value)
               : "r"(address)
               : "memory");
  return value;
}

//===----------------------------------------------------------------------===//
// mma.sync
//===----------------------------------------------------------------------===//

/// D += A B by a warp, D 16 x 8, A 16 x K and B K x 8 with K = 16 (Bf16, F16)
/// or 8 (Tf32), in the fragment layouts of PTX.
template <MmaType type>
STEEPEST_DEVICE void mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0,
                         uint32_t b1) {
#define STEEPEST_MMA_INSTRUCTION(shape)                                        \
  asm volatile("mma.sync.aligned." shape                                       \
               " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "  \
               "%3};"                                                          \
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))
  if constexpr (type == MmaType::Bf16)
    STEEPEST_MMA_INSTRUCTION("m16n8k16.row.col.f32.bf16.bf16.f32");
  else if constexpr (type == MmaType::F16)
    STEEPEST_MMA_INSTRUCTION("m16n8k16.row.col.f32.f16.f16.f32");
  else
    STEEPEST_MMA_INSTRUCTION("m16n8k8.row.col.f32.tf32.tf32.f32");
#undef STEEPEST_MMA_INSTRUCTION
}

//===----------------------------------------------------------------------===//
// Barriers in shared memory (mbarrier), sm_90
//===----------------------------------------------------------------------===//

/// A barrier whose phases end when `arrivals` arrivals and all expected bytes
/// are there; its first phase has parity 0.
STEEPEST_DEVICE void initBarrier(uint64_t *barrier, int arrivals) {
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(sharedAddress(barrier)),
      "r"(arrivals)
      : "memory");
}

/// Makes initialised barriers visible to the cluster and to TMA.
STEEPEST_DEVICE void fenceBarrierInit() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

STEEPEST_DEVICE void arrive(uint64_t *barrier) {
  asm volatile(
      "mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(sharedAddress(barrier))
      : "memory");
}

/// Arrives at the same barrier of block `rank` of the cluster.
STEEPEST_DEVICE void arriveAt(uint64_t *barrier, int rank) {
  asm volatile("{\n"
               ".reg .b32 remote;\n"
               "mapa.shared::cluster.u32 remote, %0, %1;\n"
               "mbarrier.arrive.release.cluster.shared::cluster.b64 _, "
               "[remote];\n"
               "}" ::"r"(sharedAddress(barrier)),
               "r"(rank)
               : "memory");
}

STEEPEST_DEVICE void arriveExpecting(uint64_t *barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   sharedAddress(barrier)),
               "r"(bytes)
               : "memory");
}

/// Ends the life of a barrier: its memory may be used for something else.
STEEPEST_DEVICE void invalidateBarrier(uint64_t *barrier) {
  asm volatile(
      "mbarrier.inval.shared::cta.b64 [%0];" ::"r"(sharedAddress(barrier))
      : "memory");
}

/// Waits for the end of the phase of that parity. (A barrier whose first phase
/// has not ended lets pass who waits for parity 1.)
STEEPEST_DEVICE void waitForPhase(uint64_t *barrier, uint32_t parity) {
  asm volatile("{\n"
               ".reg .pred done;\n"
               "again:\n"
               "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, "
               "[%0], %1;\n"
               "@done bra out;\n"
               "bra again;\n"
               "out:\n"
               "}" ::"r"(sharedAddress(barrier)),
               "r"(parity)
               : "memory");
}

/// All threads of the cluster wait for one another.
STEEPEST_DEVICE void syncCluster() {
  asm volatile("barrier.cluster.arrive.release.aligned;\n"
               "barrier.cluster.wait.acquire.aligned;" ::
                   : "memory");
}

//===----------------------------------------------------------------------===//
// Tensor memory accesses (TMA), sm_90
//===----------------------------------------------------------------------===//

/// Loads the box at (x, y, z) and tells the barrier how many bytes arrived.
STEEPEST_DEVICE void loadBox(uint32_t shared, const SteepestTensorMap *map,
                             uint64_t *barrier, int x, int y, int z) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::"
      "complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(shared),
      "l"(map), "r"(sharedAddress(barrier)), "r"(x), "r"(y), "r"(z)
      : "memory");
}

/// The same to the same place of every block of the cluster in `blocks`, and to
/// the same barrier of each.
STEEPEST_DEVICE void loadBoxMulticast(uint32_t shared,
                                      const SteepestTensorMap *map,
                                      uint64_t *barrier, int x, int y, int z,
                                      uint16_t blocks) {
  asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::"
               "complete_tx::bytes.multicast::cluster [%0], [%1, {%3, %4, "
               "%5}], [%2], %6;" ::"r"(shared),
               "l"(map), "r"(sharedAddress(barrier)), "r"(x), "r"(y), "r"(z),
               "h"(blocks)
               : "memory");
}

/// Stores a box; parts outside of the tensor are left out.
STEEPEST_DEVICE void storeBox(const SteepestTensorMap *map, uint32_t shared,
                              int x, int y, int z) {
  asm volatile("cp.async.bulk.tensor.3d.global.shared::cta.tile.bulk_group "
               "[%0, {%2, %3, %4}], [%1];" ::"l"(map),
               "r"(shared), "r"(x), "r"(y), "r"(z)
               : "memory");
}

STEEPEST_DEVICE void commitStores() {
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}

/// Waits until this thread's stores have read their shared memory.
STEEPEST_DEVICE void waitForStoresToRead() {
  asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}

/// Waits until this thread's stores are done.
STEEPEST_DEVICE void waitForStores() {
  asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

/// Shows this thread's ordinary writes to TMA.
STEEPEST_DEVICE void fenceForStores() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

STEEPEST_DEVICE void prefetchTensorMap(const SteepestTensorMap *map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory");
}

//===----------------------------------------------------------------------===//
// Bulk copies, sm_90
//===----------------------------------------------------------------------===//

/// Copies consecutive bytes, a multiple of sixteen at a multiple of sixteen, to
/// shared memory and tells the barrier how many arrived.
STEEPEST_DEVICE void copyBulk(uint32_t shared, const void *global, int bytes,
                              uint64_t *barrier) {
  asm volatile(
      "{\n"
      ".reg .u64 from;\n"
      "cvta.to.global.u64 from, %1;\n"
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [from], %2, [%3];\n"
      "}" ::"r"(shared),
      "l"(global), "r"(bytes), "r"(sharedAddress(barrier))
      : "memory");
}

/// An ordinary store of sixteen bytes that bulk copies are to read, after
/// `fenceForCopies`.
STEEPEST_DEVICE void storeForCopies(void *pointer, const Chunk &c) {
  storeChunk(pointer, c);
}

/// Orders ordinary accesses of memory, before and after, with those by bulk
/// copies and TMA.
STEEPEST_DEVICE void fenceForCopies() {
  asm volatile("fence.proxy.async;" ::: "memory");
}

//===----------------------------------------------------------------------===//
// Warp groups, sm_90a
//===----------------------------------------------------------------------===//

template <int count> STEEPEST_DEVICE void raiseRegisters() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(count));
}

template <int count> STEEPEST_DEVICE void lowerRegisters() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(count));
}

STEEPEST_DEVICE void fenceWgmma() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

STEEPEST_DEVICE void commitWgmma() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

template <int pending> STEEPEST_DEVICE void waitForWgmma() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PTX_H
