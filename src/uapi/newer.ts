/**
 * Numbers that kernels newer than the headers of a distribution have; by hand, each with where it was read.
 *
 * A number moves to the generated file beside this one when Debian's linux-libc-dev knows it.
 */

/**
 * `TCA_CAKE_STATS_*` that came with cake_mq (Linux 7.0, include/uapi/linux/pkt_sched.h). ACTIVE_QUEUES is a u32 on each CAKE
 * below a cake_mq: how many of its siblings, itself included, it saw sending when it last set its share of the rate.
 */
export enum TCA_CAKE_STATS_NEWER {
  ACTIVE_QUEUES = 17,
}

/** Linux 6.3, include/uapi/linux/prctl.h: memory that was ever writable can never be executed, nor the other way round. */
export enum PR_NEWER {
  SET_MDWE = 65,
}

export enum PR_MDWE {
  REFUSE_EXEC_GAIN = 1,
}

/** Linux 6.17, include/uapi/linux/netfilter/nf_tables.h: the beginning of the names of a flowtable's or chain's devices. */
export enum NFTA_DEVICE_NEWER {
  PREFIX = 2,
}
