/*
 * Frames that really arrive at a port and leave by another: with the outermost tag beside the data, as the kernel hands it to filters,
 * which BPF_PROG_TEST_RUN cannot show, and with redirects that are carried out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "frames.h"

/* Larger ones take several buffers. */
#define MOST_SINGLE_BYTES 1600
/* For the time's sake only small frames are cut off too, and only on the path where a test run does not show all. */
#define MOST_CUT_BYTES 300
/* Enough for a frame to go through; the clock of virtual time goes on when all have gone to sleep. */
#define WAIT_US 1000
#define TAG_AT 12

struct seen {
  uint32_t count, length;
  uint8_t bytes[MOST_FRAME_BYTES];
};

static uint32_t index_of(const char *name) {
  uint32_t index = if_nametoindex(name);
  if (index == 0) fail("%s: %s", name, strerror(errno));
  return index;
}

static int listen_on(const char *name) {
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index_of(name)};
  const int yes = 1;
  int socket_fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
  if (socket_fd < 0 || setsockopt(socket_fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof(yes)) ||
      setsockopt(socket_fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) ||
      bind(socket_fd, (const struct sockaddr *)&address, sizeof(address)))
    fail("%s: %s", name, strerror(errno));
  return socket_fd;
}

static void attach(const char *path) {
  if (strcmp(path, "tc") == 0) {
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)devices.in, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = programs[TC_FORWARD]);
    if (bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &filter)) fail("tc: %s", strerror(errno));
  } else {
    uint32_t mode = strcmp(path, "generic") == 0 ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
    if (bpf_xdp_attach((int)devices.in, programs[XDP_FORWARD], mode, NULL)) fail("%s: %s", path, strerror(errno));
  }
}

/* The frame as it was on the cable: the kernel hands its outermost tag over beside it. */
static void take_frames(int socket_fd, struct seen *seen) {
  union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
  } control;
  seen->count = 0;
  for (;;) {
    struct iovec part = {.iov_base = seen->bytes + 4, .iov_len = sizeof(seen->bytes) - 4};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t length = recvmsg(socket_fd, &message, 0);
    if (length < 0) {
      if (errno == EAGAIN) return;
      fail("recvmsg: %s", strerror(errno));
    }
    seen->count++;
    seen->length = length;
    struct tpacket_auxdata auxiliary = {0};
    for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one))
      if (one->cmsg_level == SOL_PACKET && one->cmsg_type == PACKET_AUXDATA) memcpy(&auxiliary, CMSG_DATA(one), sizeof(auxiliary));
    if (auxiliary.tp_status & TP_STATUS_VLAN_VALID) {
      const uint16_t tag[2] = {htons(auxiliary.tp_vlan_tpid), htons(auxiliary.tp_vlan_tci)};
      memmove(seen->bytes, seen->bytes + 4, TAG_AT);
      memcpy(seen->bytes + TAG_AT, tag, sizeof(tag));
      seen->length += sizeof(tag);
    } else {
      memmove(seen->bytes, seen->bytes + 4, seen->length);
    }
  }
}

static void print_seen(const char *where, const struct seen *seen, const struct frame *frame, uint32_t length, FILE *to) {
  if (seen->count == 0) return;
  fprintf(to, " %s%s:", seen->count > 1 ? "often " : "", where);
  if (seen->length == length && memcmp(seen->bytes, frame->bytes, length) == 0)
    fprintf(to, "same");
  else
    print_hex(to, seen->bytes, seen->length);
}

/* PATH FRAME LENGTH WHERE:BYTES COUNTER… HOST…; WHERE is `out` or `back`, and not there where nothing came. */
static void send_one(const char *path, const int sockets[2], const struct frame *frame, uint32_t number, uint32_t length, FILE *to) {
  static struct seen out, back;
  if (send(sockets[0], frame->bytes, length, 0) != (ssize_t)length) fail("a frame of %u bytes: %s", length, strerror(errno));
  usleep(WAIT_US);
  take_frames(sockets[0], &back);
  take_frames(sockets[1], &out);
  fprintf(to, "%s %u %u", path, number, length);
  print_seen("back", &back, frame, length, to);
  print_seen("out", &out, frame, length, to);
  print_counted(to);
}

void run_live(const struct corpus *corpus, const char *path, char *const *names, FILE *to) {
  const int sockets[2] = {listen_on(names[0]), listen_on(names[3])};
  uint32_t world = UINT32_MAX;
  devices = (struct devices){.in = index_of(names[1]), .out = index_of(names[2])};
  attach(path);
  for (uint32_t number = 0; number < corpus->frame_count; number++) {
    const struct frame *frame = &corpus->frames[number];
    if (frame->length > MOST_SINGLE_BYTES && strcmp(path, "frags") != 0) continue;
    if (frame->world != world) enter_world(corpus, world = frame->world);
    bool cut = strcmp(path, "tc") == 0 && frame->length <= MOST_CUT_BYTES;
    uint32_t least = cut ? LEAST_FRAME_BYTES : frame->length;
    for (uint32_t length = frame->length; length >= least; length--) send_one(path, sockets, frame, number, length, to);
  }
}
