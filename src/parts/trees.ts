/**
 * The door to trees: they are loaded when a configuration has some, or the kernel, or somebody asks for them. They come in a package of
 * their own, so their file may not be there.
 */
import * as part from '../model/tree/part.ts';

/** Whether a part that lies in a file can be loaded, or why not: native/part_file.c. */
export type PartFile = 'there' | 'missing' | 'of another build' | 'not trusted' | 'unreadable';

/** In the source the part is always there; a test may have it otherwise. */
let isLoaded = true;
let file: PartFile = 'there';

/** @throws RangeError where they are not loaded yet and {@link treesFile} is not `there` */
export function trees(): typeof part {
  if (!canUseTrees()) throw new RangeError(file);
  return part;
}

/** How their file is now. Of what has been loaded already only `missing` matters: the package has been removed. */
export function treesFile(): PartFile {
  return isLoaded && file !== 'missing' ? 'there' : file;
}

/** Whether they are loaded already, or can be. */
export function canUseTrees(): boolean {
  return isLoaded || file === 'there';
}

/** For tests: `body` with the file as it is given, and the part loaded before that or not. */
export function withTreesFile<T>(as: PartFile, loaded: boolean, body: () => T): T {
  [file, isLoaded] = [as, loaded];
  try {
    return body();
  } finally {
    [file, isLoaded] = ['there', true];
  }
}
