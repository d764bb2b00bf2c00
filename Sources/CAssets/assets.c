#include "assets.h"

// One line for each file below, in the order of names; a test compares this list with the folders.
static const unsigned char migrations_V0001_initial_sql[] = {
#embed "../../migrations/V0001_initial.sql"
};

#define ASSET(name, bytes) {name, bytes, sizeof(bytes)}

static const struct rota_asset assets[] = {
    ASSET("migrations/V0001_initial.sql", migrations_V0001_initial_sql),
};

size_t rota_asset_count(void) {
    return sizeof(assets) / sizeof(assets[0]);
}

const struct rota_asset *rota_asset_at(size_t index) {
    return index < rota_asset_count() ? &assets[index] : NULL;
}
