// What the product uses of SQLite. Only the target SQL imports this.
#ifndef GATEHOUSE_CSQLITE_SHIM_H
#define GATEHOUSE_CSQLITE_SHIM_H

#include <stdint.h>

#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast of -1 to a function pointer, which Swift cannot import.
static inline int gatehouse_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

// Swift's Atomic cannot live in memory that processes share.
static inline uint64_t gatehouse_shared_load(const uint64_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

static inline uint64_t gatehouse_shared_increment(uint64_t *counter) {
    return __atomic_add_fetch(counter, 1, __ATOMIC_ACQ_REL);
}

#endif
