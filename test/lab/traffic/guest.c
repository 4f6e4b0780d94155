// SPDX-License-Identifier: Apache-2.0
/* What the guest's init needs and a small distribution may not have: loading modules, switching off. */
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

int load_modules(const struct options *o)
{
	for (int i = 0; i < o->words_count; i++) {
		int fd = open(o->words[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			fail(o->words[i]);
		close(fd);
	}
	return 0;
}

int power_off(const struct options *o)
{
	(void)o;
	fflush(NULL);
	sync();
	reboot(RB_POWER_OFF);
	fail("reboot");
}
