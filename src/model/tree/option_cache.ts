/**
 * Options decoded once for all that have the same bytes. Of ten thousand leaves most are alike, and an object that two share costs
 * neither memory nor a comparison.
 */
import { decodeOptions, type OptionSet, type OptionValues } from '../../tc/kind.ts';
import { optionsToRestore, roundsTimes } from '../../tc/qdisc/restorable.ts';
import type { TcView } from '../../wire/tcview.ts';

interface Entry {
  readonly set: OptionSet;
  readonly words: Uint32Array;
  readonly options: OptionValues;
  /** What must be sent so that a dump shows them, where that is not the same. */
  readonly toRestore: OptionValues | undefined;
}

export class OptionCache {
  private readonly littleEndian: boolean;
  /** By a hash of the bytes. */
  private readonly entries = new Map<number, Entry[]>();

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  /**
   * The options in TCA_OPTIONS of a message; undefined where it has none.
   *
   * @throws ShortReadError
   */
  decode(set: OptionSet, view: TcView): Pick<Entry, 'options' | 'toRestore'> | undefined {
    const bytes = view.optionsBytes;
    if (bytes === 0) return undefined;
    const { words } = view;
    const first = view.optionsStart >>> 2;
    // Attributes are padded to whole words, which belong to the message.
    const last = first + ((bytes + 3) >>> 2);
    let hash = bytes;
    for (let at = first; at < last; at++) hash = ((hash << 5) - hash + (words[at] as number)) | 0;
    let bucket = this.entries.get(hash);
    if (bucket === undefined) {
      bucket = [];
      this.entries.set(hash, bucket);
    }
    for (const entry of bucket) if (entry.set === set && isSame(entry.words, words, first, last)) return entry;
    const raw = view.options;
    if (raw === undefined) return undefined;
    const { littleEndian } = this;
    const entry = {
      set,
      words: words.slice(first, last),
      options: decodeOptions(set, raw, littleEndian),
      toRestore: roundsTimes(set.kind)
        ? decodeOptions(set, optionsToRestore(set.kind, raw, littleEndian), littleEndian)
        : undefined,
    };
    bucket.push(entry);
    return entry;
  }
}

function isSame(known: Uint32Array, words: Uint32Array, first: number, last: number): boolean {
  if (known.length !== last - first) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== words[first + i]) return false;
  return true;
}
