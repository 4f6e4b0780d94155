/** The native host on the real kernel of the machine, or on what qemu-user makes of it for another CPU. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Loop, watchSignals } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/utf8.ts';
import { errorNumber, temporaryPath, unixAddress } from './machine.ts';

const { constants } = host;
const NOTHING_WAITS = 0;

test('byte order and pointer size are those of the CPU', () => {
  assert.equal(host.littleEndian, new Uint8Array(new Uint16Array([1]).buffer)[0] === 1);
  assert.ok(host.pointerBytes === 4 || host.pointerBytes === 8);
});

test('what does not exist is -ENOENT, a number that strerror knows', () => {
  const missing = temporaryPath('missing');
  assert.equal(host.readFile(missing, 10), -errorNumber('ENOENT'));
  assert.equal(host.open(missing, constants.O_RDONLY, 0), -errorNumber('ENOENT'));
  assert.equal(host.readDirectory(missing), -errorNumber('ENOENT'));
  assert.match(host.errorText(errorNumber('ENOENT')), /No such file/);
});

test('a file is written, renamed over another, listed and read back, with a name that is not UTF-8', () => {
  const directory = temporaryPath('files');
  const path = `${directory}/caf\udce9`;
  assert.equal(host.mkdir(directory, 0o700), 0);
  assert.equal(host.mkdir(directory, 0o700), -errorNumber('EEXIST'));
  const content = new Uint8Array(70_000).map((_, i) => i * 7);
  const fd = host.open(`${path}.new`, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  assert.ok(fd > 2);
  assert.equal(host.write(fd, content, 0, 30_000), 30_000);
  assert.equal(host.write(fd, content, 30_000, 40_000), 40_000);
  assert.equal(host.fsync(fd), 0);
  assert.equal(host.close(fd), 0);
  assert.equal(host.rename(`${path}.new`, path), 0);
  assert.deepEqual(host.readDirectory(directory), ['caf\udce9']);
  assert.deepEqual(host.readFile(path, 70_000), content);
  assert.equal(host.readFile(path, 69_999), -errorNumber('EFBIG'));
  assert.equal(host.chmod(path, 0o400), 0);
  assert.equal(host.unlink(path), 0);
  assert.deepEqual(host.readDirectory(directory), []);
});

test('an empty file is no bytes, also with a limit of none', () => {
  const path = temporaryPath('empty');
  host.close(host.open(path, constants.O_WRONLY | constants.O_CREAT, 0o600));
  assert.deepEqual(host.readFile(path, 0), new Uint8Array(0));
});

test('bytes that two buffers have in common are counted from either end, wherever they stand in memory', () => {
  for (const length of [0, 1, 7, 8, 9, 40]) {
    for (const offset of [0, 1, 3]) {
      const a = new Uint8Array(length).fill(7);
      const inside = new Uint8Array(offset + length + 5).fill(7);
      assert.equal(host.commonBytes(a, inside.subarray(offset, offset + length), false), length);
      assert.equal(host.commonBytes(a, inside.subarray(offset, offset + length), true), length);
      assert.equal(host.commonBytes(a, inside, false), length);
      for (let at = 0; at < length; at++) {
        const b = inside.slice(offset, offset + length);
        b[at] = 8;
        assert.deepEqual(
          [false, true].map((atEnd) => host.commonBytes(a, b, atEnd)),
          [at, length - 1 - at],
        );
      }
    }
  }
  assert.throws(() => Reflect.apply(host.commonBytes, host, ['text', new Uint8Array(1), false]), TypeError);
});

test('files of /proc, which tell no size, are read whole, and a directory is refused', () => {
  const status = host.readFile('/proc/self/status', 1 << 20);
  assert.ok(typeof status !== 'number' && status.length > 100);
  assert.equal(host.readFile('/proc', 10), -errorNumber('EISDIR'));
});

test('a directory of a thousand names is listed whole', () => {
  const directory = temporaryPath('many');
  host.mkdir(directory, 0o700);
  const names = Array.from({ length: 1000 }, (_, i) => `name-${i}`).sort();
  for (const name of names)
    host.close(host.open(`${directory}/${name}`, constants.O_CREAT | constants.O_WRONLY, 0o600));
  const listed = host.readDirectory(directory);
  assert.deepEqual(typeof listed === 'number' ? listed : listed.sort(), names);
});

test('a path that cannot be one is an error number, not a file with another name', () => {
  assert.equal(host.open('/tmp/a\0b', constants.O_RDONLY, 0), -errorNumber('EINVAL'));
  assert.equal(host.open(`/${'x'.repeat(5000)}`, constants.O_RDONLY, 0), -errorNumber('ENAMETOOLONG'));
  assert.equal(host.open('', constants.O_RDONLY, 0), -errorNumber('ENOENT'));
});

test('text is encoded as encodeUtf8 does it, with every byte that was no UTF-8', () => {
  const everyByte = decodeUtf8(new Uint8Array(256).map((_, i) => i));
  const texts = [
    '',
    'plain',
    'gr\u00fc\u00df \u20ac \u{1f600}',
    everyByte,
    '\ud800',
    'a\udfffb',
    '\uda00\udc80',
    '\uff1a\ud7ff',
  ];
  for (const text of texts) assert.deepEqual(host.encodeText(text), encodeUtf8(text));
});

test('a symbolic link tells where it points, a file that it is none', () => {
  assert.match(String(host.readLink('/proc/self/exe')), /^\//);
  assert.equal(host.readLink('/proc/self/status'), -errorNumber('EINVAL'));
});

test('a lock is refused to the second and free after close', () => {
  const path = temporaryPath('lock');
  const open = (): number => host.open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const [first, second] = [open(), open()];
  assert.equal(host.flock(first, constants.LOCK_EX | constants.LOCK_NB), 0);
  assert.equal(host.flock(second, constants.LOCK_EX | constants.LOCK_NB), -errorNumber('EAGAIN'));
  host.close(first);
  assert.equal(host.flock(second, constants.LOCK_EX | constants.LOCK_NB), 0);
  host.close(second);
});

test('two unix sockets connect, talk, see each other, and a closed peer is -EPIPE', () => {
  const address = unixAddress(temporaryPath('stream'));
  const listener = host.socket(constants.AF_UNIX, constants.SOCK_STREAM, 0);
  const client = host.socket(constants.AF_UNIX, constants.SOCK_STREAM, 0);
  assert.equal(host.bind(listener, address), 0);
  assert.equal(host.connect(client, address), -errorNumber('ECONNREFUSED'));
  assert.equal(host.listen(listener, 4), 0);
  const ready = new Int32Array([listener, constants.POLLIN, 0]);
  assert.equal(host.poll(ready, NOTHING_WAITS), 0);
  assert.equal(host.connect(client, address), 0);
  assert.equal(host.poll(ready, -1), 1);
  assert.equal(ready[2], constants.POLLIN);
  const server = host.accept(listener);
  assert.ok(server > 0);

  const buffer = new Uint8Array(8);
  assert.equal(host.recv(server, buffer, 0, 8, 0), -errorNumber('EAGAIN'));
  assert.equal(host.send(client, encodeUtf8('hello'), 1, 3, 0), 3);
  assert.equal(host.recv(server, buffer, 2, 6, constants.MSG_DONTWAIT), 3);
  assert.deepEqual(buffer, new Uint8Array([0, 0, 0x65, 0x6c, 0x6c, 0, 0, 0]));

  const credentials = new Uint8Array(12);
  assert.equal(host.getsockopt(server, constants.SOL_SOCKET, constants.SO_PEERCRED, credentials), 12);
  assert.equal(new DataView(credentials.buffer).getInt32(0, host.littleEndian), host.processId());

  host.close(client);
  const hangup = new Int32Array([server, constants.POLLIN, 0]);
  assert.equal(host.poll(hangup, -1), 1);
  assert.equal((hangup[2] as number) & constants.POLLHUP, constants.POLLHUP);
  assert.equal(host.send(server, buffer, 0, 1, 0), -errorNumber('EPIPE'));
  host.close(server);
  host.close(listener);
});

/** A connected pair of unix sockets. */
function connectedPair(name: string): { client: number; server: number } {
  const address = unixAddress(temporaryPath(name));
  const listener = host.socket(constants.AF_UNIX, constants.SOCK_STREAM, 0);
  const client = host.socket(constants.AF_UNIX, constants.SOCK_STREAM, 0);
  assert.equal(host.bind(listener, address), 0);
  assert.equal(host.listen(listener, 4), 0);
  assert.equal(host.connect(client, address), 0);
  const server = host.accept(listener);
  host.close(listener);
  return { client, server };
}

test('a descriptor goes through a unix socket with the byte it rides on, and no other byte has one', () => {
  const { client, server } = connectedPair('descriptor');
  const buffer = new Uint8Array(8);
  const received = new Int32Array([7]);
  assert.equal(host.recvDescriptor(server, buffer, 0, 8, received), -errorNumber('EAGAIN'));
  assert.equal(received[0], -1);

  const file = host.open('/dev/zero', constants.O_RDONLY, 0);
  host.send(client, encodeUtf8('ab'), 0, 2, 0);
  assert.equal(host.sendDescriptor(client, encodeUtf8('xcdx'), 1, 2, file), 2);
  host.close(file);
  host.send(client, encodeUtf8('ef'), 0, 2, 0);
  assert.equal(host.recvDescriptor(server, buffer, 1, 1, received), 1);
  assert.equal(received[0], -1);
  assert.ok(host.recvDescriptor(server, buffer, 2, 6, received) >= 1);
  if (received[0] === -1) assert.ok(host.recvDescriptor(server, buffer, 3, 5, received) >= 1);
  const passed = received[0] as number;
  assert.ok(passed >= 0);
  assert.equal(host.read(passed, new Uint8Array(4), 0, 4), 4);
  host.close(passed);
  assert.equal(host.recvDescriptor(server, buffer, 0, 8, received), 2);
  assert.equal(received[0], -1);

  assert.equal(host.sendDescriptor(client, buffer, 0, 1, 99_999), -errorNumber('EBADF'));
  assert.throws(() => host.recvDescriptor(server, buffer, 0, 8, new Int32Array(0)), /no room/);
  host.close(client);
  assert.equal(host.recvDescriptor(server, buffer, 0, 8, received), 0);
  host.close(server);
});

test('fstat tells mode, user and group of what a descriptor is open on', () => {
  const path = temporaryPath('stat');
  const fd = host.open(path, constants.O_WRONLY | constants.O_CREAT, 0o640);
  host.chmod(path, 0o604);
  const status = new Int32Array(3);
  assert.equal(host.fstat(fd, status), 0);
  assert.equal(status[0], 0o100604);
  assert.equal(status[1], host.userId());
  assert.throws(() => host.fstat(fd, new Int32Array(2)), /no room/);
  host.close(fd);
  assert.equal(host.fstat(fd, status), -errorNumber('EBADF'));
});

test('a datagram that does not fit tells its length and can be looked at first', () => {
  const address = unixAddress(temporaryPath('datagram'));
  const receiver = host.socket(constants.AF_UNIX, constants.SOCK_DGRAM, 0);
  const sender = host.socket(constants.AF_UNIX, constants.SOCK_DGRAM, 0);
  assert.equal(host.bind(receiver, address), 0);
  assert.equal(host.connect(sender, address), 0);
  assert.equal(host.send(sender, new Uint8Array(500), 0, 500, 0), 500);
  const { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC } = constants;
  const buffer = new Uint8Array(100);
  assert.equal(host.recv(receiver, buffer, 0, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT), 500);
  assert.equal(host.recv(receiver, buffer, 0, 100, MSG_TRUNC | MSG_DONTWAIT), 500);
  assert.equal(host.recv(receiver, buffer, 0, 100, MSG_DONTWAIT), -errorNumber('EAGAIN'));
  host.close(sender);
  host.close(receiver);
});

test('socket options are set with a number and read back as bytes', () => {
  const fd = host.socket(constants.AF_UNIX, constants.SOCK_STREAM, 0);
  assert.equal(host.setsockopt(fd, constants.SOL_SOCKET, constants.SO_RCVBUF, 8192), 0);
  const value = new Uint8Array(4);
  assert.equal(host.getsockopt(fd, constants.SOL_SOCKET, constants.SO_RCVBUF, value), 4);
  assert.ok(new DataView(value.buffer).getInt32(0, host.littleEndian) >= 8192);
  assert.equal(
    host.setsockopt(fd, constants.SOL_SOCKET, constants.SO_RCVBUF, new Uint8Array(1)),
    -errorNumber('EINVAL'),
  );
  host.close(fd);
});

test('a netlink socket gets an address of its own', () => {
  const fd = host.socket(constants.AF_NETLINK, constants.SOCK_RAW, 0);
  const address = new Uint8Array(12);
  new DataView(address.buffer).setUint16(0, constants.AF_NETLINK, host.littleEndian);
  assert.equal(host.bind(fd, address), 0);
  assert.equal(host.getsockname(fd, address), 12);
  assert.ok(new DataView(address.buffer).getUint32(4, host.littleEndian) > 0);
  host.close(fd);
});

test('poll takes more descriptors than any table of fixed size', () => {
  const fd = host.open('/dev/null', constants.O_RDONLY, 0);
  const fds = new Int32Array(3 * 2000);
  // A negative descriptor is left out by poll(2); RLIMIT_NOFILE bounds how many entries it takes at all.
  for (let i = 0; i < 900; i++) fds.set([i % 2 === 0 ? fd : -1, constants.POLLIN, 0], 3 * i);
  assert.equal(host.poll(fds.subarray(0, 3 * 900), -1), 450);
  assert.equal(fds[2], constants.POLLIN);
  assert.equal(fds[5], 0);
  host.close(fd);
});

test('a closed descriptor is POLLNVAL, and every call on it -EBADF', () => {
  const fd = host.open('/dev/null', constants.O_RDONLY, 0);
  host.close(fd);
  const fds = new Int32Array([fd, constants.POLLIN, 0]);
  assert.equal(host.poll(fds, -1), 1);
  assert.equal(fds[2], constants.POLLNVAL);
  const buffer = new Uint8Array(1);
  for (const result of [
    host.close(fd),
    host.read(fd, buffer, 0, 1),
    host.flock(fd, constants.LOCK_EX),
    host.fsync(fd),
  ]) {
    assert.equal(result, -errorNumber('EBADF'));
  }
});

test('signals come through the loop in place of ending the program', () => {
  const arrived: number[] = [];
  const loop = new Loop(host, (error) => assert.fail(String(error)));
  const { SIGHUP, SIGUSR1, SIGUSR2 } = constants;
  const unwatch = watchSignals(host, loop, [SIGHUP, SIGUSR1, SIGUSR2], (signal) => arrived.push(signal));
  assert.equal(host.kill(host.processId(), SIGUSR1), 0);
  loop.turn();
  assert.equal(host.kill(host.processId(), SIGHUP), 0);
  loop.turn();
  assert.deepEqual(arrived, [SIGUSR1, SIGHUP]);
  unwatch();
});

test('capabilities are read and set as six words, and as they are they may be set', () => {
  const sets = new Int32Array(6).fill(0x5a5a5a5a);
  assert.equal(host.capget(sets), 0);
  const [effective = 0, permitted = 0] = sets;
  assert.equal(effective & ~permitted, 0, 'what is effective is permitted');
  assert.equal(host.capset(sets), 0);
  const beyond = Int32Array.from(sets, (word) => ~word);
  assert.equal(host.capset(beyond), -errorNumber('EPERM'));
  assert.throws(() => host.capget(new Int32Array(5)), RangeError);
});

test('prctl gives what the option gives', () => {
  const [PR_GET_KEEPCAPS, PR_CAPBSET_READ, NO_CAPABILITY] = [7, 23, 63];
  assert.equal(host.prctl(PR_GET_KEEPCAPS, 0), 0);
  assert.equal(host.prctl(PR_CAPBSET_READ, NO_CAPABILITY), -errorNumber('EINVAL'));
});

test('the calls that seccomp is to refuse have numbers, and a program of nothing is none', () => {
  // x86-64, aarch64, arm, mips, mipsel.
  const CPUS = [0xc000003e, 0xc00000b7, 0x40000028, 8, 0x40000008];
  assert.ok(CPUS.includes(host.auditArch), `${host.auditArch}`);
  const numbers = Object.values(host.unusedCalls);
  assert.ok((host.unusedCalls.execve ?? 0) > 0 && numbers.length > 25);
  assert.equal(new Set(numbers).size, numbers.length);
  const SECCOMP_SET_MODE_FILTER = 1;
  const refused = host.seccomp(SECCOMP_SET_MODE_FILTER, 0, new Uint8Array(0));
  // qemu-user knows no seccomp.
  assert.ok([errorNumber('EINVAL'), errorNumber('ENOSYS')].includes(-refused), `${refused}`);
});

test('a timer of the loop keeps real time', () => {
  const loop = new Loop(host, (error) => assert.fail(String(error)));
  const startMs = host.monotonicMs();
  let ranAtMs = 0;
  loop.after(20, () => {
    ranAtMs = host.monotonicMs();
  });
  while (loop.turn());
  assert.ok(ranAtMs - startMs >= 20);
});

test('an ioctl fills its structure', () => {
  const SIOCGIFINDEX = 0x8933;
  const IFNAMSIZ = 16;
  const request = new Uint8Array(host.pointerBytes === 8 ? 40 : 32);
  request.set(encodeUtf8('lo'));
  const fd = host.socket(constants.AF_INET, constants.SOCK_DGRAM, 0);
  assert.equal(host.ioctl(fd, SIOCGIFINDEX, request), 0);
  assert.equal(new DataView(request.buffer).getInt32(IFNAMSIZ, host.littleEndian), 1);
  request.fill(0);
  request.set(encodeUtf8('nosuchdevice'));
  assert.equal(host.ioctl(fd, SIOCGIFINDEX, request), -errorNumber('ENODEV'));
  host.close(fd);
});

test('the address of a buffer is in an ioctl structure only during the call', () => {
  const IFNAMSIZ = 16;
  const request = new Uint8Array(host.pointerBytes === 8 ? 40 : 32).fill(0x5a, IFNAMSIZ);
  request.set(encodeUtf8('lo\0'));
  const command = new Uint8Array(8);
  const fd = host.socket(constants.AF_INET, constants.SOCK_DGRAM, 0);
  const ETHTOOL_GLINK = 0x0a;
  new DataView(command.buffer).setUint32(0, ETHTOOL_GLINK, host.littleEndian);
  const result = host.ioctl(fd, constants.SIOCETHTOOL, request, [[IFNAMSIZ, command]]);
  assert.deepEqual(request.subarray(IFNAMSIZ), new Uint8Array(request.length - IFNAMSIZ).fill(0x5a));
  // qemu-user does not know this ioctl.
  if (result === 0) assert.equal(new DataView(command.buffer).getUint32(4, host.littleEndian), 1);
  else assert.ok([errorNumber('ENOSYS'), errorNumber('ENOTTY')].includes(-result));
  host.close(fd);
});

test('the address of a path is in a union bpf_attr, 64 bits wide, only during the call', () => {
  const BPF_OBJ_GET = 7;
  const attributes = new Uint8Array(16);
  const call = (path: string): number => host.bpf(BPF_OBJ_GET, attributes, [[0, encodeUtf8(`${path}\0`)]]);
  const result = call('/nowhere/at/all');
  assert.deepEqual(attributes, new Uint8Array(16));
  // qemu-user knows no bpf(2), and the kernel may be told to keep it from users.
  if (result !== -errorNumber('ENOENT')) {
    assert.ok([errorNumber('ENOSYS'), errorNumber('EPERM')].includes(-result), `${result}`);
    return;
  }
  assert.notEqual(call('/'), -errorNumber('ENOENT'), 'the kernel has read the path');
  assert.throws(() => host.bpf(BPF_OBJ_GET, new Uint8Array(7), [[0, new Uint8Array(1)]]), RangeError);
  assert.throws(() => host.bpf(BPF_OBJ_GET, attributes, [[9, new Uint8Array(1)]]), RangeError);
});

test('a directory is removed when it is empty', () => {
  const directory = temporaryPath('to-remove');
  assert.equal(host.mkdir(directory, 0o700), 0);
  host.close(host.open(`${directory}/file`, constants.O_CREAT | constants.O_WRONLY, 0o600));
  assert.equal(host.rmdir(directory), -errorNumber('ENOTEMPTY'));
  host.unlink(`${directory}/file`);
  assert.equal(host.rmdir(directory), 0);
  assert.equal(host.rmdir(directory), -errorNumber('ENOENT'));
});

test('the process knows itself: arguments, environment, user, memory, clocks', () => {
  assert.ok(host.args.length >= 1);
  assert.equal(host.environment('WEIR_NO_SUCH_VARIABLE'), undefined);
  assert.equal(host.environment('WEIR_TEST_BYTES'), 'caf\udce9');
  assert.ok(host.userId() >= 0);
  assert.equal(host.isTerminal(99_999), false);
  const { heapBytes, objects, rssBytes } = host.memoryUse();
  assert.ok(heapBytes > 100_000 && objects > 100 && rssBytes > 500_000);
  assert.ok(host.realtimeMs() > 1_700_000_000_000);
});
