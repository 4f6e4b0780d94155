// SPDX-License-Identifier: Apache-2.0
/* One end of a PPPoE session, without discovery and without LCP, IPCP or any other talk: a device ppp0, ppp1, … until it is killed. */
#include "traffic.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* linux/if_pppox.h and linux/ppp-ioctl.h, which musl does not have. */
#define PX_PROTO_OE 0
#define PPPIOCGCHAN _IOR('t', 55, int)
#define PPPIOCATTCHAN _IOW('t', 56, int)
#define PPPIOCCONNECT _IOW('t', 58, int)
#define PPPIOCNEWUNIT _IOWR('t', 62, int)

struct sockaddr_pppoe {
	sa_family_t family;
	unsigned protocol;
	uint16_t session;
	unsigned char remote[6];
	char device[IFNAMSIZ];
} __attribute__((packed, aligned(2)));

static int open_ppp(void)
{
	int fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("/dev/ppp");
	return fd;
}

static void control(int fd, unsigned long request, int *value, const char *what)
{
	if (ioctl(fd, request, value) < 0)
		fail(what);
}

int pppoe(const struct options *o)
{
	struct sockaddr_pppoe to = {.family = AF_PPPOX, .protocol = PX_PROTO_OE};
	unsigned char *peer = to.remote;
	int channel = 0, unit = -1, session, channel_fd, unit_fd;

	if (sscanf(o->words[1], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", peer, peer + 1, peer + 2, peer + 3, peer + 4, peer + 5) != 6)
		fail("a hardware address is expected");
	strncpy(to.device, o->words[0], sizeof to.device - 1);
	to.session = htons((uint16_t)atoi(o->words[2]));
	session = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_OE);
	if (session < 0 || connect(session, (struct sockaddr *)&to, sizeof to) < 0)
		fail("a session of PPPoE");
	control(session, PPPIOCGCHAN, &channel, "the channel of the session");
	channel_fd = open_ppp();
	control(channel_fd, PPPIOCATTCHAN, &channel, "attach to the channel");
	unit_fd = open_ppp();
	control(unit_fd, PPPIOCNEWUNIT, &unit, "a device");
	control(channel_fd, PPPIOCCONNECT, &unit, "connect the channel with the device");
	tell_ready(o);
	for (;;)
		pause();
}
