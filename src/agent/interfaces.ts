/**
 * Where netifd's interfaces are: asked once, and again whenever netifd says that one has changed, or comes onto the bus itself
 * (a PPPoE redial, an interface that moves to another device, one that is down at boot).
 */
import type { Host } from '../host/host.ts';
import { Loop } from '../host/loop.ts';
import type { InterfaceState } from '../model/interfaces.ts';
import { UbusClient } from '../net/ubus_client.ts';
import type { BlobField, BlobRecord } from '../wire/blobmsg.ts';
import { UBUS_STATUS } from '../wire/ubus.ts';

const TIMEOUT_MS = 5000;
const OBJECT_PREFIX = 'network.interface.';
const EVENT = 'network.interface';
const OBJECT_ADDED = 'ubus.object.add';
const DOWN: InterfaceState = { device: undefined, reason: 'it is down' };

type OnState = (name: string, state: InterfaceState) => void;

/** Asks netifd for one interface; the answer comes from the loop. */
function askInterface(client: UbusClient, name: string, onState: OnState): void {
  client.call(OBJECT_PREFIX + name, 'status', {}, TIMEOUT_MS, (status, result) =>
    onState(name, stateOf(status, result)),
  );
}

function stateOf(status: number, result: BlobRecord | undefined): InterfaceState {
  if (status !== UBUS_STATUS.OK || result === undefined) return unknown(reasonOf(status));
  const device = result.l3_device;
  if (result.up !== true) return DOWN;
  if (typeof device !== 'string' || device === '') return { device: undefined, reason: 'it has no device' };
  return { device };
}

function reasonOf(status: number): string {
  if (status === UBUS_STATUS.NOT_FOUND) return 'netifd has no such interface';
  if (status === UBUS_STATUS.CONNECTION_FAILED) return 'the bus cannot be reached';
  return `netifd does not tell (status ${status})`;
}

function unknown(reason: string): InterfaceState {
  return { device: undefined, reason, isUnknown: true };
}

/** Follows the interfaces of the daemon's configuration. */
export class InterfaceWatch {
  private readonly client: UbusClient;
  private readonly onState: OnState;
  private names: readonly string[] = [];

  constructor(client: UbusClient, onState: OnState) {
    this.client = client;
    this.onState = onState;
    client.listen(EVENT, (_event, fields) => {
      const name = textOf(fields, 'interface');
      // Of one that is taken out of the configuration, nothing but this is ever heard.
      if (textOf(fields, 'action') === 'ifdown' && this.names.includes(name)) onState(name, DOWN);
      else this.askFor(name);
    });
    client.listen(OBJECT_ADDED, (_event, fields) => {
      const path = textOf(fields, 'path');
      if (path.startsWith(OBJECT_PREFIX)) this.askFor(path.slice(OBJECT_PREFIX.length));
    });
  }

  /** From now on these; they are asked for at once. */
  follow(names: readonly string[]): void {
    const added = names.filter((name) => !this.names.includes(name));
    this.names = names;
    for (const name of added) this.askFor(name);
  }

  /** After the connection came back: what happened meanwhile was not heard. */
  askForAll(): void {
    for (const name of this.names) this.askFor(name);
  }

  private askFor(name: string): void {
    if (this.names.includes(name) && this.client.id !== undefined) askInterface(this.client, name, this.onState);
  }
}

function textOf(fields: readonly BlobField[], name: string): string {
  const value = fields.find((field) => field.name === name)?.value;
  return typeof value === 'string' ? value : '';
}

/** For what must know before it goes on: asks and waits. Without a bus the state of each says so. */
export function findInterfaces(host: Host, names: readonly string[]): ReadonlyMap<string, InterfaceState> {
  const found = new Map<string, InterfaceState>();
  const loop = new Loop(host, (error) => {
    throw error;
  });
  const take: OnState = (name, state) => found.set(name, state);
  const client = new UbusClient(host, loop, {
    onUp: () => {
      for (const name of names) askInterface(client, name, take);
    },
    onDown: (reason) => {
      for (const name of names) take(name, unknown(`there is no bus to ask netifd on: ${reason}`));
    },
  });
  while (names.some((name) => !found.has(name)) && loop.turn());
  client.close();
  return found;
}
