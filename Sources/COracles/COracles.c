#include "COracles.h"

#include <string.h>

#pragma clang fp contract(off)

// Rows of a panel of weights, and what a block of columns is a multiple of, in all variants.
#define ROWS 4
#define MOST_WIDTH 24
// The taps and columns of a block: the columns stay in the second cache, the weights of a panel in the
// first one.
#define TAPS 256
#define COLUMNS 192

// Eight numbers at a time, whatever the processor has.
typedef double co_eight __attribute__((ext_vector_type(8)));
typedef long long co_eight_flags __attribute__((ext_vector_type(8)));
typedef double co_eight_doubles __attribute__((ext_vector_type(8), aligned(8)));
typedef float co_eight_floats __attribute__((ext_vector_type(8), aligned(4)));
typedef uint64_t co_eight_words __attribute__((ext_vector_type(8)));
typedef uint64_t co_words_in_memory __attribute__((ext_vector_type(8), aligned(8)));
typedef uint32_t co_bits __attribute__((ext_vector_type(16)));
typedef uint32_t co_bits_in_memory __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t co_flags __attribute__((ext_vector_type(16)));

#if defined(__x86_64__)

#define NAME(x) x##_baseline
#define LANES 2
#define VECTORS 2
#define FMA(a, b, c) ((a) * (b) + (c))
#include "convolution.h"
#include "quiet.h"
#include "fingerprint.h"
#undef NAME
#undef LANES
#undef VECTORS
#undef FMA

#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#define LANES 4
#define VECTORS 2
#include "convolution.h"
#include "quiet.h"
#include "fingerprint.h"
#undef NAME
#undef LANES
#undef VECTORS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#define LANES 8
#define VECTORS 3
#include "convolution.h"
#include "quiet.h"
#include "fingerprint.h"
#undef NAME
#undef LANES
#undef VECTORS
#pragma clang attribute pop

#else

#define NAME(x) x##_baseline
#define LANES 2
#define VECTORS 3
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "convolution.h"
#include "quiet.h"
#include "fingerprint.h"

#endif

// The variant of a function that this processor runs best.
#if defined(__x86_64__)
enum variant { BASELINE, AVX2, AVX512 };

static enum variant best_variant(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) { return BASELINE; }
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl")) { return AVX2; }
  return AVX512;
}

#define BEST(name) \
  ((__typeof__(&name##_baseline)[]){name##_baseline, name##_avx2, name##_avx512})[best_variant()]
#else
#define BEST(name) name##_baseline
#endif

void co_add_to_fingerprint(co_fingerprint *fingerprint, const float *run, ptrdiff_t count) {
  BEST(fingerprint)(fingerprint, run, count);
}

uint64_t co_fingerprint_value(const co_fingerprint *fingerprint) {
  uint64_t value = fingerprint->runs;
  for (int i = 0; i < 8; i++) {
    value = (value ^ fingerprint->sums[i]) * 0x9E3779B185EBCA87;
    value ^= value >> 32;
  }
  return value;
}

bool co_is_quiet(const float *got, const double *want, const float *each, co_limits limits,
                 co_worst worst, ptrdiff_t count, co_sums *sums) {
  return BEST(quiet)(got, want, each, limits, worst, count, sums);
}

typedef void (*block_function)(enum co_beside, const double *, ptrdiff_t, ptrdiff_t,
                               const double *, ptrdiff_t, ptrdiff_t, double *, double *);

static ptrdiff_t round_up(ptrdiff_t count, ptrdiff_t factor) {
  return (count + factor - 1) / factor * factor;
}

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static ptrdiff_t taps_of(const co_convolution *shape) {
  return shape->inputs * shape->kernel[0] * shape->kernel[1] * shape->kernel[2];
}

// Work space: the panels of a group, then a block of columns, then sums and what is beside them.
ptrdiff_t co_work(co_convolution shape) {
  const ptrdiff_t rows = round_up(shape.outputs / shape.groups, ROWS);
  return rows * taps_of(&shape) + TAPS * COLUMNS + 2 * rows * COLUMNS;
}

// Panels of ROWS rows with the taps in the order (kT, inputs, kH, kW).
static void pack_weights(const co_convolution *shape, const float *weights, ptrdiff_t rows,
                         double *panels) {
  const ptrdiff_t plane = shape->kernel[1] * shape->kernel[2];
  const ptrdiff_t taps = taps_of(shape);
  for (ptrdiff_t r = 0; r < rows; r++) {
    double *panel = panels + r / ROWS * ROWS * taps + r % ROWS;
    for (ptrdiff_t t = 0; t < shape->kernel[0]; t++) {
      for (ptrdiff_t i = 0; i < shape->inputs; i++) {
        const float *from = weights + ((r * shape->inputs + i) * shape->kernel[0] + t) * plane;
        for (ptrdiff_t p = 0; p < plane; p++) {
          *panel = (double)from[p];
          panel += ROWS;
        }
      }
    }
  }
}

// The input of `width` outputs from the place `first` on, a row for each tap; what is behind the last
// output is zero.
static void pack_columns(const co_convolution *shape, const double *clip, ptrdiff_t first,
                         ptrdiff_t count, ptrdiff_t width, ptrdiff_t tap, ptrdiff_t taps,
                         double *columns) {
  const ptrdiff_t *counts = shape->counts;
  const ptrdiff_t *lengths = shape->lengths;
  const ptrdiff_t *kernel = shape->kernel;
  const ptrdiff_t volume = lengths[0] * lengths[1] * lengths[2];
  const ptrdiff_t plane = kernel[1] * kernel[2];
  for (ptrdiff_t k = tap; k < tap + taps; k++) {
    const ptrdiff_t kw = k % kernel[2];
    const ptrdiff_t kh = k / kernel[2] % kernel[1];
    const ptrdiff_t input = k / plane % shape->inputs;
    const ptrdiff_t kt = k / plane / shape->inputs;
    double *row = columns + (k - tap) * width;
    ptrdiff_t n = 0;
    while (n < count) {
      const ptrdiff_t place = first + n;
      const ptrdiff_t x = place % counts[2];
      const ptrdiff_t y = place / counts[2] % counts[1];
      const ptrdiff_t t = place / counts[2] / counts[1];
      const double *line = clip + input * volume +
                           ((t * shape->stride[0] + kt * shape->dilation[0]) * lengths[1] +
                            y * shape->stride[1] + kh * shape->dilation[1]) *
                               lengths[2] +
                           kw * shape->dilation[2];
      const ptrdiff_t run = smaller(counts[2] - x, count - n);
      if (shape->stride[2] == 1) {
        memcpy(row + n, line + x, (size_t)run * sizeof(double));
      } else {
        for (ptrdiff_t i = 0; i < run; i++) { row[n + i] = line[(x + i) * shape->stride[2]]; }
      }
      n += run;
    }
    for (; n < width; n++) { row[n] = 0; }
  }
}

void co_convolve(co_convolution shape, const double *clip, const float *weights, const double *bias,
                 enum co_beside asked, double *work, double *sums, double *beside) {
  const block_function block = BEST(block);
  const ptrdiff_t rows = shape.outputs / shape.groups;
  const ptrdiff_t padded = round_up(rows, ROWS);
  const ptrdiff_t taps = taps_of(&shape);
  const ptrdiff_t volume = shape.counts[0] * shape.counts[1] * shape.counts[2];
  const ptrdiff_t source = shape.inputs * shape.lengths[0] * shape.lengths[1] * shape.lengths[2];
  double *panels = work;
  double *columns = panels + padded * taps;
  double *partial = columns + TAPS * COLUMNS;
  double *other = partial + padded * COLUMNS;
  for (ptrdiff_t group = 0; group < shape.groups; group++) {
    pack_weights(&shape, weights + group * rows * taps, rows, panels);
    for (ptrdiff_t entry = 0; entry < shape.batch; entry++) {
      const double *own = clip + (entry * shape.groups + group) * source;
      const ptrdiff_t target = (entry * shape.outputs + group * rows) * volume;
      for (ptrdiff_t first = 0; first < volume; first += COLUMNS) {
        const ptrdiff_t count = smaller(volume - first, COLUMNS);
        const ptrdiff_t width = round_up(count, MOST_WIDTH);
        for (ptrdiff_t r = 0; r < rows; r++) {
          for (ptrdiff_t n = 0; n < width; n++) {
            partial[r * width + n] = bias[group * rows + r];
            other[r * width + n] = 0;
          }
        }
        for (ptrdiff_t tap = 0; tap < taps; tap += TAPS) {
          const ptrdiff_t part = smaller(taps - tap, TAPS);
          pack_columns(&shape, own, first, count, width, tap, part, columns);
          block(asked, panels + tap * ROWS, ROWS * taps, rows, columns, part, width, partial, other);
        }
        for (ptrdiff_t r = 0; r < rows; r++) {
          memcpy(sums + target + r * volume + first, partial + r * width,
                 (size_t)count * sizeof(double));
          if (asked == CO_NOTHING) { continue; }
          const double scale = asked == CO_SQUARES ? 4 : 1;
          for (ptrdiff_t n = 0; n < count; n++) {
            beside[target + r * volume + first + n] = scale * other[r * width + n];
          }
        }
      }
    }
  }
}
