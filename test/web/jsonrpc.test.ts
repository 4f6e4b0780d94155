/** uhttpd's /ubus: what it was recorded to answer (test/fixtures/http), replayed against ours. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';
import type { AclGroups } from './server/acl.ts';
import { JsonRpc } from './server/jsonrpc.ts';
import { type Bus, busOf, failed, type OwnMethod, ok } from './server/objects.ts';
import { sessionObject } from './server/session_object.ts';
import { Sessions } from './server/sessions.ts';
import { Uci } from './server/uci_object.ts';

const recording = z
  .object({
    exchanges: z.array(
      z.object({
        title: z.string(),
        method: z.string(),
        path: z.string(),
        request_body: z.nullable(z.string()),
        response_json: z.unknown(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync('test/fixtures/http/jsonrpc.json', 'utf8')));

const PASSWORD = 'owrt';
/** `{"jsonrpc":…}` by POST: what pages use. The other forms (GET list, POST call/OBJECT) nobody here speaks. */
const exchanges = recording.exchanges.filter(({ method, path }) => method === 'POST' && path === '/ubus/');

const loginAnswer = z.object({
  result: z.tuple([
    z.literal(0),
    z.object({
      ubus_rpc_session: z.string(),
      acls: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
    }),
  ]),
});

function answerTo(title: string): unknown {
  return recording.exchanges.find((one) => one.title === title)?.response_json;
}
const rootLogin = loginAnswer.parse(answerTo('login as root')).result[1];
const readerLogin = loginAnswer.parse(answerTo('ro user login')).result[1];
const result = (title: string): Record<string, unknown> => {
  const table = z.record(z.string(), z.unknown());
  return z.object({ result: z.tuple([z.literal(0), table]) }).parse(answerTo(title)).result[1];
};

/** Groups that grant what the recorded logins show: the reader's one to `luci-base`, all else to another one. */
function groups(): AclGroups {
  const { 'access-group': names = {}, ...granted } = rootLogin.acls;
  const { 'access-group': _own, ...base } = readerLogin.acls;
  const empty = Object.entries(names).map(([name, permissions]) => [
    name,
    Object.fromEntries(permissions.map((permission) => [permission, {}])),
  ]);
  return {
    ...Object.fromEntries(empty),
    unauthenticated: { read: { ubus: { session: ['access', 'login'] } } },
    'luci-base': { read: base, write: {} },
    'luci-app-sqm': { read: {}, write: granted },
  };
}

/** The objects that the recording calls, with what it shows of them. */
function behind(): Bus {
  const board: OwnMethod = { args: {}, run: () => ok(result('call ok')) };
  const sample: OwnMethod = { args: {}, run: () => ok(result('call object of ucode plugin (rpcd)')) };
  const unasked: OwnMethod = { args: {}, run: () => failed(9) };
  const names = z.object({ result: z.array(z.string()) }).parse(answerTo('list all')).result;
  const all = Object.fromEntries(names.map((name) => [name, { unasked }]));
  const none: Bus = { list: async () => ({}), call: async () => failed(4) };
  return busOf(
    {
      ...all,
      system: { board },
      'luci.example': { get_sample2: sample },
    },
    none,
  );
}

/** The file whose `uci get` was recorded. */
function uciFiles(): Uci {
  const { values } = z
    .object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(result('uci get'));
  const lines = Object.entries(values).flatMap(([name, options]) => [
    `config ${options['.type']} '${name}'`,
    ...Object.entries(options).flatMap(([option, value]) =>
      option.startsWith('.') ? [] : [`option ${option} '${value}'`],
    ),
  ]);
  const text = `${lines.join('\n')}\n`;
  return new Uci({
    read: async (config) => (config === 'sqm' ? text : undefined),
    write: async () => undefined,
    changed: async () => undefined,
  });
}

function server(): { rpc: JsonRpc; sessions: Sessions } {
  const sessions = new Sessions(groups(), [
    { username: 'root', password: PASSWORD, read: ['*'], write: ['*'] },
    { username: 'ro', password: PASSWORD, read: ['luci-base'], write: [] },
  ]);
  const bus = busOf({ session: sessionObject(sessions), uci: uciFiles().object() }, behind());
  return { rpc: new JsonRpc(sessions, bus), sessions };
}

/** What differs from run to run, and the order of what rpcd keeps in a tree. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.every((one) => typeof one === 'string') ? [...value].sort() : value.map(comparable);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'ubus_rpc_session' && name !== 'expires');
  return Object.fromEntries(entries.map(([name, one]) => [name, comparable(one)]));
}

/** The methods of a real router's objects are not ours to have: which of their arguments are listed is looked at apart. */
const LISTS_OF_ROUTER = ['list one', 'list with session and pattern'];

const { rpc, sessions } = server();
const ids = new Map<string, string>([
  [rootLogin.ubus_rpc_session, sessions.login('root', PASSWORD)?.id ?? ''],
  [readerLogin.ubus_rpc_session, sessions.login('ro', PASSWORD)?.id ?? ''],
]);
const withOurIds = (text: string): string =>
  [...ids].reduce((sofar, [theirs, ours]) => sofar.replaceAll(theirs, ours), text);

for (const { title, request_body: body, response_json: expected } of exchanges) {
  if (LISTS_OF_ROUTER.includes(title)) continue;
  test(`as recorded: ${title}`, async () => {
    const answer: unknown = JSON.parse(await rpc.answer(withOurIds(body ?? '')));
    assert.deepEqual(comparable(answer), comparable(expected));
  });
}

test('a list of one object names the types of its arguments', async () => {
  const uci = await rpc.answer('{"jsonrpc":"2.0","id":1,"method":"list","params":["uci"]}');
  const schema = z.object({ result: z.object({ uci: z.record(z.string(), z.record(z.string(), z.string())) }) });
  const recorded = schema.parse(answerTo('list with session and pattern')).result.uci;
  for (const [method, args] of Object.entries(schema.parse(JSON.parse(uci)).result.uci)) {
    for (const [name, type] of Object.entries(args)) assert.equal(type, recorded[method]?.[name], `${method} ${name}`);
  }
});

test('a session ends when it is not used for its time', () => {
  const session = sessions.login('root', PASSWORD, 1);
  assert.ok(session !== undefined && sessions.find(session.id) === session);
  session.expiresMs = Date.now() - 1;
  assert.equal(sessions.find(session.id), undefined);
});
