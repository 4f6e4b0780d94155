/** Tunables as they are in the kernel, its drivers and the services: read for the devices that matter, and written one by one. */
import type { Host } from '../host/host.ts';
import { describeRefusal, KernelError, type Refusal, refusalOf } from '../host/refusal.ts';
import { parseCpuList } from '../lib/cpu_list.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { tunableNamed } from '../model/resource/tunable.ts';
import { MACHINE, type TunableResource } from '../model/resource.ts';
import type { TunableDump, TunableReading } from '../model/tuning_observed.ts';
import { EthtoolParameters, type ParameterValues } from '../net/ethtool_parameters.ts';
import { Services } from '../net/services.ts';
import { type Access, canonicalValue, kernelText, type Scope, type Tunable } from '../tunable/tunable.ts';
import type { ParameterGroup } from '../wire/ethtool_parameters.ts';
import { interruptsOf } from './interrupts.ts';

/** A mask of 8192 CPUs (NR_CPUS at most) has 2304 characters. */
const MOST_VALUE_BYTES = 4096;
/** procd kills a daemon that is not done 5 s after it was told to end, and it has two such conversations then. */
const SERVICE_WAIT_MS = 2000;
/** To ask takes a conversation with another process, and the status is asked for each second. */
const SERVICE_ASKED_EVERY_MS = 60_000;
const CPUS_ONLINE = '/sys/devices/system/cpu/online';

type Value = Pick<TunableReading, 'value' | 'most' | 'why'>;
/** The queues or interrupts of a device, or why it has none. */
type Parts = readonly string[] | string;

/** What several tunables of a device have in common is asked for once a look. */
interface Asked {
  readonly parts: Map<string, Parts>;
  readonly groups: Map<string, ParameterValues | KernelError>;
}

export class TunableKernel {
  private readonly host: Host;
  private readonly ethtool: EthtoolParameters;
  private readonly services: Services;
  private readonly serviceStates = new Map<string, { readonly state: Value; readonly atMs: number }>();

  constructor(host: Host) {
    this.host = host;
    this.ethtool = new EthtoolParameters(host);
    this.services = new Services(host, { waitMs: SERVICE_WAIT_MS });
  }

  close(): void {
    this.ethtool.close();
  }

  /** The tunables of these names, of the machine and of each of the devices. */
  read(names: Iterable<string>, devices: readonly string[]): TunableDump {
    const readings: TunableReading[] = [];
    const asked: Asked = { parts: new Map(), groups: new Map() };
    for (const name of names) {
      const tunable = tunableNamed(name);
      for (const device of tunable.scope === 'machine' ? [MACHINE] : devices) {
        readings.push(...this.readAll(tunable, device, asked));
      }
    }
    return { cpus: this.onlineCpus(), readings };
  }

  /** It is read again the next time. */
  forgetService(name: string): void {
    this.serviceStates.delete(name);
  }

  /** Sets the value; what a driver does not do is `byDriver`. */
  write({ tunable: name, device, part, value }: TunableResource): Refusal | undefined {
    const { access, format } = tunableNamed(name);
    try {
      switch (access.via) {
        case 'file':
          return this.writeFile(access.path(device, part), kernelText(format, value));
        case 'ethtool':
          this.ethtool.set(device, access.group, access.value, Number(value));
          return undefined;
        case 'service':
          this.serviceStates.delete(access.service);
          this.services.setRunning(access.service, value === '1');
          return undefined;
      }
    } catch (error) {
      if (error instanceof KernelError) return { ...error.refusal, byDriver: true };
      throw error;
    }
  }

  private readAll(tunable: Tunable, device: string, asked: Asked): TunableReading[] {
    const { name, scope, access } = tunable;
    const parts = once(asked.parts, `${device} ${scope}`, () => this.partsOf(scope, device));
    if (typeof parts === 'string') {
      return [{ tunable: name, device, part: '', value: undefined, most: undefined, why: parts }];
    }
    return parts.map((part) => ({
      tunable: name,
      device,
      part,
      ...this.readOne(access, tunable.format, device, part, asked),
    }));
  }

  private partsOf(scope: Scope, device: string): Parts {
    if (scope === 'machine' || scope === 'device') return [''];
    if (scope === 'irq') {
      const interrupts = interruptsOf(this.host, device);
      return interrupts.length > 0 ? interrupts.map(String) : 'the device has no interrupts of its own';
    }
    const prefix = scope === 'tx-queue' ? 'tx-' : 'rx-';
    const entries = this.host.readDirectory(`/sys/class/net/${device}/queues`);
    const queues = typeof entries === 'number' ? [] : entries.filter((entry) => entry.startsWith(prefix));
    const numberOf = (queue: string): number => Number(queue.slice(prefix.length));
    return queues.length > 0
      ? queues.sort((a, b) => numberOf(a) - numberOf(b))
      : 'this kernel shows no such queues of it';
  }

  private readOne(access: Access, format: Tunable['format'], device: string, part: string, asked: Asked): Value {
    switch (access.via) {
      case 'file':
        return this.readFile(access.path(device, part), format);
      case 'ethtool':
        return this.readParameter(access, device, asked);
      case 'service':
        return this.readService(access.service);
    }
  }

  private readFile(path: string, format: Tunable['format']): Value {
    const content = this.host.readFile(path, MOST_VALUE_BYTES);
    if (typeof content === 'number') {
      const refusal = refusalOf(this.host, -content);
      const isMissing = refusal.name === 'ENOENT' || refusal.name === 'EOPNOTSUPP';
      return without(
        isMissing ? 'neither this kernel nor the driver has it' : `it cannot be read: ${describeRefusal(refusal)}`,
      );
    }
    const text = decodeUtf8(content);
    const value = canonicalValue(format, text);
    return value === undefined ? without(`the kernel shows no ${format}: ${text.slice(0, 40).trim()}`) : having(value);
  }

  private readParameter(access: Extract<Access, { via: 'ethtool' }>, device: string, { groups }: Asked): Value {
    const values = once(groups, `${device} ${access.group}`, () => this.readGroup(device, access.group));
    if (values instanceof KernelError) {
      const isMissing = values.errnoName === 'EOPNOTSUPP';
      return without(isMissing ? 'the driver does not have it' : `it cannot be read: ${values.message}`);
    }
    const value = values(access.value);
    if (value === undefined) return without('the driver does not have it');
    return having(String(value), access.most === undefined ? undefined : values(access.most));
  }

  private readGroup(device: string, group: ParameterGroup): ParameterValues | KernelError {
    try {
      return this.ethtool.read(device, group);
    } catch (error) {
      if (error instanceof KernelError) return error;
      throw error;
    }
  }

  private readService(name: string): Value {
    const nowMs = this.host.monotonicMs();
    const known = this.serviceStates.get(name);
    if (known !== undefined && nowMs - known.atMs < SERVICE_ASKED_EVERY_MS) return known.state;
    const state = this.askForService(name);
    this.serviceStates.set(name, { state, atMs: this.host.monotonicMs() });
    return state;
  }

  private askForService(name: string): Value {
    try {
      const answer = this.services.read(name);
      return 'unsupported' in answer ? without(answer.unsupported) : having(answer.running ? '1' : '0');
    } catch (error) {
      if (error instanceof KernelError) return without(error.message);
      throw error;
    }
  }

  private writeFile(path: string, text: string): Refusal | undefined {
    const { host } = this;
    const fd = host.open(path, host.constants.O_WRONLY, 0);
    if (fd < 0) return { ...refusalOf(host, -fd), byDriver: true };
    const bytes = encodeUtf8(text);
    const written = host.write(fd, bytes, 0, bytes.length);
    host.close(fd);
    return written < 0 ? { ...refusalOf(host, -written), byDriver: true } : undefined;
  }

  private onlineCpus(): number {
    const text = this.host.readFile(CPUS_ONLINE, MOST_VALUE_BYTES);
    const cpus = typeof text === 'number' ? undefined : parseCpuList(decodeUtf8(text));
    return cpus?.count ?? 1;
  }
}

function once<T>(known: Map<string, T>, key: string, ask: () => T): T {
  const answer = known.get(key) ?? ask();
  known.set(key, answer);
  return answer;
}

const having = (value: string, most?: number): Value => ({ value, most, why: undefined });
const without = (why: string): Value => ({ value: undefined, most: undefined, why });
