import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeIssue } from '../lib/issue.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { parseConfig } from './config.ts';
import { MACHINE } from './resource.ts';
import { NOTHING_SAVED } from './saved.ts';
import { devicesIn, servicesOf, tuningByDevice, tuningInterest, uploadRateOf } from './tuning_devices.ts';

const WAN = "config shaper 'wan'\n option device 'eth1'\n option download '20mbit'\n option upload '5mbit'\n";
const FAST = WAN.replace('20mbit', '500mbit');

function parse(text: string) {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError));
  return parseConfig(file.sections, 'weir');
}

const section = (...lines: readonly string[]): string => `config tuning\n${lines.map((line) => ` ${line}\n`).join('')}`;
const issuesOf = (text: string): string[] => parse(text).issues.map(describeIssue);
/** The option and the first words of what is said of it, for each issue. */
const hurts = (text: string): string[] =>
  parse(text).issues.map(
    ({ where, what }) => `${/'([^']*)'$/.exec(where)?.[1]}: ${what.split(' ').slice(0, 4).join(' ')}`,
  );

test('no section: no tuning', () => {
  const { config } = parse(WAN);
  assert.deepEqual(config.tuning, []);
  assert.equal(tuningByDevice(config).size, 0);
  assert.deepEqual(tuningInterest(config, NOTHING_SAVED), {
    devices: new Set(),
    tunables: new Set(),
    offloads: new Set(),
  });
});

test('a section without devices is for all that are shaped, and the machine has its own values', () => {
  const { config, issues } = parse(
    WAN + section("option txqueuelen '128'", "option netdev_budget_packets '600'", "list disable_offload 'lro'"),
  );
  assert.deepEqual(issues, []);
  assert.deepEqual(
    [...tuningByDevice(config)].map(([device, { options, offloads }]) => [device, [...options], [...offloads]]),
    [
      [MACHINE, [['netdev_budget_packets', '600']], []],
      ['eth1', [['txqueuelen', '128']], ['lro']],
    ],
  );
  assert.deepEqual(tuningInterest(config, NOTHING_SAVED), {
    devices: new Set(['eth1']),
    tunables: new Set(['tcp_limit_output_bytes', 'netdev_budget', 'txqueuelen']),
    offloads: new Set(['lro']),
  });
});

test('the ports of the bridge are meant too, and the daemon listens for what is only tuned', () => {
  const bridge =
    "config bridge\n option use_xdp_bridge '1'\nconfig interface_mapping\n option name 'eth1'\n option redirect_to 'eth2'\n option reciprocal '1'\n";
  const wireless = section("list device 'wl0'", "option threaded_napi '1'");
  const { config } = parse(bridge + section("option txqueuelen '9'") + wireless);
  assert.deepEqual(
    [...tuningByDevice(config)].map(([device, { options }]) => `${device} ${[...options.keys()].join(' ')}`).sort(),
    ['eth1 txqueuelen', 'eth2 txqueuelen', 'wl0 threaded_napi'],
  );
  assert.deepEqual([...devicesIn(config)].sort(), ['eth1', 'eth2', 'wl0']);
});

test('a section that names a device wins over one for all, and offloads add up', () => {
  const { config } = parse(
    WAN +
      section("option txqueuelen '10'", "option ring_tx '64'", "list disable_offload 'gro'") +
      section("list device 'eth1'", "option txqueuelen '20'", "option disable_rxvlan '1'"),
  );
  const { options, offloads } = tuningByDevice(config).get('eth1') ?? assert.fail();
  assert.deepEqual(Object.fromEntries(options), { txqueuelen: '20', ring_tx: '64' });
  assert.deepEqual([...offloads].sort(), ['gro', 'rxvlan']);
});

test('names of offloads become the short ones, and each is there once', () => {
  const { config } = parse(
    section(
      "list device 'eth1'",
      "list disable_offload 'generic-receive-offload'",
      "list disable_offload 'gro'",
      "list disable_offload 'rx-vlan-offload'",
      "list disable_offload 'tx-nocache-copy'",
      "option disable_rxvlan '1'",
    ),
  );
  assert.deepEqual(config.tuning[0]?.offloads, ['gro', 'rxvlan', 'tx-nocache-copy']);
});

test('of two sections that say different things of a device the first holds, and the other is told of', () => {
  const { config, issues } = parse(
    section("list device 'eth1'", "list device 'eth2'", "option txqueuelen '10'") +
      section("list device 'eth2'", "option txqueuelen '20'", "option ring_tx '64'"),
  );
  assert.equal(tuningByDevice(config).get('eth2')?.options.get('txqueuelen'), '10');
  assert.equal(tuningByDevice(config).get('eth2')?.options.get('ring_tx'), '64');
  assert.deepEqual(
    issues.map(({ severity, what }) => [severity, what]),
    [['warning', "'txqueuelen' is set to something else by weir:1: tuning already; that holds"]],
  );
});

test('a section that is off says nothing, one that sets nothing is told of, and with an error it is left out', () => {
  assert.deepEqual(parse(WAN + section("option enabled '0'", "option txqueuelen '10'")).config.tuning, []);
  assert.deepEqual(issuesOf(WAN + section()), ['weir:5: tuning: it sets nothing']);
  const { config, issues } = parse(WAN + section("option txqueuelen '-1'", "option ring_tx '64'"));
  assert.deepEqual(config.tuning, []);
  assert.equal(issues[0]?.severity, 'error');
  const off = parse(`config globals\n option enabled '0'\n${WAN}${section("option txqueuelen '10'")}`);
  assert.equal(tuningByDevice(off.config).size, 0);
});

test('values that hurt are warned about, and applied all the same', () => {
  const seed = parse(WAN + section("option netdev_budget_packets '1'", "option netdev_budget_usecs '20'"));
  assert.deepEqual(seed.issues.map(describeIssue), [
    "weir:5: tuning, option 'netdev_budget_packets': a softirq returns after 1 packet, and all others wait for the next one (expected 64 or more; the kernel has 300)",
    "weir:5: tuning, option 'netdev_budget_usecs': a softirq returns after 20 µs, often with packets left, which then wait for ksoftirqd (expected 1000 or more; the kernel has 2000 to 20000)",
  ]);
  assert.deepEqual(Object.fromEntries(tuningByDevice(seed.config).get(MACHINE)?.options ?? []), {
    netdev_budget_usecs: '20',
    netdev_budget_packets: '1',
  });
});

test('what a small CPU feels only at high rates is warned about at high rates only', () => {
  const slow = section("list disable_offload 'gro'", "option rx_usecs '0'");
  assert.deepEqual(hurts(WAN + slow), []);
  assert.deepEqual(hurts(FAST + slow), ['rx_usecs: an interrupt for each', 'disable_offload: without gro each packet']);
  assert.deepEqual(hurts(WAN + section("list device 'eth9'", "list disable_offload 'gro'")), [
    'disable_offload: without gro each packet',
  ]);
});

test('what the kernel takes along with an offload is told', () => {
  const off = (...names: readonly string[]): string[] =>
    hurts(WAN + section(...names.map((name) => `list disable_offload '${name}'`)));
  assert.deepEqual(off('sg'), ['disable_offload: without sg the kernel']);
  assert.deepEqual(off('sg', 'tso', 'gso'), []);
  assert.deepEqual(off('rx'), ['disable_offload: without rx the kernel']);
  assert.deepEqual(off('rx', 'gro'), []);
});

test('limits below a frame, short rings, long patience and interrupts that somebody moves are warned about', () => {
  const one = (line: string): string[] => hurts(WAN + section(line));
  assert.deepEqual(one("option bql_limit_max '1517b'"), ['bql_limit_max: 1517 bytes are less']);
  assert.deepEqual(one("option bql_limit_max '1518b'"), []);
  assert.deepEqual(one("option ring_rx '63'"), ['ring_rx: a burst of more']);
  assert.deepEqual(one("option ring_rx '64'"), []);
  assert.deepEqual(one("option gro_flush_timeout '2ms'"), ['gro_flush_timeout: packets are held for']);
  assert.deepEqual(one("option irq_affinity 'auto'"), ['irq_affinity: irqbalance, where it runs,']);
  assert.deepEqual(hurts(WAN + section("option irq_affinity 'auto'", "option stop_irq_balance '1'")), []);
});

test('services that are to be stopped are known beforehand, and so is the rate of an upload', () => {
  assert.deepEqual(servicesOf(parse(WAN + section("option stop_irq_balance '1'")).config), ['irqbalance']);
  assert.deepEqual(servicesOf(parse(WAN + section("option txqueuelen '10'")).config), []);
  assert.equal(uploadRateOf(parse(WAN).config, 'eth1'), 5e6);
  assert.equal(uploadRateOf(parse(WAN.replace('5mbit', '0')).config, 'eth1'), undefined);
  assert.equal(uploadRateOf(parse(WAN).config, 'eth2'), undefined);
});
