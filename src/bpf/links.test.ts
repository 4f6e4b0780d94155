import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { KernelError } from '../host/refusal.ts';
import { BpfLoader } from './loader.ts';

const OBJECT = Uint8Array.from(readFileSync('build/bpf/el/weir.bpf.o'));

function loaded(): { machine: FakeHost; loader: BpfLoader; program: number } {
  const machine = new FakeHost();
  machine.bpfKernel.mount();
  machine.addFile('/lib/bpf/weir.bpf.o', OBJECT);
  const loader = new BpfLoader(machine);
  loader.load({ steering: 1, hosts: 1, vlans: 1 }, { reuseMaps: true });
  return { machine, loader, program: loader.programFd('xdp_forward') };
}

test('a pinned link outlives the process, one that is held does not', () => {
  const { machine, loader, program } = loaded();
  loader.links.attach(2, 'eth0', program, 'native', true);
  loader.links.attach(3, 'eth1.5', program, 'generic', false);
  const programId = loader.programId('xdp_forward');
  assert.deepEqual(Object.fromEntries(loader.links.list()), {
    eth0: { ifindex: 2, programId, pinned: true },
    'eth1.5': { ifindex: 3, programId, pinned: false },
  });
  assert.deepEqual([machine.bpfKernel.linkOn(2)?.native, machine.bpfKernel.linkOn(3)?.native], [true, false]);
  assert.deepEqual([...new BpfLoader(machine).links.list().keys()], ['eth0']);
  machine.endProcess();
  assert.equal(machine.bpfKernel.linkOn(2)?.program.id, programId);
  assert.equal(machine.bpfKernel.linkOn(3), undefined);
});

test('a name with a dot is pinned as the file system takes it', () => {
  const { machine, loader, program } = loaded();
  loader.links.attach(3, 'eth1.5', program, 'generic', true);
  assert.ok(machine.files.has('/sys/fs/bpf/weir/links/eth1:5'));
  assert.deepEqual([...loader.links.list().keys()], ['eth1.5']);
});

test('another program takes the place on a link, pinned or not', () => {
  const { machine, loader, program } = loaded();
  loader.links.attach(2, 'eth0', program, 'native', true);
  loader.links.attach(3, 'eth1', program, 'native', false);
  loader.load({ steering: 1, hosts: 1, vlans: 1 }, { reuseMaps: true });
  const [before] = [...loader.links.list().values()].map((link) => link.programId);
  assert.notEqual(before, loader.programId('xdp_forward'));
  for (const device of ['eth0', 'eth1']) loader.links.replace(device, loader.programFd('xdp_forward'));
  for (const ifindex of [2, 3])
    assert.equal(machine.bpfKernel.linkOn(ifindex)?.program.id, loader.programId('xdp_forward'));
});

test('a link changes between pinned and held', () => {
  const { machine, loader, program } = loaded();
  loader.links.attach(2, 'eth0', program, 'native', true);
  loader.links.setPinned('eth0', false);
  assert.deepEqual(
    [...loader.links.list().values()].map(({ pinned }) => pinned),
    [false],
  );
  assert.ok(!machine.files.has('/sys/fs/bpf/weir/links/eth0'));
  loader.links.setPinned('eth0', false);
  loader.links.setPinned('eth0', true);
  loader.links.setPinned('eth0', true);
  machine.endProcess();
  assert.notEqual(machine.bpfKernel.linkOn(2), undefined);
});

test('detached is detached, whoever holds it, and twice is as good', () => {
  const { machine, loader, program } = loaded();
  loader.links.attach(2, 'eth0', program, 'native', true);
  loader.links.attach(3, 'eth1', program, 'native', false);
  for (const device of ['eth0', 'eth0', 'eth1', 'eth9']) loader.links.detach(device);
  assert.equal(loader.links.list().size, 0);
  assert.deepEqual([machine.bpfKernel.linkOn(2), machine.bpfKernel.linkOn(3)], [undefined, undefined]);
});

test('a link whose device is gone says so, and a new device of that name takes its place', () => {
  const { machine, loader, program } = loaded();
  loader.links.attach(2, 'ppp0', program, 'generic', true);
  machine.bpfKernel.deviceGone(2);
  assert.equal(loader.links.list().get('ppp0')?.ifindex, 0);
  loader.links.attach(9, 'ppp0', program, 'generic', true);
  assert.equal(loader.links.list().get('ppp0')?.ifindex, 9);
});

test('what is refused leaves nothing behind', () => {
  const { machine, loader, program } = loaded();
  machine.bpfKernel.genericOnly.add(2);
  const refused = (act: () => void, message: RegExp): void => {
    const open = machine.openDescriptors;
    assert.throws(act, (error: unknown) => error instanceof KernelError && message.test(error.message));
    assert.equal(machine.openDescriptors, open);
  };
  refused(() => loader.links.attach(2, 'eth0', program, 'native', true), /^eth0 > xdp: attach: .*\(EOPNOTSUPP\)$/);
  loader.links.attach(2, 'eth0', program, 'generic', true);
  refused(() => loader.links.attach(2, 'other', program, 'generic', true), /^other > xdp: attach: .*\(EBUSY\)$/);
  const PIN = 6;
  machine.bpfKernel.failures.set(PIN, machine.errno.ENOSPC ?? 0);
  refused(() => loader.links.attach(3, 'eth1', program, 'generic', true), /\(ENOSPC\)$/);
  assert.equal(machine.bpfKernel.linkOn(3), undefined);
  assert.deepEqual([...loader.links.list().keys()], ['eth0']);
});
