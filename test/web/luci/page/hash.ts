/** Paul Hsieh's SuperFastHash of a text's UTF-8 bytes, begun with their number, as eight hexadecimal digits (LuCI: lmo.c, cbi.js). */
export function hashOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const rest = bytes.length & 3;
  const whole = bytes.length - rest;
  let hash = bytes.length;
  const addShifted = (by: number): void => {
    hash = (hash + (hash >>> by)) >>> 0;
  };
  const flipShifted = (by: number): void => {
    hash = (hash ^ (hash << by)) >>> 0;
  };
  for (let at = 0; at < whole; at += 4) {
    hash = (hash + view.getUint16(at, true)) >>> 0;
    hash = ((hash << 16) ^ (view.getUint16(at + 2, true) << 11) ^ hash) >>> 0;
    addShifted(11);
  }
  if (rest > 1) hash = (hash + view.getUint16(whole, true)) >>> 0;
  if (rest === 3) {
    flipShifted(16);
    hash = (hash ^ (view.getInt8(whole + 2) << 18)) >>> 0;
    addShifted(11);
  } else if (rest === 2) {
    flipShifted(11);
    addShifted(17);
  } else if (rest === 1) {
    hash = (hash + view.getInt8(whole)) >>> 0;
    flipShifted(10);
    addShifted(1);
  }
  flipShifted(3);
  addShifted(5);
  flipShifted(4);
  addShifted(17);
  flipShifted(25);
  addShifted(6);
  return hash.toString(16).padStart(8, '0');
}
