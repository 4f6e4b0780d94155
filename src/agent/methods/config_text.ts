/** The argument `config` of methods that look at a configuration which is not in the file yet. */

/** Whoever may read may ask this, and a slow router is not to be busy with it for long. */
const LONGEST_CONFIG = 65_536;

/** What its issues call it. */
export const CONFIG_NAME = 'config';

export const CONFIG_TEXT = {
  type: 'string',
  longest: LONGEST_CONFIG,
  help: 'the text of a configuration, instead of the file',
} as const;
