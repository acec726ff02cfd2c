import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { trimCharacters } from '../../../formats/text/cut.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { quoteText } from '../reason.ts';
import { type KeyRevocationList, parseKrl } from './krl.ts';
import { readSshKey, type SshKey, type SshKeyFlaw } from './ssh-key.ts';
import { isAnyTime, readBound, type ValidityBound } from './validity.ts';

/** One line of an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS). */
export interface AllowedSigner {
  readonly line: number;
  /** Comma-separated patterns, as written. */
  readonly principals: string;
  readonly key: SshKey;
  /** The key is an authority for certificates and does not sign anything itself. */
  readonly isAuthority: boolean;
  /** Patterns of purposes; null for all. */
  readonly namespaces: string | null;
  readonly validAfter: ValidityBound | null;
  readonly validBefore: ValidityBound | null;
}

export interface AllowedSigners {
  readonly signers: readonly AllowedSigner[];
  /** Lines that have no effect, as in ssh-keygen: no key is trusted because of them. */
  readonly skipped: readonly { readonly line: number; readonly why: string }[];
  /** Fingerprints of keys that no longer count, whatever the lines say. */
  readonly revoked: ReadonlySet<string>;
  readonly krls: readonly KeyRevocationList[];
}

type LineResult =
  | { readonly ok: true; readonly signer: AllowedSigner }
  | { readonly ok: false; readonly why: string };

/**
 * Reads an allowed_signers file: `PRINCIPAL[,PRINCIPAL] [OPTION[,OPTION]] TYPE BASE64 [COMMENT]` a
 * line. A line that cannot be read trusts no key and is listed in `skipped`; only a file that is
 * not a text is a failure.
 *
 * @example parseAllowedSigners('alice@example.com namespaces="git" ssh-ed25519 AAAA…')
 */
export function parseAllowedSigners(text: string): Result<AllowedSigners> {
  if (Buffer.byteLength(text) > LIMITS.configBytesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `allowed signers of over ${LIMITS.configBytesMax} bytes`,
      'Shorten the file.',
    );
  }
  if (text.includes('\0')) {
    return fail('TRUST_INVALID', 'the allowed signers contain a NUL byte', 'Save them as text.');
  }
  const signers: AllowedSigner[] = [];
  const skipped: { line: number; why: string }[] = [];
  for (const [at, raw] of text.split('\n').entries()) {
    const content = trimCharacters(raw, ' \t\r');
    if (content === '' || content.startsWith('#')) continue;
    const read = readLine(content, at + 1);
    if (read.ok) signers.push(read.signer);
    else skipped.push({ line: at + 1, why: read.why });
  }
  return ok({ signers, skipped, revoked: new Set(), krls: [] });
}

function readLine(content: string, line: number): LineResult {
  const first = takeFirstWord(content);
  if (first === null) return refuseLine('its principals have no end');
  const direct = readKeyText(first.rest);
  if (direct.ok)
    return { ok: true, signer: { line, principals: first.word, key: direct.key, ...NO_OPTIONS } };
  if (isKeyType(first.rest)) return refuseLine(direct.why);
  const split = splitOptions(first.rest);
  if (split === null) return refuseLine('its options have no end');
  const options = readOptions(split.options);
  if (typeof options === 'string') return refuseLine(options);
  const key = readKeyText(split.rest);
  return key.ok
    ? { ok: true, signer: { line, principals: first.word, key: key.key, ...options } }
    : refuseLine(key.why);
}

/** A word, with or without quotes; OpenSSH's mixture of both in one word is refused. */
function takeFirstWord(content: string): { readonly word: string; readonly rest: string } | null {
  const found = /^(?:"([^"]*)"|([^" \t]+))[ \t]+/.exec(content);
  return found === null
    ? null
    : { word: found[1] ?? found[2] ?? '', rest: content.slice(found[0].length) };
}

function isKeyType(rest: string): boolean {
  return /^(?:sk-)?(?:ssh|ecdsa-sha2)-[a-z0-9@.-]+[ \t]/.test(rest);
}

type KeyTextResult =
  | { readonly ok: true; readonly key: SshKey }
  | { readonly ok: false; readonly why: string };

const FLAWS: Readonly<Record<SshKeyFlaw, string>> = {
  'key-malformed': 'its key cannot be read',
  'key-algorithm': 'keys of this kind may not sign',
  'key-size': 'its RSA key has fewer than 2,048 or more than 8,192 bits',
  certificate: 'it has a certificate, not a key',
};

function readKeyText(text: string): KeyTextResult {
  const [, kind = '', base64 = ''] = /^(\S+)[ \t]+(\S+)(?:[ \t].*)?$/s.exec(text) ?? [];
  const blob = decodeBase64(base64);
  if (kind === '' || blob === null)
    return { ok: false, why: 'it has no key in the expected place' };
  const read = readSshKey(blob);
  if (!read.ok) return { ok: false, why: FLAWS[read.flaw] };
  return read.key.kind === kind
    ? read
    : { ok: false, why: 'its key is of another kind than the line states' };
}

/** The options end at the first blank outside quotes; `\"` is a quote inside them. */
function splitOptions(rest: string): { readonly options: string; readonly rest: string } | null {
  let isQuoted = false;
  for (let at = 0; at < rest.length; at++) {
    const char = rest[at];
    if (char === '\\' && rest[at + 1] === '"') at++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (char === ' ' || char === '\t')) {
      return { options: rest.slice(0, at), rest: rest.slice(at).replace(/^[ \t]+/, '') };
    }
  }
  return null;
}

type LineOptions = Pick<AllowedSigner, 'isAuthority' | 'namespaces' | 'validAfter' | 'validBefore'>;

const NO_OPTIONS: LineOptions = {
  isAuthority: false,
  namespaces: null,
  validAfter: null,
  validBefore: null,
};

const VALUED = /^(namespaces|valid-after|valid-before)="((?:[^"\\]|\\"|\\(?!"))*)"(,|$)/i;
const FLAG = /^cert-authority(,|$)/i;

/**
 * The options, or their fault. An unknown option makes its line invalid, because it may be a
 * restriction.
 */
function readOptions(text: string): LineOptions | string {
  const values = new Map<string, string>();
  let rest = text;
  while (rest !== '') {
    const found = VALUED.exec(rest) ?? FLAG.exec(rest);
    // mutant commit-unknown-option: branch -> break;
    if (found === null) return `an unknown option at ${quoteText(rest.slice(0, 40))}`;
    const isFlag = found.length === 2;
    const name = isFlag ? 'cert-authority' : (found[1] ?? '').toLowerCase();
    if (values.has(name) && !isFlag) return `${name} occurs twice`;
    values.set(name, (found[2] ?? '').replaceAll('\\"', '"'));
    rest = rest.slice(found[0].length);
    if (rest === '' && found[0].endsWith(',')) return 'its options end in a comma';
  }
  return buildOptions(values);
}

function buildOptions(values: ReadonlyMap<string, string>): LineOptions | string {
  const [after, before] = [values.get('valid-after'), values.get('valid-before')];
  const validAfter = after === undefined ? null : readBound(after);
  const validBefore = before === undefined ? null : readBound(before);
  if (validAfter === undefined || validBefore === undefined)
    return 'a time is malformed: write YYYYMMDD[HHMM[SS]]Z';
  if (validAfter !== null && validBefore !== null && !isAnyTime(validAfter, validBefore)) {
    return 'valid-before is not after valid-after';
  }
  const isAuthority = values.has('cert-authority');
  return { isAuthority, namespaces: values.get('namespaces') ?? null, validAfter, validBefore };
}

function refuseLine(why: string): LineResult {
  return { ok: false, why };
}

/**
 * The same signers, with keys that no longer count. A revocation file is a list of public keys, one
 * per line (ssh-keygen -Y verify -r), or a KRL.
 */
export function addRevokedKeys(allowed: AllowedSigners, bytes: Uint8Array): Result<AllowedSigners> {
  const text = Buffer.from(bytes).toString('utf8');
  if (text.startsWith('SSHKRL')) {
    const list = parseKrl(bytes);
    return list.ok ? ok({ ...allowed, krls: [...allowed.krls, list.value] }) : list;
  }
  const revoked = new Set(allowed.revoked);
  for (const [at, raw] of text.split('\n').entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const read = readKeyText(content);
    if (!read.ok) {
      return fail(
        'TRUST_INVALID',
        `revoked keys, line ${at + 1}: ${read.why}`,
        'Write one public key per line.',
      );
    }
    revoked.add(read.key.fingerprint);
  }
  return ok({ ...allowed, revoked });
}
