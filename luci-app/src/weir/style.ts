/** The pages' style sheet. */

/** Loads it once; resolves when it is there, or when it cannot be had: a page without it is better than none. */
export function useStyle(): Promise<void> {
  const href = L.resource('weir/weir.css');
  if (document.querySelector(`link[href="${href}"]`) !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const link = E('link', { rel: 'stylesheet', href, load: () => resolve(), error: () => resolve() });
    document.head.append(link);
  });
}
