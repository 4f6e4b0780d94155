import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CAKE_HANDLE,
  CLASS_ID,
  converse,
  FILTER_PREFERENCE,
  type Findings,
  HTB_HANDLE,
  INGRESS_PARENT,
} from '../../test/netlink/conversation.ts';
import { ReplayHost, readRecording } from '../../test/netlink/recording.ts';
import { Reader } from '../lib/bytes.ts';
import { ETH_P, IFF } from '../uapi/if_link.ts';
import { TC_H } from '../uapi/tc.ts';
import { decodeLink } from '../wire/link.ts';
import { decodeFilterInfo } from '../wire/tcmsg.ts';
import type { NetlinkHost, Outcome } from './netlink.ts';

const RECORDINGS = ['le-6.1', 'le-7.2', 'be-6.1'];

/** `ok`, or the refusal's name and the kernel's words. */
function verdict(outcome: Outcome): string {
  if (outcome.ok) return 'ok';
  const { name, extack } = outcome.refusal;
  return extack === undefined ? name : `${name}: ${extack}`;
}

function verdicts(findings: Findings, label: string): string[] {
  return (findings.outcomes[label] ?? []).map(verdict);
}

for (const name of RECORDINGS) {
  const host = new ReplayHost(readRecording(`test/captures/netlink-${name}.txt`));
  const steps: string[] = [];
  const findings = converse(host, (label) => steps.push(label));
  const linkIn = (outcome: Outcome | undefined) => {
    const reply = outcome?.ok === true ? outcome.replies[0] : undefined;
    return reply === undefined ? undefined : decodeLink(new Reader(reply.payload, host.littleEndian));
  };

  test(`${name}: what we say is, byte for byte, what the kernel was told, and all it said is read`, () => {
    assert.equal(host.left, 0);
    assert.ok(steps.length > 20);
  });

  test(`${name}: each request of a batch has its own verdict, in the kernel's words`, () => {
    assert.deepEqual(verdicts(findings, 'create a veth pair'), ['ok', 'ok']);
    assert.deepEqual(verdicts(findings, 'create an IFB'), ['ok', 'ok']);
    assert.deepEqual(verdicts(findings, 'create it again'), ['EEXIST']);
    assert.deepEqual(verdicts(findings, 'create a device at an index of our choice and use it at once'), [
      'ok',
      'ok',
      'EEXIST',
      'ok',
    ]);
    assert.deepEqual(verdicts(findings, 'cake at the root'), [
      'ENOENT: Qdisc not found. To create specify NLM_F_CREATE flag',
      'ok',
      'EEXIST: Exclusivity flag on, cannot modify',
      'ok',
      'ok',
      'ERANGE: Attribute failed policy validation',
    ]);
    assert.deepEqual(verdicts(findings, 'htb with a class and a leaf'), [
      'ok',
      'ok',
      'ok',
      'ENOENT: Specified qdisc kind is unknown',
      'EEXIST',
    ]);
    assert.deepEqual(verdicts(findings, 'redirect at clsact'), ['ok', 'ok', 'EEXIST: Filter already exists']);
    assert.deepEqual(verdicts(findings, 'take everything away'), [
      'ok',
      'ok',
      'ok',
      'ENOENT: Cannot delete qdisc with handle of zero',
      'ok',
      'ok',
      'ok',
      'ok',
      'ENODEV',
    ]);
  });

  test(`${name}: a refusal points at the attribute that is wrong`, () => {
    const refused = findings.outcomes['cake at the root']?.[5];
    // Message header, struct tcmsg, TCA_KIND with "cake" and its padding, the header of TCA_OPTIONS.
    assert.equal(refused?.ok === false ? refused.refusal.attributeOffset : undefined, 16 + 20 + 12 + 4);
  });

  test(`${name}: a device reads back as it was made`, () => {
    const ifb = linkIn(findings.outcomes['read devices']?.[0]);
    assert.equal(ifb?.name, 'ifb4wan0');
    assert.equal(ifb?.kind, 'ifb');
    assert.equal(ifb?.alias, 'weir:wan');
    assert.equal(ifb?.group, 7);
    assert.equal(ifb?.txQueues, 2);
    assert.equal(ifb?.txQueueLength, 32);
    assert.equal((ifb?.flags ?? 0) & IFF.UP, IFF.UP);
    assert.deepEqual(findings.outcomes['read devices']?.slice(1).map(verdict), ['ENODEV', 'ok']);
    assert.equal(linkIn(findings.outcomes['read devices']?.[2])?.hardwareType, 772);
    const bare = linkIn(findings.outcomes['read the device without an alias']?.[0]);
    assert.equal(bare?.name, 'ifb4wan0');
    assert.equal(bare?.alias, undefined);
  });

  test(`${name}: the list of devices has their names, queues and pairs`, () => {
    const byName = new Map(findings.links.map((link) => [link.name, link]));
    const wan = byName.get('wan0');
    // User-mode Linux has one CPU and so no RPS, and tells no number of receive queues.
    assert.deepEqual([wan?.kind, wan?.txQueues, wan?.rxQueues], ['veth', 4, name.startsWith('be') ? 4 : 1]);
    assert.equal(wan?.lower, byName.get('lan0')?.ifindex);
    assert.equal(byName.get('lan0')?.mtu, 1400);
    assert.ok(byName.has('lo'));
  });

  test(`${name}: qdiscs, classes and filters are listed with kind, place and options`, () => {
    const { qdiscs, qdiscsOfWan, classes, filters } = findings;
    const wan = findings.links.find((link) => link.name === 'wan0')?.ifindex;
    const cake = qdiscs.find((qdisc) => qdisc.kind === 'cake');
    assert.deepEqual([cake?.ifindex, cake?.handle, cake?.parent], [wan, CAKE_HANDLE, TC_H.ROOT]);
    assert.ok((cake?.options?.length ?? 0) > 100);
    assert.ok((cake?.xstats?.length ?? 0) > 100);
    const zeros = { bytes: 0, packets: 0, drops: 0, overlimits: 0, requeues: 0, backlogBytes: 0, qlen: 0 };
    assert.deepEqual(cake?.stats, zeros);
    assert.deepEqual(
      qdiscsOfWan.map(({ kind }) => kind),
      ['cake', 'clsact'],
    );
    assert.equal(qdiscs.find((qdisc) => qdisc.kind === 'fq_codel' && qdisc.parent === CLASS_ID)?.handle, 0x1_0000);
    assert.deepEqual(
      classes.map(({ kind, handle, info }) => [kind, handle, info]),
      [['htb', CLASS_ID, 0x1_0000]],
    );
    assert.equal(qdiscs.find((qdisc) => qdisc.kind === 'htb')?.handle, HTB_HANDLE);
    // The kernel lists a classifier of its own, without options, before the first filter of a preference.
    assert.deepEqual(
      filters.map(({ kind, handle, parent, chain }) => [kind, handle, parent, chain]),
      [
        ['matchall', 0, INGRESS_PARENT, 0],
        ['matchall', 1, INGRESS_PARENT, 0],
      ],
    );
    assert.deepEqual(decodeFilterInfo(filters[1]?.info ?? 0, host.littleEndian), {
      preference: FILTER_PREFERENCE,
      etherType: ETH_P.ALL,
    });
    assert.equal(filters[0]?.options, undefined);
    assert.deepEqual(findings.filtersOfNoQdisc, []);
  });

  test(`${name}: everything that happened was announced, but for what went with its parent`, () => {
    const told = [...findings.events, ...findings.eventsAtTheEnd].map((event) => {
      const what = event.what === 'link' ? event.link.name : event.tc.kind;
      return `${event.gone ? '-' : '+'} ${event.what} ${what}`;
    });
    for (const expected of [
      '+ link wan0',
      '+ link ifb4wan0',
      '- link ifb900',
      '+ qdisc cake',
      '+ class htb',
      '+ qdisc clsact',
      '+ filter matchall',
      '- filter matchall',
      '- qdisc cake',
      '- class htb',
      '- link wan0',
      '- link lan1',
    ]) {
      assert.ok(told.includes(expected), `${expected} in ${told.join(', ')}`);
    }
    assert.ok(!told.includes('- qdisc htb'));
    const ifb900 = findings.events.filter((event) => event.what === 'qdisc' && event.tc.ifindex === 900);
    assert.deepEqual(
      ifb900.map(({ gone }) => gone),
      [false],
    );
  });

  test(`${name}: features read the same over netlink and by ioctl`, () => {
    assert.deepEqual(findings.features.get('tx-scatter-gather'), { on: true, wanted: true, changeable: true });
    assert.deepEqual(findings.features.get('rx-lro'), { on: false, wanted: false, changeable: false });
    assert.deepEqual([...findings.ioctlFeatures.keys()].sort(), [...findings.features.keys()].sort());
    assert.deepEqual(findings.ioctlFeatures.get('rx-lro'), findings.features.get('rx-lro'));
    // The program changed these two in between.
    const changed = new Set(['rx-gro']);
    for (const [feature, state] of findings.features) {
      if (!changed.has(feature)) assert.deepEqual(findings.ioctlFeatures.get(feature), state, feature);
    }
    assert.equal(findings.ioctlFeatures.get('rx-gro')?.on, true);
  });

  test(`${name}: a change of features tells what else changed and what did not take`, () => {
    const { change, fixedChange, ioctlChange } = findings;
    assert.equal(change.changed.get('tx-scatter-gather'), false);
    assert.equal(change.changed.get('tx-tcp-segmentation'), false);
    assert.equal(change.changed.get('rx-gro'), true);
    assert.equal(change.refused.size, 0);
    assert.deepEqual([...fixedChange.refused], [['rx-lro', true]]);
    assert.equal(fixedChange.changed.get('tx-scatter-gather'), true);
    assert.deepEqual([...ioctlChange.refused], [['rx-lro', true]]);
    assert.equal(ioctlChange.changed.get('tx-scatter-gather'), false);
    assert.equal(ioctlChange.changed.get('tx-tcp-segmentation'), false);
  });

  test(`${name}: features that do not exist, and devices that do not, are refused with a reason`, () => {
    assert.match(findings.unknownFeature, /^wan0: change features: .*EOPNOTSUPP.*: bit name not found$/);
    assert.match(findings.unknownDevice, /^nothere: read features: .*ENODEV.*: no device matches name$/);
    assert.match(findings.ioctlUnknownDevice, /^nothere: read features: .*ENODEV/);
  });
}

test('a recording does not take other words than its own', () => {
  const host: NetlinkHost = new ReplayHost(readRecording('test/captures/netlink-le-6.1.txt'));
  let sends = 0;
  const forgetful: NetlinkHost = {
    ...host,
    send: (fd, bytes, offset, length, flags) => {
      const changed = bytes.slice(offset, offset + length);
      if (sends++ === 2) changed[20] = (changed[20] ?? 0) + 1;
      return host.send(fd, changed, 0, length, flags);
    },
  };
  assert.throws(() => converse(forgetful, () => {}), /recorded/);
});
