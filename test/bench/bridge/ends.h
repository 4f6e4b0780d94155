/* What the programs at the ends of a line and the driver share. SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef ENDS_H
#define ENDS_H

#include <linux/types.h>

/* All frames are on one CPU. */
struct ends {
  __u64 arrived;
  __u32 ifindex; /* where frames are sent */
  __u32 hosts;   /* as many source addresses */
  __u32 next_host;
  __u32 pad;
};

#endif
