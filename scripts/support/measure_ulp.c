// Measures how far the activations of CKernels are from their definitions in double precision, over all
// floats, on each instruction set; built and run by scripts/measure_ulp.py.
//
//     measure_ulp FUNCTION STRIDE     every STRIDE-th float; 1 for all
//
// Prints a line for each set: its name, the largest error in units in the last place of the result as a
// float, and the float that has it. A result that should be infinite or no number and is not, or the other
// way round, counts as an infinite error.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"
#include "definitions.h"

#define BLOCK 4096

typedef void (*loop)(int32_t, const float *, float *, ptrdiff_t);
typedef double (*definition)(double);

static const ck_softplus_numbers plain = {1, 0, 1, 0, 20, 0};

static void run_softplus(int32_t set, const float *source, float *target, ptrdiff_t count) {
  ck_softplus(set, source, &plain, target, count);
}

static double softplus_beta(double x) { return x * 0.3 > 7 ? x : log1p(exp(x * 0.3)) / 0.3; }

static void run_softplus_beta(int32_t set, const float *source, float *target, ptrdiff_t count) {
  double beta = 0.3, inverse = 1 / beta;
  ck_softplus_numbers numbers = {beta, beta - (float)beta, inverse, inverse - (float)inverse, 7, 0};
  ck_softplus(set, source, &numbers, target, count);
}

static void run_elu(int32_t set, const float *source, float *target, ptrdiff_t count) {
  ck_elu(set, source, 1, 1, target, count);
}

static const struct {
  const char *name;
  loop run;
  definition define;
} functions[] = {
    {"sigmoid", ck_sigmoid, sigmoid},
    {"silu", ck_silu, silu},
    {"tanh", ck_tanh, tanh},
    {"elu", run_elu, elu},
    {"gelu", ck_gelu, gelu},
    {"gelu_tanh", ck_gelu_tanh, gelu_tanh},
    {"log_sigmoid", ck_log_sigmoid, log_sigmoid},
    {"softplus", run_softplus, softplus},
    {"softplus_beta", run_softplus_beta, softplus_beta},
};

int main(int count, char **arguments) {
#if defined(__x86_64__)
  const char *names[] = {"baseline", "avx2", "avx512"};
#else
  const char *names[] = {"neon"};
#endif
  if (count != 3) { return 64; }
  uint64_t step = strtoull(arguments[2], NULL, 10);
  for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
    if (strcmp(functions[f].name, arguments[1]) != 0) { continue; }
    double worst[3] = {0, 0, 0};
    float place[3] = {0, 0, 0};
    static float inputs[BLOCK], outputs[BLOCK];
    static double wanted[BLOCK];
    for (uint64_t bits = 0; bits < (uint64_t)1 << 32;) {
      ptrdiff_t length = 0;
      for (; length < BLOCK && bits < (uint64_t)1 << 32; length++, bits += step) {
        uint32_t own = (uint32_t)bits;
        memcpy(&inputs[length], &own, sizeof own);
        wanted[length] = functions[f].define(inputs[length]);
      }
      for (int32_t set = 0; set <= ck_highest_instruction_set(); set++) {
        functions[f].run(set, inputs, outputs, length);
        for (ptrdiff_t n = 0; n < length; n++) {
          double error = units_between(outputs[n], wanted[n]);
          if (!(error <= worst[set])) {
            worst[set] = error;
            place[set] = inputs[n];
          }
        }
      }
    }
    for (int32_t set = 0; set <= ck_highest_instruction_set(); set++) {
      printf("%s %s %.3f %.9g\n", functions[f].name, names[set], worst[set], place[set]);
    }
    return 0;
  }
  return 64;
}
