#pragma once
// Counts what the calling thread asks the C library's heap for. For tests: it stands before malloc and its kin in the
// program that it is linked into.

/// Counts from zero.
void allocations_begin(void);
/// Ends the counting; how many there were.
long allocations_end(void);
