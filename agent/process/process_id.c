/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/process/process_id.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

uint64_t process_id_started_at(pid_t pid)
{
	char path[32], buf[1024], *s;
	auto_fd int fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	/* Field 2 is a name that may hold any byte, blanks and brackets too: field 3 follows the last ')'. */
	s = strrchr(buf, ')');
	for (int field = 2; s && field < 22; field++)
		s = strchr(s + 1, ' ');
	return s ? strtoull(s, NULL, 10) : 0;
}

void process_id_set(struct process_id *p, pid_t pid)
{
	*p = (struct process_id){ .pid = pid, .started_at = pid ? process_id_started_at(pid) : 0 };
	STR_COPY(p->boot, boot_id());
}

bool process_id_is_running(const struct process_id *p)
{
	return p->pid > 0 && p->started_at > 0 && strcmp(p->boot, boot_id()) == 0 &&
	       process_id_started_at(p->pid) == p->started_at;
}

json_t *process_id_to_json(const struct process_id *p)
{
	return json_pack("{sI sI ss}", "pid", (json_int_t)p->pid, "started_at",
	        (json_int_t)p->started_at, "boot", p->boot);
}

void process_id_from_json(struct process_id *p, const json_t *o)
{
	*p = (struct process_id){
		.pid = (pid_t)json_integer_value(json_object_get(o, "pid")),
		.started_at = (uint64_t)json_integer_value(json_object_get(o, "started_at")),
	};
	STR_COPY(p->boot, json_text_at(o, "boot"));
}
