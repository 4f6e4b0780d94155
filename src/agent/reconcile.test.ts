import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG, CONFIG_PATH, router, run } from '../../test/kernel/router.ts';
import { snapshot } from '../../test/kernel/snapshot.ts';
import { NETLINK } from '../uapi/netlink.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import { TCA_CAKE } from '../uapi/tc.ts';

const SAVED = '/var/run/weir/saved.json';
const RELOADED = CONFIG.replace('20mbit', '30mbit').replace('5mbit', "6mbit'\n\toption diffserv 'diffserv4");

/** A router on which `prepare` has been done. */
function prepared(...commands: readonly string[]): Machine {
  const machine = router();
  for (const command of commands) {
    const { exit, stderr } = run(machine, command);
    assert.equal(exit, 0, stderr);
  }
  return machine;
}

/** On an emulated router every operation takes a second: there every fifth is tried. */
const STRIDE = cases(5) === 5 ? 1 : 5;

const SITUATIONS = [
  { what: 'start', before: () => prepared(), command: 'start' },
  { what: 'reload', before: () => reconfigured(prepared('start'), RELOADED), command: 'reload' },
  {
    what: 'removal of a direction',
    before: () => reconfigured(prepared('start'), CONFIG.replace('20mbit', '0')),
    command: 'reload',
  },
  { what: 'stop', before: () => prepared('start'), command: 'stop' },
] as const;

function reconfigured(machine: Machine, config: string): Machine {
  machine.addFile(CONFIG_PATH, config);
  return machine;
}

test('whichever one operation is refused, the link is as before or as wanted, and the exit code says which', () => {
  let operations = 0;
  for (const { what, before, command } of SITUATIONS) {
    const smooth = before();
    const first = smooth.kernel.modifications + 1;
    assert.equal(run(smooth, command).exit, 0);
    const wanted = snapshot(smooth.kernel);
    for (let number = first; number <= smooth.kernel.modifications; number += STRIDE) {
      const machine = before();
      const original = snapshot(machine.kernel);
      machine.kernel.refuse = (modification) => (modification.number === number ? 'EINVAL' : undefined);
      const { exit, stderr } = run(machine, command);
      const where = `${what}: operation ${number}: ${stderr}`;
      assert.deepEqual(snapshot(machine.kernel), exit === 0 ? wanted : original, where);
      assert.ok(exit === 0 || exit === 3, where);
      if (exit === 3) assert.match(stderr, /EINVAL.*refused by the test; the link is as it was before/);
      machine.kernel.refuse = undefined;
      assert.equal(run(machine, command).exit, 0, where);
      assert.deepEqual(snapshot(machine.kernel), wanted, where);
      operations += 1;
    }
  }
  assert.ok(operations >= Math.floor(17 / STRIDE), `${operations} operations`);
});

test('when nothing can be put back either, that is said and what is left is named', () => {
  const machine = router();
  machine.kernel.refuse = ({ number }) => (number > 3 ? 'EINVAL' : undefined);
  const { exit, stderr } = run(machine, 'start');
  assert.equal(exit, 4);
  assert.match(stderr, /the link could not be put back/);
  assert.match(stderr, /left over: ifb-eth1.*should be not there and is there/);
});

test('an operation that the kernel took and did not do is undone with the rest', () => {
  const machine = router();
  const before = snapshot(machine.kernel);
  machine.kernel.afterModification = ({ type }) => {
    const { root } = machine.kernel.named('eth1');
    if (type === RTM.NEWQDISC) root?.attributes?.set(TCA_CAKE.NAT, new Uint8Array(4));
  };
  const { exit, stderr } = run(machine, 'start');
  assert.equal(exit, 3);
  assert.match(
    stderr,
    /the kernel took it, but it reads back differently: eth1 > cake.*: nat should be true and is false/,
  );
  assert.deepEqual(snapshot(machine.kernel), before);
  assert.equal(machine.fileText(SAVED), undefined);
});

test('a driver that does not switch an offload is told of, and the link is shaped', () => {
  const machine = router();
  machine.kernel.named('eth1').features.set('rx-lro', { on: true, changeable: true, stubborn: true });
  const { exit, stderr } = run(machine, 'start');
  assert.equal(exit, 0);
  assert.match(stderr, /^warning: eth1 > rx-lro: .*the driver does not do it/);
  assert.equal(machine.kernel.named('eth1').root?.kind, 'cake');
});

test('a kernel without matchall gets a u32 filter, and is asked for matchall once', () => {
  const machine = router();
  machine.kernel.filterKinds.delete('matchall');
  const tried: number[] = [];
  machine.kernel.refuse = ({ type }) => {
    if (type === RTM.NEWTFILTER) tried.push(type);
    return undefined;
  };
  assert.equal(run(machine, 'start').exit, 0);
  assert.deepEqual(
    machine.kernel.named('eth1').filters.map(({ kind }) => kind),
    ['u32'],
  );
  assert.equal(tried.length, 2);
  assert.equal(run(machine, 'plan').exit, 0);
});

test('a kernel that has neither filter says which package is missing', () => {
  const machine = router();
  machine.kernel.filterKinds.clear();
  const { exit, stderr } = run(machine, 'start');
  assert.equal(exit, 3);
  assert.match(stderr, /cls_u32 and act_mirred may be missing: on OpenWrt 'apk add kmod-sched-core'/);
});

test('a kernel without CAKE or IFB says which package is missing', () => {
  const withoutCake = router();
  withoutCake.kernel.qdiscKinds.delete('cake');
  assert.match(run(withoutCake, 'start').stderr, /sch_cake may be missing: on OpenWrt 'apk add kmod-sched-cake'/);
  const withoutIfb = router();
  withoutIfb.kernel.hasIfb = false;
  assert.match(run(withoutIfb, 'start').stderr, /ifb may be missing: on OpenWrt 'apk add kmod-ifb'/);
});

test('cake_mq that a device refuses is done without', () => {
  const machine = router();
  machine.kernel.unplug('eth1');
  machine.kernel.plugIn({ name: 'eth1', kind: 'veth', txQueues: 4, rxQueues: 4 });
  machine.kernel.qdiscKinds.add('cake_mq');
  machine.kernel.refuse = ({ type, payload }) => {
    const isMq = String.fromCharCode(...payload).includes('cake_mq');
    const isLoopback = payload[4] === 1;
    return type === RTM.NEWQDISC && isMq && !isLoopback ? 'EOPNOTSUPP' : undefined;
  };
  assert.equal(run(machine, 'start').exit, 0);
  assert.equal(machine.kernel.named('eth1').root?.kind, 'cake');
  assert.equal(machine.kernel.named('ifb-eth1').txQueues, 1);
});

test('where it is not certain that the kernel lacks cake_mq, nothing is changed for that', () => {
  const machine = router(`${CONFIG}\toption multi_queue 'on'\n`);
  const { kernel } = machine;
  kernel.unplug('eth1');
  kernel.plugIn({ name: 'eth1', kind: 'veth', txQueues: 4, rxQueues: 4 });
  kernel.qdiscKinds.add('cake_mq');
  // The first modification is the question whether the kernel has it.
  const first = kernel.modifications + 1;
  kernel.refuse = ({ number }) => (number === first ? 'ENOBUFS' : undefined);
  assert.equal(run(machine, 'start').exit, 3);
  assert.equal(kernel.named('eth1').root, undefined);
  kernel.refuse = undefined;
  assert.equal(run(machine, 'start').exit, 0);
  assert.equal(kernel.named('eth1').root?.kind, 'cake_mq');
  // Somebody who may only look sees that it is there.
  kernel.refuse = () => 'EPERM';
  assert.equal(run(machine, 'plan').stdout, '# nothing to change\n');
  // A refused change of one that is there.
  machine.addFile(CONFIG_PATH, `${CONFIG}\toption multi_queue 'on'\n\toption rtt '50ms'\n`);
  kernel.refuse = () => 'EOPNOTSUPP';
  assert.equal(run(machine, 'reload').exit, 3);
  assert.equal(kernel.named('eth1').root?.kind, 'cake_mq');
});

test('without permission the exit code says so, and what to do', () => {
  const machine = router();
  machine.kernel.refuse = () => 'EPERM';
  const { exit, stderr } = run(machine, 'start');
  assert.equal(exit, 77);
  assert.match(stderr, /weir must run as root/);
});

test('what is about to be overwritten is in the file before it is', () => {
  const machine = router();
  const seen: (string | undefined)[] = [];
  machine.kernel.refuse = ({ protocol }) => {
    if (protocol === NETLINK.GENERIC) seen.push(machine.fileText(SAVED));
    return undefined;
  };
  assert.equal(run(machine, 'start').exit, 0);
  assert.equal(seen.length, 1);
  assert.match(seen[0] ?? '', /"feature":"rx-lro","on":true/);
});

test('a second start, a reload without changes, a plan and a status send nothing that changes', () => {
  const machine = prepared('start');
  const { modifications } = machine.kernel;
  for (const command of ['start', 'reload', 'plan', 'status', 'show', 'check'])
    assert.equal(run(machine, command).exit, 0);
  assert.equal(machine.kernel.modifications, modifications);
});

test('a new rate is one message a direction', () => {
  const machine = prepared('start');
  const { modifications } = machine.kernel;
  machine.addFile(CONFIG_PATH, CONFIG.replace('20mbit', '21mbit'));
  assert.equal(run(machine, 'reload').exit, 0);
  assert.equal(machine.kernel.modifications, modifications + 1);
});

test('first values are kept through further changes: stop brings back the very first', () => {
  const machine = prepared('start');
  machine.addFile(CONFIG_PATH, `${CONFIG}\toption offloads 'gro'\n`);
  assert.equal(run(machine, 'reload').exit, 0);
  const { features } = machine.kernel.named('eth1');
  assert.deepEqual([features.get('rx-lro')?.on, features.get('rx-gro')?.on], [true, false]);
  assert.equal(run(machine, 'stop').exit, 0);
  assert.deepEqual([features.get('rx-lro')?.on, features.get('rx-gro')?.on], [true, true]);
  assert.equal(machine.fileText(SAVED), undefined);
});

/** Thrown in place of the signal that nobody can catch. */
class Killed extends Error {}

test('killed at any operation, the next start makes it right and stop brings back what was first', () => {
  let kills = 0;
  for (const { what, before, command } of SITUATIONS) {
    const smooth = before();
    const first = smooth.kernel.modifications + 1;
    run(smooth, command);
    const wanted = snapshot(smooth.kernel);
    const untouched = snapshot(prepared().kernel);
    for (let number = first; number <= smooth.kernel.modifications; number += STRIDE) {
      for (const when of ['refuse', 'afterModification'] as const) {
        const machine = before();
        machine.kernel[when] = (modification): undefined => {
          if (modification.number === number) throw new Killed();
        };
        assert.throws(() => run(machine, command), Killed);
        machine.killProgram();
        machine.kernel.refuse = undefined;
        machine.kernel.afterModification = undefined;
        const where = `${what}: operation ${number}, ${when}`;
        assert.equal(run(machine, command).exit, 0, where);
        assert.deepEqual(snapshot(machine.kernel), wanted, where);
        assert.equal(run(machine, 'stop').exit, 0, where);
        assert.deepEqual(snapshot(machine.kernel), untouched, where);
        assert.equal(machine.fileText(SAVED), undefined, where);
        kills += 1;
      }
    }
  }
  assert.ok(kills >= Math.floor(34 / STRIDE), `${kills} kills`);
});

test('a broken file of saved values restores nothing wrong', () => {
  const machine = prepared('start');
  machine.addFile(SAVED, '{"format":1,"features":[{"device":"eth1","ifindex":2,"feature":"rx-lro","on":"yes"}]');
  assert.equal(run(machine, 'stop').exit, 0);
  assert.equal(machine.kernel.named('eth1').root, undefined);
});

test('an answer that breaks off inside is a failure with a message, and nothing is touched', () => {
  const machine = prepared('start');
  const cake = machine.kernel.named('eth1').root?.attributes;
  // An option of four bytes that has two.
  cake?.set(TCA_CAKE.RTT, new Uint8Array(2));
  const { modifications } = machine.kernel;
  for (const command of ['start', 'plan', 'status', 'show', 'stop']) {
    const { exit, stderr } = run(machine, command);
    assert.equal(exit, 3, command);
    assert.match(stderr, /^error: (understand what the kernel tells|list qdiscs): EBADMSG/, command);
  }
  assert.equal(machine.kernel.modifications, modifications);
});

test('no command leaves a descriptor open', () => {
  for (const command of ['start', 'plan', 'status', 'show', 'stop']) {
    const machine = router();
    run(machine, command);
    assert.equal(machine.openDescriptors, 0, command);
  }
});
