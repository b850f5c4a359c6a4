#include <zlib.h>

// Macros with casts, which Swift does not see: a gzip header and trailer around the data (windowBits + 16).
static inline int swiftlet_deflate_init(z_streamp stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int swiftlet_inflate_init(z_streamp stream) { return inflateInit2(stream, 15 + 16); }
