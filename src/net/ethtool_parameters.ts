/** Rings, coalescing and channels of devices, through either door of ethtool. */
import {
  decodeParameters,
  encodeParameterChange,
  encodeParametersQuery,
  type Parameter,
  type ParameterGroup,
  parameterSet,
  parametersGet,
  wordOf,
} from '../wire/ethtool_parameters.ts';
import { EthtoolIoctl, type EthtoolNetlink, openEthtool } from './ethtool_doors.ts';
import type { NetlinkHost } from './port.ts';

/** Gives a number of the group that was read; undefined for one that the driver does not tell. */
export type ParameterValues = (parameter: Parameter) => number | undefined;

const READ = 'read';
const CHANGE = 'change';

/** Opens what it needs when it is first asked. */
export class EthtoolParameters {
  private readonly host: NetlinkHost;
  private door: EthtoolNetlink | EthtoolIoctl | undefined;

  constructor(host: NetlinkHost) {
    this.host = host;
  }

  /** @throws KernelError, EOPNOTSUPP where the driver has none of the group */
  read(device: string, group: ParameterGroup): ParameterValues {
    const door = this.open();
    if (door instanceof EthtoolIoctl) {
      const struct = this.struct(door, device, group);
      return (parameter) => wordOf(struct, parameter, this.host.littleEndian);
    }
    const values = door.ask(`${READ} ${group}`, device, parametersGet(door.family, group, device), decodeParameters);
    return ({ attribute }) => values.get(attribute);
  }

  /** @throws KernelError */
  set(device: string, group: ParameterGroup, parameter: Parameter, value: number): void {
    const door = this.open();
    if (door instanceof EthtoolIoctl) {
      const { littleEndian } = this.host;
      const struct = this.struct(door, device, group);
      door.command(device, encodeParameterChange(group, struct, parameter, value, littleEndian), `${CHANGE} ${group}`);
      return;
    }
    door.tell(`${CHANGE} ${group}`, device, parameterSet(door.family, group, device, parameter, value));
  }

  close(): void {
    this.door?.close();
    this.door = undefined;
  }

  private struct(door: EthtoolIoctl, device: string, group: ParameterGroup): Uint8Array {
    const struct = encodeParametersQuery(group, this.host.littleEndian);
    door.command(device, struct, `${READ} ${group}`);
    return struct;
  }

  private open(): EthtoolNetlink | EthtoolIoctl {
    this.door ??= openEthtool(this.host);
    return this.door;
  }
}
