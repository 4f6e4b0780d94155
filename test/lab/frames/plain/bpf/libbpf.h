/* In the place of libbpf's. */
#ifndef PLAIN_LIBBPF_H
#define PLAIN_LIBBPF_H

int libbpf_num_possible_cpus(void);

#endif
