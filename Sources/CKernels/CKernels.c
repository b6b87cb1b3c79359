#include "CKernels.h"
#include "dispatch.h"
#include "finish.h"

#include <stdlib.h>
#include <string.h>

// What is fused is said by FMA, never decided by the compiler.
#pragma clang fp contract(off)

// Long runs are what memcpy is made for.
static __attribute__((noinline)) void copy_run(const float *restrict source, float *restrict target,
                                               ptrdiff_t columns) {
  memcpy(target, source, (size_t)columns * sizeof(float));
}

#define SEPARATE(a, b, c) ((a) * (b) + (c))

#if defined(__x86_64__)

#define NAME(x) x##_baseline
#define LANES 4
#define MOST_PLANE_ROWS 6
#define TALL 4
#define VECTORS 2
#define PANELS 4
#define FMA(a, b, c) SEPARATE(a, b, c)
#define FMA1(a, b, c) SEPARATE(a, b, c)
#include "variant.h"
#undef NAME
#undef LANES
#undef MOST_PLANE_ROWS
#undef TALL
#undef VECTORS
#undef PANELS
#undef FMA
#undef FMA1

#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define FMA1(a, b, c) __builtin_fmaf(a, b, c)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#define LANES 8
#define MOST_PLANE_ROWS 6
#define TALL 4
#define VECTORS 2
#define PANELS 8
#include "variant.h"
#undef NAME
#undef LANES
#undef MOST_PLANE_ROWS
#undef TALL
#undef VECTORS
#undef PANELS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#define LANES 16
#define MOST_PLANE_ROWS 14
#define TALL 8
#define VECTORS 3
#define PANELS 8
#include "variant.h"
#pragma clang attribute pop

#else

#define NAME(x) x##_baseline
#define LANES 4
#define MOST_PLANE_ROWS 8
#define TALL 8
#define VECTORS 3
#define PANELS 8
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define FMA1(a, b, c) __builtin_fmaf(a, b, c)
#include "variant.h"

#endif

int32_t ck_highest_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) { return CK_BASELINE; }
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl")) { return CK_AVX2; }
  return CK_AVX512;
#else
  return CK_BASELINE;
#endif
}

int32_t ck_requested_instruction_set(void) {
  const char *name = getenv("COVERIFY_ISA");
  if (name == NULL || *name == 0) { return -1; }
  if (strcmp(name, "baseline") == 0) { return CK_BASELINE; }
  if (strcmp(name, "avx2") == 0) { return CK_AVX2; }
  if (strcmp(name, "avx512") == 0) { return CK_AVX512; }
  return -2;
}

// The loops read places from tables, which costs less than to count them. Here they are counted once for
// a product, so that whoever calls with other distances each time need not keep tables.
static __attribute__((noinline)) void multiply_counted(int32_t instruction_set,
                                                       const float *weights, ptrdiff_t rows,
                                                       ptrdiff_t height, ck_taps taps,
                                                       const float *initial,
                                                       const ck_finish *finish, float *output,
                                                       ptrdiff_t stride, ptrdiff_t columns) {
  ptrdiff_t bases[CK_MOST_PHASES];
  ptrdiff_t offsets[CK_MOST_REPEATED];
  if (taps.phases != NULL) {
    for (ptrdiff_t i = 0; i < taps.base_count; i++) {
      bases[i] = taps.bases[i] + taps.phases[i] * taps.length;
    }
    taps.bases = bases;
  }
  if (taps.repeats != 1) {
    ptrdiff_t *next = offsets;
    for (ptrdiff_t r = 0; r < taps.repeats; r++) {
      for (ptrdiff_t j = 0; j < taps.offset_count; j++) {
        *next++ = r * taps.step + taps.offsets[j];
      }
    }
    taps.offsets = offsets;
    taps.offset_count *= taps.repeats;
  }
  DISPATCH(multiply, weights, rows, height, taps, initial, finish, output, stride, columns)
}

void ck_multiply(int32_t instruction_set, const float *weights, ptrdiff_t rows, ptrdiff_t height,
                 ck_taps taps, const float *initial, const ck_finish *finish, float *output,
                 ptrdiff_t stride, ptrdiff_t columns) {
  if (taps.repeats != 1 || taps.phases != NULL) {
    multiply_counted(instruction_set, weights, rows, height, taps, initial, finish, output, stride,
                     columns);
    return;
  }
  DISPATCH(multiply, weights, rows, height, taps, initial, finish, output, stride, columns)
}

void ck_multiply_lines(int32_t instruction_set, const float *weights, ptrdiff_t rows,
                       ptrdiff_t height, ck_taps taps, const float *initial,
                       const ck_finish *finish, float *product, ptrdiff_t most, float *output,
                       ptrdiff_t stride, ptrdiff_t lines, ptrdiff_t columns, ptrdiff_t width,
                       ptrdiff_t slack) {
#if defined(__x86_64__)
  // Short lines have many breaks: there, a tile of few rows would wait for what it loads.
  const int is_fast = rows % 8 == 0 ? columns >= 5 : columns >= 16;
  if (instruction_set == CK_AVX512 && height == 8 && is_fast && lines * columns >= 16) {
    multiply_lines_avx512(weights, rows, taps, initial, finish, output, stride, lines, columns,
                          width);
    return;
  }
#endif
  const ptrdiff_t parts = (lines + most - 1) / most, size = (lines + parts - 1) / parts;
  for (ptrdiff_t line = 0; line < lines; line += size) {
    const ptrdiff_t count = lines - line < size ? lines - line : size;
    ptrdiff_t computed = (count - 1) * width + columns;
    if (slack >= 16) { computed = (computed + 15) / 16 * 16; }
    ck_multiply(instruction_set, weights, rows, height, taps, initial, finish, product, computed,
                computed);
    ck_copy_rows(instruction_set, product, computed, width, 1, output + line * columns, stride,
                 columns, 1, rows, count, columns);
    taps.input += size * width;
  }
}

void ck_multiply_planes(int32_t instruction_set, const float *weights, ptrdiff_t planes,
                        ck_taps taps, ptrdiff_t plane, const float *initial,
                        const ck_finish *finish, float *product, float *output,
                        ptrdiff_t output_plane, ptrdiff_t rows, ptrdiff_t columns,
                        ptrdiff_t width, ptrdiff_t computed) {
  DISPATCH(multiply_planes, weights, planes, taps, plane, initial, finish, product, output,
           output_plane, rows, columns, width, computed)
}

void ck_multiply_lanes(int32_t instruction_set, const float *weights, const float *input,
                       const ptrdiff_t *bases, ptrdiff_t base_count, const float *initial,
                       float *output, ptrdiff_t count) {
  DISPATCH(multiply_lanes, weights, input, bases, base_count, initial, output, count)
}

void ck_copy_rows(int32_t instruction_set, const float *source, ptrdiff_t source_plane,
                  ptrdiff_t source_stride, ptrdiff_t source_step, float *target,
                  ptrdiff_t target_plane, ptrdiff_t target_stride, ptrdiff_t target_step,
                  ptrdiff_t planes, ptrdiff_t rows, ptrdiff_t columns) {
  if (source_step == 1 && target_step == 1) {
    // Rows that follow one another without a gap are one row, and so are planes.
    if (source_stride == columns && target_stride == columns) {
      columns *= rows;
      rows = 1;
    }
    if (rows == 1 && source_plane == columns && target_plane == columns) {
      columns *= planes;
      planes = 1;
    }
    if (rows == 1 && planes == 1 && columns >= 64) {
      copy_run(source, target, columns);
      return;
    }
  }
  for (ptrdiff_t p = 0; p < planes; p++) {
    const float *from = source + p * source_plane;
    float *to = target + p * target_plane;
    if (target_step == 1 && source_step <= 2) {
      DISPATCH(copy_rows, from, source_stride, source_step, to, target_stride, rows, columns)
      continue;
    }
    for (ptrdiff_t r = 0; r < rows; r++) {
      for (ptrdiff_t n = 0; n < columns; n++) { to[n * target_step] = from[n * source_step]; }
      from += source_stride;
      to += target_stride;
    }
  }
}

void ck_add(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(add, source, target, count)
}

void ck_multiply_elements(int32_t instruction_set, const float *source, float *target,
                          ptrdiff_t count) {
  DISPATCH(multiply_elements, source, target, count)
}

void ck_maximum(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(maximum, source, target, count)
}
