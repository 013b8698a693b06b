/* SPDX-License-Identifier: Apache-2.0 */
/* remove_tree.h - whole folders removed, below the sysroot, following no link and entering no other filesystem. */
#ifndef AGENT_STORE_REMOVE_TREE_H
#define AGENT_STORE_REMOVE_TREE_H

#include <stdbool.h>

/* Removes what `path` is, with all in it; `inside`: the folder itself stays.  0 also when nothing is there. */
int remove_tree(const char *path, bool inside);

#endif
