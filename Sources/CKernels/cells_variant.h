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

INLINE floats NAME(tanh_lanes)(const floats *sums, floats *state) {
  (void)state;
  doubles tangent = NAME(tangent_numerator)(WIDENED(sums[0]));
  return NARROWED(tangent / (tangent + 2));
}

INLINE floats NAME(relu_lanes)(const floats *sums, floats *state) {
  (void)state;
  // A NaN stays one.
  return sums[0] < 0 ? ALL(0) : sums[0];
}

INLINE floats NAME(gru_lanes)(const floats *sums, floats *state) {
  doubles reset = 1 / (1 + NAME(inverse_power)(sums[0]));
  doubles update = NAME(inverse_power)(sums[1]);
  doubles tangent = NAME(tangent_numerator)(FMA(reset, WIDENED(sums[3]), WIDENED(sums[2])));
  doubles below = tangent + 2;
  // (update * tangent / below + state) / (1 + update)
  return NARROWED(FMA(update, tangent, WIDENED(*state) * below) / ((1 + update) * below));
}

// The cell of an LSTM in two parts: with one loop for all of it, a processor would wait for the first exponentials
// before it could begin with the last one.
INLINE floats NAME(lstm_state_lanes)(const floats *sums, floats *state) {
  doubles input = 1 + NAME(inverse_power)(sums[0]);
  doubles forget = 1 + NAME(inverse_power)(sums[1]);
  doubles candidate = NAME(tangent_numerator)(WIDENED(sums[2]));
  doubles below = input * (candidate + 2);
  // state / forget + candidate / below
  return NARROWED(FMA(WIDENED(*state), below, candidate * forget) / (forget * below));
}

INLINE floats NAME(lstm_output_lanes)(const floats *sums, floats *state) {
  doubles gate = 1 + NAME(inverse_power)(sums[0]);
  doubles tangent = NAME(tangent_numerator)(WIDENED(*state));
  return NARROWED(tangent / (gate * (tangent + 2)));
}

// Puts rows of few columns side by side.
INLINE void NAME(gather)(const float *source, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns,
                         float *target) {
  typedef float quarter __attribute__((ext_vector_type(4), aligned(4)));
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *from = source + r * stride;
    float *to = target + r * columns;
    ptrdiff_t n = 0;
    for (; n + 4 <= columns; n += 4) { *(quarter *)(to + n) = *(const quarter *)(from + n); }
    for (; n < columns; n++) { to[n] = from[n]; }
  }
}

// `sum_count` runs of sums, one behind the other in `sums`, of `rows` rows each; those of a gated unit have another
// one in `others`. Rows of few columns are put side by side, so that vectors are full; a call of memcpy
// for each of them would take longer than the copy, so the compiler must not make one.
#define CELL(name, sum_count)                                                                     \
  __attribute__((no_builtin("memcpy", "memmove"))) static void NAME(name##_cell)(                 \
      ptrdiff_t rows, ptrdiff_t columns, const float *sums, ptrdiff_t stride,                     \
      const float *others, float *state, float *output) {                                         \
    const ptrdiff_t gate = rows * stride;                                                         \
    const int is_gathered = stride != columns && columns < LANES;                                 \
    float gathered[sum_count][4 * LANES];                                                         \
    /* How many rows are one run of numbers. */                                                   \
    const ptrdiff_t most = stride == columns ? rows : is_gathered ? 4 * LANES / columns : 1;      \
    for (ptrdiff_t row = 0; row < rows; row += most) {                                            \
      const ptrdiff_t height = rows - row < most ? rows - row : most, first = row * columns;      \
      const float *run[4];                                                                        \
      for (int i = 0; i < sum_count; i++) {                                                       \
        run[i] = sums + i * gate + row * stride;                                                  \
        if (is_gathered) {                                                                        \
          NAME(gather)(run[i], stride, height, columns, gathered[i]);                             \
          run[i] = gathered[i];                                                                   \
        }                                                                                         \
      }                                                                                           \
      if (others) { run[3] = others + first; }                                                    \
      for (ptrdiff_t n = 0; n < height * columns; n += LANES) {                                   \
        const ptrdiff_t left = height * columns - n, count = left < LANES ? left : LANES;         \
        floats sum[4], own = ALL(0);                                                              \
        for (int i = 0; i < sum_count; i++) { sum[i] = NAME(some_lanes)(run[i] + n, count); }     \
        if (others) { sum[3] = NAME(some_lanes)(run[3] + n, count); }                             \
        if (state) { own = NAME(some_lanes)(state + first + n, count); }                          \
        floats made = NAME(name##_lanes)(sum, &own);                                              \
        if (state) { NAME(store_lanes)(state + first + n, own, count); }                          \
        NAME(store_lanes)(output + first + n, made, count);                                       \
      }                                                                                           \
    }                                                                                             \
  }
CELL(tanh, 1)
CELL(relu, 1)
CELL(gru, 3)
CELL(lstm_state, 3)
CELL(lstm_output, 1)
#undef CELL
