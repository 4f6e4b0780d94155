/** Every qdisc kind whose options weir knows. A kind that is not here is kept as raw bytes. */
import type { QdiscKind } from './kind.ts';
import { cake } from './qdisc/cake.ts';
import { cakeMq } from './qdisc/cake_mq.ts';

const KINDS: ReadonlyMap<string, QdiscKind> = new Map([cake, cakeMq].map((kind) => [kind.kind, kind]));

export function qdiscKind(kind: string): QdiscKind | undefined {
  return KINDS.get(kind);
}
