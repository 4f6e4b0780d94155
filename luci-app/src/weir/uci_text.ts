/** The text of a config file from the state of a form, and back from a line of it to where it came from. */

export interface SectionState {
  readonly type: string;
  readonly name: string;
  readonly anonymous: boolean;
  /** Lists are arrays. Nothing, or an empty text, is not there. */
  readonly options: readonly (readonly [name: string, value: string | readonly string[]])[];
}

/** Where a line came from; `option` is absent for a section's first line. */
export interface Place {
  readonly section: string;
  readonly option?: string;
}

export interface UciText {
  readonly text: string;
  /** Where a line, counted from 1, came from. */
  placeOf(line: number): Place | undefined;
}

/** What has no quote in it is the same in single quotes, also over several lines (libuci: file.c). */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

export function uciText(sections: readonly SectionState[]): UciText {
  let text = '';
  const places: (Place | undefined)[] = [undefined];
  const add = (line: string, place: Place): void => {
    text += `${line}\n`;
    for (const _line of line.split('\n')) places.push(place);
  };
  for (const { type, name, anonymous, options } of sections) {
    add(anonymous ? `config ${type}` : `config ${type} ${quoted(name)}`, { section: name });
    for (const [option, value] of options) {
      const place = { section: name, option };
      if (typeof value === 'string') {
        if (value !== '') add(`\toption ${option} ${quoted(value)}`, place);
      } else {
        for (const item of value) add(`\tlist ${option} ${quoted(item)}`, place);
      }
    }
  }
  return { text, placeOf: (line) => places[line] };
}

/** The line that an issue of the daemon names first, as in `config:12: shaper 'wan'`, or undefined. */
export function lineOfIssue(where: string): number | undefined {
  const line = /^config:(\d+):/.exec(where)?.[1];
  return line === undefined ? undefined : Number(line);
}
