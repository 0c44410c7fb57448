// Tests the kernels of every table that this processor runs. Says how to call it with --help.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trial.h"

static const char *const tables[] = {
#define SK_INSTRUCTION_SET(name) #name,
#include "instruction_sets.inc.h"
};
enum { table_count = sizeof tables / sizeof *tables };

static trial current;
static struct sigaction before_segv, before_bus, before_ill;

typedef struct {
    const char *table, *family;  // NULL: all
    uint64_t seed;
    int rounds;  // 0: each family's own
} options;

/// Says what was running, then leaves the signal to whoever had it before: the instruction runs into it again.
static void crashed(int signal) {
    char text[512];
    const int count = snprintf(
        text, sizeof text, "FAILED %s %s, seed %llu, guard %s, %s: crashed (signal %d); it reached outside a buffer\n",
        current.kernels->name, current.family, (unsigned long long)current.seed, current.side == guard_after ? "after" : "before",
        current.shape, signal);
    if (write(STDOUT_FILENO, text, (size_t)count) < 0) _exit(1);
    sigaction(SIGSEGV, &before_segv, NULL);
    sigaction(SIGBUS, &before_bus, NULL);
    sigaction(SIGILL, &before_ill, NULL);
}

static void watch_for_crashes(void) {
    struct sigaction action = {.sa_handler = crashed};
    sigaction(SIGSEGV, &action, &before_segv);
    sigaction(SIGBUS, &action, &before_bus);
    sigaction(SIGILL, &action, &before_ill);
}

/// Runs a family's trials on one table, with `rounds` seeds; returns how many failed.
static int run_family(const sk_kernels *kernels, const family *f, uint64_t first_seed, int rounds) {
    int failed = 0;
    double worst_ratio = 0, worst_error = 0;
    for (int round = 0; round < rounds; round++) {
        for (guard_side side = guard_after; side <= guard_before; side++) {
            const uint64_t seed = first_seed + (uint64_t)round;
            current = (trial){.kernels = kernels, .family = f->name, .seed = seed, .side = side, .random = {seed}};
            f->run(&current);
            memory_release_all();
            failed += current.failed;
            if (current.worst_ratio > worst_ratio) worst_ratio = current.worst_ratio;
            if (current.worst_error > worst_error) worst_error = current.worst_error;
        }
    }
    printf("%-7s %-22s %4d passed, %d failed; worst error %.2g, %.0f%% of what is tolerated\n", kernels->name, f->name,
           2 * rounds - failed, failed, worst_error, 100 * worst_ratio);
    fflush(stdout);
    return failed;
}

static bool is_wanted(const char *name, const char *wanted) { return !wanted || strcmp(name, wanted) == 0; }

static void usage(FILE *out) {
    fprintf(out, "kernel-tests [--table NAME] [--family NAME] [--rounds N] [--seed N]\n"
                 "  A failure's seed gives the same trial again with --seed SEED --rounds 1.\n  Families:");
    for (int i = 0; i < family_count; i++) fprintf(out, " %s", families[i].name);
    fprintf(out, "\n");
}

static options read_options(int count, char **arguments) {
    options o = {NULL, NULL, 0, 0};
    for (int i = 1; i < count; i += 2) {
        const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            usage(stdout);
            exit(0);
        }
        if (value && strcmp(name, "--table") == 0) {
            o.table = value;
        } else if (value && strcmp(name, "--family") == 0) {
            o.family = value;
        } else if (value && strcmp(name, "--rounds") == 0) {
            o.rounds = atoi(value);
        } else if (value && strcmp(name, "--seed") == 0) {
            o.seed = strtoull(value, NULL, 10);
        } else {
            usage(stderr);
            exit(2);
        }
    }
    return o;
}

int main(int count, char **arguments) {
    const options o = read_options(count, arguments);
    int ran = 0, failed = 0;
    watch_for_crashes();
    for (int table = 0; table < table_count; table++) {
        if (!is_wanted(tables[table], o.table)) continue;
        const sk_kernels *kernels = sk_kernels_named(tables[table]);
        if (!kernels) {
            printf("%-7s not run: this processor does not have it\n", tables[table]);
            continue;
        }
        for (int i = 0; i < family_count; i++) {
            if (!is_wanted(families[i].name, o.family)) continue;
            const int rounds = o.rounds > 0 ? o.rounds : families[i].rounds;
            failed += run_family(kernels, families + i, o.seed, rounds);
            ran += 2 * rounds;
        }
    }
    printf("%d passed, %d failed\n", ran - failed, failed);
    return failed > 0 || ran == 0;
}
