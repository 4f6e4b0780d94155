import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, payloadOf, readCaptures } from '../../test/captures.ts';
import { CONFIG, router, run } from '../../test/kernel/router.ts';

/** A kernel that says of its flowtables what a real one did: `inet fw4 ft` of wan0 and wan0.7, and others without rule or device. */
function flowtablesOf(capture: Capture): Uint8Array[] {
  const answers = capture.records[1]?.messages.slice(1, -1) ?? [];
  return answers.map((message) => payloadOf(capture, message));
}

/** wan0 with the VLANs 7 and 8 on it, of which the second is shaped; on this router wan0 alone is a device of the flowtable. */
function machineOf(capture: Capture): ReturnType<typeof router> {
  const machine = router(CONFIG.replace('eth1', 'wan0.8'), capture.littleEndian);
  machine.kernel.plugIn({ name: 'wan0', kind: 'veth' });
  const lower = machine.kernel.named('wan0').ifindex;
  machine.kernel.plugIn({ name: 'wan0.8', kind: 'vlan', lower });
  machine.kernel.flowtables = flowtablesOf(capture);
  machine.addFile('/proc/sys/kernel/osrelease', '6.6.86\n');
  return machine;
}

const OFF = "config defaults\n\toption flow_offloading '0'\n";
const ON = OFF.replace('0', '1');
const FIREWALL = '/etc/config/firewall';
const WHAT = 'software flow offloading (flowtable inet fw4 ft) leads connections past the download shaper of wan0.8';
const conflictsOf = (machine: ReturnType<typeof router>): string =>
  run(machine, 'status')
    .stderr.split('\n')
    .filter((line) => /nftables|firewall|offload/.test(line))
    .join('\n');

for (const capture of readCaptures('nft-flowtables')) {
  test(`${capture.name}: weir status says what the flowtables of a real kernel do to a shaper, once`, () => {
    const machine = machineOf(capture);
    assert.equal(
      conflictsOf(machine),
      `warning: nftables: ${WHAT} (expected no rule 'flow add @ft' in table inet fw4)`,
    );
    machine.addFile(FIREWALL, ON);
    assert.equal(conflictsOf(machine), `warning: ${FIREWALL}: ${WHAT} (expected option flow_offloading '0')`);
    machine.addFile(FIREWALL, OFF);
    assert.equal(
      conflictsOf(machine),
      `warning: ${FIREWALL}: ${WHAT}, though it is off here (expected service firewall restart)`,
    );
    assert.equal(machine.openDescriptors, 0);
  });
}

function anyMachine(): ReturnType<typeof router> {
  const [capture] = readCaptures('nft-flowtables');
  assert.ok(capture);
  return machineOf(capture);
}

test('it says nothing of a shaper that is off, and nothing where no flowtable is in use', () => {
  const machine = anyMachine();
  machine.addFile(
    '/etc/config/weir',
    CONFIG.replace('eth1', 'wan0.8').replace("'wan'\n", "'wan'\n\toption enabled '0'\n"),
  );
  assert.equal(conflictsOf(machine), '');
  machine.addFile('/etc/config/weir', CONFIG.replace('eth1', 'wan0.8'));
  machine.kernel.flowtables = machine.kernel.flowtables?.slice(1) ?? [];
  machine.addFile(FIREWALL, ON);
  assert.equal(conflictsOf(machine), '');
});

test('PPPoE connections stand on the devices that the kernel lists', () => {
  const machine = anyMachine();
  machine.kernel.plugIn({ name: 'pppoe-wan', kind: 'ppp', hardwareType: 512 });
  machine.addFile('/etc/config/weir', CONFIG.replace('eth1', 'pppoe-wan'));
  assert.equal(conflictsOf(machine), '');
  machine.addFile('/proc/net/pppoe', 'Id       Address              Device\n0700000  02:00:00:00:00:01     wan0\n');
  assert.match(conflictsOf(machine), /past the download shaper of pppoe-wan \(/);
});

test('nftables is not asked where that would load it, and the configuration is all there is to go by', () => {
  const machine = anyMachine();
  machine.addFile(FIREWALL, ON);
  let asked = 0;
  const { socket } = machine;
  machine.socket = (domain, type, protocol) => {
    if (protocol === 12) asked++;
    return socket.call(machine, domain, type, protocol);
  };
  const unknown = `warning: ${FIREWALL}: software flow offloading is on, and can lead connections past the shaper: the kernel does not tell (expected option flow_offloading '0')`;
  machine.addFile('/proc/modules', 'nfnetlink 16384 0 - Live 0x0\n');
  assert.equal(conflictsOf(machine), unknown);
  machine.addFile('/lib/modules/6.6.86/modules.builtin', 'kernel/net/netfilter/nfnetlink.ko\n');
  assert.equal(conflictsOf(machine), unknown);
  assert.equal(asked, 0);
  machine.addFile('/lib/modules/6.6.86/modules.builtin', 'kernel/net/netfilter/nf_tables.ko\nkernel/fs/ext4/ext4.ko\n');
  assert.ok(conflictsOf(machine).includes(WHAT));
  machine.files.delete('/lib/modules/6.6.86/modules.builtin');
  machine.addDirectory('/sys/module/nf_tables');
  assert.ok(conflictsOf(machine).includes(WHAT));
  assert.equal(asked, 2);
});

test('a kernel without flowtables, or that does not let one ask, is no error; a list that cannot be read is said', () => {
  const machine = anyMachine();
  for (const refusal of ['EINVAL', 'EPERM', 'EOPNOTSUPP']) {
    machine.kernel.refuseFlowtables = refusal;
    assert.equal(conflictsOf(machine), '');
  }
  machine.kernel.refuseFlowtables = 'ENOMEM';
  assert.equal(conflictsOf(machine), 'warning: flow offloading: list flowtables: ENOMEM (ENOMEM)');
  assert.equal(run(machine, 'status').exit, 0);
  machine.kernel.flowtables = undefined;
  assert.equal(conflictsOf(machine), '');
  assert.equal(machine.openDescriptors, 0);
});
