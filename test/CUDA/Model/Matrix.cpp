//===- Matrix.cpp - what warps and warp groups do with matrices -----------===//
//
// Fragment layouts from the PTX ISA, "Matrix fragments for mma.m16n8k16",
// "ldmatrix", "Register fragments for wgmma.mma_async.m64nNk16"; descriptors
// from "Shared memory matrix layout". Products are exact and sums rounded to
// float once a term, as no tensor core does it: compare with a tolerance.
//
//===----------------------------------------------------------------------===//

#include "Matrix.h"
#include "Groups.h"
#include "Machine.h"
#include "Numbers.h"
#include <vector>

namespace sm_model {

static float numberOf(Element element, uint32_t bits) {
  switch (element) {
  case Element::Bf16:
    return fromBf16(bits);
  case Element::F16:
    return fromF16(bits);
  case Element::Tf32:
    // Tensor cores do not look at the last 13 bits.
    return floatOfBits(bits & 0xffffe000);
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// ldmatrix, stmatrix
//===----------------------------------------------------------------------===//

namespace {
struct MatrixMove {
  uint32_t *registers;
  uint32_t address;
};
} // namespace

/// Calls what(lane, register, half, shared address) for every 16-bit element.
template <class What>
static void forEachElement(void **lanes, int count, bool transposed,
                           const What &what) {
  for (int matrix = 0; matrix < count; ++matrix)
    for (int row = 0; row < 8; ++row)
      for (int column = 0; column < 8; ++column) {
        uint32_t address =
            ((MatrixMove *)lanes[matrix * 8 + row])->address + column * 2;
        int i = transposed ? column : row, j = transposed ? row : column;
        what(i * 4 + j / 2, matrix, j % 2, address);
      }
}

void loadMatrices(uint32_t *registers, int count, uint32_t address,
                  bool transposed) {
  sharedPointer(address, 16, 16, "ldmatrix");
  MatrixMove move = {registers, address};
  collective(
      Team::Warp, transposed ? "ldmatrix.trans" : "ldmatrix", &move,
      [=](void **lanes) {
        forEachElement(
            lanes, count, transposed,
            [&](int lane, int matrix, int half, uint32_t from) {
              uint32_t &to = ((MatrixMove *)lanes[lane])->registers[matrix];
              uint32_t bits =
                  *(uint16_t *)sharedPointer(from, 2, 2, "ldmatrix");
              to = half ? (to & 0xffff) | bits << 16 : (to & 0xffff0000) | bits;
            });
      });
}

void storeMatrices(uint32_t address, const uint32_t *registers, int count,
                   bool transposed) {
  sharedPointer(address, 16, 16, "stmatrix");
  noteWrite(address, 16);
  MatrixMove move = {const_cast<uint32_t *>(registers), address};
  collective(Team::Warp, transposed ? "stmatrix.trans" : "stmatrix", &move,
             [=](void **lanes) {
               forEachElement(
                   lanes, count, transposed,
                   [&](int lane, int matrix, int half, uint32_t to) {
                     uint32_t bits =
                         ((MatrixMove *)lanes[lane])->registers[matrix];
                     *(uint16_t *)sharedPointer(to, 2, 2, "stmatrix") =
                         (uint16_t)(half ? bits >> 16 : bits);
                   });
             });
}

//===----------------------------------------------------------------------===//
// mma.sync
//===----------------------------------------------------------------------===//

namespace {
struct MmaOperands {
  float *d;
  const uint32_t *a, *b;
  const float *c;
};
} // namespace

void mma(Element element, float *d, const uint32_t *a, const uint32_t *b,
         const float *c) {
  MmaOperands operands = {d, a, b, c};
  collective(Team::Warp, "mma.sync", &operands, [=](void **lanes) {
    int k = element == Element::Tf32 ? 8 : 16;
    float left[16][16], right[16][8], sums[16][8];
    for (int lane = 0; lane < 32; ++lane) {
      auto &of = *(MmaOperands *)lanes[lane];
      int row = lane / 4, at = lane % 4;
      for (int r = 0; r < 4; ++r) {
        int i = row + r % 2 * 8;
        if (k == 8) {
          left[i][at + r / 2 * 4] = numberOf(element, of.a[r]);
          continue;
        }
        for (int half = 0; half < 2; ++half)
          left[i][at * 2 + r / 2 * 8 + half] =
              numberOf(element, of.a[r] >> 16 * half & 0xffff);
      }
      for (int r = 0; r < 2; ++r) {
        if (k == 8) {
          right[at + r * 4][row] = numberOf(element, of.b[r]);
          continue;
        }
        for (int half = 0; half < 2; ++half)
          right[at * 2 + r * 8 + half][row] =
              numberOf(element, of.b[r] >> 16 * half & 0xffff);
      }
      for (int r = 0; r < 4; ++r)
        sums[row + r / 2 * 8][at * 2 + r % 2] = of.c[r];
    }
    for (int i = 0; i < 16; ++i)
      for (int kk = 0; kk < k; ++kk)
        for (int j = 0; j < 8; ++j)
          sums[i][j] += left[i][kk] * right[kk][j];
    for (int lane = 0; lane < 32; ++lane)
      for (int r = 0; r < 4; ++r)
        ((MmaOperands *)lanes[lane])->d[r] =
            sums[lane / 4 + r / 2 * 8][lane % 4 * 2 + r % 2];
  });
}

//===----------------------------------------------------------------------===//
// wgmma
//===----------------------------------------------------------------------===//

/// The k values of row (or column) `i` of an operand behind a descriptor.
static void readOperand(Element element, uint64_t descriptor, uint32_t rank,
                        bool transposed, int count, int k,
                        std::vector<float> &to) {
  if (descriptor >> 62 != 1)
    fail("a wgmma descriptor without 128-byte swizzle, which is not modelled");
  if (descriptor >> 49 & 7)
    fail("a wgmma descriptor with a base offset, which is not modelled");
  uint32_t start = (descriptor & 0x3fff) << 4;
  uint32_t leading = (descriptor >> 16 & 0x3fff) << 4;
  uint32_t stride = (descriptor >> 32 & 0x3fff) << 4;
  int bytes = element == Element::Tf32 ? 4 : 2;
  to.resize((size_t)count * k);
  for (int i = 0; i < count; ++i)
    for (int kk = 0; kk < k; ++kk) {
      uint32_t address =
          transposed ? start + i / 64 * leading + kk / 8 * stride +
                           kk % 8 * 128 + i % 64 * bytes
                     : start + i / 8 * stride + i % 8 * 128 + kk * bytes;
      address ^= (address >> 7 & 7) << 4;
      auto *at = sharedPointer(address | rank << 24, bytes, bytes, "wgmma");
      to[(size_t)i * k + kk] =
          numberOf(element, bytes == 4 ? *(uint32_t *)at : *(uint16_t *)at);
    }
}

namespace {
struct WgmmaOperands {
  float *d;
  uint64_t a, b;
};
} // namespace

void wgmma(Element element, int columns, float *d, uint64_t a, uint64_t b,
           bool transposeA, bool transposeB, bool accumulate) {
  WgmmaOperands operands = {d, a, b};
  if (element == Element::Tf32 && (transposeA || transposeB))
    fail("wgmma of tf32 takes k along rows only");
  uint32_t rank = clusterRank();
  collective(Team::WarpGroup, "wgmma.mma_async", &operands, [=](void **all) {
    std::vector<float *> sums(128);
    for (int t = 0; t < 128; ++t) {
      auto &of = *(WgmmaOperands *)all[t];
      if (of.a != a || of.b != b)
        fail("threads of a warp group give wgmma different descriptors");
      sums[t] = of.d;
    }
    Groups *group = &products();
    // Products of a warp group add to the same registers, in order.
    group->inOrder.push_back([=] {
      int k = element == Element::Tf32 ? 8 : 16;
      std::vector<float> left, right;
      readOperand(element, a, rank, transposeA, 64, k, left);
      readOperand(element, b, rank, transposeB, columns, k, right);
      for (int t = 0; t < 128; ++t)
        for (int r = 0; r < columns / 2; ++r) {
          int row = t / 32 * 16 + t % 32 / 4 + r / 2 % 2 * 8;
          int column = r / 4 * 8 + t % 4 * 2 + r % 2;
          float sum = accumulate ? sums[t][r] : 0;
          for (int kk = 0; kk < k; ++kk)
            sum += left[row * k + kk] * right[column * k + kk];
          sums[t][r] = sum;
        }
    });
    group->open.push_back(enqueue([=] {
      auto product = std::move(group->inOrder.front());
      group->inOrder.pop_front();
      product();
    }));
  });
}

void commitWgmma() {
  collective(Team::WarpGroup, "wgmma.commit_group", nullptr,
             [](void **) { products().commit(); });
}

void waitForWgmma(int pending) {
  collective(Team::WarpGroup, "wgmma.wait_group", nullptr,
             [=](void **) { products().wait(pending); });
}

//===----------------------------------------------------------------------===//
// Shuffles
//===----------------------------------------------------------------------===//

namespace {
struct Shuffle {
  uint32_t value, result;
  int from;
};
} // namespace

static uint32_t shuffleFrom(const char *name, uint32_t value, int from) {
  Shuffle mine = {value, 0, from};
  int lanes = blockSize() - threadIndex() / 32 * 32;
  lanes = lanes < 32 ? lanes : 32;
  collective(Team::Warp, name, &mine, [=](void **all) {
    for (int lane = 0; lane < lanes; ++lane) {
      auto &to = *(Shuffle *)all[lane];
      to.result = to.from < lanes ? ((Shuffle *)all[to.from])->value : to.value;
    }
  });
  return mine.result;
}

uint32_t shuffle(uint32_t value, int lane) {
  return shuffleFrom("shfl.sync.idx", value, lane & 31);
}

uint32_t shuffleXor(uint32_t value, int mask) {
  return shuffleFrom("shfl.sync.bfly", value, (threadIndex() % 32) ^ mask);
}

} // namespace sm_model
