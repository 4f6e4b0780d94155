import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UbusSubscriber } from '../net/ubus_watch.ts';
import { fieldsOf } from '../wire/blobmsg.ts';
import { UBUS_STATUS } from '../wire/ubus.ts';
import { StartedServices } from './started_services.ts';

class Procd {
  readonly subscribers = new Map<string, UbusSubscriber>();

  subscribe(path: string, subscriber: UbusSubscriber): () => void {
    this.subscribers.set(path, subscriber);
    return () => this.subscribers.delete(path);
  }

  tell(method: string, service: string | number): number | undefined {
    return this.subscribers.get('service')?.onNotify(method, fieldsOf({ service, instance: 'instance1' }));
  }
}

test('a service that starts is told once, and others are not', () => {
  const procd = new Procd();
  const started: string[] = [];
  const watch = new StartedServices(procd, (name) => started.push(name));
  watch.follow(['irqbalance']);
  watch.follow(['irqbalance']);
  assert.equal(procd.tell('instance.start', 'irqbalance'), UBUS_STATUS.OK);
  for (const method of ['instance.stop', 'service.start', 'instance.fail']) procd.tell(method, 'irqbalance');
  procd.tell('instance.start', 'dnsmasq');
  procd.tell('instance.start', 7);
  assert.deepEqual(started, ['irqbalance']);
});

test('procd is listened to only while a service matters', () => {
  const procd = new Procd();
  const watch = new StartedServices(procd, () => {});
  watch.follow([]);
  assert.equal(procd.subscribers.size, 0);
  watch.follow(['irqbalance']);
  assert.equal(procd.subscribers.size, 1);
  watch.follow([]);
  assert.equal(procd.subscribers.size, 0);
});
