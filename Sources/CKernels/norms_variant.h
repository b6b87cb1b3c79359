// One variant of the normalizations; instruction_sets.h says how it is included. CKernels.h says what each
// loop computes.
//
// All is in double precision. Sums have sixteen parts where what is added lies side by side, whatever the
// set, so that sets with a fused multiply-add agree; those of the columns of a matrix have eight.

#include "vectors.h"

typedef float NAME(row) __attribute__((ext_vector_type(16)));
typedef float NAME(row_memory) __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t NAME(row_places) __attribute__((ext_vector_type(16)));
typedef double NAME(wide_row) __attribute__((ext_vector_type(16)));

#define row NAME(row)
#define row_places NAME(row_places)
#define wide_row NAME(wide_row)
#define LOAD_ROW(address) (*(const NAME(row_memory) *)(address))
#define WIDENED_ROW(x) __builtin_convertvector(x, wide_row)
#define NARROWED_ROW(x) __builtin_convertvector(x, row)
#define STORE_ROW(address, value) (*(NAME(row_memory) *)(address) = (value))

// The numbers behind the last multiple of sixteen, in the last lanes; `filling` is in the others.
INLINE row NAME(rest_of_row)(const float *source, ptrdiff_t count, float filling) {
  const row_places places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  int32_t first = 16 - (int32_t)(count % 16);
  if (count >= 16) {
    return places >= (row_places)(first) ? LOAD_ROW(source + count - 16) : (row)(filling);
  }
  float few[16];
  for (int32_t n = 0; n < 16; n++) { few[n] = n < first ? filling : source[n - first]; }
  return LOAD_ROW(few);
}

// The sums of the differences from `origin` and of their squares, in one pass over `rows` rows. Their parts are
// added up to eight, and these by sum_of_lanes.
typedef struct {
  eight sum, squares;
} NAME(distances);

INLINE NAME(distances) NAME(distances_of)(const float *source, ptrdiff_t rows, ptrdiff_t length,
                                          ptrdiff_t stride) {
  double origin = source[0];
  wide_row sum = (wide_row)(0), squares = (wide_row)(0);
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *from = source + r * stride;
    for (ptrdiff_t n = 0; n + 16 <= length; n += 16) {
      wide_row distance = WIDENED_ROW(LOAD_ROW(from + n)) - origin;
      sum += distance;
      squares = FMA(distance, distance, squares);
    }
    if (length % 16 != 0) {
      wide_row distance = WIDENED_ROW(NAME(rest_of_row)(from, length, source[0])) - origin;
      sum += distance;
      squares = FMA(distance, distance, squares);
    }
  }
  return (NAME(distances)){sum.lo + sum.hi, squares.lo + squares.hi};
}

// Mean and variance, from these sums. The origin is the first number: it is one of them, so that the square of its
// distance from the mean is at most their number times the variance; that is all that cancels.
INLINE void NAME(moments_of)(const float *source, ptrdiff_t rows, ptrdiff_t length, ptrdiff_t stride,
                             double *mean, double *variance) {
  NAME(distances) distances = NAME(distances_of)(source, rows, length, stride);
  double count = (double)rows * (double)length, total = NAME(sum_of_lanes)(distances.sum);
  *mean = source[0] + total / count;
  double rest = (NAME(sum_of_lanes)(distances.squares) - total * (total / count)) / count;
  // A NaN stays.
  *variance = rest < 0 ? 0 : rest;
}

static void NAME(moments)(const float *source, ptrdiff_t rows, ptrdiff_t length, ptrdiff_t stride,
                          double *mean, double *variance) {
  NAME(moments_of)(source, rows, length, stride, mean, variance);
}

// What is made of a row of a target that may be its source: `value` of sixteen numbers x and their place n.
// The last vector overlaps with the one before; it is read before anything is written.
#define EACH_ROW(value)                                                                           \
  if (count < 16) {                                                                               \
    float few[16] = {0};                                                                          \
    for (ptrdiff_t i = 0; i < count; i++) { few[i] = source[i]; }                                 \
    ptrdiff_t n = 0;                                                                              \
    (void)n;                                                                                      \
    row x = LOAD_ROW(few);                                                                        \
    STORE_ROW(few, value);                                                                        \
    for (ptrdiff_t i = 0; i < count; i++) { target[i] = few[i]; }                                 \
  } else {                                                                                        \
    row last = LOAD_ROW(source + count - 16);                                                     \
    ptrdiff_t n = 0;                                                                              \
    for (; n + 16 <= count; n += 16) {                                                            \
      row x = LOAD_ROW(source + n);                                                               \
      STORE_ROW(target + n, value);                                                               \
    }                                                                                             \
    if (n < count) {                                                                              \
      row x = last;                                                                               \
      n = count - 16;                                                                             \
      STORE_ROW(target + n, value);                                                               \
    }                                                                                             \
  }

static void NAME(normalize)(const float *source, float *target, ptrdiff_t count, double mean,
                            double scale, double shift) {
  wide_row shifts = (wide_row)(shift), scales = (wide_row)(scale);
  EACH_ROW(NARROWED_ROW(FMA(WIDENED_ROW(x) - mean, scales, shifts)))
}

// What is beside the numbers of a short row is never used, but has to be there.
INLINE row NAME(parameters)(const float *source, ptrdiff_t count, ptrdiff_t n) {
  if (count >= 16) { return LOAD_ROW(source + n); }
  float few[16] = {0};
  for (ptrdiff_t i = 0; i < count; i++) { few[i] = source[i]; }
  return LOAD_ROW(few);
}

INLINE void NAME(standardize_row)(const float *source, float *target, ptrdiff_t count, double mean,
                                  double scale, const float *weight, const float *bias) {
#define STANDARD NARROWED_ROW((WIDENED_ROW(x) - mean) * scale)
  if (weight && bias) {
    EACH_ROW(FMA(STANDARD, NAME(parameters)(weight, count, n), NAME(parameters)(bias, count, n)))
  } else if (weight) {
    EACH_ROW(STANDARD *NAME(parameters)(weight, count, n))
  } else if (bias) {
    EACH_ROW(STANDARD + NAME(parameters)(bias, count, n))
  } else {
    EACH_ROW(STANDARD)
  }
#undef STANDARD
}

static void NAME(standardize)(const float *source, float *target, ptrdiff_t count, double mean,
                              double scale, const float *weight, const float *bias) {
  NAME(standardize_row)(source, target, count, mean, scale, weight, bias);
}

// Eight runs at a time share divisions and the root. They are standardized while the next ones are summed up, so
// that neither waits for the other.
static void NAME(normalize_runs)(const float *source, float *target, ptrdiff_t runs, ptrdiff_t size,
                                 double eps, const float *weight, const float *bias) {
  eight means = (eight)(0), scales = (eight)(0);
  for (ptrdiff_t first = 0; first < runs + 8; first += 8) {
    eight sums[8], squares[8], origins = (eight)(0);
    for (ptrdiff_t r = 0; r < 8; r++) { sums[r] = squares[r] = (eight)(0); }
    for (ptrdiff_t r = 0; r < 8; r++) {
      if (first + r < runs) {
        const float *from = source + (first + r) * size;
        NAME(distances) distances = NAME(distances_of)(from, 1, size, 0);
        sums[r] = distances.sum;
        squares[r] = distances.squares;
        origins[r] = from[0];
      }
      ptrdiff_t before = first - 8 + r;
      if (first > 0 && before < runs) {
        NAME(standardize_row)(source + before * size, target + before * size, size, means[r], scales[r],
                              weight, bias);
      }
    }
    // As moments_of does it.
    eight numbers = (eight)((double)size), totals = NAME(sums_of_lanes)(sums);
    means = origins + totals / numbers;
    eight rests = (NAME(sums_of_lanes)(squares) - totals * (totals / numbers)) / numbers;
    rests = rests < 0 ? (eight)(0) : rests;
    scales = 1 / __builtin_elementwise_sqrt(rests + eps);
  }
}

// Columns of a matrix in the lanes of vectors: LANES of them or less, with rows `stride` floats apart.
INLINE void NAME(normalize_lanes)(const float *source, float *target, ptrdiff_t size,
                                  ptrdiff_t stride, ptrdiff_t count, double eps,
                                  const float *weight, const float *bias) {
  doubles sums[8];
#define SUMS(value)                                                                               \
  _Pragma("unroll") for (int j = 0; j < 8; j++) { sums[j] = (doubles)(0); }                       \
  for (ptrdiff_t i = 0; i < size; i += 8) {                                                       \
    _Pragma("unroll") for (int j = 0; j < 8; j++) {                                               \
      if (i + j < size) {                                                                         \
        doubles x = WIDENED(NAME(some_lanes)(source + (i + j) * stride, count));                  \
        sums[j] = value;                                                                          \
      }                                                                                           \
    }                                                                                             \
  }
  SUMS(sums[j] + x)
  doubles mean = NAME(added)(sums) / (double)size;
  SUMS(FMA(x - mean, x - mean, sums[j]))
#undef SUMS
  doubles scale = 1 / __builtin_elementwise_sqrt(NAME(added)(sums) / (double)size + eps);
  for (ptrdiff_t i = 0; i < size; i++) {
    doubles value = WIDENED(NAME(some_lanes)(source + i * stride, count));
    value = (value - mean) * scale;
    if (weight) { value *= (double)weight[i]; }
    if (bias) { value += (double)bias[i]; }
    float few[LANES];
    STORE(count == LANES ? target + i * stride : few, NARROWED(value));
    for (ptrdiff_t n = 0; n < count && count < LANES; n++) { target[i * stride + n] = few[n]; }
  }
}

// A single column, with the same sums.
static void NAME(normalize_column)(const float *source, float *target, ptrdiff_t size, double eps,
                                   const float *weight, const float *bias) {
  typedef float eight_floats __attribute__((ext_vector_type(8), aligned(4)));
  ptrdiff_t whole = size / 8 * 8;
#define EIGHT(place) __builtin_convertvector(*(const eight_floats *)(place), eight)
#define SUMS(sums, value)                                                                         \
  eight sums = (eight)(0);                                                                        \
  for (ptrdiff_t n = 0; n < whole; n += 8) {                                                      \
    eight x = EIGHT(source + n), sum = sums;                                                      \
    sums = value;                                                                                 \
  }                                                                                               \
  for (ptrdiff_t n = whole; n < size; n++) {                                                      \
    double x = source[n], sum = sums[n - whole];                                                  \
    sums[n - whole] = value;                                                                      \
  }
  SUMS(first, sum + x)
  double mean = NAME(sum_of_lanes)(first) / (double)size;
  SUMS(second, FMA(x - mean, x - mean, sum))
  double scale = 1 / __builtin_sqrt(NAME(sum_of_lanes)(second) / (double)size + eps);
  for (ptrdiff_t n = 0; n < size; n++) {
    double value = (source[n] - mean) * scale;
    if (weight) { value *= weight[n]; }
    if (bias) { value += bias[n]; }
    target[n] = (float)value;
  }
#undef SUMS
#undef EIGHT
}

static void NAME(normalize_columns)(const float *source, float *target, ptrdiff_t size,
                                    ptrdiff_t columns, double eps, const float *weight,
                                    const float *bias) {
  if (columns == 1) {
    NAME(normalize_column)(source, target, size, eps, weight, bias);
    return;
  }
  for (ptrdiff_t n = 0; n < columns; n += LANES) {
    ptrdiff_t count = columns - n < LANES ? columns - n : LANES;
    NAME(normalize_lanes)(source + n, target + n, size, columns, count, eps, weight, bias);
  }
}
