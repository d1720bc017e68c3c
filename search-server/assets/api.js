// The public HTTP API, and nothing else of the server.

/** An RFC 9457 problem, or no answer at all. */
export class Problem extends Error {
  constructor({ title, detail, status, code }) {
    super(detail || title);
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.code = code;
  }
}

const KEY = "aisle-key";

/** The key that requests bring, where the server asks for one; it is forgotten with the tab. */
export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (secret) => sessionStorage.setItem(KEY, secret),
};

async function call(path, options = {}) {
  let response;
  const authorization = key.get() && { Authorization: `Bearer ${key.get()}` };
  try {
    response = await fetch(path, { ...options, headers: { ...options.headers, ...authorization } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "The server does not answer", detail: "Check that it is running, then try again." });
  }
  const body = await response.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return null;
  });
  if (response.ok && body) return body;
  throw new Problem({ title: `The server answered ${response.status}`, ...body, status: response.status });
}

export async function catalogs() {
  return (await call("/v1/catalogs")).catalogs;
}

export function search(catalog, request, signal) {
  return call(`/v1/catalogs/${encodeURIComponent(catalog)}/search`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
    signal,
  });
}

export async function suggest(catalog, q, limit, signal) {
  const query = new URLSearchParams({ q, limit });
  return (await call(`/v1/catalogs/${encodeURIComponent(catalog)}/suggest?${query}`, { signal })).suggestions;
}

/**
 * Only the newest of a series of calls counts: starting one aborts the older one, whose promise then
 * resolves to `undefined`, so an old answer can never be drawn over a newer one.
 */
export function newest() {
  let current;
  return async (task) => {
    current?.abort();
    const mine = (current = new AbortController());
    try {
      const answer = await task(mine.signal);
      return mine.signal.aborted ? undefined : answer;
    } catch (error) {
      if (mine.signal.aborted) return undefined;
      throw error;
    }
  };
}

export function debounced(wait, task) {
  let timer;
  const run = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(task, wait, ...args);
  };
  run.cancel = () => clearTimeout(timer);
  return run;
}
