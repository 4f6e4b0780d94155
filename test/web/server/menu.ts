/** Which page is at a path, and who may see it: LuCI's menu.d files, as its dispatcher.uc reads them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { isGranted } from './acl.ts';
import type { Session } from './sessions.ts';

const node = z.object({
  title: z.optional(z.string()),
  order: z.optional(z.int()),
  action: z.optional(
    z.union([z.object({ type: z.literal('view'), path: z.string() }), z.object({ type: z.literal('firstchild') })]),
  ),
  depends: z.optional(
    z.object({ acl: z.optional(z.array(z.string())), fs: z.optional(z.record(z.string(), z.literal('file'))) }),
  ),
});
export type MenuNode = z.infer<typeof node>;
/** By path, e.g. `admin/network/weir`. */
export type Menu = ReadonlyMap<string, MenuNode>;

/** A page for a session. */
export interface Page {
  readonly path: string;
  readonly title: string;
  /** Of the view, e.g. `weir/overview`. */
  readonly view: string;
  /** The session may read only. */
  readonly readonly: boolean;
}

export function readMenu(directories: readonly string[]): Menu {
  const menu = new Map<string, MenuNode>();
  for (const directory of directories) {
    for (const name of readdirSync(directory).filter((one) => one.endsWith('.json'))) {
      const file = z.record(z.string(), node).parse(JSON.parse(readFileSync(join(directory, name), 'utf8')));
      for (const [path, one] of Object.entries(file)) menu.set(path, one);
    }
  }
  return menu;
}

/** Without what depends on files that are not there (check_fs_depends). LuCI looks again when it builds its cache of the menu anew. */
export async function satisfied(menu: Menu, isFile: (path: string) => Promise<boolean>): Promise<Menu> {
  const nodes = await Promise.all(
    [...menu].map(async (one) => {
      const files = await Promise.all(Object.keys(one[1].depends?.fs ?? {}).map(isFile));
      return files.every(Boolean) ? [one] : [];
    }),
  );
  return new Map(nodes.flat());
}

/** The page at a path, or the first below it; undefined where there is none that the session may read. */
export function pageAt(menu: Menu, path: string, session: Session): Page | undefined {
  const found = menu.get(path);
  if (found?.action?.type === 'view') return pageOf(menu, path, found.title ?? '', found.action.path, session);
  return pagesBelow(menu, path, session)[0];
}

/** The pages right below a path that the session may read, in their order. */
export function pagesBelow(menu: Menu, path: string, session: Session): Page[] {
  return [...menu]
    .filter(([one]) => one.startsWith(`${path}/`) && !one.slice(path.length + 1).includes('/'))
    .sort(([, a], [, b]) => (a.order ?? 1000) - (b.order ?? 1000))
    .flatMap(([one, { title = '', action }]) => {
      const page = action?.type === 'view' ? pageOf(menu, one, title, action.path, session) : undefined;
      return page === undefined ? [] : [page];
    });
}

/** As check_acl_depends: each group on the way must be granted, and one of them for writing. */
function pageOf(menu: Menu, path: string, title: string, view: string, session: Session): Page | undefined {
  const parts = path.split('/');
  const groups = parts.flatMap((_, i) => menu.get(parts.slice(0, i + 1).join('/'))?.depends?.acl ?? []);
  const may = (permission: string) => (group: string) => isGranted(session.grants, 'access-group', group, permission);
  if (!groups.every((group) => may('read')(group) || may('write')(group))) return undefined;
  return { path, title, view, readonly: groups.length > 0 && !groups.some(may('write')) };
}
