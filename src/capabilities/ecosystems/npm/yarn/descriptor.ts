import { cutBefore } from '../../../../formats/text/cut.ts';

/** What a requirement asks for: `name@range`. */
export interface Descriptor {
  readonly name: string;
  /** Empty where there is none. */
  readonly range: string;
}

/** @example parseDescriptor('@scope/a@^1.0.0') // { name: '@scope/a', range: '^1.0.0' } */
export function parseDescriptor(text: string): Descriptor {
  const at = text.indexOf('@', 1);
  return at === -1
    ? { name: text, range: '' }
    : { name: text.slice(0, at), range: text.slice(at + 1) };
}

/** The real name of what an alias asks for (`npm:@scope/a@^1`), else the name itself. */
export function findRealName({ name, range }: Descriptor): string {
  const aliased = /^npm:(?=.)/.test(range) ? parseDescriptor(range.slice(4)) : null;
  // `npm:^1.0.0` has no name, and a name alone may be a tag.
  return aliased !== null && aliased.range !== '' ? aliased.name : name;
}

/**
 * The range as Yarn compares it: without the protocol that is the default, and without what binds
 * it to the manifest that asks (`::locator=…`).
 */
export function normalizeRange(range: string): string {
  const bare = range.includes('::') ? range.slice(0, range.indexOf('::')) : range;
  return bare.startsWith('npm:') ? bare.slice(4) : bare;
}

/** `ssh://host/a.git#commit=ab12` and `…#ab12`: the address with its commit alone. */
export function parseGitAddress(address: string): string | null {
  const [, commit] = /#(?:commit[=:])?([0-9a-f]{40}|[0-9a-f]{64})(?:&|$)/.exec(address) ?? [];
  return commit === undefined ? null : `${cutBefore(address, '#')}#${commit}`;
}
