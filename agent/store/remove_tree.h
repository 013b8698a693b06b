/* SPDX-License-Identifier: Apache-2.0 */
/* remove_tree.h - removes folders below the sysroot; follows no link and enters no other filesystem. */
#ifndef AGENT_STORE_REMOVE_TREE_H
#define AGENT_STORE_REMOVE_TREE_H

#include <stdbool.h>

/* Removes `path` and its content; with `inside` the folder stays.  Returns 0, also if there is no such path, or -errno. */
int remove_tree(const char *path, bool inside);

#endif
