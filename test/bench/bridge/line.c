/* The bridge's programs between two devices, with maps filled as the agent fills them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "../../../bpf/include/shared.h"
#include "bridge.h"

#define MTU 1500
#define LEAST_HOSTS 256

static void put(struct bpf_object *object, const char *map, const void *key, const void *value) {
  if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, map), key, value, BPF_ANY)) fail("%s: %s", map, strerror(errno));
}

static void resize(struct bpf_object *object, const char *map, uint32_t max_entries) {
  if (bpf_map__set_max_entries(bpf_object__find_map_by_name(object, map), max_entries)) fail("%s: %s", map, strerror(errno));
}

static void steer(struct bpf_object *object, uint32_t host) {
  struct weir_prefix prefix = {.prefix_bits = 128, .address.bytes = {[10] = 0xff, 0xff, 10, 77, host >> 8, host}};
  struct weir_steering steering = {.class_download = 0x10000 + host % 64, .class_upload = 0x20000 + host % 64, .cpu = WEIR_NO_CPU};
  put(object, "steering", &prefix, &steering);
}

void forward(const char *path, struct line *line) {
  struct bpf_object *object = bpf_object__open(path);
  if (!object) fail("%s: %s", path, strerror(errno));
  uint32_t places = line->known > LEAST_HOSTS ? line->known : LEAST_HOSTS;
  resize(object, "steering", places);
  resize(object, "hosts", places);
  if (bpf_object__load(object)) fail("%s: %s", path, strerror(errno));

  line->hosts_map = bpf_object__find_map_fd_by_name(object, "hosts");
  const uint32_t only = 0;
  struct weir_port port = {.redirect_to = line->out_ifindex, .max_frame_bytes = MTU + ETH_HLEN, .faces = line->faces,
                           .address = {2, 0, 0, 0, 0, 9}};
  struct weir_settings settings = {.unknown.cpu = WEIR_NO_CPU, .generation = line->known ? 1 : 0};
  put(object, "ports", &line->in_ifindex, &port);
  put(object, "targets", &line->out_ifindex, &line->out_ifindex);
  put(object, "settings", &only, &settings);
  for (uint32_t host = 0; host < line->known; host++) steer(object, host);

  int error;
  if (line->forwarder == XDP) {
    int program = bpf_program__fd(bpf_object__find_program_by_name(object, "xdp_forward"));
    error = bpf_xdp_attach(line->in_ifindex, program, XDP_FLAGS_DRV_MODE, NULL);
  } else {
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = line->in_ifindex, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = bpf_program__fd(bpf_object__find_program_by_name(object, "tc_forward")));
    error = bpf_tc_hook_create(&hook);
    if (!error) error = bpf_tc_attach(&hook, &filter);
  }
  if (error) fail("cannot attach to the device of index %u: %s", line->in_ifindex, strerror(-error));
}

void check_hosts(const struct line *line) {
  struct weir_address address;
  bool counted = bpf_map_get_next_key(line->hosts_map, NULL, &address) == 0;
  if (counted != (line->known > 0)) fail("hosts are counted on a line where %u are known: %d", line->known, counted);
}
