// What the program was built of.

#ifndef CBUILD_H
#define CBUILD_H

/// The commit that a release was built of, shortened; empty for other builds.
const char *cbuild_commit(void);

#endif
