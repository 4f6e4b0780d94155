/** What sections of a tree may hold. There are some three hundred options, so the daemon is asked for those of one kind. */
import type { SectionOption, SectionOptions } from '../../../src/model/tree/section_option.ts';
import { bitRate } from '../../../src/schema/bit_rate.ts';
import {
  boolean,
  choice,
  deviceName,
  duration,
  type Field,
  hyphenated,
  integer,
  size,
} from '../../../src/schema/field.ts';
import { callOptions } from './daemon.ts';
import type { OptionDeclaration } from './options_gen.ts';

export const TREE_TYPES = ['qdisc', 'class', 'filter', 'action', 'device_group', 'qos', 'queue'] as const;
export type TreeType = (typeof TREE_TYPES)[number];

/** What sections of a type may hold, whatever their kind. */
export interface CommonOptions extends SectionOptions {
  readonly type: TreeType;
}

/** Of every type; undefined where the daemon does not answer: then there is no form. */
export async function commonOptions(): Promise<readonly CommonOptions[] | undefined> {
  try {
    return await Promise.all(TREE_TYPES.map(async (type) => ({ type, ...(await callOptions(type, null, null)) })));
  } catch {
    return undefined;
  }
}

/** As options of the other forms are declared. Titles are markup to LuCI. */
export function declared({ label, help, unset, otherwise, ...rest }: SectionOption): OptionDeclaration {
  return {
    ...rest,
    label: inOwnWords(label),
    help: inOwnWords(help),
    field: fieldOf(rest),
    ...(unset === undefined ? {} : { unset: [unset] }),
    ...(otherwise === undefined ? {} : { otherwise: inOwnWords(otherwise) }),
  };
}

/** Texts of the program itself, which are translated (tree_texts_gen.ts). */
function inOwnWords(text: string): Translated {
  const plain = text.replace(/[<&]/g, '');
  return _(plain);
}

/** The daemon's own check, where it costs no more than a call; else what is typed is checked when it is saved. */
function fieldOf({
  data,
  expectation,
  choices,
}: Pick<SectionOption, 'data' | 'expectation' | 'choices'>): Field<unknown> {
  switch (data.kind) {
    case 'boolean':
      return boolean();
    case 'choice':
      return choice(data.words, data.aliases);
    case 'hyphenated':
      return hyphenated(data.words);
    case 'integer':
      return integer(data.smallest, data.largest);
    case 'size':
      return size(data.smallest, data.largest, data.zero);
    case 'duration':
      return duration(data.smallest, data.largest, data.presets);
    case 'deviceName':
      return deviceName();
    case 'bitRate':
      return bitRate(data.smallest, data.largest);
    default:
      return {
        parse: (text) => text,
        format: String,
        expected: expectation.text,
        expectation,
        data,
        ...(choices === undefined ? {} : { choices }),
      };
  }
}
