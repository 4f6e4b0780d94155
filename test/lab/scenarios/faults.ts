/**
 * Every request to the kernel, and every change of a file, of a start, a reload and a stop fails once: the link must end up
 * exactly as it was or exactly as wanted, and the exit code must say which.
 */
import { test } from 'node:test';
import { check, conf, FOREIGN_THINGS, hosts, lie, MODES, plan, sweepResult, sweeps } from '../faults/series.ts';
import { cakeMqKernel } from '../kernel.ts';

const EVERY_MODE = [...MODES, ...'ENODEV EPERM ENOMEM EBUSY ENOENT EEXIST EINVAL EOPNOTSUPP overrun'.split(' ')];
const FILE_MODES = ['ENOSPC', 'EROFS', 'EIO'];

const ON_A_CLEAN_LINK = [
  plan('start', null, ['start', ...conf('plain')]),
  plan('start with offloads to turn off', null, ['start', ...conf('offloads')], { modes: EVERY_MODE }),
  plan('start of two shapers', null, ['start', ...conf('two')], { fileModes: FILE_MODES }),
  plan('reload with other rates', ['start', ...conf('plain')], ['reload', ...conf('rates')]),
  plan('reload that adds a direction', ['start', ...conf('upload')], ['reload', ...conf('plain')]),
  plan('reload that removes a direction', ['start', ...conf('plain')], ['reload', ...conf('upload')]),
  plan('reload that removes a shaper', ['start', ...conf('two')], ['reload', ...conf('plain')]),
  plan('reload with fewer tins', ['start', ...conf('tins')], ['reload', ...conf('plain')]),
  plan('stop', ['start', ...conf('offloads')], ['stop'], { modes: EVERY_MODE }),
  plan('start without matchall', null, ['start', ...conf('plain')], { lacks: ['matchall'] }),
  plan('start without ethtool netlink', null, ['start', ...conf('offloads')], { lacks: ['ethtool'] }),
  plan('stop without ethtool netlink', ['start', ...conf('offloads')], ['stop'], { lacks: ['ethtool'] }),
];

const ON_A_FOREIGN_LINK = [
  plan('start over a foreign root', null, ['start', ...conf('offloads')], { fileModes: FILE_MODES }),
  plan('stop over a foreign root', ['start', ...conf('offloads')], ['stop'], { fileModes: FILE_MODES }),
];

const WITH_QUEUES = [
  plan('start with cake_mq', null, ['start', ...conf('queues')], { modes: [...MODES, 'ENOENT', 'EBUSY'] }),
  plan('reload with other rates', ['start', ...conf('queues')], ['reload', ...conf('slowQueues')]),
  plan('reload from cake_mq to cake', ['start', ...conf('queues')], ['reload', ...conf('plain')]),
  plan('stop', ['start', ...conf('queues')], ['stop']),
];

test('one refused request or file of a start, reload or stop leaves the link as before or as wanted', async (t) => {
  const guest = await sweeps(ON_A_CLEAN_LINK, hosts());
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  check(t, guest.values('sweep', sweepResult), lie);
});

test('the same where a foreign root qdisc and foreign filters are in the way', async (t) => {
  const guest = await sweeps(ON_A_FOREIGN_LINK, hosts() + FOREIGN_THINGS);
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  check(t, guest.values('sweep', sweepResult), lie);
});

const kernel = cakeMqKernel();

test(
  'the same with cake_mq on a device with four queues',
  kernel === undefined ? { skip: 'no kernel with cake_mq' } : {},
  async (t) => {
    const guest = await sweeps(WITH_QUEUES, hosts(4), kernel);
    t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
    check(t, guest.values('sweep', sweepResult), lie);
  },
);
