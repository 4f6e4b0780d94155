/** What a section of a tree may hold, as the bus tells it. Types only, so that pages can have them. */
import type { Expectation, FieldData } from '../../schema/field.ts';

/** One option that a section may have. */
export interface SectionOption {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  /** What its field is made from. */
  readonly data: FieldData;
  /** What it takes, with `%s` for each of the values, so that it can be translated. */
  readonly expectation: Expectation;
  /** All legal words, where they can be counted. */
  readonly choices?: readonly string[];
  readonly repeatable?: true;
  /** What holds when it is not set, as it would be written. */
  readonly unset?: string;
  /** The same in words. */
  readonly otherwise?: string;
  /** It is the section's own, whatever the kind. */
  readonly common: boolean;
}

export interface SectionOptions {
  /** The kinds that there are; of a class those whose classes are made one by one, of a queue the types of QoS that have queues. */
  readonly kinds: readonly string[];
  readonly options: readonly SectionOption[];
}
