// One variant of the comparison of a block of numbers with what they should be. The including file defines
// NAME.

static inline __attribute__((always_inline)) bool NAME(is_quiet)(
    const int has_each, const float *got, const double *want, const float *each, co_limits limits,
    co_worst worst, ptrdiff_t count, co_sums *sums) {
  co_eight errors = 0.0, squares = 0.0, largest = 0.0;
  co_eight_flags remarkable = 0;
  const co_eight_flags none = (co_eight_flags)(long long)-(worst.none != 0);
  for (ptrdiff_t i = 0; i < count; i += 8) {
    const co_eight wanted = *(const co_eight_doubles *)(want + i);
    const co_eight own =
        __builtin_convertvector(*(const co_eight_floats *)(got + i), co_eight);
    const co_eight error = __builtin_elementwise_abs(own - wanted);
    const co_eight limit =
        has_each
            ? __builtin_convertvector(*(const co_eight_floats *)(each + i), co_eight) * limits.factor
            : __builtin_elementwise_abs(wanted) * limits.factor + limits.least;
    // What is not a number compares as false.
    remarkable |= ~(error <= limit) | ~(error < __builtin_inf()) | ~(limit < __builtin_inf());
    remarkable |= error * worst.limit > worst.error * limit;
    remarkable |= (error > worst.error) & (none | (limit <= worst.limit));
    errors += error;
    squares += wanted * wanted;
    largest = __builtin_elementwise_max(largest, limit);
  }
  if (__builtin_reduce_or(remarkable)) { return false; }
  sums->errors = 0;
  sums->squares = 0;
  sums->largest_limit = 0;
  for (int lane = 0; lane < 8; lane++) {
    sums->errors += errors[lane];
    sums->squares += squares[lane];
    if (largest[lane] > sums->largest_limit) { sums->largest_limit = largest[lane]; }
  }
  return true;
}

static bool NAME(quiet)(const float *got, const double *want, const float *each, co_limits limits,
                        co_worst worst, ptrdiff_t count, co_sums *sums) {
  return each ? NAME(is_quiet)(1, got, want, each, limits, worst, count, sums)
              : NAME(is_quiet)(0, got, want, each, limits, worst, count, sums);
}
