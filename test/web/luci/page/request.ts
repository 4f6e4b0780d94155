/** LuCI.request: requests over XMLHttpRequest, calls of one frame in one batch. */

interface Queued {
  readonly content: unknown;
  readonly options: LuciRequestOptions;
  readonly resolve: (response: LuciResponse) => void;
  readonly reject: (error: unknown) => void;
}

type Interceptor = (response: LuciResponse) => unknown;

const queue: Queued[] = [];
const interceptors: Interceptor[] = [];
let batchUrl: string | undefined;

/** Where calls are batched: posts of objects to addresses that begin so. */
export function batchAt(url: string): void {
  batchUrl = url;
}

export function addInterceptor(interceptor: Interceptor): void {
  interceptors.push(interceptor);
}

function responseOf(xhr: XMLHttpRequest, content?: unknown): LuciResponse {
  return {
    ok: xhr.status >= 200 && xhr.status <= 299,
    status: xhr.status,
    statusText: xhr.statusText,
    headers: { get: (name) => xhr.getResponseHeader(name) },
    json: () => (content === undefined ? JSON.parse(xhr.responseText) : content),
    text: () => (content === undefined ? xhr.responseText : JSON.stringify(content)),
  };
}

function expanded(url: string): string {
  return /^(?:[^/]+:)?\/\//.test(url) ? url : `${location.protocol}//${location.host}${url}`;
}

function withQuery(url: string, { query = {}, cache }: LuciRequestOptions): string {
  const pairs = Object.entries(query).map(([name, value]) =>
    value == null ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  // What must not come from a cache differs each time.
  if (cache !== true) pairs.push(String(Date.now()));
  return pairs.length === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}

function isBatched(url: string, { method, content, nobatch }: LuciRequestOptions): boolean {
  if (batchUrl === undefined || nobatch === true || method !== 'POST') return false;
  return typeof content === 'object' && content !== null && url.startsWith(expanded(batchUrl));
}

function send(url: string, options: LuciRequestOptions): Promise<LuciResponse> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.onload = () => {
      const response = responseOf(xhr);
      Promise.all(interceptors.map((one) => one(response))).then(() => resolve(response), reject);
    };
    xhr.ontimeout = () => reject(new Error('XHR request timed out'));
    xhr.onerror = () => reject(new Error('XHR request aborted by browser'));
    xhr.open(options.method ?? 'GET', url, true);
    xhr.overrideMimeType('application/octet-stream');
    if (options.timeout !== undefined) xhr.timeout = options.timeout;
    const { content } = options;
    if (typeof content === 'object' && content !== null) {
      xhr.setRequestHeader('Content-Type', 'application/json');
      xhr.send(JSON.stringify(content));
    } else {
      xhr.send(content == null ? null : String(content));
    }
  });
}

async function flush(): Promise<void> {
  const batch = queue.splice(0);
  const [first] = batch;
  if (first === undefined || batchUrl === undefined) return;
  try {
    const content = batch.map((one) => one.content);
    const response = await request.request(batchUrl, { ...first.options, content, nobatch: true });
    const answers = answersOf(response);
    for (const [i, { resolve, reject }] of batch.entries()) {
      if (i < answers.length) resolve({ ...response, json: () => answers[i], text: () => JSON.stringify(answers[i]) });
      else reject(new Error('No related RPC reply'));
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

function answersOf(response: LuciResponse): readonly unknown[] {
  try {
    const answers = response.json();
    return Array.isArray(answers) ? answers : [];
  } catch {
    return [];
  }
}

export const request: LuciRequest = {
  request(target: string, given: LuciRequestOptions = {}): Promise<LuciResponse> {
    const options = { ...given, method: (given.method ?? 'GET').toUpperCase() };
    const url = withQuery(expanded(target), options);
    if (!isBatched(url, options)) return send(url, options);
    return new Promise((resolve, reject) => {
      queue.push({ content: options.content, options, resolve, reject });
      requestAnimationFrame(() => void flush());
    });
  },
  get: (url: string, options?: LuciRequestOptions) => request.request(url, { method: 'GET', ...options }),
  post: (url: string, content?: unknown, options?: LuciRequestOptions) =>
    request.request(url, { method: 'POST', content, ...options }),
};
