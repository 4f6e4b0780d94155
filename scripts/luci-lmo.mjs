/**
 * Compiles a catalogue to what LuCI loads: `luci-lmo.mjs FILE.po … DIRECTORY` writes DIRECTORY/weir.LANGUAGE.lmo for each po/LANGUAGE/weir.po.
 *
 * The form is that of LuCI's po2lmo.c: the texts, padded to 4 bytes; an index sorted by hash of 4 numbers each (hash of the message,
 * plural forms, offset, length), big-endian; and the offset of the index.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parsePo } from './po.mjs';

/** What luci.mk calls the languages that it has other names for (LUCI_LC_ALIAS). */
const ALIASES = { zh_Hans: 'zh-cn' };

/** Paul Hsieh's SuperFastHash, begun with the number of bytes (lmo.c: sfh_hash). */
function hashOf(text) {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.length & ~3;
  let hash = bytes.length;
  for (let at = 0; at < whole; at += 4) {
    hash += bytes.readUInt16LE(at);
    hash = (hash << 16) ^ (bytes.readUInt16LE(at + 2) << 11) ^ hash;
    hash = (hash + (hash >>> 11)) >>> 0;
  }
  switch (bytes.length - whole) {
    case 3:
      hash += bytes.readUInt16LE(whole);
      hash ^= hash << 16;
      hash ^= bytes.readInt8(whole + 2) << 18;
      hash += hash >>> 11;
      break;
    case 2:
      hash += bytes.readUInt16LE(whole);
      hash ^= hash << 11;
      hash += hash >>> 17;
      break;
    case 1:
      hash += bytes.readInt8(whole);
      hash ^= hash << 10;
      hash += hash >>> 1;
  }
  hash ^= hash << 3;
  hash += hash >>> 5;
  hash ^= hash << 4;
  hash += hash >>> 17;
  hash ^= hash << 25;
  hash += hash >>> 6;
  return hash >>> 0;
}

function compiled(messages) {
  const texts = [];
  const index = [];
  let offset = 0;
  const add = (key, forms, text) => {
    const bytes = Buffer.from(text, 'utf8');
    index.push([key, forms, offset, bytes.length]);
    const padding = (4 - (bytes.length % 4)) % 4;
    texts.push(bytes, Buffer.alloc(padding));
    offset += bytes.length + padding;
  };
  for (const { context, id, plural, texts: translations } of messages) {
    if (id === '') {
      const forms = /^Plural-Forms: (.*)$/m.exec(translations[0])?.[1];
      if (forms !== undefined) add(0, 0, forms);
      continue;
    }
    translations.forEach((text, i) => {
      const key = `${context === undefined ? '' : `${context}\u0001`}${id}${plural === undefined ? '' : `\u0002${i}`}`;
      if (text.includes('\n')) throw new Error(`a translation of several lines: ${text}`);
      if (text !== '' && text !== key) add(hashOf(key), plural === undefined ? 0 : i + 1, text);
    });
  }
  index.sort(([a], [b]) => a - b);
  const numbers = Buffer.alloc(index.length * 16 + 4);
  for (const [i, number] of index.flat().entries()) numbers.writeUInt32BE(number, i * 4);
  numbers.writeUInt32BE(offset, index.length * 16);
  return Buffer.concat([...texts, numbers]);
}

const files = process.argv.slice(2);
const directory = files.pop();
mkdirSync(directory, { recursive: true });
for (const path of files) {
  const language = basename(dirname(path));
  const bytes = compiled(parsePo(readFileSync(path, 'utf8')));
  writeFileSync(join(directory, `weir.${ALIASES[language] ?? language}.lmo`), bytes);
}
