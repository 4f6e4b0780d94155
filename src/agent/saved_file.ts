/** The file that keeps what was there before weir touched it; see model/saved.ts. */
import type { Host } from '../host/host.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { NOTHING_SAVED, type Saved, type SavedFeature, type SavedRoot } from '../model/saved.ts';
import { ensureDirectory, readFileIfAny, removeFile, writeFileAtomically } from './files.ts';

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
  return saved.features.length === 0 && saved.roots.length === 0 && saved.hooks.size === 0;
}

export function encodeSaved(saved: Saved): string {
  const roots = saved.roots.map(({ rawOptions, ...root }) => ({
    ...root,
    rawOptions: rawOptions === undefined ? null : toHex(rawOptions),
  }));
  const hooks = [...saved.hooks].map(([device, ifindex]) => ({ device, ifindex }));
  return `${JSON.stringify({ format: FORMAT, features: saved.features, roots, hooks })}\n`;
}

/** Reads what {@link encodeSaved} wrote. Entries that do not have its form are left out: a broken file restores nothing wrong. */
export function decodeSaved(text: string): Saved {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return NOTHING_SAVED;
  }
  if (!isRecord(file) || file.format !== FORMAT) return NOTHING_SAVED;
  return {
    features: listOf(file.features, decodeFeature),
    roots: listOf(file.roots, decodeRoot),
    hooks: new Map(
      listOf(file.hooks, (entry): [string, number] | undefined =>
        typeof entry.device === 'string' && typeof entry.ifindex === 'number'
          ? [entry.device, entry.ifindex]
          : undefined,
      ),
    ),
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

function decodeFeature({ device, ifindex, feature, on }: JsonRecord): SavedFeature | undefined {
  if (typeof device !== 'string' || typeof ifindex !== 'number') return undefined;
  if (typeof feature !== 'string' || typeof on !== 'boolean') return undefined;
  return { device, ifindex, feature, on };
}

function decodeRoot({ device, ifindex, kind, handle, rawOptions }: JsonRecord): SavedRoot | undefined {
  if (typeof device !== 'string' || typeof ifindex !== 'number') return undefined;
  if (typeof kind !== 'string' || typeof handle !== 'number') return undefined;
  return {
    device,
    ifindex,
    kind,
    handle,
    rawOptions: typeof rawOptions === 'string' ? fromHex(rawOptions) : undefined,
  };
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(text.length / 2));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
