/** What a method of the object `weir` on the bus is; its signature, access list and documentation are made from it. */
import type { OverlayValue } from '../../model/overlay.ts';
import { treesProblem } from '../../model/trees_package.ts';
import type { Service } from '../service.ts';

/** `option` is an option of a shaper as UCI has it: text, a number, a boolean, or a list of texts. */
export type ArgumentType = 'string' | 'integer' | 'boolean' | 'option';

export interface Argument {
  readonly type: ArgumentType;
  /** What it means, for the documentation. */
  readonly help: string;
  readonly required?: true;
  readonly smallest?: number;
  readonly largest?: number;
  readonly choices?: readonly number[];
  /** Of a string, in characters. */
  readonly longest?: number;
}

interface ValueOf {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly option: OverlayValue;
}

/** The arguments as a method gets them, checked. */
export type Values<Args> = {
  readonly [Name in keyof Args]: Args[Name] extends { type: infer T extends ArgumentType; required: true }
    ? ValueOf[T]
    : Args[Name] extends { type: infer T extends ArgumentType }
      ? ValueOf[T] | undefined
      : never;
};

export interface Method {
  readonly name: string;
  /** Who only reads may be anybody who was granted it; writing is for root. */
  readonly access: 'read' | 'write';
  readonly summary: string;
  readonly args: Readonly<Record<string, Argument>>;
  /** What the answer holds, for the documentation. */
  readonly result: string;
  /** Arguments of an example call, as JSON. */
  readonly example: string;
  /**
   * Answers once, now or later, with plain data. @throws ArgumentError, MissingPackageError, KernelError, FileError
   */
  run(service: Service, args: Readonly<Record<string, unknown>>, answer: (result: object) => void): void;
}

/** An argument that is not what it should be. The text names it and says what was expected and what came. */
export class ArgumentError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'ArgumentError';
  }
}

/** What is asked for is in a package that is not installed, or not as it should be. */
export class MissingPackageError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'MissingPackageError';
  }
}

/** Too many calls of this kind are under way. */
export class BusyError extends Error {
  constructor() {
    super('too many calls are waiting');
    this.name = 'BusyError';
  }
}

/** A method with its arguments typed by its own table. */
export function method<const Args extends Readonly<Record<string, Argument>>>(
  definition: Omit<Method, 'args' | 'run'> & {
    readonly args: Args;
    run(service: Service, args: Values<Args>, answer: (result: object) => void): void;
  },
): Method {
  return {
    ...definition,
    // checkArguments has held every value against this very table.
    run: (service, args, answer) => definition.run(service, args as Values<Args>, answer),
  };
}

export const TREE_SECTION = { type: 'string', help: 'the name of a section qdisc, class, filter or action' } as const;
export const SHAPER = { type: 'string', help: 'the name of the section of the shaper' } as const;

const LONGEST_S = 30 * 86_400;
export const FOR = {
  type: 'integer',
  smallest: 1,
  largest: LONGEST_S,
  help: 'seconds after which the configuration holds again; without it until `reset`',
} as const;

/** The name, if there is such a shaper. @throws ArgumentError */
export function existingShaper<Name extends string | undefined>(service: Service, name: Name): Name {
  const names = service.shaperNames();
  if (name === undefined || names.includes(name)) return name;
  throw new ArgumentError(
    `'shaper': expected ${names.length === 0 ? 'one, but there is none' : names.join(' or ')}, got '${name}'`,
  );
}

/** For a method that is about trees. @throws MissingPackageError where they cannot be had */
export function needTrees(): void {
  const problem = treesProblem();
  if (problem !== undefined) throw new MissingPackageError(problem);
}

/** The name, if a tree has such a section. @throws ArgumentError */
export function existingSection<Name extends string | undefined>(service: Service, name: Name): Name {
  if (name === undefined || service.hasTreeSection(name)) return name;
  throw new ArgumentError(`'section': expected the name of a section of a tree, got '${name}'`);
}
