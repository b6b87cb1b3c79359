// One variant of the sums of fingerprints. The including file defines NAME.
//
// As in XXH3, the two halves of a pair of floats are multiplied with each other, each changed by a key
// first, and the pair itself goes to the sum beside. The keys are other ones in each step, so that an
// exchange of numbers is seen.

static void NAME(fingerprint)(co_fingerprint *fingerprint, const float *run, ptrdiff_t count) {
  const co_eight_words offsets = {0x9FB21C651E98DF25, 0x1CAD21F72C81017C, 0xDB979083E96DD4DE,
                                  0x1F67B3B7A4A44072, 0x78E5C0CC4EE679CB, 0x2172FFCC7DD05A82,
                                  0x8E2443F7744608B8, 0x4C263A81E69035E0};
  co_eight_words sums = *(const co_words_in_memory *)fingerprint->sums;
  uint64_t step = fingerprint->runs;
  ptrdiff_t i = 0;
  while (i < count) {
    co_bits bits = 0;
    if (count - i >= 16) {
      bits = *(const co_bits_in_memory *)(run + i);
    } else {
      memcpy(&bits, run + i, (size_t)(count - i) * sizeof(float));
    }
    // All but the sign is larger than infinity: not a number.
    const co_flags is_nan = (bits & 0x7FFFFFFF) > 0x7F800000;
    bits = ((co_bits)is_nan & 0x7FC00000) | (~(co_bits)is_nan & bits);
    const co_eight_words pairs = (co_eight_words)bits;
    const co_eight_words keyed = pairs ^ (offsets + step * 0x9E3779B97F4A7C15);
    sums += (keyed & 0xFFFFFFFF) * (keyed >> 32);
    sums += __builtin_shufflevector(pairs, pairs, 1, 0, 3, 2, 5, 4, 7, 6);
    step++;
    i += 16;
  }
  *(co_words_in_memory *)fingerprint->sums = sums;
  fingerprint->runs = step;
}
