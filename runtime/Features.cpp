//===- Features.cpp - what this CPU can run -------------------------------===//
//
// CPUID is read directly: `__builtin_cpu_supports` knows other names in every
// compiler, and a bundle is built by whatever compiler its user has.
//
//===----------------------------------------------------------------------===//

#include "Features.h"

#include <atomic>
#include <cstring>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace steepest::runtime {
namespace {

/// Bits of XCR0: registers that the operating system must save for a feature
/// to be usable.
enum SavedState : uint64_t {
  NoState = 0,
  Ymm = 0x6,
  Zmm = 0xe6,
  Tiles = 0x60000,
  MoreRegisters = 0x80000,
};

struct Feature {
  const char *name;
  CpuWord word;
  int bit;
  SavedState state;
};

struct Text {
  const char *data;
  size_t size;
};

} // namespace

// Features whose instructions LLVM selects by itself or MLIR's dialects reach.
static const Feature knownFeatures[] = {
    {"sse3", Leaf1ECX, 0, NoState},
    {"pclmul", Leaf1ECX, 1, NoState},
    {"ssse3", Leaf1ECX, 9, NoState},
    {"fma", Leaf1ECX, 12, Ymm},
    {"cx16", Leaf1ECX, 13, NoState},
    {"sse4.1", Leaf1ECX, 19, NoState},
    {"sse4.2", Leaf1ECX, 20, NoState},
    {"crc32", Leaf1ECX, 20, NoState},
    {"movbe", Leaf1ECX, 22, NoState},
    {"popcnt", Leaf1ECX, 23, NoState},
    {"aes", Leaf1ECX, 25, NoState},
    {"avx", Leaf1ECX, 28, Ymm},
    {"f16c", Leaf1ECX, 29, Ymm},
    {"x87", Leaf1EDX, 0, NoState},
    {"cx8", Leaf1EDX, 8, NoState},
    {"cmov", Leaf1EDX, 15, NoState},
    {"mmx", Leaf1EDX, 23, NoState},
    {"fxsr", Leaf1EDX, 24, NoState},
    {"sse", Leaf1EDX, 25, NoState},
    {"sse2", Leaf1EDX, 26, NoState},
    {"bmi", Leaf7EBX, 3, NoState},
    {"avx2", Leaf7EBX, 5, Ymm},
    {"bmi2", Leaf7EBX, 8, NoState},
    {"avx512f", Leaf7EBX, 16, Zmm},
    {"evex512", Leaf7EBX, 16, Zmm},
    {"avx512dq", Leaf7EBX, 17, Zmm},
    {"adx", Leaf7EBX, 19, NoState},
    {"avx512ifma", Leaf7EBX, 21, Zmm},
    {"avx512cd", Leaf7EBX, 28, Zmm},
    {"sha", Leaf7EBX, 29, NoState},
    {"avx512bw", Leaf7EBX, 30, Zmm},
    {"avx512vl", Leaf7EBX, 31, Zmm},
    {"avx512vbmi", Leaf7ECX, 1, Zmm},
    {"avx512vbmi2", Leaf7ECX, 6, Zmm},
    {"gfni", Leaf7ECX, 8, NoState},
    {"vaes", Leaf7ECX, 9, Ymm},
    {"vpclmulqdq", Leaf7ECX, 10, Ymm},
    {"avx512vnni", Leaf7ECX, 11, Zmm},
    {"avx512bitalg", Leaf7ECX, 12, Zmm},
    {"avx512vpopcntdq", Leaf7ECX, 14, Zmm},
    {"avx512vp2intersect", Leaf7EDX, 8, Zmm},
    {"amx-bf16", Leaf7EDX, 22, Tiles},
    {"avx512fp16", Leaf7EDX, 23, Zmm},
    {"amx-tile", Leaf7EDX, 24, Tiles},
    {"amx-int8", Leaf7EDX, 25, Tiles},
    {"sha512", Leaf7Sub1EAX, 0, Ymm},
    {"sm3", Leaf7Sub1EAX, 1, Ymm},
    {"sm4", Leaf7Sub1EAX, 2, Ymm},
    {"raoint", Leaf7Sub1EAX, 3, NoState},
    {"avxvnni", Leaf7Sub1EAX, 4, Ymm},
    {"avx512bf16", Leaf7Sub1EAX, 5, Zmm},
    {"cmpccxadd", Leaf7Sub1EAX, 7, NoState},
    {"amx-fp16", Leaf7Sub1EAX, 21, Tiles},
    {"avxifma", Leaf7Sub1EAX, 23, Ymm},
    {"movrs", Leaf7Sub1EAX, 31, NoState},
    {"avxvnniint8", Leaf7Sub1EDX, 4, Ymm},
    {"avxneconvert", Leaf7Sub1EDX, 5, Ymm},
    {"amx-complex", Leaf7Sub1EDX, 8, Tiles},
    {"avxvnniint16", Leaf7Sub1EDX, 10, Ymm},
    {"egpr", Leaf7Sub1EDX, 21, MoreRegisters},
    {"ndd", Leaf7Sub1EDX, 21, MoreRegisters},
    {"nf", Leaf7Sub1EDX, 21, MoreRegisters},
    {"ccmp", Leaf7Sub1EDX, 21, MoreRegisters},
    {"cf", Leaf7Sub1EDX, 21, MoreRegisters},
    {"zu", Leaf7Sub1EDX, 21, MoreRegisters},
    {"ppx", Leaf7Sub1EDX, 21, MoreRegisters},
    {"push2pop2", Leaf7Sub1EDX, 21, MoreRegisters},
    {"amx-fp8", Leaf1EEAX, 4, Tiles},
    {"amx-tf32", Leaf1EEAX, 6, Tiles},
    {"amx-avx512", Leaf1EEAX, 7, Tiles},
    {"amx-movrs", Leaf1EEAX, 8, Tiles},
    {"sahf", Extended1ECX, 0, NoState},
    {"lzcnt", Extended1ECX, 5, NoState},
    {"sse4a", Extended1ECX, 6, NoState},
    {"sse-unaligned-mem", Extended1ECX, 7, NoState},
    {"prfchw", Extended1ECX, 8, NoState},
    {"xop", Extended1ECX, 11, Ymm},
    {"fma4", Extended1ECX, 16, Ymm},
    {"tbm", Extended1ECX, 21, NoState},
};

// Features that only an intrinsic for that very purpose uses (system code,
// cache control, random numbers), and modes that x86-64 always has. Virtual
// machines hide many of these from their guests.
static const char *const harmlessNames[] = {
    "64bit",     "64bit-mode", "cldemote", "clflushopt", "clwb",     "clzero",
    "enqcmd",    "fsgsbase",   "hreset",   "invpcid",    "kl",       "lwp",
    "movdir64b", "movdiri",    "mwaitx",   "nopl",       "pconfig",  "pku",
    "prefetchi", "ptwrite",    "rdpid",    "rdpru",      "rdrnd",    "rdseed",
    "rtm",       "serialize",  "sgx",      "shstk",      "tsxldtrk", "uintr",
    "usermsr",   "waitpkg",    "wbnoinvd", "widekl",     "xsave",    "xsavec",
    "xsaveopt",  "xsaves",
};

// Tuning: which of two legal sequences is preferred.
static const char *const tuningPrefixes[] = {
    "allow-light-", "branch-hint", "branchfusion", "ermsb",       "false-deps-",
    "fast-",        "faster-",     "fsrm",         "harden-sls-", "idivl-",
    "idivq-",       "lea-sp",      "lea-uses-ag",  "lvi-",        "macrofusion",
    "no-bypass-",   "pad-short-",  "prefer-",      "retpoline",   "sbb-dep-",
    "seses",        "slow-",       "tuning-",      "use-",        "vzeroupper",
};

static bool equals(Text name, const char *literal) {
  return strlen(literal) == name.size &&
         memcmp(literal, name.data, name.size) == 0;
}

static bool startsWith(Text name, const char *prefix) {
  size_t size = strlen(prefix);
  return size <= name.size && memcmp(prefix, name.data, size) == 0;
}

static bool savesState(const Cpu &cpu, SavedState state) {
  return (cpu.savedState & state) == state;
}

static bool hasFeature(const Cpu &cpu, Text name) {
  for (const Feature &feature : knownFeatures)
    if (equals(name, feature.name))
      return (cpu.words[feature.word] >> feature.bit & 1) &&
             savesState(cpu, feature.state);
  // AVX10 has a version number in place of a bit.
  if (startsWith(name, "avx10.") && name.size >= 7) {
    uint32_t version = name.data[6] - '0';
    bool wide =
        name.size == 7 || equals({name.data + 7, name.size - 7}, "-512");
    return wide && version <= 9 && (cpu.words[Leaf7Sub1EDX] >> 19 & 1) &&
           (cpu.words[Leaf24EBX] & 0xff) >= version && savesState(cpu, Zmm);
  }
  for (const char *harmless : harmlessNames)
    if (equals(name, harmless))
      return true;
  for (const char *prefix : tuningPrefixes)
    if (startsWith(name, prefix))
      return true;
  return false;
}

/// Appends `name` to the list in `missing`, which has `used` of `size` bytes.
static void appendName(Text name, char *missing, size_t size, size_t &used) {
  static const char separator[] = ", ";
  static const char ellipsis[] = "...";
  size_t separatorSize = used ? strlen(separator) : 0;
  // Room for the ellipsis and the terminator stays free until the end.
  if (used + separatorSize + name.size + sizeof(separator) + sizeof(ellipsis) >
      size) {
    if (used + separatorSize + sizeof(ellipsis) <= size) {
      memcpy(missing + used, separator, separatorSize);
      memcpy(missing + used + separatorSize, ellipsis, sizeof(ellipsis));
    }
    used = size;
    return;
  }
  memcpy(missing + used, separator, separatorSize);
  used += separatorSize;
  memcpy(missing + used, name.data, name.size);
  used += name.size;
  missing[used] = '\0';
}

bool supportsFeatures(const Cpu &cpu, const char *features, char *missing,
                      size_t size) {
  size_t used = 0;
  bool supported = true;
  missing[0] = '\0';
  while (*features) {
    Text name = {features, strcspn(features, ",")};
    features += name.size + (features[name.size] == ',');
    while (name.size && *name.data == ' ')
      ++name.data, --name.size;
    while (name.size && name.data[name.size - 1] == ' ')
      --name.size;
    // "-name" says that the code does without.
    if (!name.size || *name.data == '-')
      continue;
    if (*name.data == '+')
      ++name.data, --name.size;
    if (hasFeature(cpu, name))
      continue;
    supported = false;
    if (used < size)
      appendName(name, missing, size, used);
  }
  return supported;
}

Cpu detectCpu() {
  Cpu cpu = {};
#if defined(__x86_64__) || defined(__i386__)
  uint32_t a, b, c, d;
  uint32_t *words = cpu.words;
  if (__get_cpuid(1, &a, &b, &c, &d)) {
    words[Leaf1ECX] = c;
    words[Leaf1EDX] = d;
    // OSXSAVE: the operating system says in XCR0 which registers it saves.
    if (c >> 27 & 1) {
      uint32_t low, high;
      __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
      cpu.savedState = uint64_t(high) << 32 | low;
    }
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    words[Leaf7EBX] = b;
    words[Leaf7ECX] = c;
    words[Leaf7EDX] = d;
    if (a >= 1) {
      __cpuid_count(7, 1, a, b, c, d);
      words[Leaf7Sub1EAX] = a;
      words[Leaf7Sub1EDX] = d;
    }
  }
  if (__get_cpuid_count(0x1e, 1, &a, &b, &c, &d))
    words[Leaf1EEAX] = a;
  if (__get_cpuid_count(0x24, 0, &a, &b, &c, &d))
    words[Leaf24EBX] = b;
  if (__get_cpuid(0x80000001, &a, &b, &c, &d))
    words[Extended1ECX] = c;
#endif
  return cpu;
}

/// FNV-1a over words of eight bytes, with a final mix; never 0.
static uint64_t hashText(const char *text, size_t size) {
  uint64_t hash = 0xcbf29ce484222325 ^ size;
  for (; size >= 8; text += 8, size -= 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  uint64_t rest = 0;
  memcpy(&rest, text, size);
  hash = (hash ^ rest) * 0x9e3779b97f4a7c15;
  return (hash ^ hash >> 32) | 1;
}

bool supportsFeatures(const char *features, char *missing, size_t size) {
  // Remembered by content, not by address: a library can be unloaded and
  // another one come to lie in its place.
  static std::atomic<uint64_t> passed[16];
  uint64_t hash = hashText(features, strlen(features));
  std::atomic<uint64_t> &slot = passed[hash >> 60];
  if (slot.load(std::memory_order_relaxed) == hash)
    return true;
  if (!supportsFeatures(detectCpu(), features, missing, size))
    return false;
  slot.store(hash, std::memory_order_relaxed);
  return true;
}

} // namespace steepest::runtime
