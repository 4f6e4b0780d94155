/**
 * What people ask of the running bridge, over the bus and on the command line: its ports with their counters, its hosts, and the
 * classes, which can be changed until the next reload.
 */
import { type MeasuredRoundTrips, type RoundTrips, roundTripsOf } from '../bpf/hosts.ts';
import { weir_drop, weir_pass, weir_side } from '../bpf/layout_gen.ts';
import type { BpfMaps } from '../bpf/maps.ts';
import type { Host } from '../host/host.ts';
import type { Prefix } from '../lib/address.ts';
import type { BridgeConfig, HostConfig, Steering } from '../model/bridge_config.ts';
import type { BridgeStatus, PortStatus } from '../model/bridge_status.ts';
import { hostNames } from '../model/host_names.ts';
import { formatClass, isSameSteering } from '../model/resource/steering.ts';
import { encodeSteering } from './bridge_kernel.ts';
import type { HostOrder } from './host_order.ts';
import { type HostsReport, HostTable } from './host_table.ts';
import type { Kernel } from './kernel.ts';

export interface PortReport extends PortStatus {
  readonly forwardedFrames: number;
  readonly forwardedBytes: number;
  readonly dropped: { readonly tooBig: number; readonly noTarget: number };
  /** To this machine. */
  readonly passed: { readonly control: number; readonly own: number; readonly noVlan: number };
}

export interface BridgeReport extends Omit<BridgeStatus, 'ports'> {
  readonly ports: readonly PortReport[];
  /** The kernel's numbers of the programs. */
  readonly programs: readonly { readonly name: string; readonly id: number }[];
  /** Places in the table of hosts; 0 while nothing is loaded. */
  readonly hostPlaces: number;
}

export interface MapEntry {
  /** A prefix or an address. */
  readonly address: string;
  readonly class: string | null;
  readonly uploadClass: string | null;
  readonly cpu: number | null;
  /** Not as the configuration has it: gone with the next reload. */
  readonly volatile: boolean;
}

const NOTHING: HostsReport = { total: 0, hosts: [] };

export class BridgeControl {
  private readonly host: Host;
  private readonly kernel: Kernel;
  private readonly table = new HostTable();
  /** Of these sections. */
  private names: { readonly of: readonly HostConfig[]; readonly find: ReturnType<typeof hostNames> } | undefined;

  constructor(host: Host, kernel: Kernel) {
    this.host = host;
    this.kernel = kernel;
  }

  /** Whether programs are loaded. @throws KernelError */
  isLoaded(): boolean {
    return this.kernel.bridgeMaps() !== undefined;
  }

  /** @throws KernelError */
  ports(status: BridgeStatus): BridgeReport {
    const maps = this.kernel.bridgeMaps();
    const programs = [...this.kernel.bridgePrograms()].map(([name, id]) => ({ name, id }));
    const ports = status.ports.map((port): PortReport => {
      const ifindex = this.kernel.ifindexNow(port.device);
      const counters = ifindex === 0 ? undefined : maps?.counters.get(ifindex);
      const { forwardedFrames = 0, forwardedBytes = 0, droppedFrames = [], passedFrames = [] } = counters ?? {};
      return {
        ...port,
        forwardedFrames,
        forwardedBytes,
        dropped: { tooBig: droppedFrames[weir_drop.TOO_BIG] ?? 0, noTarget: droppedFrames[weir_drop.NO_TARGET] ?? 0 },
        passed: {
          control: passedFrames[weir_pass.CONTROL] ?? 0,
          own: passedFrames[weir_pass.OWN] ?? 0,
          noVlan: passedFrames[weir_pass.NO_VLAN] ?? 0,
        },
      };
    });
    return { ...status, ports, programs, hostPlaces: maps?.sizes.hosts ?? 0 };
  }

  /** The first `limit` hosts. @throws KernelError */
  hosts(config: BridgeConfig | undefined, order: HostOrder, limit: number): HostsReport {
    const maps = this.kernel.bridgeMaps();
    if (maps === undefined) return NOTHING;
    return this.table.read(maps, this.host.monotonicMs(), order, limit, this.nameOf(config?.hosts ?? []));
  }

  private nameOf(hosts: readonly HostConfig[]): (address: Uint8Array) => string | undefined {
    if (this.names?.of !== hosts) this.names = { of: hosts, find: hostNames(hosts) };
    return this.names.find;
  }

  /** Round trips of the hosts of each class together; the hosts without a class are those of null. @throws KernelError */
  classRoundTrips(): {
    readonly name: string | null;
    readonly internet: RoundTrips | null;
    readonly local: RoundTrips | null;
  }[] {
    const measured = new Map<string | null, readonly [MeasuredRoundTrips[], MeasuredRoundTrips[]]>();
    this.kernel.bridgeMaps()?.eachHost((host) => {
      const name = formatClass(host.found.classDownload);
      const [internet, local] = measured.get(name) ?? [[], []];
      internet.push(host.measured(weir_side.SIDE_INTERNET));
      local.push(host.measured(weir_side.SIDE_LOCAL));
      measured.set(name, [internet, local]);
    });
    const sum = (list: readonly MeasuredRoundTrips[]): RoundTrips | null => {
      const trips = roundTripsOf(list);
      return trips.total === 0 ? null : trips;
    };
    return [...measured].map(([name, [internet, local]]) => ({ name, internet: sum(internet), local: sum(local) }));
  }

  // ---- Classes of hosts, until the next reload ----

  /** @throws KernelError */
  entries(config: BridgeConfig | undefined): MapEntry[] {
    const configured = config?.steering;
    return [...this.kernel.bridgeSteering()]
      .map(([address, steering]): MapEntry => {
        const own = configured?.get(address);
        return {
          address,
          class: formatClass(steering.classDownload),
          uploadClass: formatClass(steering.classUpload),
          cpu: steering.cpu ?? null,
          volatile: own === undefined || !isSameSteering(own, steering),
        };
      })
      .sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  /** False where no bridge is loaded. @throws KernelError */
  add(prefix: Prefix, steering: Steering): boolean {
    return this.change((maps) => maps.setSteering(inMap(prefix), encodeSteering(steering)));
  }

  /** Whether there was such an entry; undefined where no bridge is loaded. @throws KernelError */
  remove(prefix: Prefix): boolean | undefined {
    let found = false;
    const isLoaded = this.change((maps) => {
      found = maps.deleteSteering(inMap(prefix));
    });
    return isLoaded ? found : undefined;
  }

  /** Takes all classes away. False where no bridge is loaded. @throws KernelError */
  clear(): boolean {
    return this.change((maps) => {
      maps.syncSteering([], [], maps.settings.unknown);
    });
  }

  /** Makes the programs look every host's class up anew, with its next frame. False where no bridge is loaded. @throws KernelError */
  flush(): boolean {
    return this.change((maps) => maps.forgetSteering());
  }

  private change(make: (maps: BpfMaps) => void): boolean {
    const maps = this.kernel.bridgeMaps();
    if (maps === undefined) return false;
    make(maps);
    return true;
  }
}

const inMap = ({ bits, bytes }: Prefix): { bits: number; address: Uint8Array } => ({ bits, address: bytes });
