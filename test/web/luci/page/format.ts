/** String.prototype.format of LuCI's cbi.js: printf with conversions for HTML and for scaled numbers. */

const CONVERSION = /%('.|0| )?(-)?(\d+)?(\.\d+)?([%bcdufosxXqhjtm])/g;
const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

export function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(CONVERSION, (_whole, fill = ' ', left, width, precision, type) => {
    if (type === '%') return '%';
    if (next >= values.length) return 'undefined';
    const shown = convert(type, values[next++], width, precision);
    if (width === undefined || type === 'm') return shown;
    return left === undefined ? shown.padStart(Number(width), fill.at(-1)) : shown.padEnd(Number(width));
  });
}

function convert(type: string, value: unknown, width: string | undefined, precision: string | undefined): string {
  const number = Number(value) || 0;
  const digits = precision === undefined ? undefined : Number(precision.slice(1));
  switch (type) {
    case 'b':
      return Math.floor(number).toString(2);
    case 'c':
      return String.fromCharCode(number);
    case 'd':
      return Math.floor(number).toFixed(0);
    case 'u':
      return Math.floor(number < 0 ? number + 2 ** 32 : number).toFixed(0);
    case 'f':
      return digits === undefined ? String(number) : number.toFixed(digits);
    case 'o':
      return Math.floor(number).toString(8);
    case 'x':
      return Math.floor(number).toString(16);
    case 'X':
      return Math.floor(number).toString(16).toUpperCase();
    case 'h':
      return escaped(value, /[&"'<>]/g);
    case 'q':
      return escaped(value, /["']/g);
    case 'm':
      return scaled(number, Number(width ?? 1000), digits ?? 2);
    case 't':
      return duration(number);
    default:
      return String(value);
  }
}

function escaped(value: unknown, characters: RegExp): string {
  if (value == null || typeof value === 'object' || typeof value === 'function') return '';
  return String(value).replace(characters, (character) => `&#${character.charCodeAt(0)};`);
}

function scaled(value: number, base: number, digits: number): string {
  let power = 0;
  let rest = value;
  for (; rest > base && power < UNITS.length - 1; power++) rest /= base;
  return power === 0 ? `${value} ` : `${rest.toFixed(digits)} ${UNITS[power]}${base === 1024 ? 'i' : ''}`;
}

function duration(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24];
  const rest = `${hours}h ${Math.floor(seconds / 60) % 60}m ${seconds % 60}s`;
  return days > 0 ? `${days}d ${rest}` : rest;
}
