import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { mutate, Random } from '../../test/fuzz/mutate.ts';
import { AnsweringHost, Listener } from '../../test/supervisors/answering_host.ts';
import { type InitScript, ProcdStandIn } from '../../test/supervisors/procd.ts';
import { Loop } from '../host/loop.ts';
import { KernelError } from '../host/refusal.ts';
import { type BlobRecord, encodeRecord } from '../wire/blobmsg.ts';
import { encodeFrame, UBUS_MSG, UBUS_SOCKET, UBUS_STATUS } from '../wire/ubus.ts';
import { Services } from './services.ts';
import { UbusAcl } from './ubus_acl.ts';
import { UbusBus } from './ubus_bus.ts';
import { UbusClient } from './ubus_client.ts';

const SCRIPT = '#!/bin/sh /etc/rc.common\n\nSTART=11\nUSE_PROCD=1\n\nstart_service() {\n\t:\n}\n';
const USUAL: InitScript = { runMs: 300, endMs: 40, starts: true };

interface Router {
  readonly host: AnsweringHost;
  readonly services: Services;
  readonly procd: ProcdStandIn;
}

/** A router with a bus, and procd and rpcd on it. */
function router(script: Partial<InitScript> = {}, objects: readonly ('service' | 'rc')[] = ['service', 'rc']): Router {
  const host = new AnsweringHost();
  const loop = new Loop(host, (error) => {
    throw error;
  });
  let last = 5000;
  const acl = new UbusAcl(host, '/usr/share/acl.d', {}, assert.fail);
  host.addDirectory('/var/run/ubus');
  assert.equal(new UbusBus(host, loop, { path: UBUS_SOCKET, acl, random: () => ++last }).listen(), undefined);
  host.addFile('/etc/init.d/irqbalance', SCRIPT);
  host.addFile('/etc/init.d/old', SCRIPT.replace('USE_PROCD=1', ''));
  const pump = (): void => {
    for (let turns = 0; turns < 8; turns++) {
      loop.after(0, () => undefined);
      loop.turn();
    }
  };
  const scripts = new Map([['irqbalance', { ...USUAL, ...script }]]);
  const later = (ms: number, happen: () => void): void =>
    host.later(ms, () => {
      happen();
      pump();
    });
  const procd = new ProcdStandIn(new UbusClient(host, loop), scripts, later, objects);
  host.act = pump;
  pump();
  pump();
  return { host, services: new Services(host), procd };
}

function refusalOf(act: () => void): KernelError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof KernelError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}

test('a service that runs, one that does not, and one that waits to be started again', () => {
  const { services, procd } = router();
  assert.deepEqual(services.read('irqbalance'), { running: false });
  procd.start('irqbalance');
  assert.deepEqual(services.read('irqbalance'), { running: true });
  procd.crash('irqbalance');
  assert.deepEqual(services.read('irqbalance'), { running: true });
});

test('what cannot be dealt with is told apart, and is refused with the same words', () => {
  const { services } = router();
  const unsupported: [Services, string, string][] = [
    [services, 'nope', 'there is no service nope'],
    [services, 'old', 'the init script of old does not use procd'],
    [router({}, ['service']).services, 'irqbalance', 'rpcd is not here, which runs init scripts'],
    [router({}, ['rc']).services, 'irqbalance', 'neither procd nor systemd is here'],
    [new Services(new AnsweringHost()), 'irqbalance', 'neither procd nor systemd is here'],
  ];
  for (const [on, name, words] of unsupported) {
    assert.deepEqual(on.read(name), { unsupported: words });
    const error = refusalOf(() => on.setRunning(name, false));
    assert.equal(error.message, `service ${name}: stop: ENOENT (ENOENT): ${words}`);
  }
});

test('stopped, it has ended when the call returns; started, it runs; and each has taken what it took', () => {
  const { host, services, procd } = router();
  procd.start('irqbalance');
  const before = host.clockMs;
  services.setRunning('irqbalance', false);
  assert.equal(procd.services.has('irqbalance'), false);
  // The script, the process, and at most one pause over that.
  assert.ok(host.clockMs - before >= 340 && host.clockMs - before <= 400, String(host.clockMs - before));
  assert.deepEqual(services.read('irqbalance'), { running: false });
  services.setRunning('irqbalance', false);
  services.setRunning('irqbalance', true);
  assert.equal(procd.services.get('irqbalance')?.running, true);
  services.setRunning('irqbalance', true);
  assert.deepEqual(services.read('irqbalance'), { running: true });
});

test('started while its old process has not ended yet', () => {
  const { host, services, procd } = router({ endMs: 2000 });
  procd.start('irqbalance');
  assert.throws(() => new Services(host, { waitMs: 500 }).setRunning('irqbalance', false), KernelError);
  services.setRunning('irqbalance', true);
  host.poll(new Int32Array(0), 3000);
  assert.deepEqual(services.read('irqbalance'), { running: true });
});

test('refusals: of a script that starts nothing, of one that is not safe, and of what does not end in time', () => {
  const cases: [Partial<InitScript>, boolean, number, string][] = [
    [{ starts: false }, true, 300, 'start: ECANCELED (ECANCELED): the init script of irqbalance does not start it'],
    [{ status: UBUS_STATUS.PERMISSION_DENIED }, true, 0, 'start: EACCES (EACCES): rpcd answers PERMISSION_DENIED'],
    [{ status: 99 }, true, 0, 'start: ECANCELED (ECANCELED): rpcd answers status 99'],
    [{ hangs: true }, false, 3000, 'stop: ETIMEDOUT (ETIMEDOUT): ubus takes longer than 3 s'],
    [{ endMs: 60_000 }, false, 3000, 'stop: ETIMEDOUT (ETIMEDOUT): ubus takes longer than 3 s'],
  ];
  for (const [script, running, tookMs, words] of cases) {
    const { host, services, procd } = router(script);
    if (!running) procd.services.set('irqbalance', { pid: 7, running: true, ends: false, restarts: false });
    const [open, before] = [host.openDescriptors, host.clockMs];
    const error = refusalOf(() => services.setRunning('irqbalance', running));
    assert.equal(error.message, `service irqbalance: ${words}`);
    assert.equal(host.clockMs - before, tookMs, words);
    host.act();
    assert.equal(host.openDescriptors, open, words);
  }
});

test('a bus in this very process is not waited for', () => {
  const { host, services } = router();
  const own = new AnsweringHost();
  own.credentials = { ...own.credentials, pid: own.processId() };
  const loop = new Loop(own, (error) => assert.fail(String(error)));
  own.addDirectory('/var/run/ubus');
  const acl = new UbusAcl(own, '/usr/share/acl.d', {}, assert.fail);
  const bus = new UbusBus(own, loop, { path: UBUS_SOCKET, acl, random: () => 5000 });
  bus.listen();
  const open = own.openDescriptors;
  assert.deepEqual(new Services(own).read('irqbalance'), { unsupported: 'neither procd nor systemd is here' });
  assert.throws(() => new Services(own).setRunning('irqbalance', true), KernelError);
  assert.equal(own.clockMs, 0);
  assert.equal(own.openDescriptors, open);
  // With another number it is asked.
  assert.deepEqual(services.read('irqbalance'), { running: false });
  assert.notEqual(host.credentials.pid, host.processId());
});

/** Nobody but a listener that does what the test says, each time before the program waits. */
function hostile(act: (listener: Listener) => void, waitMs = 3000): { host: AnsweringHost; services: Services } {
  const host = new AnsweringHost();
  host.addFile('/etc/init.d/irqbalance', SCRIPT);
  const listener = new Listener(host, UBUS_SOCKET);
  host.act = () => act(listener);
  return { host, services: new Services(host, { waitMs }) };
}

const hello = encodeFrame(UBUS_MSG.HELLO, 0, 5001, {});

test('a peer that breaks off, says nonsense or too much, or nothing at all', () => {
  const once = (bytes: Uint8Array) => (listener: Listener) => {
    if (listener.accept()) listener.say(bytes);
  };
  const cases: [(listener: Listener) => void, string, number][] = [
    [() => undefined, 'ETIMEDOUT: ubus takes longer than 3 s', 3000],
    [(listener) => void listener.accept(), 'ETIMEDOUT: ubus takes longer than 3 s', 3000],
    [once(hello.subarray(0, 9)), 'ETIMEDOUT: ubus takes longer than 3 s', 3000],
    [once(hello), 'ETIMEDOUT: ubus takes longer than 3 s', 3000],
    [once(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3)), 'EBADMSG: ubus says something that is not understood', 0],
    [once(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0)), 'EMSGSIZE: ubus sends 65544 bytes at once', 0],
    [once(encodeFrame(UBUS_MSG.STATUS, 0, 0, { status: 0 })), 'EBADMSG: ubus says something that is not understood', 0],
    [(listener) => listener.accept() && listener.hangUp(), 'ECONNRESET: ubus has ended the conversation', 0],
  ];
  for (const [act, words, tookMs] of cases) {
    const { host, services } = hostile(act);
    const open = host.openDescriptors;
    const { errnoName, extack } = refusalOf(() => services.read('irqbalance'));
    assert.equal(`${errnoName}: ${extack}`, words);
    assert.equal(host.clockMs, tookMs, words);
    assert.ok(host.openDescriptors <= open + 1, words);
  }
});

test('one that never stops talking is left when the time is over', () => {
  const noise = encodeFrame(UBUS_MSG.DATA, 77, 5, { data: new Uint8Array(2000) });
  const { host, services } = hostile((listener) => {
    if (listener.accept()) listener.say(hello);
    listener.say(noise);
    host.clockMs += 10;
  });
  assert.equal(refusalOf(() => services.read('irqbalance')).errnoName, 'ETIMEDOUT');
  assert.equal(host.clockMs, 3000);
});

/** procd's part where `data` is its answer, its bytes changed by `damage`. */
function answering(data: Uint8Array, damage = (bytes: Uint8Array): Uint8Array => bytes): (listener: Listener) => void {
  const objectId = 9;
  return (listener) => {
    if (listener.accept()) listener.say(damage(hello));
    const asked = listener.read();
    if (asked.length === 0) return;
    const [type = 0, seq = 0] = [asked[1], asked[3]];
    const peer = type === UBUS_MSG.LOOKUP ? 0 : objectId;
    const found = type === UBUS_MSG.LOOKUP ? { objectId } : { objectId, data };
    listener.say(damage(encodeFrame(UBUS_MSG.DATA, seq, peer, found)));
    listener.say(damage(encodeFrame(UBUS_MSG.STATUS, seq, peer, { status: 0 })));
  };
}

const listed = (answer: BlobRecord): Uint8Array => encodeRecord(answer);
const RUNNING = listed({
  irqbalance: { instances: { one: { running: true, pid: 7, command: ['/usr/sbin/irqbalance'] } } },
});

test('answers of no sense: data that is no blobmsg, a list that is none', () => {
  const broken = hostile(answering(Uint8Array.of(1, 0, 0, 5, 0)));
  assert.equal(refusalOf(() => broken.services.read('irqbalance')).errnoName, 'EBADMSG');
  for (const nonsense of [
    {},
    { irqbalance: 5 },
    { irqbalance: {} },
    { irqbalance: { instances: [true] } },
    { irqbalance: { instances: { one: { running: 'yes' }, two: 7 } } },
    { irqbalance: { instances: { one: { running: false } } } },
  ]) {
    const { services } = hostile(answering(listed(nonsense)));
    assert.deepEqual(services.read('irqbalance'), { running: false });
  }
  assert.deepEqual(hostile(answering(RUNNING)).services.read('irqbalance'), { running: true });
});

test('a thousand damaged conversations end in an answer or a refusal, in time, with nothing left open', () => {
  const random = new Random(2026);
  const ends = new Map<string, number>();
  for (let n = 0; n < cases(1000); n++) {
    const damage = (bytes: Uint8Array): Uint8Array => (random.below(5) === 0 ? mutate(bytes, random) : bytes);
    const { host, services } = hostile(answering(RUNNING, damage), 100);
    const open = host.openDescriptors;
    let end: string;
    try {
      const state = services.read('irqbalance');
      end = 'unsupported' in state ? state.unsupported : `running ${state.running}`;
    } catch (error) {
      assert.ok(error instanceof KernelError, String(error));
      end = error.errnoName;
    }
    ends.set(end, (ends.get(end) ?? 0) + 1);
    assert.ok(host.clockMs <= 100);
    assert.ok(host.openDescriptors <= open + 1);
  }
  if (cases(1000) === 1000) {
    for (const end of ['running true', 'ETIMEDOUT', 'EBADMSG', 'EMSGSIZE']) assert.ok((ends.get(end) ?? 0) > 10, end);
  }
});
