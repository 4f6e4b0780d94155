/** A request about a qdisc or a filter, taken apart. */
import type { Reader } from '../../src/lib/bytes.ts';
import { TCA } from '../../src/uapi/rtnetlink.ts';
import { binary, eachAttribute, text } from '../../src/wire/nla.ts';
import type { FakeDevice, KernelState } from './state.ts';

export interface TcRequest {
  readonly device: FakeDevice;
  readonly handle: number;
  readonly parent: number;
  readonly info: number;
  readonly kind: string | undefined;
  readonly options: Uint8Array | undefined;
}

export function readTc(state: KernelState, payload: Reader): TcRequest {
  payload.take(4);
  const [ifindex, handle, parent, info] = [payload.s32(), payload.u32(), payload.u32(), payload.u32()];
  let kind: string | undefined;
  let options: Uint8Array | undefined;
  eachAttribute(payload, (type, value) => {
    if (type === TCA.KIND) kind = text.decode(value);
    if (type === TCA.OPTIONS) options = binary.decode(value);
  });
  return { device: state.device(ifindex), handle, parent, info, kind, options };
}
