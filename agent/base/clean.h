/* SPDX-License-Identifier: Apache-2.0 */
/* clean.h - local variables that are released when they go out of scope. */
#ifndef AGENT_BASE_CLEAN_H
#define AGENT_BASE_CLEAN_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* clang-format off */
static inline void clean_free(void *p)   { free(*(void **)p); }
static inline void clean_fd(int *fd)     { if (*fd >= 0) close(*fd); }
static inline void clean_file(FILE **f)  { if (*f) fclose(*f); }
/* clang-format on */

#define auto_free __attribute__((cleanup(clean_free)))
#define auto_fd   __attribute__((cleanup(clean_fd)))
#define auto_file __attribute__((cleanup(clean_file)))

/* Returns the fd and sets the variable to -1: the caller takes ownership. */
static inline int steal_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#endif
