import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeUnixHost } from '../host/fake_unix.ts';
import { UBUS_ACL_DIRECTORY, UbusAcl } from './ubus_acl.ts';
import { peerOf, type UbusPeer } from './ubus_peer.ts';
import { unixAddress } from './unix_address.ts';

const PASSWD =
  'root:x:0:0:root:/root:/bin/ash\nnobody:*:65534:65534:nobody:/var:/bin/false\nann:x:1000:100::/:/bin/sh\n';
const GROUP = 'root:x:0:\nusers:x:100:ann\nnetwork:x:101:ann\nnogroup:x:65534:\n';
const ANN: UbusPeer = { uid: 1000, gid: 100, groups: [], user: 'ann', group: 'users' };
const NOBODY: UbusPeer = { uid: 65534, gid: 65534, groups: [], user: 'nobody', group: 'nogroup' };
const ROOT: UbusPeer = { uid: 0, gid: 0, groups: [], user: 'root', group: 'root' };

function machine(files: Readonly<Record<string, unknown>>): { host: FakeUnixHost; acl: UbusAcl; complaints: string[] } {
  const host = new FakeUnixHost();
  host.addFile('/etc/passwd', PASSWD);
  host.addFile('/etc/group', GROUP);
  host.addDirectory(UBUS_ACL_DIRECTORY);
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    host.addFile(`${UBUS_ACL_DIRECTORY}/${name}`, text);
  }
  const complaints: string[] = [];
  const acl = new UbusAcl(host, UBUS_ACL_DIRECTORY, { weir: ['status'] }, (message) => complaints.push(message));
  return { host, acl, complaints };
}

test('without files others may do nothing but call the methods that everybody may, and root may do all', () => {
  const { acl, complaints } = machine({});
  assert.ok(acl.allows(NOBODY, 'access', 'weir', 'status'));
  assert.ok(!acl.allows(NOBODY, 'access', 'weir', 'reload'));
  assert.ok(!acl.allows(NOBODY, 'access', 'weir.status', 'status'));
  for (const action of ['publish', 'subscribe', 'listen', 'send'] as const) {
    assert.ok(!acl.allows(NOBODY, action, 'weir'));
    assert.ok(acl.allows(ROOT, action, 'anything'));
  }
  assert.ok(acl.allows(ROOT, 'access', 'weir', 'reload'));
  assert.deepEqual(complaints, []);
});

test('a file grants its user exact names and prefixes, methods by name and all', () => {
  const { acl } = machine({
    'a.json': {
      user: 'ann',
      access: { 'net.a': { methods: ['get', 5] }, 'net.b*': { methods: ['*'] }, 'net.c': { methods: 'get' } },
      publish: ['own.*'],
      subscribe: ['net.a'],
      listen: ['*'],
      send: ['hello', '', 7],
    },
  });
  assert.ok(acl.allows(ANN, 'access', 'net.a', 'get'));
  assert.ok(!acl.allows(ANN, 'access', 'net.a', 'set'));
  assert.ok(!acl.allows(ANN, 'access', 'net.a.b', 'get'));
  assert.ok(acl.allows(ANN, 'access', 'net.b', 'x'));
  assert.ok(acl.allows(ANN, 'access', 'net.b.c', 'x'));
  assert.ok(!acl.allows(ANN, 'access', 'net.c', 'get'));
  assert.ok(acl.allows(ANN, 'publish', 'own.x'));
  assert.ok(!acl.allows(ANN, 'publish', 'own'));
  assert.ok(acl.allows(ANN, 'subscribe', 'net.a'));
  assert.ok(acl.allows(ANN, 'listen', ''));
  assert.ok(acl.allows(ANN, 'send', 'hello'));
  assert.ok(!acl.allows(ANN, 'send', ''));
  assert.ok(!acl.allows(NOBODY, 'access', 'net.a', 'get'));
});

test('a group is of those whose first or further group it is; a name that does not exist is nobody', () => {
  const { acl } = machine({
    'a.json': { group: 'network', send: ['a'] },
    'b.json': { user: 'nosuch', send: ['b'] },
    'c.json': { group: 'nosuch', send: ['b'] },
    'd.json': { send: ['b'] },
  });
  assert.ok(acl.allows({ ...ANN, groups: [7, 101] }, 'send', 'a'));
  assert.ok(acl.allows({ ...ANN, gid: 101 }, 'send', 'a'));
  assert.ok(!acl.allows(ANN, 'send', 'a'));
  // ubusd takes a group that does not exist for that of root.
  for (const peer of [ANN, NOBODY, { ...ANN, gid: 0 }]) assert.ok(!acl.allows(peer, 'send', 'b'));
});

test('files that others than root could have written are left out, and so is what is no JSON', () => {
  const grant = { user: 'ann', send: ['x'] };
  const { host, acl, complaints } = machine({ 'a.json': grant, '.b.json': grant, 'c.txt': grant });
  assert.ok(acl.allows(ANN, 'send', 'x'));
  const path = `${UBUS_ACL_DIRECTORY}/a.json`;
  for (const owner of [
    { mode: 0o664, uid: 0, gid: 0 },
    { mode: 0o646, uid: 0, gid: 0 },
    { mode: 0o645, uid: 0, gid: 0 },
    { mode: 0o644, uid: 1000, gid: 0 },
    { mode: 0o644, uid: 0, gid: 100 },
  ]) {
    host.owners.set(path, owner);
    acl.load();
    assert.ok(!acl.allows(ANN, 'send', 'x'), JSON.stringify(owner));
  }
  assert.equal(complaints.length, 5);
  assert.match(complaints[0] ?? '', /a\.json is left out: with mode 0664/);
  host.owners.set(path, { mode: 0o750, uid: 0, gid: 0 });
  acl.load();
  assert.ok(acl.allows(ANN, 'send', 'x'));
  for (const content of [
    '{',
    '[]',
    '"x"',
    'null',
    '{"user": "ann", "access": [], "send": {}}',
    `"${'x'.repeat(300_000)}"`,
  ]) {
    host.addFile(path, content);
    acl.load();
    assert.ok(!acl.allows(ANN, 'send', 'x'), content.slice(0, 40));
  }
  host.files.delete(path);
  host.addDirectory(path);
  acl.load();
  assert.ok(!acl.allows(ANN, 'send', 'x'));
  assert.equal(host.openDescriptors, 0);
});

test('what files tell the provider of an object is found with for whom it is', () => {
  const { acl } = machine({
    'a.json': { user: 'ann', access: { 'net.*': { acl: { level: 3 } }, other: { acl: {} } } },
    'b.json': { group: 'nosuch', access: { 'net.a': { methods: [], acl: { level: 4 } } } },
  });
  assert.deepEqual(acl.toldTo('net.a'), [
    { obj: 'net.a', user: 'ann', acl: { level: 3 } },
    { obj: 'net.a', group: 'nosuch', acl: { level: 4 } },
  ]);
  assert.deepEqual(acl.toldTo('nothing'), []);
});

test('a peer is known by the kernel and /etc; one without a name is nobody that is let in', () => {
  const { host } = machine({});
  const { AF_UNIX, SOCK_STREAM } = host.constants;
  const address = unixAddress(host, '/bus') ?? new Uint8Array(0);
  const listener = host.socket(AF_UNIX, SOCK_STREAM, 0);
  host.bind(listener, address);
  host.listen(listener, 5);
  const peerWith = (uid: number, gid: number, groups: number[]): UbusPeer | undefined => {
    host.credentials = { pid: 1, uid, gid, groups };
    const fd = host.socket(AF_UNIX, SOCK_STREAM, 0);
    host.connect(fd, address);
    return peerOf(host, host.accept(listener));
  };
  assert.deepEqual(peerWith(1000, 100, [101, 7]), { ...ANN, groups: [101, 7] });
  assert.equal(peerWith(4242, 100, []), undefined);
  assert.equal(peerWith(1000, 4242, []), undefined);
  const many = Array.from({ length: 65 }, (_, i) => i);
  assert.deepEqual(peerWith(65534, 65534, many), NOBODY);
  host.files.delete('/etc/passwd');
  host.files.delete('/etc/group');
  assert.deepEqual(peerWith(0, 0, []), ROOT);
  assert.equal(peerWith(1000, 100, []), undefined);
});
