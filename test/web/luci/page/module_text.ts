/** What a module's text requires: LuCI reads the strings at its beginning (luci.js: compileClass). */

export interface Required {
  readonly name: string;
  /** Of the parameter that the module's function gets it by. */
  readonly identifier: string;
}

const STATEMENT = /^(?:\s|;|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*(['"])((?:(?!\1)[^\\]|\\[\s\S])*)\1/;
const REQUIRE = /^require[ \t]+(\S+)(?:[ \t]+as[ \t]+([a-zA-Z_]\S*))?$/;

export function directivesOf(text: string): Required[] {
  const required: Required[] = [];
  let rest = text;
  for (let found = STATEMENT.exec(rest); found !== null; found = STATEMENT.exec(rest)) {
    const [whole, , string = ''] = found;
    const [, name, as] = REQUIRE.exec(string) ?? [];
    if (name !== undefined) required.push({ name, identifier: as ?? name.replace(/[^a-zA-Z0-9_]/g, '_') });
    else if (!/^use[ \t]+strict$/.test(string)) break;
    rest = rest.slice(whole.length);
  }
  return required;
}
