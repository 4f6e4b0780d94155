import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { PR_MDWE, PR_NEWER } from '../uapi/newer.ts';
import { CAP, PR, SECCOMP_RET } from '../uapi/security.ts';
import { bridgeRights, restrict, systemCallFilter } from './privileges.ts';

const bit = (capability: number): number => 1 << capability;
const ROOT_WITHOUT = Int32Array.of(0, 0, 0, 0, 0, 0);

test('root keeps what is named in every set, and no way back', () => {
  const host = new FakeHost();
  assert.deepEqual(restrict(host, [CAP.NET_ADMIN, CAP.DAC_READ_SEARCH]), []);
  const kept = bit(CAP.NET_ADMIN) | bit(CAP.DAC_READ_SEARCH);
  assert.deepEqual(host.capabilitySets, Int32Array.of(kept, kept, 0, 0, 0, 0));
  assert.deepEqual([...host.boundingSet].sort(), [CAP.NET_ADMIN, CAP.DAC_READ_SEARCH].sort());
  assert.equal(host.processOptions.get(PR.SET_NO_NEW_PRIVS), 1);
  assert.equal(host.processOptions.get(PR_NEWER.SET_MDWE), PR_MDWE.REFUSE_EXEC_GAIN);
  assert.equal(host.callFilters.length, 1);
});

test('a user keeps of what is named what he has, which may be nothing', () => {
  for (const sets of [ROOT_WITHOUT, Int32Array.of(bit(CAP.NET_ADMIN), bit(CAP.NET_ADMIN), 0, 0, 0, 0)]) {
    const host = new FakeHost();
    host.capabilitySets = sets;
    assert.deepEqual(restrict(host, [CAP.NET_ADMIN]), []);
    assert.deepEqual(host.capabilitySets, sets);
    assert.equal(host.boundingSet.size, 41, 'only with CAP_SETPCAP can it be changed');
  }
});

test('capabilities from 32 on, which no command needs, go as well', () => {
  const host = new FakeHost();
  restrict(host, []);
  assert.deepEqual(host.capabilitySets, ROOT_WITHOUT);
  assert.equal(host.boundingSet.size, 0);
});

test('what the kernel cannot do is no problem, what it refuses is said', () => {
  const host = new FakeHost();
  for (const call of ['prctl', 'capget', 'seccomp'] as const) host.privilegeFailures.set(call, host.errno.ENOSYS ?? 0);
  assert.deepEqual(restrict(host, []), []);
  host.privilegeFailures.clear();
  host.privilegeFailures.set('capset', host.errno.EPERM ?? 0);
  host.privilegeFailures.set('seccomp', host.errno.EACCES ?? 0);
  const problems = restrict(host, []);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /^cannot give up capabilities: /);
  assert.match(problems[1] ?? '', /^cannot filter system calls: /);
});

test('where the calls of the CPU are not known, none are filtered', () => {
  const host: FakeHost = new (class extends FakeHost {
    override readonly auditArch = 0;
  })();
  assert.deepEqual(restrict(host, []), []);
  assert.deepEqual(host.callFilters, []);
});

/** What a filter makes of a call: the few instructions that ours uses, as net/core/filter.c has them. */
function filtered(program: Uint8Array, number: number, arch: number): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const code = view.getUint16(8 * at, true);
    const k = view.getUint32(8 * at + 4, true);
    const jump = (condition: boolean): void => {
      at += view.getUint8(8 * at + (condition ? 2 : 3));
    };
    if (code === 0x20) accumulator = k === 0 ? number : k === 4 ? arch : assert.fail(`load ${k}`);
    else if (code === 0x15) jump(accumulator === k);
    else if (code === 0x35) jump(accumulator >= k);
    else if (code === 0x06) return k;
    else assert.fail(`instruction ${code}`);
  }
}

test('the filter denies just the calls that are named, in whatever way they are made', () => {
  const host = new FakeHost();
  const program = systemCallFilter(host, false);
  const of = (number: number, arch = host.auditArch): number => filtered(program, number, arch);
  const denied = Object.values(host.unusedCalls);
  for (let number = 0; number < 500; number++) {
    const should = denied.includes(number) ? SECCOMP_RET.ERRNO | 1 : SECCOMP_RET.ALLOW;
    assert.equal(of(number), should, `${number}`);
  }
  assert.equal(of(0x4000_0000 + 59), SECCOMP_RET.ERRNO | 1);
  assert.equal(of(0xffff_ffff), SECCOMP_RET.ERRNO | 1);
  assert.equal(of(11, 0x4000_0003), SECCOMP_RET.KILL_PROCESS);
});

test('bpf(2) passes where CAP_BPF is kept, and only there', () => {
  const BPF = 321;
  for (const [kept, should] of [
    [[CAP.NET_ADMIN], SECCOMP_RET.ERRNO | 1],
    [[CAP.NET_ADMIN, CAP.BPF], SECCOMP_RET.ALLOW],
  ] as const) {
    const host = new FakeHost();
    assert.deepEqual(restrict(host, kept), []);
    const [program = assert.fail()] = host.callFilters;
    assert.equal(filtered(program, BPF, host.auditArch), should);
    assert.equal(filtered(program, 59, host.auditArch), SECCOMP_RET.ERRNO | 1);
  }
});

test('the bridge has rights where its object is installed, or something of it is still pinned', () => {
  const host = new FakeHost();
  assert.deepEqual(bridgeRights(host), []);
  host.addFile('/lib/bpf/weir.bpf.o', '');
  assert.deepEqual(bridgeRights(host), [CAP.BPF, CAP.PERFMON]);
  host.environmentVariables.set('WEIR_BPF_OBJECT', '/tmp/weir.bpf.o');
  assert.deepEqual(bridgeRights(host), []);
  host.addDirectory('/sys/fs/bpf/weir');
  assert.deepEqual(bridgeRights(host), [CAP.BPF, CAP.PERFMON]);
  assert.equal(host.openDescriptors, 0);
});
