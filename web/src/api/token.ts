import { useSyncExternalStore } from 'react';

/** The token of this tab. It ends with the tab: no other tab and no file has it. */
const KEY = 'waybill.token';
const changed = new EventTarget();

export function readToken(): string | null {
  return window.sessionStorage.getItem(KEY);
}

export function keepToken(token: string | null): void {
  if (token === null) window.sessionStorage.removeItem(KEY);
  else window.sessionStorage.setItem(KEY, token);
  changed.dispatchEvent(new Event('change'));
}

export function useToken(): string | null {
  return useSyncExternalStore((notify) => {
    changed.addEventListener('change', notify);
    return () => changed.removeEventListener('change', notify);
  }, readToken);
}
