import { useSyncExternalStore } from 'react';

/**
 * What the page shows is its address, so that every view can be sent to somebody:
 * `?ask=exposure&vulnerability=CVE-2021-44228` has the fields of `GET /v1/ask/exposure`, and
 * `?find=TEXT` is a search.
 */
export interface Address {
  readonly ask: string | null;
  readonly find: string | null;
  readonly fields: Readonly<Record<string, string>>;
}

const changed = new EventTarget();

export function readAddress(search: string): Address {
  const fields: [string, string][] = [];
  let [ask, find]: [string | null, string | null] = [null, null];
  for (const [name, value] of new URLSearchParams(search)) {
    if (name === 'ask') ask = value;
    else if (name === 'find') find = value;
    else if (value !== '') fields.push([name, value]);
  }
  return { ask, find, fields: Object.fromEntries(fields) };
}

/** The same state as the text of an address; a field without a value is left out. */
export function formatAddress(
  ask: string | null,
  fields: Readonly<Record<string, string | null | undefined>>,
): string {
  const query = new URLSearchParams();
  if (ask !== null) query.set('ask', ask);
  for (const [name, value] of Object.entries(fields))
    if (value !== null && value !== undefined && value !== '') query.set(name, value);
  const text = query.toString();
  return text === '' ? '.' : `?${text}`;
}

export function goTo(href: string): void {
  window.history.pushState(null, '', href);
  window.scrollTo(0, 0);
  changed.dispatchEvent(new Event('change'));
}

export function useAddress(): Address {
  const search = useSyncExternalStore(watch, () => window.location.search);
  return readAddress(search);
}

function watch(notify: () => void): () => void {
  window.addEventListener('popstate', notify);
  changed.addEventListener('change', notify);
  return () => {
    window.removeEventListener('popstate', notify);
    changed.removeEventListener('change', notify);
  };
}
