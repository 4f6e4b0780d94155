/** Qdiscs without options: the hooks for filters, and those that do not queue. */
import { defineQdisc, once } from '../kind.ts';

/** Where filters see packets that arrive (net/sched/sch_ingress.c). The block numbers of both hooks stand outside of their options. */
export const ingress = once(() => defineQdisc({ kind: 'ingress', options: {}, place: 'hook' }));

/** Where filters see packets that arrive, and those that leave. */
export const clsact = once(() => defineQdisc({ kind: 'clsact', options: {}, place: 'hook' }));

/** Packets go to the driver at once; the kernel refuses it below a class (`qdisc_graft` in net/sched/sch_api.c). */
export const noqueue = once(() => defineQdisc({ kind: 'noqueue', options: {}, place: 'root' }));

/** What drops everything, below a class without a queue or on a device that is down. It is in no list of the kernel's, so nobody can make one. */
export const noop = once(() =>
  defineQdisc({ kind: 'noop', options: {}, check: () => ['the kernel lets nobody make a noop'] }),
);
