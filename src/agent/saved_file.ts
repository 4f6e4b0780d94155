/** The file that keeps what was there before weir touched it; see model/saved.ts. */
import type { Host } from '../host/host.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { NOTHING_SAVED, type Saved, type SavedFeature, type SavedRoot } from '../model/saved.ts';
import { decodeSavedTree, savedTreeAsJson } from '../model/saved_tree_json.ts';
import type { SavedTunable } from '../model/tuning_saved.ts';
import { TUNABLES } from '../tunable/registry.ts';
import { canonicalValue } from '../tunable/tunable.ts';
import { ensureDirectory, readFileIfAny, removeFile, writeFileAtomically } from './files.ts';

/**
 * Another version may have written the file, an older one before an upgrade or a newer one before a downgrade. So a key never changes
 * its meaning: what is new gets a new key, and what another version has written in a form that is known here is taken.
 */
const FORMAT = 1;

/** What was saved; nothing where there is no file or one that is not ours. @throws FileError */
export function loadSaved(host: Host, path: string): Saved {
  const content = readFileIfAny(host, path);
  return content === undefined ? NOTHING_SAVED : decodeSaved(decodeUtf8(content));
}

/** Writes the file, or takes it away when there is nothing left to remember. @throws FileError */
export function storeSaved(host: Host, directory: string, path: string, saved: Saved): void {
  if (isEmpty(saved)) {
    removeFile(host, path);
    return;
  }
  ensureDirectory(host, directory);
  writeFileAtomically(host, path, encodeUtf8(encodeSaved(saved)));
}

function isEmpty(saved: Saved): boolean {
  const { features, roots, hooks, promiscuous, tunables, trees } = saved;
  return features.length + roots.length + hooks.size + promiscuous.size + tunables.length + trees.length === 0;
}

export function encodeSaved(saved: Saved): string {
  const roots = saved.roots.map(({ rawOptions, ...root }) => ({
    ...root,
    rawOptions: rawOptions === undefined ? null : toHex(rawOptions),
  }));
  const [hooks, promiscuous] = [saved.hooks, saved.promiscuous].map((devices) =>
    [...devices].map(([device, ifindex]) => ({ device, ifindex })),
  );
  const { features, tunables } = saved;
  const known = saved.trees.length === 0 ? {} : { trees: saved.trees.map(savedTreeAsJson) };
  return `${JSON.stringify({ format: FORMAT, features, roots, hooks, promiscuous, tunables, ...known })}\n`;
}

/** Reads what {@link encodeSaved} wrote. Entries that do not have its form are left out: a broken file restores nothing wrong. */
export function decodeSaved(text: string): Saved {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return NOTHING_SAVED;
  }
  if (!isRecord(file) || typeof file.format !== 'number') return NOTHING_SAVED;
  return {
    features: listOf(file.features, decodeFeature),
    roots: listOf(file.roots, decodeRoot),
    hooks: new Map(listOf(file.hooks, decodeDevice)),
    promiscuous: new Map(listOf(file.promiscuous, decodeDevice)),
    tunables: listOf(file.tunables, decodeTunable),
    trees: listOf(file.trees, decodeSavedTree),
  };
}

type JsonRecord = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf<T>(value: unknown, decode: (entry: JsonRecord) => T | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown): T[] => {
    const decoded = isRecord(entry) ? decode(entry) : undefined;
    return decoded === undefined ? [] : [decoded];
  });
}

const LARGEST_IFINDEX = 0x7fff_ffff;
const LARGEST_HANDLE = 0xffff_ffff;

function isNumberUpTo(largest: number, value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largest;
}

function decodeFeature({ device, ifindex, feature, on }: JsonRecord): SavedFeature | undefined {
  if (typeof device !== 'string' || !isNumberUpTo(LARGEST_IFINDEX, ifindex)) return undefined;
  if (typeof feature !== 'string' || typeof on !== 'boolean') return undefined;
  return { device, ifindex, feature, on };
}

function decodeRoot({ device, ifindex, kind, handle, rawOptions }: JsonRecord): SavedRoot | undefined {
  if (typeof device !== 'string' || !isNumberUpTo(LARGEST_IFINDEX, ifindex)) return undefined;
  if (typeof kind !== 'string' || !isNumberUpTo(LARGEST_HANDLE, handle)) return undefined;
  if (rawOptions === null) return { device, ifindex, kind, handle, rawOptions: undefined };
  const bytes = typeof rawOptions === 'string' ? fromHex(rawOptions) : undefined;
  return bytes === undefined ? undefined : { device, ifindex, kind, handle, rawOptions: bytes };
}

/** Of a tunable that another version has and this one does not know, nothing could be put back. */
function decodeTunable(entry: JsonRecord): SavedTunable | undefined {
  const { device, ifindex, tunable, part, before, wanted, ours, refused } = entry;
  if (typeof device !== 'string' || !(ifindex === 0 || isNumberUpTo(LARGEST_IFINDEX, ifindex))) return undefined;
  const format = typeof tunable === 'string' ? TUNABLES.get(tunable)?.format : undefined;
  if (typeof tunable !== 'string' || format === undefined || typeof part !== 'string') return undefined;
  const isValue = (value: unknown): value is string =>
    typeof value === 'string' && canonicalValue(format, value) === value;
  if (!isPart(part) || !isValue(before) || !isValue(wanted)) return undefined;
  if (!Array.isArray(ours) || !ours.every(isValue)) return undefined;
  const base = { device, ifindex, tunable, part, before, wanted, ours };
  if (!isRecord(refused)) return base;
  const { errno, reason, circumstances } = refused;
  const isKnown = typeof errno === 'string' && typeof reason === 'string' && typeof circumstances === 'string';
  return isKnown ? { ...base, refused: { errno, reason, circumstances } } : base;
}

/** A queue or an interrupt: it becomes part of a path. */
const isPart = (part: string): boolean => /^(|[rt]x-[0-9]{1,5}|[0-9]{1,6})$/.test(part);

function decodeDevice({ device, ifindex }: JsonRecord): [string, number] | undefined {
  return typeof device === 'string' && isNumberUpTo(LARGEST_IFINDEX, ifindex) ? [device, ifindex] : undefined;
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Undefined for what is no hexadecimal digits, two a byte. */
function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || /[^0-9a-f]/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
