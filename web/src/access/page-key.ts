/** The key that the page sends with everything it asks: kept for this tab, or on this device where its holder wants that. */

/** Why the server serves nobody here: it was sent no key, or one that it does not take. */
export type Refusal = { readonly reason: 'missing' | 'refused'; readonly message: string };

const storageKey = 'antiphon.key';
const listeners = new Set<(refusal: Refusal) => void>();
let current = read();

export function pageKey(): string | undefined {
  return current;
}

export function keepKey(key: string, { remember }: { readonly remember: boolean }): void {
  forgetKey();
  current = key;
  try {
    (remember ? localStorage : sessionStorage).setItem(storageKey, key);
  } catch {
    // It then lasts as long as the page.
  }
}

/** Puts another in its place, kept where it was. */
export function replaceKey(key: string): void {
  keepKey(key, { remember: isRemembered() });
}

export function forgetKey(): void {
  current = undefined;
  try {
    sessionStorage.removeItem(storageKey);
    localStorage.removeItem(storageKey);
  } catch {
    // Nothing was kept.
  }
}

/** Called wherever the server refused the key of a request; one that has been replaced meanwhile says nothing. */
export function reportRefusal(key: string | undefined, refusal: Refusal): void {
  if (key === current) listeners.forEach((listener) => listener(refusal));
}

export function onRefusal(listener: (refusal: Refusal) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** WebSockets take no headers: the key goes as one of the subprotocols, of which the server chooses the other. */
export function keyProtocols(): string[] {
  return current === undefined ? [] : ['antiphon', `openai-insecure-api-key.${current}`];
}

function read(): string | undefined {
  try {
    return sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey) ?? undefined;
  } catch {
    return undefined;
  }
}

function isRemembered(): boolean {
  try {
    return localStorage.getItem(storageKey) !== null;
  } catch {
    return false;
  }
}
