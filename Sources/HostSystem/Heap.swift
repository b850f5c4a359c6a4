import CLinux

/// The memory that the C library keeps for this process, and what it is to do with it.
package enum Heap {
    /// Lets all threads allocate from one arena. glibc gives each thread its own otherwise, and what is free in one is of
    /// no use to another. To be called before there are threads.
    package static func useOneArena() { mallopt(M_ARENA_MAX, 1) }

    /// Gives the pages back to the machine that nothing is in.
    package static func release() { malloc_trim(0) }
}
