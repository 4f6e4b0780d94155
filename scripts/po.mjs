/** Catalogues of gettext: .po and .pot files, as far as LuCI uses them. */

/**
 * @typedef {{ references: string[], context: string | undefined, id: string, plural: string | undefined, texts: string[] }} Message
 * A message; `texts` are its translations, one or as many as there are plural forms, '' where there is none.
 */

const FIELDS = /^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)\s+"(.*)"$/;

/** @returns {Message[]} the first is the head, whose id is '' */
export function parsePo(text) {
  const messages = [];
  let message;
  let field;
  for (const line of text.split('\n')) {
    const [, name, value] = FIELDS.exec(line) ?? [];
    const more = /^"(.*)"$/.exec(line)?.[1];
    if (line.startsWith('#:')) {
      message ??= emptyMessage();
      message.references.push(...line.slice(2).trim().split(/\s+/));
    } else if (name !== undefined) {
      message ??= emptyMessage();
      field = name;
      add(message, field, unquoted(value));
    } else if (more !== undefined && message !== undefined) {
      add(message, field, unquoted(more));
    } else if (line.trim() === '' && message !== undefined) {
      messages.push(message);
      message = undefined;
    }
  }
  if (message !== undefined) messages.push(message);
  return messages;
}

/** @param {Message[]} messages */
export function formatPo(messages) {
  return messages.map(formatMessage).join('\n');
}

/** What makes a message another one. */
export function keyOf({ context, id }) {
  return `${context ?? ''}\u0001${id}`;
}

function emptyMessage() {
  return { references: [], context: undefined, id: '', plural: undefined, texts: [] };
}

function add(message, field, value) {
  const index = /^msgstr(?:\[(\d+)\])?$/.exec(field);
  if (index !== null) {
    const at = Number(index[1] ?? 0);
    message.texts[at] = (message.texts[at] ?? '') + value;
  } else if (field === 'msgctxt') message.context = (message.context ?? '') + value;
  else if (field === 'msgid_plural') message.plural = (message.plural ?? '') + value;
  else message.id += value;
}

function formatMessage({ references, context, id, plural, texts }) {
  const lines = references.map((reference) => `#: ${reference}`);
  if (context !== undefined) lines.push(`msgctxt ${quoted(context)}`);
  lines.push(`msgid ${quoted(id)}`);
  if (plural === undefined) lines.push(`msgstr ${id === '' ? head(texts[0]) : quoted(texts[0])}`);
  else lines.push(`msgid_plural ${quoted(plural)}`, ...texts.map((text, i) => `msgstr[${i}] ${quoted(text)}`));
  return `${lines.join('\n')}\n`;
}

/** A line of the file for each of the head's lines. */
function head(text) {
  return ['""', ...text.split(/(?<=\n)/).map(quoted)].join('\n');
}

function quoted(text) {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function unquoted(text) {
  return text.replace(/\\(.)/g, (_whole, character) => (character === 'n' ? '\n' : character));
}
