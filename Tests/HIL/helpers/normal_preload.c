// Put before the daemon's libraries, this makes of its `synchronous = FULL` a `synchronous = NORMAL`: the mistake that the
// tests of power loss have to notice.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef int prepare_v2(void *, const char *, int, void **, const char **);
typedef int prepare_v3(void *, const char *, int, unsigned int, void **, const char **);

static const char full[] = "synchronous = FULL", normal[] = "synchronous = 1   ";

// A copy with the other word, which is as long; NULL where there is nothing to be replaced.
static char *changed(const char *sql) {
    const char *place = strstr(sql, full);
    char *copy = place == NULL ? NULL : strdup(sql);
    if (copy != NULL) memcpy(copy + (place - sql), normal, strlen(normal));
    return copy;
}

// The rest is told as a place in the caller's text.
#define WITH_CHANGED(CALL)                                                   \
    char *copy = changed(sql);                                               \
    const char *text = copy == NULL ? sql : copy, *end = NULL;               \
    int result = CALL;                                                       \
    if (rest != NULL) *rest = end == NULL ? NULL : sql + (end - text);       \
    free(copy);                                                              \
    return result

int sqlite3_prepare_v2(void *database, const char *sql, int count, void **statement, const char **rest) {
    prepare_v2 *real = (prepare_v2 *)dlsym(RTLD_NEXT, "sqlite3_prepare_v2");
    WITH_CHANGED(real(database, text, count, statement, &end));
}

int sqlite3_prepare_v3(
    void *database, const char *sql, int count, unsigned int flags, void **statement, const char **rest) {
    prepare_v3 *real = (prepare_v3 *)dlsym(RTLD_NEXT, "sqlite3_prepare_v3");
    WITH_CHANGED(real(database, text, count, flags, statement, &end));
}
