/** Which parts were evaluated, in order: a module that the program and both parts import, and that there must be once. */
export const loads: string[] = [];
