#include "CBytes.h"

#include <string.h>
#include <zlib.h>

uint32_t cb_crc32_portable(uint32_t crc, const uint8_t *bytes, size_t count) {
  // zlib counts bytes in 32 bits.
  while (count > 0) {
    uInt part = count < (1u << 30) ? (uInt)count : 1u << 30;
    crc = (uint32_t)crc32(crc, bytes, part);
    bytes += part;
    count -= part;
  }
  return crc;
}

uint32_t cb_crc32_rest(uint32_t whole, uint32_t start, size_t count) {
  // The sum of two parts is that of the first, taken along by as many zeros as the second is long, plus
  // that of the second; and to add is the same as to subtract.
  return (uint32_t)crc32_combine(start, 0, (z_off_t)count) ^ whole;
}

#if defined(__x86_64__)

#include <immintrin.h>

int32_t cb_can_fold(void) {
  return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

// Folding. Bits are reflected: the first bit of the bytes is the highest power of x. A block A of 128
// bits that is followed by D bits more stands for A * x^D, which modulo the polynomial P is the same
// as (first half of A) * (x^(D+64) mod P) + (second half of A) * (x^D mod P): 128 bits again, to be
// added to the block that is D bits further on. So 64 bytes are taken along as four blocks, each
// folded into the one that is 512 bits behind it, and in the end all of them into the last, whose
// remaining sum zlib computes like that of any 16 bytes.
//
// A product of reflected factors has its bits one place too low, so the constants are those of one
// power less: x^(D+63) and x^(D-1), reflected, in 64 bits.
#define POWER_575 0x653d982200000000
#define POWER_511 (long long)0xcad38e8f00000000
#define POWER_191 0x65673b4600000000
#define POWER_127 (long long)0x9ba54c6f00000000

#define FOLD __attribute__((target("pclmul,sse4.1"), always_inline)) static inline

FOLD __m128i folded(__m128i block, __m128i powers, __m128i next) {
  __m128i first = _mm_clmulepi64_si128(block, powers, 0x00);
  __m128i second = _mm_clmulepi64_si128(block, powers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

__attribute__((target("pclmul,sse4.1"))) uint32_t cb_crc32_folded(uint32_t crc,
                                                                  const uint8_t *bytes,
                                                                  size_t count) {
  if (count < 128) { return cb_crc32_portable(crc, bytes, count); }
  const __m128i by512 = _mm_set_epi64x(POWER_511, POWER_575);
  const __m128i by128 = _mm_set_epi64x(POWER_127, POWER_191);
  const __m128i *blocks = (const __m128i *)bytes;
  // What was summed before is as if it had been added to the first 32 bits.
  __m128i a = _mm_xor_si128(_mm_loadu_si128(blocks), _mm_cvtsi32_si128((int)~crc));
  __m128i b = _mm_loadu_si128(blocks + 1);
  __m128i c = _mm_loadu_si128(blocks + 2);
  __m128i d = _mm_loadu_si128(blocks + 3);
  size_t done = 64;
  for (; count - done >= 64; done += 64) {
    blocks = (const __m128i *)(bytes + done);
    a = folded(a, by512, _mm_loadu_si128(blocks));
    b = folded(b, by512, _mm_loadu_si128(blocks + 1));
    c = folded(c, by512, _mm_loadu_si128(blocks + 2));
    d = folded(d, by512, _mm_loadu_si128(blocks + 3));
  }
  b = folded(a, by128, b);
  c = folded(b, by128, c);
  d = folded(c, by128, d);
  uint8_t last[16];
  memcpy(last, &d, 16);
  // zlib inverts the sum before and after; the bytes at hand already contain what was inverted.
  crc = cb_crc32_portable(~(uint32_t)0, last, 16);
  return cb_crc32_portable(crc, bytes + done, count - done);
}

#else

int32_t cb_can_fold(void) { return 0; }

uint32_t cb_crc32_folded(uint32_t crc, const uint8_t *bytes, size_t count) {
  return cb_crc32_portable(crc, bytes, count);
}

#endif

uint32_t cb_crc32(uint32_t crc, const uint8_t *bytes, size_t count) {
  return cb_can_fold() ? cb_crc32_folded(crc, bytes, count)
                       : cb_crc32_portable(crc, bytes, count);
}
