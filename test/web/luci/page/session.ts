/** LuCI.session: the session's id, and what the browser keeps for as long as it lasts. */
const STORE = 'luci-session-store';

function stored(id: string): Record<string, unknown> {
  try {
    const all: unknown = JSON.parse(window.sessionStorage.getItem(STORE) ?? '{}');
    const own: unknown = typeof all === 'object' && all !== null ? Reflect.get(all, id) : undefined;
    return typeof own === 'object' && own !== null ? Object.fromEntries(Object.entries(own)) : {};
  } catch {
    return {};
  }
}

export function sessionOf(id: string): LuciSession {
  return {
    getID: () => id,
    getLocalData: (key) => stored(id)[key] ?? null,
    setLocalData(key, value) {
      const { [key]: _old, ...others } = stored(id);
      const data = value == null ? others : { ...others, [key]: value };
      window.sessionStorage.setItem(STORE, JSON.stringify({ [id]: data }));
      return true;
    },
  };
}
