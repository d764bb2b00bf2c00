#pragma once
#include <stddef.h>

/// A file that was embedded when the program was built.
struct rota_asset {
    /// Its path in the repository, such as "web/ui.css".
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

/// How many files are embedded.
size_t rota_asset_count(void);

/// The embedded file at an index below the count, in the order of names; null for any other index.
const struct rota_asset *rota_asset_at(size_t index);
