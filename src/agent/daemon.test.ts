import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG, CONFIG_PATH, router, run, runDaemon, wanFeatures } from '../../test/kernel/router.ts';
import { snapshot } from '../../test/kernel/snapshot.ts';
import { Reader } from '../lib/bytes.ts';
import { NLM_F } from '../uapi/netlink.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import { TC_H } from '../uapi/tc.ts';
import { linkDelete, linkSet } from '../wire/link.ts';
import { TC_FLAGS, tcRequest } from '../wire/tcmsg.ts';

const HOUR_MS = 3_600_000;

/** What is done to a running daemon, and when; it is ended after the last. */
type Script = readonly (readonly [atMs: number, act: (machine: Machine) => void])[];

/** Runs the daemon through the script; `seen` holds a snapshot from just before each act, and one from before the end. */
function live(machine: Machine, script: Script): ReturnType<typeof runDaemon> & { seen: string[][] } {
  const seen: string[][] = [];
  let endMs = HOUR_MS;
  for (const [atMs, act] of script) {
    machine.later(atMs, () => {
      seen.push(snapshot(machine.kernel));
      act(machine);
    });
    endMs = Math.max(endMs, atMs + HOUR_MS);
  }
  machine.later(endMs, () => {
    seen.push(snapshot(machine.kernel));
    machine.raise(machine.constants.SIGTERM);
  });
  return { ...runDaemon(machine), seen };
}

/** The state that one `weir start` leads to. */
function shaped(config = CONFIG): string[] {
  const machine = router(config);
  run(machine, 'start');
  return snapshot(machine.kernel);
}

const untouched = snapshot(router().kernel);

const linesWith = (text: string, word: string): string[] => text.split('\n').filter((line) => line.includes(word));

test('it shapes, and on SIGTERM takes the shaping away', () => {
  const machine = router();
  const { exit, seen } = live(machine, []);
  assert.deepEqual(seen, [shaped()]);
  assert.equal(exit, 0);
  assert.deepEqual(snapshot(machine.kernel), untouched);
});

test('with on_exit keep the link stays shaped', () => {
  const machine = router(`config globals\n\toption on_exit 'keep'\n${CONFIG}`);
  const { exit, stderr } = live(machine, []);
  assert.equal(exit, 0);
  assert.deepEqual(snapshot(machine.kernel), shaped());
  assert.match(stderr, /the link stays shaped/);
});

test('an end that follows on SIGUSR1 leaves the link shaped for a successor, which adopts what is there', () => {
  for (const order of [
    ['SIGUSR1', 'SIGTERM'],
    ['SIGTERM', 'SIGUSR1'],
  ] as const) {
    const machine = router();
    machine.later(1000, () => {
      for (const signal of order) machine.raise(machine.constants[signal]);
    });
    const { exit, stderr } = runDaemon(machine);
    assert.equal(exit, 0);
    assert.deepEqual(snapshot(machine.kernel), shaped());
    assert.match(stderr, /the link stays shaped/);
    const { modifications } = machine.kernel;
    machine.later(1000, () => machine.raise(machine.constants.SIGTERM));
    const changesAtStart = (): number => machine.kernel.modifications - modifications;
    machine.later(500, () => assert.equal(changesAtStart(), 0, 'the successor finds all as it should be'));
    assert.equal(runDaemon(machine).exit, 0);
    assert.deepEqual(snapshot(machine.kernel), untouched);
  }
});

test('a successor that was announced and did not come in time is not waited for', () => {
  const machine = router();
  machine.later(1000, () => machine.raise(machine.constants.SIGUSR1));
  machine.later(12_000, () => machine.raise(machine.constants.SIGTERM));
  assert.equal(runDaemon(machine).exit, 0);
  assert.deepEqual(snapshot(machine.kernel), untouched);
});

test('a stop that the kernel refuses leaves the link shaped, and the exit code says so', () => {
  for (const [refusals, exit] of [
    [1, 3],
    [1000, 4],
  ] as const) {
    const machine = router();
    const { kernel } = machine;
    machine.later(1000, () => {
      // The first operation of a stop is carried out, and a number of those after it are not.
      const from = kernel.modifications + 2;
      kernel.refuse = ({ number }) => (number >= from && number < from + refusals ? 'EINVAL' : undefined);
    });
    const ended = live(machine, []);
    assert.equal(ended.exit, exit);
    if (exit === 3) assert.deepEqual(snapshot(kernel), shaped());
  }
});

/** Without a bus there is none to look for now and then. */
const WITHOUT_BUS = `config globals\n\toption bus 'off'\n${CONFIG}`;

test('idle, it does not wake up', () => {
  const machine = router(WITHOUT_BUS);
  const { turns } = live(machine, [[24 * HOUR_MS, () => {}]]);
  // Its own changes are announced to it once, and then comes the signal.
  assert.ok(turns <= 3, `${turns} turns`);
});

test('a device that is not there is waited for without a word more, and shaped when it comes', () => {
  const machine = router();
  machine.kernel.unplug('eth1');
  const { seen, stderr } = live(machine, [
    [HOUR_MS, ({ kernel }) => kernel.plugIn({ name: 'eth7', kind: 'veth' })],
    [2 * HOUR_MS, ({ kernel }) => kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() })],
  ]);
  assert.deepEqual(
    seen[2]?.filter((line) => !line.startsWith('eth7')),
    shaped(),
  );
  assert.deepEqual(linesWith(stderr, 'does not exist'), [
    `warning: ${CONFIG_PATH}:1: shaper 'wan': device eth1 does not exist; waiting for it`,
  ]);
  assert.equal(linesWith(stderr, 'error').length, 0);
});

const ROUNDS = cases(100);

test(`a device that goes and comes back ${ROUNDS} times is shaped again each time, at once`, () => {
  const machine = router();
  const script: [number, (machine: Machine) => void][] = [];
  for (let i = 0; i < ROUNDS; i++) {
    script.push([i * 20, ({ kernel }) => kernel.unplug('eth1')]);
    script.push([i * 20 + 10, ({ kernel }) => kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() })]);
  }
  const { seen, exit, stderr } = live(machine, script);
  const shapedOnce = shaped();
  for (let i = 2; i < seen.length; i += 2) assert.deepEqual(seen[i], shapedOnce, `round ${i / 2}`);
  assert.equal(exit, 0);
  assert.equal(linesWith(stderr, 'error').length, 0);
  assert.deepEqual(snapshot(machine.kernel), untouched);
});

/** `tc qdisc del dev eth1 root`, as somebody else would do it. */
function deleteRoot({ kernel }: Machine): void {
  const { ifindex, root } = kernel.named('eth1');
  kernel.carryOut(tcRequest(RTM.DELQDISC, 0, { ifindex, handle: root?.handle ?? 0, parent: TC_H.ROOT }));
}

test('what another program undoes is repaired, and told once', () => {
  const undone: Script = [
    [HOUR_MS, deleteRoot],
    [2 * HOUR_MS, ({ kernel }) => kernel.carryOut(linkSet('ifb-eth1', { up: false }))],
    [3 * HOUR_MS, ({ kernel }) => kernel.carryOut(linkDelete('ifb-eth1'))],
    [
      4 * HOUR_MS,
      ({ kernel }) => {
        const { ifindex } = kernel.named('eth1');
        const target = { ifindex, handle: 0x10000, parent: TC_H.ROOT, kind: 'fq_codel', options: () => {} };
        kernel.carryOut(tcRequest(RTM.NEWQDISC, TC_FLAGS.replace, target));
      },
    ],
    [
      5 * HOUR_MS,
      ({ kernel }) => {
        const { ifindex } = kernel.named('eth1');
        kernel.carryOut(tcRequest(RTM.DELQDISC, 0, { ifindex, handle: 0, parent: TC_H.CLSACT }));
      },
    ],
  ];
  const { seen, stderr } = live(router(), undone);
  for (const state of seen) assert.deepEqual(state, shaped());
  assert.equal(linesWith(stderr, 'notice: repair').length, undone.length);
});

test('what happens to devices that are none of ours is not looked at', () => {
  const machine = router();
  machine.kernel.plugIn({ name: 'eth2', kind: 'veth' });
  let dumps = 0;
  const answer = machine.onSend;
  machine.onSend = (fd, bytes) => {
    dumps += 1;
    return answer?.(fd, bytes) ?? [];
  };
  let before = 0;
  live(machine, [
    [
      HOUR_MS,
      ({ kernel }) => {
        before = dumps;
        const target = { ifindex: kernel.named('eth2').ifindex, handle: 0x10000, parent: TC_H.ROOT, kind: 'fq_codel' };
        kernel.carryOut(tcRequest(RTM.NEWQDISC, TC_FLAGS.replace, target));
        kernel.carryOut(linkSet('eth2', { up: false }));
        kernel.unplug('eth2');
      },
    ],
    [
      2 * HOUR_MS,
      () => {
        assert.equal(dumps, before);
      },
    ],
  ]);
  assert.ok(before > 0);
});

test('a program that undoes the shaping again and again is not fought at full speed', () => {
  const machine = router();
  const { kernel } = machine;
  let undone = 0;
  kernel.afterModification = ({ type }) => {
    if (type !== RTM.NEWQDISC || machine.clockMs > 60_000) return;
    machine.later(1, () => {
      if (kernel.named('eth1').root === undefined) return;
      undone += 1;
      deleteRoot(machine);
    });
  };
  const { seen, stderr } = live(machine, []);
  // Ten repairs at once, then a pause of ten seconds.
  assert.ok(undone >= 20 && undone <= 70, `${undone} times in a minute`);
  assert.deepEqual(seen, [shaped()]);
  assert.ok(linesWith(stderr, 'another program keeps undoing the shaping').length >= 1);
});

test('a fight over one device does not hold up another one, nor a reload', () => {
  const both = `${CONFIG}config shaper 'lan'\n\toption device 'eth2'\n\toption upload '9mbit'\n`;
  const machine = router(both);
  const { kernel } = machine;
  kernel.plugIn({ name: 'eth2', kind: 'veth' });
  kernel.afterModification = ({ type }) => {
    if (type !== RTM.NEWQDISC || machine.clockMs > 60_000) return;
    machine.later(1, () => {
      if (kernel.named('eth1').root !== undefined) deleteRoot(machine);
    });
  };
  const { seen, stderr } = live(machine, [
    [5_000, () => kernel.carryOut(linkDelete('eth2'))],
    [5_010, () => kernel.plugIn({ name: 'eth2', kind: 'veth' })],
    [5_020, () => undefined],
    [5_030, () => machine.raise(machine.constants.SIGHUP)],
  ]);
  const has = (moment: string[] | undefined, device: string): boolean =>
    moment?.some((line) => line.startsWith(device) && line.includes('cake')) === true;
  assert.equal(has(seen[0], 'eth1'), false);
  assert.equal(has(seen[1], 'eth2'), false);
  assert.equal(has(seen[2], 'eth2'), true, 'shaped again while eth1 waits');
  assert.equal(has(seen[2], 'eth1'), false);
  assert.ok(linesWith(stderr, 'reload: add eth1').length >= 1);
});

test('what fails each time, half done and put back, is tried once and not for ever', () => {
  const machine = router(WITHOUT_BUS);
  const { kernel } = machine;
  kernel.filterKinds.clear();
  const { stderr, turns, seen } = live(machine, [
    // Something that matters happens, and leaves the same to do.
    [HOUR_MS, () => kernel.carryOut(linkSet('eth1', { up: false }))],
  ]);
  assert.ok(turns < 10, `${turns} turns`);
  assert.equal(linesWith(stderr, 'may be missing').length, 1);
  assert.deepEqual(seen[0], untouched);
  const { modifications } = kernel;
  assert.ok(modifications < 40, `${modifications} operations`);
});

test('what failed is tried again when its device comes back as another, or the configuration is read again', () => {
  const machine = router();
  const { kernel } = machine;
  kernel.filterKinds.clear();
  const { seen } = live(machine, [
    [
      HOUR_MS,
      () => {
        kernel.filterKinds.add('u32');
        kernel.unplug('eth1');
        kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() });
      },
    ],
    [2 * HOUR_MS, () => kernel.filterKinds.clear()],
    [
      3 * HOUR_MS,
      () => {
        kernel.unplug('eth1');
        kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() });
      },
    ],
    [
      4 * HOUR_MS,
      () => {
        kernel.filterKinds.add('u32');
        machine.raise(machine.constants.SIGHUP);
      },
    ],
  ]);
  const hasFilter = (state: readonly string[] | undefined): boolean =>
    state?.some((line) => line.includes(' u32 ')) === true;
  assert.deepEqual(seen.map(hasFilter), [false, true, true, false, true]);
});

test('a new rate takes one look at the devices: to verify it, qdiscs are enough, and its own announcements are no news', () => {
  const machine = router();
  let looks = 0;
  const answer = machine.onSend;
  machine.onSend = (fd, bytes) => {
    if (new Reader(bytes, machine.littleEndian, 4).u16() === RTM.GETLINK) looks += 1;
    return answer?.(fd, bytes) ?? [];
  };
  let before = 0;
  live(machine, [
    [
      HOUR_MS,
      (at) => {
        before = looks;
        at.addFile(CONFIG_PATH, CONFIG.replace('5mbit', '6mbit'));
        at.raise(at.constants.SIGHUP);
      },
    ],
    [2 * HOUR_MS, () => assert.equal(looks - before, 1)],
  ]);
  assert.ok(before > 0);
});

test('SIGHUP puts a new configuration in force, in place', () => {
  const machine = router();
  const faster = CONFIG.replace('5mbit', '6mbit');
  let before = 0;
  const { seen } = live(machine, [
    [
      HOUR_MS,
      (at) => {
        before = at.kernel.modifications;
        at.addFile(CONFIG_PATH, faster);
        at.raise(at.constants.SIGHUP);
      },
    ],
    [
      2 * HOUR_MS,
      ({ kernel }) => {
        assert.equal(kernel.modifications, before + 1);
      },
    ],
  ]);
  assert.deepEqual(seen[1], shaped(faster));
});

test('a file that is broken, missing or unreadable changes nothing: the last good one stays in force', () => {
  const breaks: readonly ((machine: Machine) => void)[] = [
    (machine) => machine.addFile(CONFIG_PATH, "config shaper 'wan\n"),
    (machine) => void machine.unlink(CONFIG_PATH),
    (machine) => void machine.failures.set(`readFile ${CONFIG_PATH}`, machine.errno.EIO ?? 0),
  ];
  for (const damage of breaks) {
    const machine = router();
    const { seen, stderr, exit } = live(machine, [
      [
        HOUR_MS,
        (at) => {
          damage(at);
          at.raise(at.constants.SIGHUP);
        },
      ],
      // A repair after that goes by the old one.
      [2 * HOUR_MS, deleteRoot],
    ]);
    assert.deepEqual(seen, [shaped(), shaped(), shaped()]);
    assert.match(stderr, /the last good configuration stays in force/);
    assert.equal(exit, 0);
  }
});

test('a refusal that may pass is tried again, later each time, and told once', () => {
  const machine = router();
  const tries: number[] = [];
  machine.kernel.refuse = ({ number }) => {
    if (machine.clockMs >= 30_000) return undefined;
    if (tries.at(-1) !== machine.clockMs) tries.push(machine.clockMs);
    return number > 0 ? 'EBUSY' : undefined;
  };
  const { seen, stderr } = live(machine, []);
  assert.deepEqual(seen, [shaped()]);
  const waits = tries.slice(1).map((ms, i) => ms - (tries[i] ?? 0));
  assert.deepEqual(waits, [200, 400, 800, 1600, 3200, 6400, 12_800]);
  assert.equal(linesWith(stderr, 'EBUSY').length, 1);
});

test('a question after a device that is not answered is asked again, and the device not taken for gone', () => {
  const machine = router();
  const answer = machine.onSend;
  let lost = 0;
  machine.onSend = (fd, bytes) => {
    // A request for one device: not a dump.
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const isQuestion = view.getUint16(4, true) === RTM.GETLINK && (view.getUint16(6, true) & NLM_F.DUMP) === 0;
    if (isQuestion && lost++ === 0) return [];
    return answer?.(fd, bytes) ?? [];
  };
  const { seen, stderr } = live(machine, []);
  assert.ok(lost > 1);
  assert.deepEqual(seen, [shaped()]);
  assert.equal(linesWith(stderr, 'error').length, 1, stderr);
});

test('a refusal that will not pass is not tried again', () => {
  const machine = router();
  machine.kernel.qdiscKinds.delete('cake');
  const { seen, stderr } = live(machine, []);
  assert.deepEqual(seen, [untouched]);
  assert.equal(linesWith(stderr, 'sch_cake may be missing').length, 1);
});

test('a second daemon is refused, and start, reload and stop turn to the one that runs', () => {
  const machine = router();
  const said: string[] = [];
  const { exit } = live(machine, [
    [HOUR_MS, (at) => said.push(inBetween(at, 'daemon'))],
    [2 * HOUR_MS, (at) => said.push(inBetween(at, 'reload'))],
    [3 * HOUR_MS, (at) => said.push(inBetween(at, 'status'))],
  ]);
  assert.equal(exit, 0);
  assert.match(said[0] ?? '', /^3 error: another weir is running \(process 4711\)/);
  assert.match(said[1] ?? '', /^0 told the running daemon \(process 4711\) to reload/);
  assert.match(said[2] ?? '', /^0 wan: shaping on eth1/);
});

/** Another command while the daemon runs: its exit code and what it says. */
function inBetween(machine: Machine, command: string): string {
  const { stdout, stderr } = machine;
  const other = run(machine, command);
  machine.stdout = stdout;
  machine.stderr = stderr;
  return `${other.exit} ${other.stdout}${other.stderr}`;
}

test('events that the kernel had to drop are made up for by a look', () => {
  const machine = router();
  const recv = machine.recv.bind(machine);
  let overrun = false;
  machine.recv = (fd, bytes, offset, length, flags) => {
    if (!overrun) return recv(fd, bytes, offset, length, flags);
    overrun = false;
    // What waited is gone.
    while (recv(fd, bytes, offset, length, machine.constants.MSG_DONTWAIT) >= 0);
    return -(machine.errno.ENOBUFS ?? 0);
  };
  const { seen } = live(machine, [
    [
      HOUR_MS,
      (at) => {
        deleteRoot(at);
        overrun = true;
      },
    ],
  ]);
  assert.deepEqual(seen[1], shaped());
});
