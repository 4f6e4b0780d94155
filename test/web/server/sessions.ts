/** Sessions of rpcd. */
import { randomBytes } from 'node:crypto';
import { type AclGroups, type Grants, grantsOf, type Login } from './acl.ts';

export const NO_SESSION = '0'.repeat(32);
/** rpcd's RPC_DEFAULT_SESSION_TIMEOUT. */
const DEFAULT_TIMEOUT_S = 300;

export interface Session {
  readonly id: string;
  readonly username: string | undefined;
  readonly grants: Grants;
  readonly timeoutS: number;
  expiresMs: number;
}

export class Sessions {
  private readonly groups: AclGroups;
  private readonly logins: readonly Login[];
  private readonly sessions = new Map<string, Session>();

  constructor(groups: AclGroups, logins: readonly Login[]) {
    this.groups = groups;
    this.logins = logins;
    const session = this.make(NO_SESSION, undefined, 0);
    this.sessions.set(session.id, session);
  }

  /** Undefined where the name or the password is wrong. */
  login(username: string, password: string, timeoutS = DEFAULT_TIMEOUT_S): Session | undefined {
    const login = this.logins.find((one) => one.username === username && one.password === password);
    if (login === undefined) return undefined;
    const session = this.make(randomBytes(16).toString('hex'), login, timeoutS);
    this.sessions.set(session.id, session);
    return session;
  }

  /** The session with that id, which is used by that and lasts on; undefined where there is none, or none any more. */
  find(id: string): Session | undefined {
    const session = this.sessions.get(id);
    if (session === undefined || session.timeoutS === 0) return session;
    if (Date.now() > session.expiresMs) {
      this.sessions.delete(id);
      return undefined;
    }
    session.expiresMs = Date.now() + session.timeoutS * 1000;
    return session;
  }

  destroy(id: string): void {
    if (id !== NO_SESSION) this.sessions.delete(id);
  }

  destroyAll(): void {
    for (const id of [...this.sessions.keys()]) this.destroy(id);
  }

  private make(id: string, login: Login | undefined, timeoutS: number): Session {
    const grants = grantsOf(this.groups, login);
    return { id, username: login?.username, grants, timeoutS, expiresMs: Date.now() + timeoutS * 1000 };
  }
}
