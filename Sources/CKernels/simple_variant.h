// One variant of the activations that only choose, multiply, add or divide; instruction_sets.h says how it is
// included. CKernels.h says what each loop computes. Comparisons are written so that a NaN stays.

#include "vectors.h"

INLINE floats NAME(clamped)(floats x, float low, float high) {
  x = x < low ? ALL(low) : x;
  return x > high ? ALL(high) : x;
}

INLINE floats NAME(leaked)(floats x, float slope) { return x > 0 ? x : x * slope; }

INLINE floats NAME(thresholded)(floats x, float threshold, float value) {
  return x <= threshold ? ALL(value) : x;
}

INLINE floats NAME(hard_shrunk)(floats x, float lambda) {
  return NAME(magnitude)(x) <= lambda ? ALL(0) : x;
}

INLINE floats NAME(soft_shrunk)(floats x, float lambda, float lambda_low) {
  floats above = (x - lambda) - lambda_low;
  floats below = x < -lambda ? (x + lambda) + lambda_low : x * 0;
  return x > lambda ? above : below;
}

// (x + 3) / 6, kept between 0 and 1. A sixth is the sum of a float and of what that leaves over.
INLINE floats NAME(hard_sigmoid_of)(floats x) {
  floats y = NAME(clamped)(x + 3, 0, 6);
  return FMA(y, ALL(0x1.555556p-3f), y * -0x1.555556p-28f);
}

INLINE floats NAME(hard_swish_of)(floats x) { return x * NAME(hard_sigmoid_of)(x); }

INLINE floats NAME(soft_sign_of)(floats x) { return x / (1 + NAME(magnitude)(x)); }

INLINE floats NAME(scaled_and_shifted)(floats x, float scale, float shift) {
  return x * scale + shift;
}

ELEMENTWISE(clamp, NAME(clamped), ADD(float low, float high), , low, high)
ELEMENTWISE(leak, NAME(leaked), ADD(float slope), , slope)
ELEMENTWISE(threshold, NAME(thresholded), ADD(float threshold, float value), , threshold, value)
ELEMENTWISE(hard_shrink, NAME(hard_shrunk), ADD(float lambda), , lambda)
ELEMENTWISE(soft_shrink, NAME(soft_shrunk), ADD(float lambda, float low), , lambda, low)
ELEMENTWISE(hard_sigmoid, NAME(hard_sigmoid_of), )
ELEMENTWISE(hard_swish, NAME(hard_swish_of), )
ELEMENTWISE(soft_sign, NAME(soft_sign_of), )
ELEMENTWISE(scale, NAME(scaled_and_shifted), ADD(float scale, float shift), , scale, shift)

INLINE floats NAME(finished)(const ck_finish *finish, floats x, floats scale, floats shift) {
  if (finish->scales != NULL) { x = x * scale + shift; }
  return NAME(clamped)(x, finish->low, finish->high);
}

// Outputs of one column that lie side by side have their rows in the lanes. Of other rows, the last vector overlaps
// with the one before, and is read before that is written.
void NAME(ck_finish_rows)(const ck_finish *finish, ptrdiff_t rows, float *output, ptrdiff_t stride,
                          ptrdiff_t columns) {
  const float *scales = finish->scales, *shifts = finish->shifts;
  if (columns == 1 && stride == 1) {
    for (ptrdiff_t r = 0; r < rows; r += LANES) {
      const ptrdiff_t count = rows - r < LANES ? rows - r : LANES;
      floats scale = scales == NULL ? ALL(0) : NAME(some_lanes)(scales + r, count);
      floats shift = scales == NULL ? ALL(0) : NAME(some_lanes)(shifts + r, count);
      floats x = NAME(some_lanes)(output + r, count);
      NAME(store_lanes)(output + r, NAME(finished)(finish, x, scale, shift), count);
    }
    return;
  }
  const ptrdiff_t most = columns > LANES ? columns - LANES : 0, count = columns - most;
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = output + r * stride;
    floats scale = ALL(scales == NULL ? 0 : scales[r]), shift = ALL(scales == NULL ? 0 : shifts[r]);
    floats last = NAME(some_lanes)(row + most, count);
    for (ptrdiff_t n = 0; n < most; n += LANES) {
      STORE(row + n, NAME(finished)(finish, LOAD(row + n), scale, shift));
    }
    NAME(store_lanes)(row + most, NAME(finished)(finish, last, scale, shift), count);
  }
}
