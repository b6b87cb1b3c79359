#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

/// How many blocks of memory the calling thread has asked for since it started.
///
/// Counts by standing in for malloc and its kin in the program that links this, which works with
/// glibc; elsewhere the count is always -1.
long allocationCount(void);

/// How many bytes of the heap the whole program holds now; what it has freed does not count.
///
/// Asks the C library of Linux or of Apple's systems; elsewhere the answer is always -1.
long bytesInUse(void);

#endif
