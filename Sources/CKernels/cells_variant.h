// One variant of the cells of recurrent layers; instruction_sets.h says how it is included.
//
// All is computed in double precision and rounded once an output. The exponential is that of
// Elementary.swift: with k the integer nearest to x / ln 2 and r = x - k ln 2, e^x = 2^k (1 + f), where
// f = e^r - 1 is summed by the Taylor series to the term r^11 / 11!. Relative errors stay below 2e-13, far
// below half a unit in the last place of a float, 6e-8.
//
// The loops are written for one element; without branches, calls and sums across elements the compiler
// turns them into vectors, and each element has the same bits wherever it is.

typedef struct {
  double scale, fraction;
} NAME(power);

// The parts of e^x = scale * (1 + fraction), for x between -708 and 709, between which x is kept; a NaN stays.
static inline __attribute__((always_inline)) NAME(power) NAME(power_of)(double x) {
  x = x < -708 ? -708 : x;
  x = x > 709 ? 709 : x;
  // Adding 1.5 * 2^52 leaves the nearest integer in the lowest bits of the significand.
  const double shifter = 0x1.8p52;
  const double shifted = FMA(x, 0x1.71547652b82fep0, shifter);
  const double k = shifted - shifter;
  const double r = FMA(k, -0x1.62e42fefa39efp-1, x);
  double series = FMA(r, 1.0 / 39916800, 1.0 / 3628800);
  series = FMA(series, r, 1.0 / 362880);
  series = FMA(series, r, 1.0 / 40320);
  series = FMA(series, r, 1.0 / 5040);
  series = FMA(series, r, 1.0 / 720);
  series = FMA(series, r, 1.0 / 120);
  series = FMA(series, r, 1.0 / 24);
  series = FMA(series, r, 1.0 / 6);
  series = FMA(series, r, 0.5);
  union {
    double value;
    uint64_t bits;
  } all = {shifted}, scale;
  // The integer is moved to the exponent, whose bias is that of one.
  scale.bits = (all.bits << 52) + 0x3ff0000000000000u;
  return (NAME(power)){scale.value, FMA(series * r, r, r)};
}

// 1 / (1 + e^-x)
static inline __attribute__((always_inline)) double NAME(logistic)(double x) {
  const NAME(power) e = NAME(power_of)(-x);
  return 1 / (1 + FMA(e.scale, e.fraction, e.scale));
}

static inline __attribute__((always_inline)) double NAME(tangent)(double x) {
  // From here on the result is one in single precision.
  const double bounded = x > 30 ? 30 : x;
  const NAME(power) e = NAME(power_of)(2 * bounded);
  const double minus_one = FMA(e.scale, e.fraction, e.scale - 1);
  return minus_one / (minus_one + 2);
}

static void NAME(tanh_cell)(ptrdiff_t size, float *restrict sums) {
  _Pragma("clang loop vectorize(assume_safety)") for (ptrdiff_t i = 0; i < size; i++) {
    sums[i] = (float)NAME(tangent)(sums[i]);
  }
}

static void NAME(gru_cell)(ptrdiff_t size, float *restrict sums, const float *restrict state) {
  _Pragma("clang loop vectorize(assume_safety)") for (ptrdiff_t i = 0; i < size; i++) {
    const double reset = NAME(logistic)(sums[i]);
    const double update = NAME(logistic)(sums[size + i]);
    const double hidden = sums[3 * size + i];
    const double candidate = NAME(tangent)(FMA(reset, hidden, (double)sums[2 * size + i]));
    sums[i] = (float)FMA(update, (double)state[i], (1 - update) * candidate);
  }
}

static void NAME(lstm_cell)(ptrdiff_t size, float *restrict sums, float *restrict state) {
  _Pragma("clang loop vectorize(assume_safety)") for (ptrdiff_t i = 0; i < size; i++) {
    const double input = NAME(logistic)(sums[i]);
    const double forget = NAME(logistic)(sums[size + i]);
    const double candidate = NAME(tangent)(sums[2 * size + i]);
    const double output = NAME(logistic)(sums[3 * size + i]);
    const float cell = (float)FMA(forget, (double)state[i], input * candidate);
    state[i] = cell;
    sums[i] = (float)(output * NAME(tangent)(cell));
  }
}
