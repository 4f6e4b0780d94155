/** LuCI.network: devices and logical interfaces, as rpcd and netifd tell of them. */
import baseclass from 'luci/baseclass';
import { declare } from './rpc.ts';

const callDevices = declare({ object: 'luci-rpc', method: 'getNetworkDevices', expect: { '': {} } });
const callInterfaces = declare({ object: 'network.interface', method: 'dump', expect: { interface: [] } });

class Named extends baseclass {
  private readonly name: string;
  private readonly up: boolean;

  constructor(name: string, up: boolean) {
    super();
    this.name = name;
    this.up = up;
  }

  getName(): string {
    return this.name;
  }

  isUp(): boolean {
    return this.up;
  }
}

function isUp(about: unknown): boolean {
  return L.isObject(about) && Reflect.get(about, 'up') === true;
}

export async function getDevices(): Promise<Named[]> {
  const devices = await callDevices();
  const names = L.isObject(devices) ? Object.entries(devices) : [];
  return names.filter(([name]) => name !== 'lo').map(([name, about]) => new Named(name, isUp(about)));
}

export async function getNetworks(): Promise<Named[]> {
  const interfaces = await callInterfaces();
  const list: readonly unknown[] = Array.isArray(interfaces) ? interfaces : [];
  return list
    .filter((one) => L.isObject(one))
    .map((one) => new Named(String(Reflect.get(one, 'interface')), isUp(one)));
}
