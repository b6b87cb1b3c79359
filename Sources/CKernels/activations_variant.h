// One variant of the activations. Included by activations.c once for each instruction set, inside a
// region that turns the set on, with these macros:
//
//   NAME(x)      x with the suffix of the variant
//   FMA(a, b, c) c + a * b
//
// The loops are written for one element; without branches, calls and sums across elements the
// compiler turns them into vectors, and each element has the same bits wherever it is.
//
// Source and target are the same memory or apart. Either way no element depends on another one, which
// the compiler is told by `assume_safety`: a check of its own would take the slow way for the same memory.

// The parts of e^x = scale * rest * (1 + fraction) for x between -126 and 88: k is the integer nearest
// to x / ln 2, r = x - k ln 2, and fraction is the Taylor series of e^r - 1 to the term r^7 / 7!, whose
// rest is below 6e-9. The two powers of two make 2^k, of which one alone could be too small.
typedef struct {
  float fraction, scale, rest;
} NAME(exponential);

static inline __attribute__((always_inline)) NAME(exponential) NAME(exponential_of)(float x) {
  // Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits of the significand.
  const float shifter = 0x1.8p23f;
  float shifted = FMA(x, 0x1.715476p0f, shifter);
  float k = shifted - shifter;
  // ln 2 in two parts, of which the first has so few bits that its product with k is exact.
  float r = FMA(k, -0x1.62e4p-1f, x);
  r = FMA(k, -0x1.7f7d1cp-20f, r);
  float series = FMA(r, 1.0f / 5040, 1.0f / 720);
  series = FMA(series, r, 1.0f / 120);
  series = FMA(series, r, 1.0f / 24);
  series = FMA(series, r, 1.0f / 6);
  series = FMA(series, r, 0.5f);
  union {
    float value;
    int32_t bits;
  } all = {shifted}, scale, rest;
  int32_t exponent = all.bits - 0x4b400000;
  int32_t half = exponent >> 1;
  // The parentheses keep the exponents of a NaN from overflowing a signed integer.
  scale.bits = (int32_t)(((uint32_t)half + 127u) << 23);
  rest.bits = (int32_t)(((uint32_t)(exponent - half) + 127u) << 23);
  return (NAME(exponential)){FMA(series, r * r, r), scale.value, rest.value};
}

// (high + low) / (1 + e^x) for x between -126 and 0, where low is what was lost when high was rounded.
//
// The divisor is rounded too. What that lost and `low` are put back after the division; for them a
// line through the reciprocals of 1 to 2, 4% off, is good enough.
static inline __attribute__((always_inline)) float NAME(quotient)(float high, float low,
                                                                  NAME(exponential) e) {
  float scale = e.scale * e.rest;
  float larger = 1 + scale;
  float smaller = scale * e.fraction;
  float divisor = larger + smaller;
  float lost = smaller - (divisor - larger);
  float value = high / divisor;
  return FMA(low - value * lost, 1.457f - 0.5f * divisor, value);
}

static void NAME(sigmoid)(const float *source, float *target, ptrdiff_t count) {
#pragma clang loop vectorize(assume_safety)
  for (ptrdiff_t n = 0; n < count; n++) {
    float x = source[n];
    float size = __builtin_fabsf(x);
    NAME(exponential) e = NAME(exponential_of)(size > 104 ? -104 : -size);
    // Below zero it is e^x / (1 + e^x), which loses no digits far from zero.
    float high = 1 + e.fraction;
    float low = (e.fraction - (high - 1)) * e.scale * e.rest;
    high = high * e.scale * e.rest;
    target[n] = NAME(quotient)(x < 0 ? high : 1, x < 0 ? low : 0, e);
  }
}

static void NAME(silu)(const float *source, float *target, ptrdiff_t count) {
#pragma clang loop vectorize(assume_safety)
  for (ptrdiff_t n = 0; n < count; n++) {
    float x = source[n];
    float size = __builtin_fabsf(x);
    // Below -126 the result is zero.
    size = size > 126 ? 126 : size;
    NAME(exponential) e = NAME(exponential_of)(-size);
    // In this order no digits are lost below the smallest normal number.
    float scaled = -size * e.scale;
    float part = scaled * e.fraction;
    float high = scaled + part;
    float low = (part - (high - scaled)) * e.rest;
    high = high * e.rest;
    float value = NAME(quotient)(x < 0 ? high : x, x < 0 ? low : 0, e);
    // PyTorch divides minus infinity by infinity, and infinity by one.
    value = x < -0x1.fffffep127f ? x * 0 : value;
    target[n] = x > 0x1.fffffep127f ? x : value;
  }
}

static void NAME(hyperbolic_tangent)(const float *source, float *target, ptrdiff_t count) {
#pragma clang loop vectorize(assume_safety)
  for (ptrdiff_t n = 0; n < count; n++) {
    float x = source[n];
    float size = __builtin_fabsf(x);
    // Up to 0.625, tanh(x) = x + x z P(z) with z = x^2, and P fitted at Chebyshev's points; its error
    // is below 1e-9.
    float z = x * x;
    float series = FMA(z, 0x1.2c83c0p-9f, -0x1.116a16p-7f);
    series = FMA(series, z, 0x1.64a976p-6f);
    series = FMA(series, z, -0x1.ba08c4p-5f);
    series = FMA(series, z, 0x1.1110eap-3f);
    series = FMA(series, z, -0x1.555556p-2f);
    float small = FMA(series * z, x, x);
    // Above, it is 1 - 2 / (e^2x + 1), and beyond 10 it is one.
    NAME(exponential) e = NAME(exponential_of)(2 * (size > 10 ? 10 : size));
    float scale = e.scale * e.rest;
    float large = 1 - 2 / FMA(scale, e.fraction, 1 + scale);
    target[n] = size < 0.625f ? small : __builtin_copysignf(large, x);
  }
}

static void NAME(exponential_linear)(const float *source, float above, float below,
                                     float *target, ptrdiff_t count) {
#pragma clang loop vectorize(assume_safety)
  for (ptrdiff_t n = 0; n < count; n++) {
    float x = source[n];
    // Below -87 the result is minus one; a NaN stays.
    float negative = x > 0 ? 0 : x;
    NAME(exponential) e = NAME(exponential_of)(negative < -87 ? -87 : negative);
    float scale = e.scale * e.rest;
    float minus_one = FMA(scale, e.fraction, scale - 1);
    target[n] = x > 0 ? x * above : minus_one * below;
  }
}
