/** A config file with what a session has changed in it and not applied: values, and the changes as `uci changes` of rpcd lists them. */
import { encodeUtf8 } from '../../../src/lib/utf8.ts';
import { formatUciExport } from '../../../src/wire/uciprint.ts';
import { isUciName, isUciType, parseUci, UciSyntaxError } from '../../../src/wire/ucitext.ts';

export interface Section {
  readonly type: string;
  readonly name: string;
  readonly anonymous: boolean;
  readonly options: ReadonlyMap<string, string | readonly string[]>;
}
export type Package = readonly Section[];
/** The command, the section, and what it is about. */
export type Change = readonly [string, string, ...string[]];

/** Undefined where the file is no UCI. */
export function parsePackage(text: string): Package | undefined {
  const file = parseUci(encodeUtf8(text));
  if (file instanceof UciSyntaxError) return undefined;
  return file.sections.map(({ type, name, anonymous, options }) => {
    return { type, name, anonymous, options: new Map(options.map((option) => [option.name, option.value])) };
  });
}

/** As libuci writes a file: an export without its `package` line. */
export function formatPackage(sections: Package): string {
  const file = {
    sections: sections.map(({ type, name, anonymous, options }) => {
      const list = [...options].map(([option, value]) => ({ name: option, value, line: 0, itemLines: [] }));
      return { type, name, anonymous, index: 0, line: 0, options: list };
    }),
  };
  return formatUciExport(file, 'package').replace(/^.*\n/, '');
}

/** Of a section that nobody gave a name. */
const GENERATED_NAME = /^cfg[0-9a-f]{6}$/;

export class UciDraft {
  private sections: Package;
  readonly changes: Change[] = [];

  constructor(file: Package) {
    this.sections = file;
  }

  get package(): Package {
    return this.sections;
  }

  /** The same changes over the file as it is now. */
  over(file: Package): UciDraft {
    const draft = new UciDraft(file);
    for (const change of this.changes) draft.carryOut(change);
    return draft;
  }

  has(section: string): boolean {
    return this.sections.some(({ name }) => name === section);
  }

  /** Gives its name, which is made up where none is given. */
  add(type: string, given: string | undefined): string {
    const name = given ?? this.freeName();
    this.carryOut(['add', name, type]);
    return name;
  }

  /** False where a name or value is none. */
  set(section: string, values: Readonly<Record<string, unknown>>): boolean {
    for (const [option, value] of Object.entries(values)) {
      if (!isUciName(option)) return false;
      if (Array.isArray(value)) {
        this.removeOption(section, option);
        for (const item of value) this.carryOut(['list-add', section, option, textOf(item)]);
      } else {
        this.carryOut(['set', section, option, textOf(value)]);
      }
    }
    return true;
  }

  remove(section: string): void {
    this.carryOut(['remove', section]);
  }

  removeOption(section: string, option: string): void {
    const found = this.sections.find(({ name }) => name === section);
    if (found?.options.has(option)) this.carryOut(['remove', section, option]);
  }

  order(names: readonly string[]): void {
    for (const [index, name] of names.entries()) this.carryOut(['order', name, String(index)]);
  }

  private carryOut(change: Change): void {
    this.changes.push(change);
    const [command, name, option = '', value = ''] = change;
    switch (command) {
      case 'add':
        if (!isUciType(option)) return;
        this.sections = [
          ...this.sections,
          { type: option, name, anonymous: GENERATED_NAME.test(name), options: new Map() },
        ];
        break;
      case 'remove':
        if (change.length === 2) this.sections = this.sections.filter((section) => section.name !== name);
        else this.change(name, (options) => options.delete(option));
        break;
      case 'order': {
        const section = this.sections.find((one) => one.name === name);
        if (section === undefined) return;
        const others = this.sections.filter((one) => one !== section);
        this.sections = [...others.slice(0, Number(option)), section, ...others.slice(Number(option))];
        break;
      }
      case 'list-add':
        this.change(name, (options) => options.set(option, [...listOf(options.get(option)), value]));
        break;
      case 'set':
        // An empty value is none (libuci).
        this.change(name, (options) => (value === '' ? options.delete(option) : options.set(option, value)));
    }
  }

  private change(name: string, how: (options: Map<string, string | readonly string[]>) => unknown): void {
    this.sections = this.sections.map((section) => {
      if (section.name !== name) return section;
      const options = new Map(section.options);
      how(options);
      return { ...section, options };
    });
  }

  private freeName(): string {
    let number = this.sections.length + 1;
    const name = (): string => `cfg${number.toString(16).padStart(2, '0')}0000`;
    while (this.has(name())) number++;
    return name();
  }
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** As rpcd makes text of a value (rpc_uci_format_blob). */
function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}
