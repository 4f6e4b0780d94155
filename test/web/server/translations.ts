/** `window.TR` as LuCI's dispatcher writes it from a .lmo file: translations by the hash of the text (lmo.c, cbi.js). */
import { readFileSync } from 'node:fs';

const ENTRY_BYTES = 16;

/** The script at /cgi-bin/luci/admin/translations/LANGUAGE; English needs no file. */
export function translationsScript(directory: string, language: string): string {
  const entries = language === 'en' ? [] : readLmo(readFileSync(`${directory}/weir.${language}.lmo`));
  return `window.TR=${JSON.stringify(Object.fromEntries(entries))};`;
}

/** Values one after another, then an index of hash, plural forms, offset and length, then the offset of the index. */
function readLmo(bytes: Buffer): (readonly [string, string])[] {
  const end = bytes.length - 4;
  const entries: (readonly [string, string])[] = [];
  for (let at = bytes.readUInt32BE(end); at + ENTRY_BYTES <= end; at += ENTRY_BYTES) {
    const offset = bytes.readUInt32BE(at + 8);
    const value = bytes.toString('utf8', offset, offset + bytes.readUInt32BE(at + 12));
    entries.push([bytes.readUInt32BE(at).toString(16).padStart(8, '0'), value]);
  }
  return entries;
}
