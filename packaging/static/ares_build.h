/* SPDX-License-Identifier: Apache-2.0 */
/* ares_build.h - the types of c-ares's interface, as musl has them. */
#ifndef __CARES_BUILD_H
#define __CARES_BUILD_H
#include <sys/socket.h>
#include <sys/types.h>
#define CARES_TYPEOF_ARES_SOCKLEN_T socklen_t
#define CARES_TYPEOF_ARES_SSIZE_T   ssize_t
typedef CARES_TYPEOF_ARES_SOCKLEN_T ares_socklen_t;
typedef CARES_TYPEOF_ARES_SSIZE_T ares_ssize_t;
#endif
