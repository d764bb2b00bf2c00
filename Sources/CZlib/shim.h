#include <zlib.h>

/// Begins a gzip file at a level from 1 to 9. zlib's own function is a macro, which Swift does not see.
static inline int rota_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY);
}

/// Begins to read a gzip file.
static inline int rota_gunzip_begin(z_stream *stream) {
    return inflateInit2(stream, MAX_WBITS + 16);
}
