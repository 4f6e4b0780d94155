/**
 * Options decoded once for all that have the same bytes. Of ten thousand leaves most are alike, and an object that two share costs
 * neither memory nor a comparison.
 */
import { decodeOptions, type OptionSet, type OptionValues } from '../../tc/kind.ts';
import type { TcView } from '../../wire/tcview.ts';

interface Entry {
  readonly set: OptionSet;
  readonly words: Uint32Array;
  readonly options: OptionValues;
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
  decode(set: OptionSet, view: TcView): OptionValues | undefined {
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
    for (const entry of bucket) if (entry.set === set && isSame(entry.words, words, first, last)) return entry.options;
    const raw = view.options;
    if (raw === undefined) return undefined;
    const options = decodeOptions(set, raw, this.littleEndian);
    bucket.push({ set, words: words.slice(first, last), options });
    return options;
  }
}

function isSame(known: Uint32Array, words: Uint32Array, first: number, last: number): boolean {
  if (known.length !== last - first) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== words[first + i]) return false;
  return true;
}
