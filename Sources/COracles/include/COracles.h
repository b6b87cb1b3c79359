// Sums of products in double precision, for the definitions that kernels are compared with.
//
// Nothing is shared with CKernels: other code, in another order of loops, on other numbers. The speed
// is that of the processor (a real network needs 1e10 of these products), chosen at run time.
//
// Every output is one sum. It starts from its bias, and the products are added in the order of the
// taps, each with one rounding where the processor can. The results of instruction sets differ by
// roundings of double precision, which are 2^-29 of what they are compared with.
//
// Pointers. All memory that the arguments describe must be there, apart from each other; nothing is
// checked here.

#ifndef CORACLES_H
#define CORACLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What is found out beside the sums.
enum co_beside {
  /// Nothing.
  CO_NOTHING = 0,
  /// The sum of the squares of all partial sums; of each fourth of them, times four.
  CO_SQUARES = 1,
  /// The sum of the magnitudes of all products and of all partial sums.
  CO_MAGNITUDES = 2,
  /// The sum of the magnitudes of all partial sums.
  CO_PARTIAL_SUMS = 3,
};

/// The convolution of a padded clip (batch, inputs * groups, T, H, W) with weights (outputs, inputs, kT,
/// kH, kW); `outputs` counts those of all groups.
typedef struct {
  ptrdiff_t batch;
  ptrdiff_t groups;
  ptrdiff_t inputs;
  ptrdiff_t outputs;
  ptrdiff_t lengths[3];
  ptrdiff_t kernel[3];
  ptrdiff_t stride[3];
  ptrdiff_t dilation[3];
  ptrdiff_t counts[3];
} co_convolution;

/// The doubles of work space that a convolution needs.
ptrdiff_t co_work(co_convolution shape);

/// sums[b, o, t, y, x] = bias[o] + sum over kt, i, kh, kw of weights[o, i, kt, kh, kw] * clip[...], the
/// taps in this order; beside them what is asked for, which may be NULL for nothing.
void co_convolve(co_convolution shape, const double *clip, const float *weights, const double *bias,
                 enum co_beside asked, double *work, double *sums, double *beside);

/// How far elements may be off: by their own limits times a factor, or else by a part of what they should
/// be, `factor`, and `least` more.
typedef struct {
  double factor;
  double least;
} co_limits;

/// The element that is closest to its limit so far, or that there is none.
typedef struct {
  double error;
  double limit;
  int none;
} co_worst;

/// What is added up of a block of elements.
typedef struct {
  double errors;
  double squares;
  double largest_limit;
} co_sums;

/// Whether in a block of `count` elements, a multiple of 8, all are finite and within their limits, and
/// none is closer to its limit than the worst one so far. Adds them up then, in eight sums each, which
/// makes them the same on all processors.
bool co_is_quiet(const float *got, const double *want, const float *each, co_limits limits,
                 co_worst worst, ptrdiff_t count, co_sums *sums);

/// A fingerprint of 64 bits of floats that come in runs, by sums of the kind of XXH3; start with zeros.
typedef struct {
  uint64_t sums[8];
  uint64_t runs;
} co_fingerprint;

/// Adds a run of floats; all NaN count as the same.
void co_add_to_fingerprint(co_fingerprint *fingerprint, const float *run, ptrdiff_t count);

/// The fingerprint of all runs so far.
uint64_t co_fingerprint_value(const co_fingerprint *fingerprint);

#endif
