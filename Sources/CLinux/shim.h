// What glibc has (2.36, Debian 12) and Swift's Glibc module leaves out, for it reads the headers without _GNU_SOURCE.
#include <malloc.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/types.h>
#include <unistd.h>

#define SWIFTLET_SPAWN_SETSID 0x80
#define SWIFTLET_O_PATH 010000000
#define SWIFTLET_RENAME_NOREPLACE 1

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
#define SWIFTLET_MFD_CLOEXEC 1U

int pipe2(int ends[2], int flags);

int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

int memfd_create(const char *name, unsigned int flags);

extern char **environ;

// A function, for Swift takes the variable itself for shared mutable state.
static inline char *const *swiftlet_environment(void) { return environ; }
