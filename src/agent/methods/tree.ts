import { ArgumentError, method, needTrees } from './method.ts';

/** An answer has to fit into a message of the bus (1 MB). */
const MOST = 1000;
const USUAL = 500;
const LONGEST_DEVICE = 15;

export const tree = method({
  name: 'tree',
  access: 'read',
  summary: 'all qdiscs, classes and filters of a device with their counters, whoever made them',
  args: {
    device: {
      type: 'string',
      longest: LONGEST_DEVICE,
      help: 'a network device; without it only `devices` is told',
    },
    limit: { type: 'integer', smallest: 1, largest: MOST, help: `at most so many nodes; without it ${USUAL}` },
  },
  result:
    '`devices`: those on which somebody has set up a qdisc. `atMs`: a clock, for rates from two answers. `total`: how many nodes there ' +
    'are; `nodes`: each followed by what hangs on it, with `node` (qdisc, class or filter), `level` from 0, `kind`, `handle`, ' +
    '`parent`, the `section` that asked for it, `options`, and the `words` of tc for those that are not as the kernel begins. Qdiscs ' +
    'and classes have counters, `rate` where the kernel estimates one, `details` of their kind, and HTB `direct`: packets that went ' +
    'past all classes, and why. Filters have `preference`, `protocol`, `chain`, `target`, and `actions` with counters',
  example: '{"device":"eth1"}',
  run: (service, { device, limit = USUAL }, answer) => {
    if (device !== undefined) needTrees();
    const found = service.tree(device, limit);
    if (found === undefined) throw new ArgumentError(`'device': expected one that exists, got '${device}'`);
    answer(found);
  },
});
