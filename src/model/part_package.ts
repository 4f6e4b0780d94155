/** The packages that parts of the program come in: what is wrong with one, and what helps. */
import type { PartFile } from '../parts/trees.ts';

export interface PackageProblem {
  /** What is needed, as the end of a sentence: `the package weir-trees`. */
  readonly needed: string;
  readonly expected: string;
}

/** Why the part in the package of this name cannot be loaded. */
export function packageProblem(name: string, file: Exclude<PartFile, 'there'>): PackageProblem {
  const needed = `the package ${name}`;
  switch (file) {
    case 'missing':
      return { needed, expected: `opkg install ${name}, or apk add ${name}` };
    case 'of another build':
      return { needed: `${needed} of this very version of weir`, expected: `weir and ${name} of the same version` };
    case 'not trusted':
      return {
        needed: `${needed}, whose file others than root may write to`,
        expected: 'root as its owner, and mode 644',
      };
    case 'unreadable':
      return { needed: `${needed}, whose file cannot be read`, expected: `${name} installed again` };
  }
}
