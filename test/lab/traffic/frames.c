// SPDX-License-Identifier: Apache-2.0
/* Frames as they are on the wire, for what is no IP: written out as hexadecimal digits, one a line. */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX 65536
#define ADDRESSES_BYTES (2 * ETH_ALEN)

/* Of linux/if_packet.h, which musl's own header leaves out. */
#define PACKET_IGNORE_OUTGOING 23
#define TP_STATUS_VLAN_VALID (1 << 4)
struct tpacket_auxdata {
	uint32_t tp_status, tp_len, tp_snaplen;
	uint16_t tp_mac, tp_net, tp_vlan_tci, tp_vlan_tpid;
};

static unsigned char frame[FRAME_MAX];

/* A socket for frames of one device; `protocol` as in an Ethernet header, 0 for sending only. */
static int open_device(const char *device, int protocol)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	at.sll_ifindex = (int)if_nametoindex(device);
	if (!at.sll_ifindex || bind(fd, (struct sockaddr *)&at, sizeof at))
		fail(device);
	return fd;
}

static size_t parse_hex(const char *text)
{
	size_t bytes = 0;

	for (unsigned value; bytes < FRAME_MAX && sscanf(text, "%2x", &value) == 1; text += 2)
		frame[bytes++] = (unsigned char)value;
	return bytes;
}

int frames_send(const struct options *o)
{
	static char line[2 * FRAME_MAX + 2];
	int fd = open_device(o->words[0], 0);
	FILE *file = fopen(o->words[1], "re");
	uint64_t sent = 0;

	if (!file)
		fail(o->words[1]);
	while (fgets(line, sizeof line, file)) {
		size_t bytes = parse_hex(line);

		if (send(fd, frame, bytes, 0) != (ssize_t)bytes)
			fail("send");
		sent++;
	}
	printf("{\"sent\":%llu}\n", (unsigned long long)sent);
	return 0;
}

/* The outermost tag, which the kernel has taken out of the frame (packet(7), PACKET_AUXDATA); 0 for none. */
static uint32_t tag_of(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof aux);
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			return (uint32_t)aux.tp_vlan_tpid << 16 | aux.tp_vlan_tci;
	}
	return 0;
}

static void print_frame(size_t bytes, uint32_t tag)
{
	for (size_t i = 0; i < bytes; i++) {
		if (i == ADDRESSES_BYTES && tag)
			printf("%08x", tag);
		printf("%02x", frame[i]);
	}
}

int frames_sink(const struct options *o)
{
	errno = 0;
	if (!o->for_ms)
		fail("--for-ms is needed");
	int fd = open_device(o->words[0], (int)strtol(o->words[1], NULL, 0));
	int on = 1, room = 1 << 25;
	int64_t end_ns = now_ns() + o->for_ms * NS_PER_MS;
	int64_t received = 0;

	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
		fail("setsockopt");
	tell_ready(o);
	printf("[");
	while ((!o->count || received < o->count) && wait_for(fd, POLLIN, end_ns)) {
		union {
			struct cmsghdr header;
			char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		} control;
		struct iovec part = {.iov_base = frame, .iov_len = sizeof frame};
		struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
		ssize_t bytes = recvmsg(fd, &message, MSG_DONTWAIT);

		if (bytes < 0)
			continue;
		printf(received++ ? ",\"" : "\"");
		print_frame((size_t)bytes, tag_of(&message));
		printf("\"");
	}
	puts("]");
	return 0;
}
