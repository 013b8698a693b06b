/* SPDX-License-Identifier: Apache-2.0 */
/* platform.h - hypervisor and product of this guest, and its UUID as the host knows it. */
#ifndef COLLECTORS_SYSTEM_PLATFORM_H
#define COLLECTORS_SYSTEM_PLATFORM_H

enum { PLATFORM_TEXT = 64 };

/* "": unknown. */
struct platform {
	char hypervisor
	        [PLATFORM_TEXT]; /* "kvm", "hyperv", "vmware", "xen", "qemu", ...; "none": bare metal */
	char vendor[PLATFORM_TEXT], product[PLATFORM_TEXT];
	char uuid[PLATFORM_TEXT]; /* lower case; Nova's instance id on OpenStack */
};

/* Reads DMI, sysfs and CPUID; these do not change while the guest runs. */
void platform_read(struct platform *ret);

#endif
