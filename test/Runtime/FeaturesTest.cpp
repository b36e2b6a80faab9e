//===- FeaturesTest.cpp - lists of CPU features ---------------------------===//

#include "Features.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

using namespace steepest::runtime;

// What clang 22 says for x86-64-v4, znver5 and sapphirerapids.
static const char v4[] =
    "+avx,+avx2,+avx512bw,+avx512cd,+avx512dq,+avx512f,+avx512vl,+bmi,+bmi2,"
    "+cmov,+crc32,+cx16,+cx8,+f16c,+fma,+fxsr,+lzcnt,+mmx,+movbe,+popcnt,"
    "+sahf,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3,+x87,+xsave";
static const char znver5[] =
    "+adx,+aes,+avx,+avx2,+avx512bf16,+avx512bitalg,+avx512bw,+avx512cd,"
    "+avx512dq,+avx512f,+avx512ifma,+avx512vbmi,+avx512vbmi2,+avx512vl,"
    "+avx512vnni,+avx512vp2intersect,+avx512vpopcntdq,+avxvnni,+bmi,+bmi2,"
    "+clflushopt,+clwb,+clzero,+crc32,+cx16,+cx8,+f16c,+fma,+fsgsbase,+fxsr,"
    "+gfni,+invpcid,+lzcnt,+mmx,+movbe,+movdir64b,+movdiri,+mwaitx,+pclmul,"
    "+pku,+popcnt,+prefetchi,+prfchw,+rdpid,+rdpru,+rdrnd,+rdseed,+sahf,+sha,"
    "+shstk,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+sse4a,+ssse3,+vaes,+vpclmulqdq,"
    "+wbnoinvd,+x87,+xsave,+xsavec,+xsaveopt,+xsaves";
static const char sapphireRapids[] =
    "+adx,+aes,+amx-bf16,+amx-int8,+amx-tile,+avx,+avx2,+avx512bf16,"
    "+avx512bitalg,+avx512bw,+avx512cd,+avx512dq,+avx512f,+avx512fp16,"
    "+avx512ifma,+avx512vbmi,+avx512vbmi2,+avx512vl,+avx512vnni,"
    "+avx512vpopcntdq,+avxvnni,+bmi,+bmi2,+cldemote,+clflushopt,+clwb,+cmov,"
    "+crc32,+cx16,+cx8,+enqcmd,+f16c,+fma,+fsgsbase,+fxsr,+gfni,+invpcid,"
    "+lzcnt,+mmx,+movbe,+movdir64b,+movdiri,+pclmul,+pconfig,+pku,+popcnt,"
    "+prfchw,+ptwrite,+rdpid,+rdrnd,+rdseed,+sahf,+serialize,+sgx,+sha,+shstk,"
    "+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3,+tsxldtrk,+uintr,+vaes,"
    "+vpclmulqdq,+waitpkg,+wbnoinvd,+x87,+xsave,+xsavec,+xsaveopt,+xsaves";

/// A CPU with every bit there is, under a system that saves `savedState`.
static Cpu fullCpu(uint64_t savedState) {
  Cpu cpu;
  for (uint32_t &word : cpu.words)
    word = ~0u;
  cpu.savedState = savedState;
  return cpu;
}

static std::string missingOn(const Cpu &cpu, const char *features,
                             size_t size = 4096) {
  std::string missing(size, '?');
  bool supported = supportsFeatures(cpu, features, missing.data(), size);
  missing.resize(strlen(missing.c_str()));
  EXPECT_EQ(supported, missing.empty());
  return missing;
}

TEST(FeaturesTest, EveryNameIsKnown) {
  Cpu cpu = fullCpu(~uint64_t(0));
  for (const char *features : {v4, znver5, sapphireRapids, ""})
    EXPECT_EQ(missingOn(cpu, features), "");
}

TEST(FeaturesTest, TuningAndModesAreNoRequirement) {
  EXPECT_EQ(missingOn(Cpu{}, "64bit,fast-gather,prefer-256-bit,slow-3ops-lea,"
                             "false-deps-popcnt,vzeroupper,idivq-to-divl,"
                             "tuning-fast-imm-vector-shift,fsrm,-avx2,shstk"),
            "");
}

TEST(FeaturesTest, AnEmptyCpuHasNothing) {
  EXPECT_EQ(missingOn(Cpu{}, "+sse2, avx2 ,fma,clwb"), "sse2, avx2, fma");
}

TEST(FeaturesTest, RegistersMustBeSaved) {
  EXPECT_EQ(missingOn(fullCpu(0x6), "avx2,avx512f,amx-tile,egpr,avx10.1"),
            "avx512f, amx-tile, egpr, avx10.1");
  EXPECT_EQ(missingOn(fullCpu(0xe6), "avx2,avx512f,amx-tile,avx10.2-512"),
            "amx-tile");
  EXPECT_EQ(missingOn(fullCpu(0x2), "sse4.2,avx"), "avx");
}

TEST(FeaturesTest, UnknownNamesAreLacking) {
  EXPECT_EQ(missingOn(fullCpu(~uint64_t(0)), "avx,warp9,+avx1,soft-float"),
            "warp9, avx1, soft-float");
}

TEST(FeaturesTest, LongListsAreCutShort) {
  for (size_t size = 16; size < 200; ++size) {
    std::string missing = missingOn(Cpu{}, znver5, size);
    EXPECT_LT(missing.size(), size);
    EXPECT_EQ(missing.substr(missing.size() - 3), "...") << missing;
  }
}

TEST(FeaturesTest, ThisCpu) {
  char missing[256];
  // Every x86-64 CPU has these; twice, the second time remembered.
  for (int time = 0; time < 2; ++time)
    EXPECT_TRUE(supportsFeatures("sse,sse2,fxsr,cx8,mmx,x87,cmov", missing,
                                 sizeof(missing)));
  for (int time = 0; time < 2; ++time)
    EXPECT_FALSE(supportsFeatures("sse2,warp9", missing, sizeof(missing)));
  EXPECT_STREQ(missing, "warp9");
  // Lists that share a place in the memory of those that passed.
  for (int number = 0; number < 100; ++number) {
    std::string passes = "sse2,fast-" + std::to_string(number);
    std::string fails = "sse2,warp" + std::to_string(number);
    EXPECT_TRUE(supportsFeatures(passes.c_str(), missing, sizeof(missing)));
    EXPECT_FALSE(supportsFeatures(fails.c_str(), missing, sizeof(missing)));
  }
  // Agrees with the compiler's own opinion.
  auto has = [&](const char *feature) {
    return supportsFeatures(feature, missing, sizeof(missing));
  };
  EXPECT_EQ(has("avx2"), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(has("fma"), bool(__builtin_cpu_supports("fma")));
  EXPECT_EQ(has("bmi2"), bool(__builtin_cpu_supports("bmi2")));
  EXPECT_EQ(has("avx512f"), bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(has("avx512vl"), bool(__builtin_cpu_supports("avx512vl")));
  EXPECT_EQ(has("avx512vnni"), bool(__builtin_cpu_supports("avx512vnni")));
  EXPECT_EQ(has("gfni"), bool(__builtin_cpu_supports("gfni")));
  EXPECT_EQ(has("avx512bf16"), bool(__builtin_cpu_supports("avx512bf16")));
}
