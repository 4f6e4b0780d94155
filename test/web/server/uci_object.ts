/**
 * The object `uci` of rpcd: what a session sets waits in the session, and is written by `apply`, which takes it back unless
 * somebody confirms. Read in rpcd's uci.c.
 */
import { BLOBMSG } from '../../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../../src/wire/ubus.ts';
import type { BusAnswer } from '../bus_line.ts';
import { isGranted } from './acl.ts';
import { type Args, failed, type OwnMethod, ok } from './objects.ts';
import type { Session } from './sessions.ts';
import { type Change, formatPackage, type Package, parsePackage, UciDraft } from './uci_draft.ts';

const { STRING, TABLE, ARRAY, INT32, INT8 } = BLOBMSG;
const { INVALID_ARGUMENT, NOT_FOUND, NO_DATA, PERMISSION_DENIED } = UBUS_STATUS;

/** Where the files of /etc/config are. */
export interface UciFiles {
  read(config: string): Promise<string | undefined>;
  write(config: string, text: string): Promise<void>;
  /** As procd does after a change: the services that depend on it are told. */
  changed(config: string): Promise<void>;
}

interface Applied {
  readonly session: string;
  readonly before: ReadonlyMap<string, string>;
  readonly timer: NodeJS.Timeout;
}

/** `read` or `write`: what a method needs in the scope `uci`. */
type Permission = 'read' | 'write';

export class Uci {
  private readonly files: UciFiles;
  /** By session and config. */
  private readonly drafts = new Map<string, Map<string, UciDraft>>();
  private applied: Applied | undefined;

  constructor(files: UciFiles) {
    this.files = files;
  }

  /** Waits for no confirmation any more. */
  close(): void {
    if (this.applied !== undefined) clearTimeout(this.applied.timer);
  }

  /** Drops what a session has not applied. */
  forget(session: string): void {
    this.drafts.delete(session);
  }

  object(): Readonly<Record<string, OwnMethod>> {
    const inConfig = (
      args: Readonly<Record<string, number>>,
      permission: Permission,
      run: (draft: UciDraft, args: Args) => BusAnswer,
    ): OwnMethod => ({
      args: { config: STRING, ...args, ubus_rpc_session: STRING },
      run: (given, session) => this.inConfig(given, session, permission, run),
    });
    return {
      get: inConfig({ section: STRING, option: STRING, type: STRING }, 'read', get),
      add: inConfig({ type: STRING, name: STRING, values: TABLE }, 'write', add),
      set: inConfig({ section: STRING, values: TABLE }, 'write', set),
      delete: inConfig({ section: STRING, option: STRING, options: ARRAY }, 'write', remove),
      order: inConfig({ sections: ARRAY }, 'write', order),
      changes: {
        args: { config: STRING, ubus_rpc_session: STRING },
        run: (_, session) => ok({ changes: this.changesOf(session.id) }),
      },
      revert: {
        args: { config: STRING, ubus_rpc_session: STRING },
        run: ({ config }, session) => {
          this.drafts.get(session.id)?.delete(String(config));
          return ok();
        },
      },
      apply: {
        args: { rollback: INT8, timeout: INT32, ubus_rpc_session: STRING },
        run: ({ rollback, timeout }, session) => this.apply(session, rollback === true, Number(timeout ?? 0)),
      },
      confirm: { args: { ubus_rpc_session: STRING }, run: (_, session) => this.confirm(session.id) },
      rollback: { args: { ubus_rpc_session: STRING }, run: () => this.rollBack() },
    };
  }

  /** What a session has not applied yet, by config. */
  changesOf(session: string): Record<string, readonly Change[]> {
    const drafts = [...(this.drafts.get(session) ?? [])].filter(([, draft]) => draft.changes.length > 0);
    return Object.fromEntries(drafts.map(([config, draft]) => [config, draft.changes]));
  }

  private async inConfig(
    args: Args,
    session: Session,
    permission: Permission,
    run: (draft: UciDraft, args: Args) => BusAnswer,
  ): Promise<BusAnswer> {
    const { config } = args;
    if (typeof config !== 'string') return failed(INVALID_ARGUMENT);
    if (!isGranted(session.grants, 'uci', config, permission)) return failed(PERMISSION_DENIED);
    const draft = await this.draft(session.id, config);
    return draft === undefined ? failed(NOT_FOUND) : run(draft, args);
  }

  /** The session's own, over what the file holds now. */
  private async draft(session: string, config: string): Promise<UciDraft | undefined> {
    const text = await this.files.read(config);
    const file = text === undefined ? undefined : parsePackage(text);
    if (file === undefined) return undefined;
    const drafts = this.drafts.get(session) ?? new Map<string, UciDraft>();
    this.drafts.set(session, drafts);
    const draft = drafts.get(config)?.over(file) ?? new UciDraft(file);
    drafts.set(config, draft);
    return draft;
  }

  async apply(session: Session, rollback: boolean, timeoutS: number): Promise<BusAnswer> {
    if (this.applied !== undefined) return failed(PERMISSION_DENIED);
    const configs = Object.keys(this.changesOf(session.id));
    if (configs.some((config) => !isGranted(session.grants, 'uci', config, 'write'))) return failed(PERMISSION_DENIED);
    if (configs.length === 0) return failed(NO_DATA);
    const before = new Map<string, string>();
    for (const config of configs) {
      before.set(config, (await this.files.read(config)) ?? '');
      const draft = await this.draft(session.id, config);
      if (draft !== undefined) await this.files.write(config, formatPackage(draft.package));
      this.drafts.get(session.id)?.delete(config);
    }
    if (rollback) {
      const timer = setTimeout(() => void this.rollBack(), timeoutS * 1000);
      this.applied = { session: session.id, before, timer };
    }
    for (const config of configs) await this.files.changed(config);
    return ok();
  }

  confirm(session: string): BusAnswer {
    if (this.applied === undefined) return failed(NO_DATA);
    if (this.applied.session !== session) return failed(PERMISSION_DENIED);
    clearTimeout(this.applied.timer);
    this.applied = undefined;
    return ok();
  }

  private async rollBack(): Promise<BusAnswer> {
    if (this.applied === undefined) return failed(NO_DATA);
    const { before, timer } = this.applied;
    clearTimeout(timer);
    this.applied = undefined;
    for (const [config, text] of before) await this.files.write(config, text);
    for (const config of before.keys()) await this.files.changed(config);
    return ok();
  }
}

function get({ package: file }: UciDraft, { section, option, type }: Args): BusAnswer {
  const values = shown(file);
  if (typeof section !== 'string') {
    const wanted = Object.entries(values).filter(([, one]) => typeof type !== 'string' || one['.type'] === type);
    return ok({ values: Object.fromEntries(wanted) });
  }
  const found = values[section];
  if (found === undefined) return ok();
  if (typeof option !== 'string') return ok({ values: found });
  return found[option] === undefined ? ok() : ok({ value: found[option] });
}

function shown(file: Package): Record<string, Record<string, unknown>> {
  const sections = file.map(({ name, type, anonymous, options }, index) => {
    const about = { '.anonymous': anonymous, '.type': type, '.name': name, '.index': index };
    return [name, { ...about, ...Object.fromEntries(options) }] as const;
  });
  return Object.fromEntries(sections);
}

function add(draft: UciDraft, { type, name, values }: Args): BusAnswer {
  if (typeof type !== 'string') return failed(INVALID_ARGUMENT);
  const section = draft.add(type, typeof name === 'string' ? name : undefined);
  return draft.set(section, tableOf(values)) ? ok({ section }) : failed(INVALID_ARGUMENT);
}

function set(draft: UciDraft, { section, values }: Args): BusAnswer {
  if (typeof section !== 'string' || values == null) return failed(INVALID_ARGUMENT);
  if (!draft.has(section)) return failed(NOT_FOUND);
  return draft.set(section, tableOf(values)) ? ok() : failed(INVALID_ARGUMENT);
}

function remove(draft: UciDraft, { section, option, options }: Args): BusAnswer {
  if (typeof section !== 'string') return failed(INVALID_ARGUMENT);
  if (!draft.has(section)) return failed(NOT_FOUND);
  if (Array.isArray(options)) for (const one of options) draft.removeOption(section, String(one));
  else if (typeof option === 'string') draft.removeOption(section, option);
  else draft.remove(section);
  return ok();
}

function order(draft: UciDraft, { sections }: Args): BusAnswer {
  if (!Array.isArray(sections)) return failed(INVALID_ARGUMENT);
  draft.order(sections.map(String));
  return ok();
}

function tableOf(value: unknown): Args {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
