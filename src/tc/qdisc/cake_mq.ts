/**
 * cake_mq (Linux 7.0): one CAKE per TX queue under one shared rate. It takes the options of CAKE except autorate-ingress,
 * which it refuses, and needs a device with several TX queues.
 */
import { defineQdisc } from '../kind.ts';
import { cakeOptions, flushesTins, readBack } from './cake.ts';
import { decodeCakeStats } from './cake_stats.ts';

const { autorateIngress: _refused, ...options } = cakeOptions;

export const cakeMq = defineQdisc({
  kind: 'cake_mq',
  options,
  expected: readBack,
  flushes: flushesTins,
  decodeStats: decodeCakeStats,
});
