// The instruction sets that this architecture has kernels for, fastest first: SK_INSTRUCTION_SET(name). `kernels_<name>.c` makes the table
// `sk_kernels_<name>`, and `select.c` says when a processor runs it.
#ifndef SK_INSTRUCTION_SET
#error "Define SK_INSTRUCTION_SET(name) before including the list of instruction sets"
#endif

#if defined(__x86_64__)
SK_INSTRUCTION_SET(avx512)
SK_INSTRUCTION_SET(avx2)
SK_INSTRUCTION_SET(sse2)
#elif defined(__aarch64__)
SK_INSTRUCTION_SET(neon)
#endif

#undef SK_INSTRUCTION_SET
