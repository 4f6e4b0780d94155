import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { openLogSink } from './log_sink.ts';

interface Heard {
  readonly host: FakeHost;
  readonly syslog: string[];
  readonly stderr: string[];
  say(message: string): void;
}

/** A sink on a machine with a syslog, or without. */
function sinkOn(host: FakeHost): Heard {
  const syslog: string[] = [];
  const stderr: string[] = [];
  host.onSend = (_fd, bytes) => {
    syslog.push(decodeUtf8(bytes));
    return [];
  };
  const sink = openLogSink(host, (level, message) => stderr.push(`${level}: ${message}`));
  return { host, syslog, stderr, say: (message) => sink('warning', message) };
}

test('messages go to syslog as RFC 3164 has them, and nowhere else', () => {
  const { say, syslog, stderr } = sinkOn(new FakeHost());
  say('the line is down');
  assert.deepEqual(syslog, ['<28>weir[4711]: the line is down']);
  assert.deepEqual(stderr, []);
});

test('at a terminal they go there too', () => {
  const host = new FakeHost();
  host.terminal = true;
  const { say, syslog, stderr } = sinkOn(host);
  say('x');
  assert.equal(syslog.length, 1);
  assert.deepEqual(stderr, ['warning: x']);
});

test('without a syslog they go to standard error, and no descriptor is left', () => {
  const host = new FakeHost();
  host.onConnect = () => host.errno.ENOENT ?? 0;
  const { say, syslog, stderr } = sinkOn(host);
  say('x');
  assert.deepEqual([syslog, stderr], [[], ['warning: x']]);
  assert.equal(host.openDescriptors, 0);
});

test('the socket of syslog is the one at /dev/log', () => {
  const host = new FakeHost();
  const addresses: string[] = [];
  host.onConnect = (_fd, address) => {
    addresses.push(decodeUtf8(address.subarray(2)));
    return 0;
  };
  sinkOn(host);
  assert.deepEqual(addresses, ['/dev/log\0']);
});

test('a syslog that restarted is connected to again, and no line is lost', () => {
  const host = new FakeHost();
  let connections = 0;
  host.onConnect = () => {
    connections += 1;
    return 0;
  };
  const sink = openLogSink(host, () => {});
  const heard: string[] = [];
  host.onSend = (_fd, bytes) => {
    if (connections < 2) return host.errno.ECONNREFUSED ?? 0;
    heard.push(decodeUtf8(bytes));
    return [];
  };
  sink('notice', 'first');
  sink('notice', 'second');
  assert.equal(connections, 2);
  assert.deepEqual(heard, ['<29>weir[4711]: first', '<29>weir[4711]: second']);
});

test('levels are the severities of syslog', () => {
  const host = new FakeHost();
  const priorities: string[] = [];
  host.onSend = (_fd, bytes) => {
    priorities.push(decodeUtf8(bytes).slice(0, 4));
    return [];
  };
  const sink = openLogSink(host, () => {});
  for (const level of ['error', 'warning', 'notice', 'info', 'debug', 'trace'] as const) sink(level, 'x');
  assert.deepEqual(priorities, ['<27>', '<28>', '<29>', '<30>', '<31>', '<31>']);
});
