// One variant of the cells of recurrent layers; instruction_sets.h says how it is included. CKernels.h says what
// each computes.
//
// All is computed in double precision and rounded once an output: relative errors stay below 1e-12, far below half
// a unit in the last place of a float, 6e-8. Logistic functions and tangents are fractions, and sums and products
// of them are put over one denominator, since a division takes as long as all the rest of an exponential. For
// that, none of e^-x and e^2x grows beyond e^300 and e^60, where the result in single precision is zero or one.

#include "elementary_variant.h"

// e^-x, of which a logistic function is 1 / (1 + e^-x). A NaN stays.
INLINE doubles NAME(inverse_power)(floats x) {
  doubles y = -WIDENED(x);
  y = y < -708 ? ALL_WIDE(-708) : y;
  wide_exponential e = NAME(wide_exponential_of)(y > 300 ? ALL_WIDE(300) : y);
  return FMA(e.scale, e.fraction, e.scale);
}

// e^2x - 1, of which tanh(x) is the quotient by a number that is larger by two. A NaN stays.
INLINE doubles NAME(tangent_numerator)(doubles x) {
  doubles y = 2 * x;
  y = y < -708 ? ALL_WIDE(-708) : y;
  wide_exponential e = NAME(wide_exponential_of)(y > 60 ? ALL_WIDE(60) : y);
  return FMA(e.scale, e.fraction, e.scale - 1);
}

INLINE floats NAME(tanh_lanes)(const floats *sums, floats state) {
  (void)state;
  doubles tangent = NAME(tangent_numerator)(WIDENED(sums[0]));
  return NARROWED(tangent / (tangent + 2));
}

INLINE floats NAME(relu_lanes)(const floats *sums, floats state) {
  (void)state;
  // A NaN stays one.
  return sums[0] < 0 ? ALL(0) : sums[0];
}

INLINE floats NAME(gru_lanes)(const floats *sums, floats state) {
  doubles reset = 1 / (1 + NAME(inverse_power)(sums[0]));
  doubles update = NAME(inverse_power)(sums[1]);
  doubles tangent = NAME(tangent_numerator)(FMA(reset, WIDENED(sums[3]), WIDENED(sums[2])));
  doubles below = tangent + 2;
  // (update * tangent / below + state) / (1 + update)
  return NARROWED(FMA(update, tangent, WIDENED(state) * below) / ((1 + update) * below));
}

// The cell of an LSTM in two parts: with one loop for all of it, a processor would wait for the first exponentials
// before it could begin with the last one.
INLINE floats NAME(lstm_state_lanes)(const floats *sums, floats state) {
  doubles input = 1 + NAME(inverse_power)(sums[0]);
  doubles forget = 1 + NAME(inverse_power)(sums[1]);
  doubles candidate = NAME(tangent_numerator)(WIDENED(sums[2]));
  doubles below = input * (candidate + 2);
  // state / forget + candidate / below
  return NARROWED(FMA(WIDENED(state), below, candidate * forget) / (forget * below));
}

INLINE floats NAME(lstm_output_lanes)(const floats *sums, floats state) {
  doubles gate = 1 + NAME(inverse_power)(sums[0]);
  doubles tangent = NAME(tangent_numerator)(WIDENED(state));
  return NARROWED(tangent / (gate * (tangent + 2)));
}

// What is left over at the end of some items: runs of numbers side by side, and apart.
INLINE void NAME(gather)(const float *source, ptrdiff_t stride, ptrdiff_t items, ptrdiff_t count,
                         float *target) {
  for (ptrdiff_t item = 0; item < items; item++) {
    for (ptrdiff_t n = 0; n < count; n++) { target[item * count + n] = source[item * stride + n]; }
  }
}

INLINE void NAME(scatter)(const float *source, ptrdiff_t items, ptrdiff_t count, float *target,
                          ptrdiff_t stride) {
  for (ptrdiff_t item = 0; item < items; item++) {
    for (ptrdiff_t n = 0; n < count; n++) { target[item * stride + n] = source[item * count + n]; }
  }
}

// Of each item, `sum_count` runs of sums, one behind the other; those of a gated unit have another one in `others`.
// What does not fill a vector at the end of an item goes into one together with that of other items. A call of
// memcpy for such a rest would take longer than the copy, so the compiler must not make one.
#define CELL(name, sum_count)                                                                     \
  __attribute__((no_builtin("memcpy", "memmove"))) static void NAME(name##_cell)(                 \
      ptrdiff_t items, ptrdiff_t size, const float *sums, ptrdiff_t stride, const float *others,  \
      const float *state, float *output) {                                                              \
    const ptrdiff_t whole = size / LANES * LANES, rest = size - whole;                            \
    for (ptrdiff_t item = 0; item < items; item++) {                                              \
      const float *run = sums + item * stride;                                                    \
      for (ptrdiff_t n = item * size; n < item * size + whole; n += LANES, run += LANES) {        \
        const floats own = state ? LOAD(state + n) : ALL(0);                                      \
        floats sum[4];                                                                            \
        for (int i = 0; i < sum_count; i++) { sum[i] = LOAD(run + i * size); }                    \
        if (others) { sum[3] = LOAD(others + n); }                                                \
        STORE(output + n, NAME(name##_lanes)(sum, own));                                          \
      }                                                                                           \
    }                                                                                             \
    for (ptrdiff_t item = 0; rest > 0 && item < items;) {                                         \
      const ptrdiff_t left = items - item, most = LANES / rest, count = left < most ? left : most;\
      const ptrdiff_t place = item * size + whole;                                                \
      floats sum[4], own = ALL(0);                                                                \
      float few[LANES] = {0};                                                                     \
      for (int i = 0; i < sum_count; i++) {                                                       \
        NAME(gather)(sums + item * stride + i * size + whole, stride, count, rest, few);          \
        sum[i] = LOAD(few);                                                                       \
      }                                                                                           \
      if (others) {                                                                               \
        NAME(gather)(others + place, size, count, rest, few);                                     \
        sum[3] = LOAD(few);                                                                       \
      }                                                                                           \
      if (state) {                                                                                \
        NAME(gather)(state + place, size, count, rest, few);                                      \
        own = LOAD(few);                                                                          \
      }                                                                                           \
      STORE(few, NAME(name##_lanes)(sum, own));                                                   \
      NAME(scatter)(few, count, rest, output + place, size);                                      \
      item += count;                                                                              \
    }                                                                                             \
  }
CELL(tanh, 1)
CELL(relu, 1)
CELL(gru, 3)
CELL(lstm_state, 3)
CELL(lstm_output, 1)
#undef CELL
