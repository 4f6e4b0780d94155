import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { mutate, Random } from '../../test/fuzz/mutate.ts';
import { AnsweringHost, Listener } from '../../test/supervisors/answering_host.ts';
import { readConversations, replay } from '../../test/supervisors/replay.ts';
import { KernelError } from '../host/refusal.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { Services } from './services.ts';
import { SYSTEMD_SOCKET } from './systemd.ts';

const CONVERSATIONS = readConversations('test/fixtures/systemd/252.txt');
const SEED = 252;

/** As the recording says what came of a command. */
function outcomeOf(services: Services, command: string, name: string): unknown {
  try {
    if (command === 'read') return services.read(name);
    services.setRunning(name, command === 'start');
    return { done: true };
  } catch (error) {
    assert.ok(error instanceof KernelError, String(error));
    return { refused: error.errnoName, words: error.extack };
  }
}

for (const [how, readBytes, socketBytes] of [
  ['at once', Number.POSITIVE_INFINITY, 200_000],
  ['in single bytes', 1, 200_000],
  ['through a socket that takes little', 1000, 60],
] as const) {
  test(`what systemd 252 was asked and answered comes out as it did then: ${how}`, () => {
    assert.ok(CONVERSATIONS.length > 6);
    for (const { command, name, turns, outcome } of CONVERSATIONS) {
      const { host, isOver } = replay(turns, (bytes) => bytes);
      Object.assign(host, { readBytes, socketBytes });
      assert.deepEqual(outcomeOf(new Services(host), command, name), outcome, `${command} ${name}`);
      assert.ok(isOver(), `${command} ${name}`);
    }
  });
}

/** systemd is a listener that does what the test says, each time before the program waits. */
function hostile(act: (listener: Listener) => void): { host: AnsweringHost; services: Services } {
  const host = new AnsweringHost();
  const listener = new Listener(host, SYSTEMD_SOCKET);
  host.act = () => act(listener);
  return { host, services: new Services(host, { waitMs: 3000 }) };
}

/** Says `answers` in their order, one each time that something has been asked. */
function answering(...answers: readonly Uint8Array[]): (listener: Listener) => void {
  let next = 0;
  return (listener) => {
    listener.accept();
    const answer = answers[next];
    if (listener.read().length === 0 || answer === undefined) return;
    listener.say(answer);
    next++;
  };
}

const ok = encodeUtf8('OK 0123456789abcdef0123456789abcdef\r\n');
const LITTLE = 0x6c;

test('a peer that refuses us, breaks off, says nonsense or too much, or nothing at all', () => {
  const late = { refused: 'ETIMEDOUT', words: 'systemd takes longer than 3 s' };
  const broken = { refused: 'EBADMSG', words: 'systemd says something that is not understood' };
  const header = (bodyBytes: number): Uint8Array =>
    Uint8Array.of(
      LITTLE,
      2,
      1,
      1,
      bodyBytes & 0xff,
      bodyBytes >>> 8,
      bodyBytes >>> 16,
      bodyBytes >>> 24,
      1,
      ...Array(7).fill(0),
    );
  const trials: [(listener: Listener) => void, unknown, number][] = [
    [() => undefined, late, 3000],
    [answering(), late, 3000],
    [answering(encodeUtf8('OK 01')), late, 3000],
    [answering(ok), late, 3000],
    [answering(ok, header(0).subarray(0, 15)), late, 3000],
    [
      answering(encodeUtf8('REJECTED EXTERNAL\r\n')),
      { refused: 'EACCES', words: 'systemd answers REJECTED EXTERNAL' },
      0,
    ],
    [answering(new Uint8Array(300).fill(0x41)), broken, 0],
    [answering(ok, new Uint8Array(16)), broken, 0],
    [answering(ok, header(65_521)), { refused: 'EMSGSIZE', words: 'systemd sends 65537 bytes at once' }, 0],
    [answering(ok, header(0xffff_fff0)), { refused: 'EMSGSIZE', words: 'systemd sends 4294967296 bytes at once' }, 0],
    [
      (listener) => listener.accept() && listener.hangUp(),
      { refused: 'ECONNRESET', words: 'systemd has ended the conversation' },
      0,
    ],
  ];
  for (const [act, outcome, tookMs] of trials) {
    const { host, services } = hostile(act);
    const open = host.openDescriptors;
    assert.deepEqual(outcomeOf(services, 'stop', 'irqbalance'), outcome);
    assert.equal(host.clockMs, tookMs);
    assert.ok(host.openDescriptors <= open + 1);
  }
});

test('one that never stops telling news is left when the time is over', () => {
  const news = Uint8Array.of(LITTLE, 4, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
  const { host, services } = hostile((listener) => {
    if (listener.accept()) listener.say(ok);
    for (let i = 0; i < 5; i++) listener.say(news);
    host.clockMs += 10;
  });
  assert.deepEqual(outcomeOf(services, 'read', 'irqbalance'), {
    refused: 'ETIMEDOUT',
    words: 'systemd takes longer than 3 s',
  });
  assert.equal(host.clockMs, 3000);
});

test('a thousand damaged conversations end in an answer or a refusal, in time, with nothing left open', () => {
  const random = new Random(SEED);
  const donors = CONVERSATIONS.flatMap(({ turns }) => turns.map(({ bytes }) => bytes));
  const ends = new Map<string, number>();
  for (let n = 0; n < cases(1000); n++) {
    const { command, name, turns } = random.pick(CONVERSATIONS);
    const answers = turns.flatMap(({ from }, turn) => (from === 'systemd' ? [turn] : []));
    const damaged = random.pick(answers);
    // We may ask something else then: what the others say in answer to it is no matter.
    const heard = turns.map((turn) => (turn.from === 'us' ? { ...turn, bytes: new Uint8Array(0) } : turn));
    const { host } = replay(heard, (bytes, turn) => (turn === damaged ? mutate(bytes, random, { donors }) : bytes));
    const open = host.openDescriptors;
    const outcome = outcomeOf(new Services(host, { waitMs: 100 }), command, name);
    const end = typeof outcome === 'object' && outcome !== null ? JSON.stringify(Object.values(outcome)[0]) : '';
    ends.set(end, (ends.get(end) ?? 0) + 1);
    assert.ok(host.clockMs <= 100);
    assert.ok(host.openDescriptors <= open + 1);
  }
  if (cases(1000) === 1000) {
    for (const end of ['true', '"EBADMSG"', '"ETIMEDOUT"', '"ECANCELED"']) assert.ok((ends.get(end) ?? 0) > 10, end);
  }
});
