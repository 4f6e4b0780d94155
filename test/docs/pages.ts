/** Reads the pages for people: which files they are, their code blocks, what stands in `code`, and where links lead. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Page {
  readonly path: string;
  /** Fenced and indented blocks, without their indentation. */
  readonly blocks: readonly Block[];
  /** What stands between backticks in the text. */
  readonly spans: readonly string[];
  readonly text: string;
}

export interface Block {
  /** The word behind the fence; '' for an indented block. */
  readonly language: string;
  readonly lines: readonly string[];
}

/** Every page: those of docs/, and the README files beside code that people build or install from. */
export function pagePaths(): string[] {
  const inDocs = readdirSync('docs').filter((name) => name.endsWith('.md'));
  const others = ['README.md', 'ARCHITECTURE.md', 'openwrt/README.md'].filter((path) => existsSync(path));
  return [...inDocs.map((name) => `docs/${name}`), ...others].sort();
}

export function readPage(path: string): Page {
  return parsePage(path, readFileSync(path, 'utf8'));
}

/** An indented block begins after an empty line, with four spaces or more; so it is in CommonMark, also inside of a list. */
export function parsePage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const fence = /^( *)```(\S*)$/.exec(line);
    if (fence !== null) {
      const end = lines.indexOf(`${fence[1]}\`\`\``, i + 1);
      if (end < 0) throw new Error(`${path}:${i + 1}: a fence without end`);
      blocks.push({ language: fence[2] ?? '', lines: unindented(lines.slice(i + 1, end)) });
      i = end;
    } else if (/^ {4}/.test(line) && (lines[i - 1] ?? '') === '') {
      let end = i;
      while (end < lines.length && /^( {4}|$)/.test(lines[end] ?? '')) end++;
      const block = lines.slice(i, end);
      while (block.at(-1) === '') block.pop();
      blocks.push({ language: '', lines: unindented(block) });
      i = end - 1;
    } else {
      prose.push(line);
    }
  }
  const flowing = prose.join('\n');
  const spans = [...flowing.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replaceAll('\n', ' '));
  return { path, blocks, spans, text };
}

function unindented(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least));
}

/** All code of a page as single lines: those of its blocks, and the spans. */
export function codeOf(page: Page): string[] {
  return [...page.blocks.flatMap(({ lines }) => lines), ...page.spans];
}

/** Links that lead nowhere: to a file that is not there, or to a heading that the page does not have. */
export function deadLinks({ path, text }: Page): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const linked = file === '' ? path : normalize(join(dirname(path), file));
    if (!existsSync(linked)) return true;
    return anchor !== undefined && !headingsOf(readFileSync(linked, 'utf8')).includes(anchor);
  });
}

/** Rows of tables with more or fewer cells than their heading: a bar that is not escaped divides a cell, in code too. */
export function brokenRows({ text }: Page): string[] {
  const tables = [...text.matchAll(/^\|.*\n\|[-| ]+\|\n(?:\|.*\n?)*/gm)].map(([table]) => table.trimEnd().split('\n'));
  const cells = (row: string): number => row.split(/(?<!\\)\|/).length;
  return tables.flatMap(([heading = '', ...rows]) => rows.filter((row) => cells(row) !== cells(heading)));
}

/** As GitHub names the headings of a page. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
