import { type DerNode, formatOid, TAG } from '../../../formats/der/der.ts';
import { type CanonicalName, canonicalizeName, isPrefix } from './canonical-name.ts';

/** The forms of names that can be compared with a subtree (RFC 5280 §4.2.1.10). */
export type NameForm = 'email' | 'dns' | 'directory' | 'uri' | 'address';

/** One name of a certificate; `value` is null when it does not follow the rules of its form. */
export type GeneralName =
  | { readonly form: 'email'; readonly value: Mailbox | null }
  | { readonly form: 'dns' | 'uri'; readonly value: string | null }
  | { readonly form: 'directory'; readonly value: CanonicalName | null }
  | { readonly form: 'address'; readonly value: Uint8Array | null }
  /** A form that is not compared here, by its tag. */
  | { readonly form: 'other'; readonly tag: number; readonly type: string | null };

/** One subtree of the names that an authority may, or may not, certify. */
export type Subtree =
  | { readonly form: 'email'; readonly local: string | null; readonly host: HostSubtree }
  | { readonly form: 'dns' | 'uri'; readonly host: HostSubtree }
  | { readonly form: 'directory'; readonly base: CanonicalName }
  | { readonly form: 'address'; readonly base: Uint8Array; readonly mask: Uint8Array }
  | { readonly form: 'other'; readonly tag: number };

interface Mailbox {
  readonly local: string;
  readonly host: string;
}

/** `exact` is the host alone, `below` what is under it, `both` the host and what is under it. */
interface HostSubtree {
  readonly kind: 'exact' | 'below' | 'both';
  /** In lower case; empty only for all names of DNS. */
  readonly host: string;
}

const FORMS: ReadonlyMap<number, NameForm> = new Map([
  [0x81, 'email'],
  [0x82, 'dns'],
  [0xa4, 'directory'],
  [0x86, 'uri'],
  [0x87, 'address'],
]);

/** A name of subjectAltName. */
export function readGeneralName(node: DerNode): GeneralName {
  const form = FORMS.get(node.tag);
  if (form === undefined)
    return { form: 'other', tag: node.tag, type: formatOid(node.children[0]) };
  if (form === 'directory') return { form, value: readDirectoryName(node) };
  if (form === 'address') {
    const { length } = node.content;
    return { form, value: length === 4 || length === 16 ? node.content : null };
  }
  const text = readAscii(node);
  if (form === 'email') return { form, value: text === null ? null : parseMailbox(text) };
  if (form === 'uri') return { form, value: text === null ? null : parseUriHost(text) };
  return { form, value: text === null ? null : parseDnsName(text) };
}

/** The base of a subtree; null when it does not follow the rules of its form. */
export function readSubtreeBase(node: DerNode): Subtree | null {
  const form = FORMS.get(node.tag);
  if (form === undefined) return { form: 'other', tag: node.tag };
  if (form === 'directory') {
    const base = readDirectoryName(node);
    return base === null ? null : { form, base };
  }
  if (form === 'address') return readAddressSubtree(node.content);
  const text = readAscii(node);
  if (text === null) return null;
  if (form === 'email') return readEmailSubtree(text);
  const host = form === 'dns' ? readDnsSubtree(text) : readHostSubtree(text);
  return host === null ? null : { form, host };
}

/** Whether `name`, of the same form, is in the subtree. */
export function covers(subtree: Subtree, name: GeneralName): boolean {
  if (name.form === 'other' || name.value === null) return false;
  if (subtree.form === 'directory')
    return name.form === 'directory' && isPrefix(subtree.base, name.value);
  if (subtree.form === 'address') {
    return name.form === 'address' && isInNetwork(name.value, subtree);
  }
  if (subtree.form === 'email' && name.form === 'email') {
    const { local, host } = name.value;
    // RFC 5280 §7.5: the part before the @ is compared as it is written.
    // mutant mailbox-of-another-person: remove operand
    return (
      (subtree.local === null || subtree.local === local) && isHostInSubtree(host, subtree.host)
    );
  }
  return (
    (subtree.form === 'dns' || subtree.form === 'uri') &&
    name.form === subtree.form &&
    isHostInSubtree(name.value, subtree.host)
  );
}

/** Whether a wildcard stands for a host that the subtree has, although it is not in it itself. */
export function isWildcardAround(subtree: Subtree, name: GeneralName): boolean {
  if (subtree.form !== 'dns' || name.form !== 'dns' || !name.value?.startsWith('*.')) return false;
  const { host } = subtree.host;
  return host.slice(host.indexOf('.') + 1) === name.value.slice(2) && host.includes('.');
}

function isHostInSubtree(host: string, { kind, host: base }: HostSubtree): boolean {
  if (base === '') return true;
  // mutant subtree-ends-at-a-label: operand 2 -> host.endsWith(base)
  const isBelow = kind !== 'exact' && host.endsWith(`.${base}`);
  // mutant leading-dot-is-not-the-host: remove operand
  return isBelow || (kind !== 'below' && host === base);
}

function isInNetwork(
  address: Uint8Array,
  { base, mask }: { readonly base: Uint8Array; readonly mask: Uint8Array },
): boolean {
  return (
    address.length === base.length &&
    address.every((byte, at) => (byte & (mask[at] ?? 0)) === ((base[at] ?? 0) & (mask[at] ?? 0)))
  );
}

function readDirectoryName({ children }: DerNode): CanonicalName | null {
  const [name] = children;
  return children.length === 1 && name?.tag === TAG.sequence ? canonicalizeName(name) : null;
}

/** RFC 5280 §4.2.1.10: an address and a mask, whose ones are before its zeros (RFC 4632). */
function readAddressSubtree(content: Uint8Array): Subtree | null {
  if (content.length !== 8 && content.length !== 32) return null;
  const base = content.subarray(0, content.length / 2);
  const mask = content.subarray(content.length / 2);
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  // mutant mask-without-gaps: condition -> false
  if (bits.includes('01')) return null;
  return { form: 'address', base, mask };
}

/** A mailbox, all mailboxes of a host, or with a leading dot all below a domain. */
function readEmailSubtree(text: string): Subtree | null {
  if (!text.includes('@')) {
    const host = readHostSubtree(text);
    return host === null ? null : { form: 'email', local: null, host };
  }
  const mailbox = parseMailbox(text);
  if (mailbox === null) return null;
  return { form: 'email', local: mailbox.local, host: { kind: 'exact', host: mailbox.host } };
}

/** A host, or with a leading dot everything below a domain; for mail and URIs. */
function readHostSubtree(text: string): HostSubtree | null {
  const below = text.startsWith('.');
  const host = parseHost(below ? text.slice(1) : text);
  return host === null ? null : { kind: below ? 'below' : 'exact', host };
}

/** A leading dot is not of RFC 5280, but of the field: names below the domain only. */
function readDnsSubtree(text: string): HostSubtree | null {
  if (text === '') return { kind: 'both', host: '' };
  const below = text.startsWith('.');
  const host = parseHost(below ? text.slice(1) : text);
  return host === null ? null : { kind: below ? 'below' : 'both', host };
}

const HOST_LENGTH_MAX = 253;
const LABEL = /^[a-z0-9_-]{1,63}$/;

function parseHost(text: string): string | null {
  const host = text.toLowerCase();
  if (host.length > HOST_LENGTH_MAX) return null;
  return host.split('.').every((label) => LABEL.test(label)) ? host : null;
}

function parseDnsName(text: string): string | null {
  if (!text.startsWith('*.')) return parseHost(text);
  const host = parseHost(text.slice(2));
  return host === null ? null : `*.${host}`;
}

const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/;

/** RFC 5321 §4.1.2. A quoted part is the same mailbox as without its quotes. */
function parseMailbox(text: string): Mailbox | null {
  const at = text.lastIndexOf('@');
  const host = parseHost(text.slice(at + 1));
  if (at < 1 || host === null) return null;
  const written = text.slice(0, at);
  if (!written.startsWith('"')) return ATOM.test(written) ? { local: written, host } : null;
  const quoted = /^"((?:[^"\\]|\\[ -~]){1,64})"$/.exec(written)?.[1];
  return quoted === undefined ? null : { local: quoted.replace(/\\(.)/g, '$1'), host };
}

const ADDRESS_V4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;

/** RFC 3986 §3.2: the host. A URI without one, or with an address, cannot be constrained. */
function parseUriHost(text: string): string | null {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#\\]*)/.exec(text)?.[1];
  if (authority === undefined || text.includes('\\')) return null;
  const [, host = ''] = /^(?:[^@]*@)?([^@:]*)(?::[0-9]*)?$/.exec(authority) ?? [];
  return ADDRESS_V4.test(host) ? null : parseHost(host);
}

function readAscii({ content }: DerNode): string | null {
  return content.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? Buffer.from(content).toString('latin1')
    : null;
}
