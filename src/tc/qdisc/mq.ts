/** One qdisc for each TX queue of a device that has several (net/sched/sch_mq.c). It has no options; its classes are the queues. */
import { defineQdisc, once } from '../kind.ts';

export const mq = once(() => defineQdisc({ kind: 'mq', options: {}, place: 'root', bands: () => undefined }));
