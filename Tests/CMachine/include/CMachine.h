#pragma once

// What one core of this machine can do at most, by which the times of kernels are judged, and memory.

/// Multiplications with their sums, on as many independent vectors as hide the latency of one.
///
/// - Returns: the operations that were done, two for each product.
double machine_multiply_add(long rounds);

/// Copies one half of a block to the other, again and again.
///
/// - Returns: the bytes that were read and written; zero where there is no memory for it.
double machine_copy(long bytes, long rounds);

/// Reads a block again and again.
///
/// - Returns: the bytes that were read; zero where there is no memory for it.
double machine_read(long bytes, long rounds);

/// How many bytes of the heap the whole program holds now; what it has freed does not count.
///
/// Asks the C library of Linux or of Apple's systems; elsewhere the answer is always -1.
long machine_bytes_in_use(void);
