/** The packages that parts of the program come in: what is wrong with one, and what helps. */
import type { PartFile } from '../parts/trees.ts';

export interface PackageProblem {
  /** What is needed, as the end of a sentence: `the package weir-trees`. */
  readonly needed: string;
  readonly expected: string;
}

const PROBLEMS: Readonly<Record<Exclude<PartFile, 'there'>, (name: string) => PackageProblem>> = {
  missing: (name) => ({ needed: `the package ${name}`, expected: `opkg install ${name}, or apk add ${name}` }),
  'of another build': (name) => ({
    needed: `the package ${name} of this very version of weir`,
    expected: `weir and ${name} of the same version`,
  }),
  'not trusted': (name) => ({
    needed: `the package ${name}, whose file others than root may write to`,
    expected: 'root as its owner, and mode 644',
  }),
  unreadable: (name) => ({
    needed: `the package ${name}, whose file cannot be read`,
    expected: `${name} installed again`,
  }),
};

/** Why the part in the package of this name cannot be loaded. */
export function packageProblem(name: string, file: Exclude<PartFile, 'there'>): PackageProblem {
  return PROBLEMS[file](name);
}
