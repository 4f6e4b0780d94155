/** The daemon on the bus: the system's where there is an ubusd, else one that runs in this very process. */
import type { Host } from '../host/host.ts';
import type { Loop } from '../host/loop.ts';
import type { Log } from '../lib/log.ts';
import { interfacesOf } from '../model/interfaces.ts';
import { servicesOf } from '../model/tuning_devices.ts';
import { UBUS_ACL_DIRECTORY, UbusAcl } from '../net/ubus_acl.ts';
import { UbusBus } from '../net/ubus_bus.ts';
import { UbusClient } from '../net/ubus_client.ts';
import { UBUS_SOCKET, UBUS_STATUS } from '../wire/ubus.ts';
import { BUS_GRANTS } from './bus_grants.ts';
import { putOnBus } from './bus_object.ts';
import { InterfaceWatch } from './interfaces.ts';
import type { Service } from './service.ts';
import type { Settings } from './settings.ts';
import { StartedServices } from './started_services.ts';

/** Where ubusd is, as a package installs it. While it restarts its socket is not there, and must be left to it. */
const UBUSD = [
  ['/sbin', 'ubusd'],
  ['/usr/sbin', 'ubusd'],
] as const;

export interface BusParts {
  readonly host: Host;
  readonly loop: Loop;
  readonly service: Service;
  readonly settings: Settings;
  readonly log: Log;
}

export class BusConnection {
  private readonly settings: Settings;
  private readonly client: UbusClient;
  private readonly interfaces: InterfaceWatch;
  private readonly services: StartedServices;
  private readonly own: UbusBus | undefined;

  constructor({ host, loop, service, settings, log }: BusParts) {
    this.settings = settings;
    this.own = settings.config.bus === 'auto' && !hasUbusd(host) ? runBus(host, loop, log) : undefined;
    let isDown = false;
    this.client = new UbusClient(host, loop, {
      onUp: () => {
        if (isDown) log.write('info', 'the bus is back');
        isDown = false;
        this.interfaces.askForAll();
      },
      onDown: (reason) => {
        if (!isDown) log.write('info', `no bus: ${reason}; trying again`);
        isDown = true;
      },
    });
    putOnBus(this.client, service, (status) => {
      if (status !== UBUS_STATUS.OK) log.write('warning', `the bus refuses the object weir (status ${status})`);
    });
    this.interfaces = new InterfaceWatch(this.client, (name, state) => {
      if (settings.setInterface(name, state)) service.putInForce('interface');
    });
    this.services = new StartedServices(this.client, (name) => service.serviceStarted(name));
    this.follow();
  }

  /** The configuration may name other interfaces and services now. */
  follow(): void {
    this.interfaces.follow(interfacesOf(this.settings.config));
    this.services.follow(servicesOf(this.settings.config));
  }

  /** Grants may be others now. */
  reloadAcl(): void {
    this.own?.reloadAcl();
  }

  close(): void {
    this.client.close();
    this.own?.close();
  }
}

function hasUbusd(host: Host): boolean {
  return UBUSD.some(([directory, name]) => {
    const names = host.readDirectory(directory);
    return typeof names !== 'number' && names.includes(name);
  });
}

/** A bus of our own; undefined where another answers already, or there can be none. */
function runBus(host: Host, loop: Loop, log: Log): UbusBus | undefined {
  const acl = new UbusAcl(host, UBUS_ACL_DIRECTORY, BUS_GRANTS, (message) => log.write('warning', message));
  const bus = new UbusBus(host, loop, { path: UBUS_SOCKET, acl });
  const problem = bus.listen();
  if (problem === undefined) return bus;
  log.write('info', `no bus of weir's own: ${problem}`);
  return undefined;
}
