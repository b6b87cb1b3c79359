// What the checks of the kernels share; scripts/check_kernels builds and runs them.
//
// Each function of CKernels.h is checked on each instruction set of the processor: against an oracle in
// double precision with the bound that is documented for it, and bit for bit where CKernels.h says what is
// computed. All that a function made is also summed up in a fingerprint, by which sets are compared, also
// those of different processors.

#ifndef CHECK_H
#define CHECK_H

#include "CKernels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/// The instruction set that is being checked, and whether it adds a product with one rounding.
extern int32_t set;
extern int is_fused;

/// Which sets have to agree bit for bit.
typedef enum {
  /// Those that add a product with one rounding.
  FUSED_SETS,
  /// All of them.
  ALL_SETS,
} agreement;

/// The checks of one function: what is made, and what is wrong, counts for it.
void begin(const char *function, agreement sets);
void end(void);

/// Counts a failure where the condition does not hold, and prints the first ones of a function.
void expect(int condition, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Adds floats that a function made to its fingerprint. All NaN are the same.
void made(const float *values, ptrdiff_t count);
void made_doubles(const double *values, ptrdiff_t count);

/// Memory for so many floats, which hold 9. Behind the last one there is none: a loop that reads or writes
/// there crashes, and one that writes before the first is found when all memory is given back.
float *room(ptrdiff_t count);
float *room_of(const float *values, ptrdiff_t count);
void give_back(void);

/// Numbers from -1 to 1, the same ones after each `begin`.
float any_number(void);
/// A number from 0 to `end` - 1.
ptrdiff_t any_place(ptrdiff_t end);
/// Memory with any numbers from `offset` - `scale` to `offset` + `scale`.
float *numbers(ptrdiff_t count, float scale, float offset);

/// c + a * b as the set rounds it.
static inline float add_product(float a, float b, float c) {
  return is_fused ? fmaf(a, b, c) : a * b + c;
}

static inline int has_same_bits(float a, float b) {
  return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0;
}

/// Whether floats have the bits of others; counts a failure where they have not.
int expect_same(const float *found, const float *wanted, ptrdiff_t count, const char *what);

/// Half a unit in the last place of a float, as a part of it.
#define HALF_UNIT 0x1p-24

#define COUNT(array) ((ptrdiff_t)(sizeof(array) / sizeof *(array)))

void check_products(void);
void check_planes(void);
void check_lines(void);
void check_interleaved(void);
void check_copies(void);
void check_pools(void);
void check_frames(void);
void check_elements(void);
void check_gates(void);
void check_softmax(void);
void check_norms(void);
void check_columns(void);
void check_cells(void);
void check_doubles(void);

#endif
