// The dense inner loops, in portable vector C, once for each instruction set.
//
// Order of summation. Every output is one accumulator. It starts from its initial value (one of
// `initial`, or what is in `output`), and the products are added to it one after the other, from the
// first tap to the last. No accumulator is split, so an output has the same bits whatever the size of
// the matrix around it is: a clip computed at once and a clip computed frame by frame agree bit for
// bit.
//
// Fused multiply-add. With avx2, avx512 and on arm64 a product is added with one rounding (fma); in
// the baseline of x86-64, which has no such instruction, the product is rounded and then added.
// avx2 and avx512 therefore have the same bits, and the baseline of x86-64 has others.
//
// Pointers. All lengths are counted in floats, and all memory that the arguments describe must be
// there; nothing is checked here. Output must not overlap with anything else. No alignment is needed.

#ifndef CKERNELS_H
#define CKERNELS_H

#include "CMemory.h"
#include "CThreads.h"

#include <stddef.h>
#include <stdint.h>

/// Instruction sets, from the lowest; each includes those before it.
enum ck_instruction_set {
  CK_BASELINE = 0,
  CK_AVX2 = 1,
  CK_AVX512 = 2,
};

/// The highest instruction set of this processor.
int32_t ck_highest_instruction_set(void);

/// The instruction set that the environment variable COVERIFY_ISA names: baseline, avx2 or avx512; -1
/// where it is not set, -2 where it has another value.
int32_t ck_requested_instruction_set(void);

/// Where the rows of the right factor of a product are: row (i, r, j) starts at
/// `input + bases[i] + phases[i] * length + r * step + offsets[j]` for r < repeats, and rows are counted
/// with j running fastest. Where `phases` is NULL, all phases are zero.
///
/// There are at most CK_MOST_REPEATED pairs of r and j, unless `repeats` is 1, and at most
/// CK_MOST_PHASES phases.
typedef struct {
  const float *input;
  const ptrdiff_t *bases;
  ptrdiff_t base_count;
  const ptrdiff_t *offsets;
  ptrdiff_t offset_count;
  ptrdiff_t repeats;
  ptrdiff_t step;
  const ptrdiff_t *phases;
  ptrdiff_t length;
} ck_taps;

#define CK_MOST_REPEATED 4096
#define CK_MOST_PHASES 512

/// What is done with outputs while they are near: x of row r becomes x * scales[r] + shifts[r], rounded twice, and is
/// kept between `low` and `high`; a NaN stays. Where `scales` is NULL, so is `shifts`, and x is only kept between them.
typedef struct {
  const float *scales;
  const float *shifts;
  float low, high;
} ck_finish;

/// Finishes `rows` rows of `columns` floats, `stride` floats apart.
void ck_finish_rows(int32_t instruction_set, const ck_finish *finish, ptrdiff_t rows,
                    float *output, ptrdiff_t stride, ptrdiff_t columns);

/// output[r][n] = initial[r] + sum over k of weights[r][k] * tap[k][n], for n < columns.
///
/// `weights` are packed in panels of `height` rows (1, 2, 4 or 8): the panel of rows r, r + 1, … holds
/// for each k the `height` weights of these rows side by side; the last panel is filled up with
/// anything. Output rows are `stride` floats apart. Where `initial` is NULL, the sum starts from what
/// is in `output`. Where `finish` is not NULL, outputs are finished, with the same bits as by ck_finish_rows.
void ck_multiply(int32_t instruction_set, const float *weights, ptrdiff_t rows, ptrdiff_t height,
                 ck_taps taps, const float *initial, const ck_finish *finish, float *output,
                 ptrdiff_t stride, ptrdiff_t columns);

/// The channels that are side by side in an interleaved frame: one block of them.
#define CK_INTERLEAVED 16

/// Where the columns of ck_multiply_across are: in `runs` runs of `columns` of them.
///
/// The numbers of a column of the right factor are `right_step` floats behind those of the one before it, and those of
/// a run `right_run` floats behind those of the run before it; so are those of the output with its own steps. Of a
/// column of the output, each 16 rows are a run of floats, and start `block` floats behind those before them. Where
/// `is_filled` is not 0, the output has places for the rows that fill up its last 16, which become zeros.
typedef struct {
  ptrdiff_t columns, runs;
  ptrdiff_t right_step, right_run;
  ptrdiff_t output_step, output_run;
  ptrdiff_t block;
  int32_t is_filled;
} ck_columns;

/// The product of ck_multiply with its columns side by side, and with the same bits: for each column
///
/// output[r / 16 * block + r % 16] = initial[r] + sum over k of weights[r][k] * right[k * inner_step], for k < inner.
///
/// Where `initial` is NULL, the sum starts from what is in `output`. Where `finish` is not NULL, outputs are finished.
void ck_multiply_across(int32_t instruction_set, const float *weights, ptrdiff_t rows,
                        ptrdiff_t height, ptrdiff_t inner, const float *right,
                        ptrdiff_t inner_step, ck_columns columns, const float *initial,
                        const ck_finish *finish, float *output);

/// The product of ck_multiply, without repeats and phases, of `lines` lines of `columns` columns, `width` floats apart,
/// which are put into the output without gaps:
///
/// output[r][y * columns + x] = initial[r] + sum over k of weights[r][k] * tap[k][y * width + x], for x < columns
///
/// `product` is work space for `most` lines: of each row, the floats from the first one of them to the last, filled up
/// to a multiple of 16. Where `slack` is 16 or more, so many floats may be read behind those that are needed.
void ck_multiply_lines(int32_t instruction_set, const float *weights, ptrdiff_t rows,
                       ptrdiff_t height, ck_taps taps, const float *initial,
                       const ck_finish *finish, float *product, ptrdiff_t most, float *output,
                       ptrdiff_t stride, ptrdiff_t lines, ptrdiff_t columns, ptrdiff_t width,
                       ptrdiff_t slack);

/// The product of ck_multiply, without repeats and phases, for many matrices of one row, each with a
/// plane of its own of the right factor: that of matrix p is `plane` floats behind that of matrix p - 1.
///
/// Of the `computed` columns that each product may have, `rows` rows of `columns` floats, `width` floats apart,
/// are put into the output without gaps; the output of matrix p is `output_plane` floats behind that of
/// matrix p - 1. `product` is work space of `computed` floats. Where `finish` is not NULL, it has a row for each matrix.
void ck_multiply_planes(int32_t instruction_set, const float *weights, ptrdiff_t planes,
                        ck_taps taps, ptrdiff_t plane, const float *initial,
                        const ck_finish *finish, float *product, float *output,
                        ptrdiff_t output_plane, ptrdiff_t rows, ptrdiff_t columns,
                        ptrdiff_t width, ptrdiff_t computed);

/// output[n] = initial[n] + sum over i of weights[i][n] * input[bases[i] + n], for n < count.
///
/// Row i of `weights` starts at `i * count`.
void ck_multiply_lanes(int32_t instruction_set, const float *weights, const float *input,
                       const ptrdiff_t *bases, ptrdiff_t base_count, const float *initial,
                       float *output, ptrdiff_t count);

/// The fewest places of outputs, but for the last ones, that ck_multiply_interleaved puts into planes at once.
#define CK_INTERLEAVED_BAND 64

/// target[(y * width + x) * CK_INTERLEAVED + c] = source[c * source_stride + y * columns + x], for c < channels, y < rows,
/// x < columns, and zero for the other channels of a block. What is between the rows of the target stays.
void ck_interleave(int32_t instruction_set, const float *source, ptrdiff_t source_stride,
                   ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns, float *target,
                   ptrdiff_t width);

/// output[c * output_stride + y * columns + x] = initial[c] + sum over (i, h, w) of weights[(i * 9 + h * 3 + w) * 16 + c]
///     * input[bases[i] + ((y * step + h) * width + x * step + w) * 16 + c],
/// for h and w < 3, c < channels (at most CK_INTERLEAVED, which is 16), y < rows, x < columns: windows of an interleaved
/// block of channels, `step` places (1 or 2) apart. There are at least three columns.
///
/// `initial`, and the scales of `finish` where it is not NULL, are of all channels of a block. `work` has room for
/// (CK_INTERLEAVED_BAND + 4 * columns) * CK_INTERLEAVED floats.
void ck_multiply_interleaved(int32_t instruction_set, const float *weights, const float *input,
                             const ptrdiff_t *bases, ptrdiff_t base_count, const float *initial,
                             const ck_finish *finish, float *work, float *output,
                             ptrdiff_t output_stride, ptrdiff_t channels, ptrdiff_t rows,
                             ptrdiff_t columns, ptrdiff_t width, ptrdiff_t step);

/// Packs a row-major matrix into panels of `height` rows, as ck_multiply reads them; the last panel is
/// filled up with zeros.
///
/// Column k of the panels is column `order[k]` of the matrix, or column k where `order` is NULL. The panels are apart
/// from the matrix.
void ck_pack(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t height,
             const ptrdiff_t *order, float *panels);

/// target[p * target_plane + r * target_stride + n * target_step] =
///     source[p * source_plane + r * source_stride + n * source_step],
/// for p < planes, r < rows, n < columns. What is between the elements of a row of the target stays.
void ck_copy_rows(int32_t instruction_set, const float *source, ptrdiff_t source_plane,
                  ptrdiff_t source_stride, ptrdiff_t source_step, float *target,
                  ptrdiff_t target_plane, ptrdiff_t target_stride, ptrdiff_t target_step,
                  ptrdiff_t planes, ptrdiff_t rows, ptrdiff_t columns);

/// target[c * target_stride + r] = source[r * source_stride + c], for r < rows, c < columns.
void ck_transpose(int32_t instruction_set, const float *source, ptrdiff_t source_stride,
                  ptrdiff_t rows, ptrdiff_t columns, float *target, ptrdiff_t target_stride);

/// target[n] += source[n]
void ck_add(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] *= source[n]
void ck_multiply_elements(int32_t instruction_set, const float *source, float *target,
                          ptrdiff_t count);

/// target[n] = the larger of target[n] and source[n]; a NaN wins, that of the target first.
void ck_maximum(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// The windows of a pool along one axis of `length` places: window i has `kernel` places, `dilation`
/// apart, the first of them at `i * stride - before`. Those outside do not count.
typedef struct {
  ptrdiff_t length, outputs, kernel, stride, dilation, before;
} ck_window;

/// A pool of planes of rows and columns. Output (i, j) of a mean is the sum of its window times
/// `row_factors[i] * column_factors[j]`; a maximum has no factors. A mean has no dilation.
typedef struct {
  ck_window rows, columns;
  const double *row_factors;
  const double *column_factors;
} ck_plane_pool;

#define CK_POOL_LINES 8

/// Pools planes of floats, `source_plane` floats apart, into planes `target_plane` floats apart.
///
/// * A maximum is that of each column over the rows of the window, and then that over the columns,
///   both in order; of equal values the first wins, and any NaN. Without a place it is -infinity.
/// * A mean is summed in double precision, each column over the rows of the window and then over the
///   columns, both in order, and rounded once. Without a place it is zero.
///
/// With `line = (columns.outputs - 1) * columns.stride + (columns.kernel - 1) * columns.dilation + 1`, the
/// work space has `2 * CK_POOL_LINES * line` floats. So many lines are written before one is read in other
/// places, which a processor does not like to do at once.
void ck_pool_planes(int32_t instruction_set, int32_t is_maximum, const float *source,
                    ptrdiff_t source_plane, const ck_plane_pool *pool, float *work, float *target,
                    ptrdiff_t target_plane, ptrdiff_t planes);

/// Frames in a ring of `slot_count` slots of `size` floats: frame i of `count`, at least one, is in slot
/// `(first + i * step) % slot_count`.
typedef struct {
  const float *slots;
  ptrdiff_t size, slot_count, first, step, count;
} ck_frames;

/// The maxima of frames of `rows` rows of `columns` floats, element by element, or their sums in single
/// precision, from the first frame to the last, divided by `divisor`. Rows of the target are `stride`
/// floats apart.
void ck_pool_frames(int32_t instruction_set, int32_t is_maximum, ck_frames frames, float divisor,
                    float *target, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns);

/// target[n] = 1 / (1 + e^-source[n])
///
/// In this loop and those below, source and target are apart or the same.
void ck_sigmoid(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n] / (1 + e^-source[n])
void ck_silu(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = tanh(source[n])
void ck_tanh(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n] > 0 ? source[n] * above : (e^source[n] - 1) * below
void ck_elu(int32_t instruction_set, const float *source, float above, float below, float *target,
            ptrdiff_t count);

/// result[r * columns + n] = sum over k of left[r * inner + k] * right[k * columns + n], k in order.
///
/// Each product is rounded before it is added: all instruction sets give the same bits.
///
/// - Returns: 0 where there is no memory for a panel of the right factor, else 1.
int32_t ck_multiply_doubles(int32_t instruction_set, const double *left, const double *right,
                            double *result, ptrdiff_t rows, ptrdiff_t inner, ptrdiff_t columns);

/// Outputs of a recurrent cell: `size` of each item, those of all items side by side. `sums` has as many sums of each
/// gate, one gate after the other, and those of an item `stride` floats behind those of the one before. All of it is
/// computed in double precision, and rounded once an output.
///
/// output = tanh(sum)
void ck_tanh_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                  ptrdiff_t stride, float *output);

/// output = sum < 0 ? 0 : sum
void ck_relu_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                  ptrdiff_t stride, float *output);

/// output = (1 - update) * tanh(input + reset * other) + update * output, where reset and update are the
/// logistic functions of the first sums, and input the third; `others` are side by side.
void ck_gru_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                 ptrdiff_t stride, const float *others, float *output);

/// state = forget * state + input * tanh(candidate), output = gate * tanh(state), where input, forget and
/// gate are the logistic functions of the first, second and fourth sums, and candidate the third. The states are
/// side by side.
void ck_lstm_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                  ptrdiff_t stride, float *state, float *output);

/// target[n] = source[n] times the normal distribution function of it
void ck_gelu(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// The same with the approximation of PyTorch's `approximate="tanh"`.
void ck_gelu_tanh(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = log(1 / (1 + e^-source[n]))
void ck_log_sigmoid(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// The numbers of a softplus; each is the sum of a float and, where it is none, of a smaller one.
typedef struct {
  float beta, beta_low;
  /// One over beta.
  float inverse, inverse_low;
  float threshold, threshold_low;
} ck_softplus_numbers;

/// target[n] = beta source[n] > threshold ? source[n] : log(1 + e^(beta source[n])) / beta
void ck_softplus(int32_t instruction_set, const float *source, const ck_softplus_numbers *numbers,
                 float *target, ptrdiff_t count);

enum ck_softmax_kind {
  CK_SOFTMAX = 0,
  /// That of the numbers with the other sign.
  CK_SOFTMIN = 1,
  CK_LOG_SOFTMAX = 2,
};

/// target[o][i][n] = e^source[o][i][n] / sum over j of e^source[o][j][n], or its logarithm, for o < outer,
/// i < length, n < inner.
///
/// `work` has `work_count` floats, at least CK_SOFTMAX_LANES * length, which hold anything.
void ck_softmax(int32_t instruction_set, enum ck_softmax_kind kind, const float *source,
                float *target, ptrdiff_t outer, ptrdiff_t length, ptrdiff_t inner, float *work,
                ptrdiff_t work_count);

#define CK_SOFTMAX_LANES 16

/// What differences from the largest number are multiplied by: the sum of a float and of a smaller one;
/// and the difference beyond which a power is zero, 105 divided by that.
typedef struct {
  float scale, scale_low, range;
} ck_softmax_scale;

/// The softmax of numbers that are multiplied by a scale above zero.
void ck_scaled_softmax(int32_t instruction_set, const ck_softmax_scale *scale, const float *source,
                       float *target, ptrdiff_t outer, ptrdiff_t length, ptrdiff_t inner,
                       float *work, ptrdiff_t work_count);

/// Mean and variance, that of the population, of `rows` rows of `length` numbers, at least one; rows are
/// `stride` floats apart.
void ck_moments(int32_t instruction_set, const float *source, ptrdiff_t rows, ptrdiff_t length,
                ptrdiff_t stride, double *mean, double *variance);

/// target[n] = (source[n] - mean) * scale + shift, rounded once; source and target are apart or the same.
void ck_normalize(int32_t instruction_set, const float *source, float *target, ptrdiff_t count,
                  double mean, double scale, double shift);

/// target[n] = (source[n] - mean) * scale * weight[n] + bias[n], where what is multiplied by the weight is
/// rounded, and the result; weight and bias may be NULL. Source and target are apart or the same.
void ck_standardize(int32_t instruction_set, const float *source, float *target, ptrdiff_t count,
                    double mean, double scale, const float *weight, const float *bias);

/// ck_standardize of each of `runs` runs of `size` numbers, at least one, by its own mean and variance.
void ck_normalize_runs(int32_t instruction_set, const float *source, float *target, ptrdiff_t runs,
                       ptrdiff_t size, double eps, const float *weight, const float *bias);

/// target[i][n] = (source[i][n] - mean[n]) / sqrt(variance[n] + eps) * weight[i] + bias[i], rounded once, for
/// i < size and n < columns, with mean and variance of column n. Weight and bias may be NULL; source and
/// target are apart or the same.
void ck_normalize_columns(int32_t instruction_set, const float *source, float *target,
                          ptrdiff_t size, ptrdiff_t columns, double eps, const float *weight,
                          const float *bias);

/// target[n] = e^source[n], computed in double precision and rounded once, as those below
void ck_exp(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = e^source[n] - 1
void ck_expm1(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n] > 0 ? source[n] : alpha (e^(source[n] / alpha) - 1)
void ck_celu(int32_t instruction_set, const float *source, double alpha, float *target,
             ptrdiff_t count);

/// target[n] = source[n] - tanh(source[n])
void ck_tanhshrink(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n] tanh(log(1 + e^source[n]))
void ck_mish(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = factor log(source[n])
void ck_log(int32_t instruction_set, const float *source, double factor, float *target,
            ptrdiff_t count);

/// target[n] = log(1 + source[n])
void ck_log1p(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n], not below low and not above high
void ck_clamp(int32_t instruction_set, const float *source, float low, float high, float *target,
              ptrdiff_t count);

/// target[n] = source[n] > 0 ? source[n] : source[n] * slope
void ck_leak(int32_t instruction_set, const float *source, float slope, float *target,
             ptrdiff_t count);

/// target[n] = source[n] <= threshold ? value : source[n]
void ck_threshold(int32_t instruction_set, const float *source, float threshold, float value, float *target,
                  ptrdiff_t count);

/// target[n] = source[n], and zero from -lambda to lambda
void ck_hard_shrink(int32_t instruction_set, const float *source, float lambda, float *target,
                    ptrdiff_t count);

/// target[n] = source[n] moved by lambda + low towards zero, and zero from -lambda to lambda
void ck_soft_shrink(int32_t instruction_set, const float *source, float lambda, float low, float *target,
                    ptrdiff_t count);

/// target[n] = (source[n] + 3) / 6, not below zero and not above one
void ck_hard_sigmoid(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n] times that
void ck_hard_swish(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n] / (1 + |source[n]|)
void ck_soft_sign(int32_t instruction_set, const float *source, float *target, ptrdiff_t count);

/// target[n] = source[n] * scale + shift, rounded twice
void ck_scale(int32_t instruction_set, const float *source, float scale, float shift, float *target,
              ptrdiff_t count);

/// target[n] = values[n] / (1 + e^-gates[n]); the target is apart from both.
void ck_gated(int32_t instruction_set, const float *values, const float *gates, float *target,
              ptrdiff_t count);

#endif
