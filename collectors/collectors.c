/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/lib/collector.h"

#include <string.h>

extern const struct collector certificate_collector, cgroup_collector, clock_collector,
        cpu_collector, devices_collector, disk_collector, files_collector, filesystem_collector,
        kmsg_collector, load_collector, memory_collector, netmount_collector, network_collector,
        paging_collector, pressure_collector, process_collector, smart_collector, sockets_collector,
        tasks_collector, watched_collector;

const struct collector *const collectors[] = { &memory_collector, &filesystem_collector,
	&pressure_collector, &load_collector, &process_collector, &cpu_collector, &paging_collector,
	&disk_collector, &kmsg_collector, &files_collector, &clock_collector,
	&certificate_collector, &netmount_collector, &network_collector, &sockets_collector,
	&tasks_collector, &watched_collector, &devices_collector, &cgroup_collector,
	&smart_collector, NULL };

const struct collector *collector_find(const char *name, size_t len)
{
	for (const struct collector *const *c = collectors; *c; c++)
		if (strlen((*c)->name) == len && strncmp((*c)->name, name, len) == 0)
			return *c;
	return NULL;
}
