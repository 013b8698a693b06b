/* SPDX-License-Identifier: Apache-2.0 */
/* platform.h - where this guest runs: hypervisor, product, and the UUID that the host knows it by. */
#ifndef COLLECTORS_SYSTEM_PLATFORM_H
#define COLLECTORS_SYSTEM_PLATFORM_H

enum { PLATFORM_TEXT = 64 };

/* "" = not known. */
struct platform {
	char hypervisor
	        [PLATFORM_TEXT]; /* "kvm", "hyperv", "vmware", "xen", "qemu", ...; "none": bare metal */
	char vendor[PLATFORM_TEXT], product[PLATFORM_TEXT];
	char uuid[PLATFORM_TEXT]; /* lower case; Nova's instance id on OpenStack */
};

/* Reads DMI, sysfs and the CPU; once is enough. */
void platform_read(struct platform *ret);

#endif
