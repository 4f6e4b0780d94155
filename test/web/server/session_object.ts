/** The object `session` of rpcd, as far as LuCI calls it from a page. */
import { BLOBMSG } from '../../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../../src/wire/ubus.ts';
import { isGranted, shownGrants } from './acl.ts';
import { failed, type OwnMethod, ok } from './objects.ts';
import type { Sessions } from './sessions.ts';

const { STRING, INT32 } = BLOBMSG;

export function sessionObject(sessions: Sessions): Readonly<Record<string, OwnMethod>> {
  return {
    login: {
      args: { username: STRING, password: STRING, timeout: INT32 },
      run: ({ username, password, timeout }) => {
        const timeoutS = typeof timeout === 'number' ? timeout : undefined;
        const session = sessions.login(String(username), String(password), timeoutS);
        if (session === undefined) return failed(UBUS_STATUS.PERMISSION_DENIED);
        return ok({
          ubus_rpc_session: session.id,
          timeout: session.timeoutS,
          expires: session.timeoutS,
          acls: shownGrants(session.grants),
          data: { username: session.username },
        });
      },
    },
    access: {
      args: { scope: STRING, object: STRING, function: STRING },
      run: ({ scope, object, function: name }, session) => {
        return ok({ access: isGranted(session.grants, String(scope), String(object), String(name)) });
      },
    },
    destroy: {
      args: {},
      run: (_, session) => {
        sessions.destroy(session.id);
        return ok();
      },
    },
  };
}
