/* In the place of libbpf's. */
#ifndef PLAIN_BPF_ENDIAN_H
#define PLAIN_BPF_ENDIAN_H

#include <endian.h>

#define bpf_htons(value) htobe16(value)
#define bpf_ntohs(value) be16toh(value)
#define bpf_htonl(value) htobe32(value)
#define bpf_ntohl(value) be32toh(value)

#endif
