/** CAKE as sch_cake.c keeps it: an option that is not sent stays as it was. */
import { Reader, Writer } from '../../src/lib/bytes.ts';
import { TCA_CAKE } from '../../src/uapi/tc.ts';
import { eachAttribute } from '../../src/wire/nla.ts';
import { Refused } from './state.ts';

/** What a new CAKE has (cake_init), apart from the rate, which is a u64 of 0. */
const INITIAL: readonly (readonly [type: number, value: number])[] = [
  [TCA_CAKE.DIFFSERV_MODE, 0],
  [TCA_CAKE.ATM, 0],
  [TCA_CAKE.FLOW_MODE, 7],
  [TCA_CAKE.OVERHEAD, 0],
  [TCA_CAKE.RTT, 100_000],
  [TCA_CAKE.TARGET, 5000],
  [TCA_CAKE.AUTORATE, 0],
  [TCA_CAKE.MEMORY, 0],
  [TCA_CAKE.NAT, 0],
  [TCA_CAKE.WASH, 0],
  [TCA_CAKE.MPU, 0],
  [TCA_CAKE.INGRESS, 0],
  [TCA_CAKE.ACK_FILTER, 0],
  [TCA_CAKE.SPLIT_GSO, 1],
  [TCA_CAKE.FWMARK, 0],
];

export function newCake(littleEndian: boolean): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>([
    [TCA_CAKE.BASE_RATE64, new Uint8Array(8)],
    [TCA_CAKE.RAW, new Uint8Array(4)],
  ]);
  for (const [type, value] of INITIAL) {
    const w = new Writer(littleEndian, 4);
    w.u32(value);
    attributes.set(type, w.bytes());
  }
  return attributes;
}

/** cake_change; cake_mq refuses to be told about autorate-ingress, as the captures of it show. */
export function changeCake(
  kind: string,
  attributes: Map<number, Uint8Array>,
  payload: Uint8Array,
  littleEndian: boolean,
): void {
  const told = new Map<number, Uint8Array>();
  eachAttribute(new Reader(payload, littleEndian), (type, value) => {
    told.set(type, value.bytes(value.remaining));
  });
  const autorate = told.get(TCA_CAKE.AUTORATE);
  if (kind === 'cake_mq' && autorate?.some((byte) => byte !== 0)) {
    throw new Refused('EOPNOTSUPP', "Can't use autorate-ingress with cake_mq");
  }
  for (const [type, value] of told) {
    const length = type === TCA_CAKE.BASE_RATE64 ? 8 : 4;
    if (value.length !== length) throw new Refused('ERANGE', 'Attribute failed policy validation');
    attributes.set(type, value);
  }
  // Raw is read last, so it wins over an overhead in the same message.
  if (!told.has(TCA_CAKE.RAW) && told.has(TCA_CAKE.OVERHEAD)) attributes.delete(TCA_CAKE.RAW);
}
