/** Statements of a UCI file merged into sections, as libuci merges them. */
import { UciOutline } from './ucitext_outline.ts';

/** An `option` (its value a string) or a `list` (its value the items, at least one). Values decode bytes by decodeUtf8. */
export interface UciOption {
  readonly name: string;
  readonly value: string | readonly string[];
  /** The line, from 1, of the statement that gave the value; of a list, its first item. */
  readonly line: number;
  /** One line for each item of a list; empty for a plain option. */
  readonly itemLines: readonly number[];
}

export interface UciSection {
  readonly type: string;
  /** The given name, or libuci's generated one (`cfg02b618`). Only given names are unique, and only among themselves. */
  readonly name: string;
  readonly anonymous: boolean;
  /** Position from 0 among all sections of the type, named ones included: the `i` of `@type[i]`. */
  readonly index: number;
  /** The line, from 1, of the (first) `config` statement. */
  readonly line: number;
  /** In the order of their first appearance; names are unique. */
  readonly options: readonly UciOption[];
}

/** Of plain options, which a file of thousands of sections is full of. */
const NO_LINES: number[] = [];

interface OptionDraft extends UciOption {
  value: string | string[];
  line: number;
  itemLines: number[];
}

/** Where options go, findable by name: a file of thousands must not cost a search of thousands a line. */
interface SectionDraft {
  readonly type: string;
  readonly options: OptionDraft[];
  /** Once there are many. */
  byName: Map<string, OptionDraft> | undefined;
}

/** Up to so many options a search costs less than a map. */
const FEW_OPTIONS = 16;

function optionNamed({ options, byName }: SectionDraft, name: string): OptionDraft | undefined {
  if (byName !== undefined) return byName.get(name);
  for (let i = 0; i < options.length; i++) if (options[i]?.name === name) return options[i];
  return undefined;
}

/** Maps hold the first of a name, as libuci's searches find it. */
export class FileBuilder {
  readonly sections: UciSection[] = [];
  private readonly byName = new Map<string, SectionDraft>();
  private readonly countByType = new Map<string, number>();
  private current: SectionDraft | undefined;
  private opened: number;
  private readonly starts: number[] = [];
  /** Every section stands in one place, and begins with its line. */
  private isOutlined = true;
  /** Gets each section as soon as it is complete; it is forgotten then. */
  private readonly visit: ((section: UciSection) => void) | undefined;

  /** `before` are the sections before the first. */
  constructor({ before = 0, visit }: { before?: number; visit?: (section: UciSection) => void }) {
    this.opened = before;
    this.visit = visit;
  }

  get outline(): UciOutline | undefined {
    if (!this.isOutlined) return undefined;
    const lines = Uint32Array.from(this.sections, ({ line }) => line);
    const names = this.sections.map(({ name }) => name);
    return new UciOutline(Uint32Array.from(this.starts), lines, names);
  }

  /** Hands out what there is, and forgets it. */
  handOut(): void {
    for (const section of this.sections) this.visit?.(section);
    this.sections.length = 0;
    this.byName.clear();
  }

  get hasSection(): boolean {
    return this.current !== undefined;
  }

  /**
   * Begins or resumes a section; an empty name is an anonymous one. `start` is the byte of its line, where that begins with it. False when
   * the name belongs to another type.
   */
  openSection(type: string, givenName: string, line: number, start: number | undefined): boolean {
    if (this.visit !== undefined) this.handOut();
    else if (start === undefined) this.isOutlined = false;
    else this.starts.push(start);
    // A given name can hit a generated one: then the options go to that section, which stays anonymous.
    const earlier = givenName === '' ? undefined : this.byName.get(givenName);
    if (earlier !== undefined) {
      this.isOutlined = false;
      this.current = earlier;
      return earlier.type === type;
    }
    const anonymous = givenName === '';
    this.opened++;
    const name = anonymous ? generatedName(this.opened, type) : givenName;
    const index = this.countByType.get(type) ?? 0;
    this.countByType.set(type, index + 1);
    const options: OptionDraft[] = [];
    this.current = { type, options, byName: undefined };
    if (!this.byName.has(name)) this.byName.set(name, this.current);
    this.sections.push({ type, name, anonymous, index, line, options });
    return true;
  }

  setOption(name: string, value: string, line: number): void {
    const earlier = this.optionNamed(name);
    if (earlier === undefined) {
      this.append({ name, value, line, itemLines: NO_LINES });
      return;
    }
    earlier.value = value;
    earlier.line = line;
    earlier.itemLines = NO_LINES;
  }

  addItem(name: string, item: string, line: number): void {
    const earlier = this.optionNamed(name);
    if (earlier === undefined) {
      this.append({ name, value: [item], line, itemLines: [line] });
      return;
    }
    if (typeof earlier.value === 'string') {
      earlier.value = [earlier.value, item];
      earlier.itemLines = [earlier.line, line];
    } else {
      earlier.value.push(item);
      earlier.itemLines.push(line);
    }
  }

  private optionNamed(name: string): OptionDraft | undefined {
    return this.current === undefined ? undefined : optionNamed(this.current, name);
  }

  private append(option: OptionDraft): void {
    const { current } = this;
    if (current === undefined) return;
    const { options } = current;
    options.push(option);
    if (current.byName !== undefined) current.byName.set(option.name, option);
    else if (options.length > FEW_OPTIONS) current.byName = new Map(options.map((one) => [one.name, one]));
  }
}

/**
 * libuci's name of an anonymous section: `cfg`, the section's position from 1 in hex, and 16 bits of Bernstein's hash (times 33,
 * plus the byte, from 5381) of its type. Options never enter: at load the name is made before the first one is read.
 */
function generatedName(position: number, type: string): string {
  let hash = 5381;
  for (let i = 0; i < type.length; i++) hash = (Math.imul(hash, 33) + type.charCodeAt(i)) | 0;
  return `cfg${position.toString(16).padStart(2, '0')}${(hash & 0xffff).toString(16).padStart(4, '0')}`;
}
