/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/system/platform.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "agent/base/path.h"
#include "collectors/lib/procfile.h"

static void put_platform_text(char ret[static PLATFORM_TEXT], const char *text)
{
	size_t n = strnlen(text, PLATFORM_TEXT - 1);

	memcpy(ret, text, n);
	ret[n] = '\0';
}

struct words {
	const char *sign, *name;
};

static const char *name_platform(const struct words *w, const char *text)
{
	for (; w->sign; w++)
		if (strstr(text, w->sign))
			return w->name;
	return "";
}

/* Reads the hypervisor's signature of twelve bytes; "" without one. */
static const char *from_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	static const struct words signs[] = { { "KVMKVMKVM", "kvm" }, { "Microsoft Hv", "hyperv" },
		{ "VMwareVMware", "vmware" }, { "XenVMMXenVMM", "xen" }, { "TCGTCGTCGTCG", "qemu" },
		{ "bhyve bhyve ", "bhyve" }, { "VBoxVBoxVBox", "virtualbox" },
		{ "prl hyperv", "parallels" }, { "ACRNACRNACRN", "acrn" }, { NULL, NULL } };
	unsigned a, b, c, d;
	char sign[13] = "";

	/* Bit 31 of this leaf is reserved for hypervisors and 0 on every real CPU. */
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31 & 1))
		return "";
	__cpuid(0x40000000, a, b, c, d);
	memcpy(sign, &b, 4);
	memcpy(sign + 4, &c, 4);
	memcpy(sign + 8, &d, 4);
	return name_platform(signs, sign);
#else
	return "";
#endif
}

/* Uses the firmware's name where CPUID has no signature (arm64) or imitates another hypervisor. */
static const char *from_firmware(const struct platform *p)
{
	static const struct words vendors[] = { { "QEMU", "kvm" }, { "OpenStack", "kvm" },
		{ "Amazon EC2", "kvm" }, { "Google", "kvm" }, { "Microsoft Corporation", "hyperv" },
		{ "VMware", "vmware" }, { "Xen", "xen" }, { "innotek GmbH", "virtualbox" },
		{ NULL, NULL } };

	return name_platform(vendors, *p->vendor ? p->vendor : p->product);
}

void platform_read(struct platform *ret)
{
	char text[PLATFORM_TEXT];

	memset(ret, 0, sizeof(*ret));
	procfile_word("/sys/class/dmi/id/sys_vendor", ret->vendor, sizeof(ret->vendor));
	procfile_word("/sys/class/dmi/id/product_name", ret->product, sizeof(ret->product));
	procfile_word("/sys/class/dmi/id/product_uuid", ret->uuid, sizeof(ret->uuid));
	procfile_word("/sys/hypervisor/type", text, sizeof(text));
	if (*text) /* Xen's PV guests have no DMI */
		put_platform_text(ret->hypervisor, text);
	else if (procfile_exists("/sys/bus/vmbus/devices"))
		put_platform_text(ret->hypervisor, "hyperv");
	if (!*ret->uuid)
		procfile_word("/sys/hypervisor/uuid", ret->uuid, sizeof(ret->uuid));
	if (!*ret->hypervisor && *path_kernel_root() == '\0')
		put_platform_text(ret->hypervisor, from_cpu());
	if (!*ret->hypervisor)
		put_platform_text(ret->hypervisor, from_firmware(ret));
	if (!*ret->hypervisor && *ret->vendor)
		put_platform_text(ret->hypervisor, "none");
	for (char *s = ret->uuid; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}
