/** The fields that `weir check` reads options with, and the units they are made of: as they are, for the pages. */

export { formatDuration, formatRate, formatSize } from '../../../src/lib/units.ts';
export { fieldOf } from '../../../src/schema/field.ts';
