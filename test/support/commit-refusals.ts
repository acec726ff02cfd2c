/** A refusal of Waybill, and the clause that requires it. */
interface Refusal {
  readonly reason: RegExp;
  readonly clause: string;
}

const ONE_READING = 'A66: two readers must not see two commits';
const SIGNATURE_FORM = 'PROTOCOL.sshsig, RFC 4648 §3.3 and §3.5: one text for one signature';
const NOT_READ = 'ADR 1: what this version does not read never admits';

/** The refusals that a comparison may show; each is a line of docs/reference/strictness.md. */
const REFUSALS: readonly Refusal[] = [
  { reason: /^not a commit object: gpgsig occurs twice$/, clause: ONE_READING },
  {
    reason: /^not a commit object: (?:tree|author|committer|encoding) occurs twice$/,
    clause: ONE_READING,
  },
  { reason: /^not a commit object: gpgsig-sha256 occurs twice$/, clause: ONE_READING },
  { reason: /^not a commit object: its headers are out of order$/, clause: ONE_READING },
  { reason: /^not a commit object: a parent is after the author$/, clause: ONE_READING },
  {
    reason: /^not a commit object: a header of one line has a continued line$/,
    clause: ONE_READING,
  },
  { reason: /^not a commit object: an unknown header "gpgsig/, clause: ONE_READING },
  {
    reason: /^not a commit object: (?:a NUL byte|no blank line ends the headers)$/,
    clause: ONE_READING,
  },
  {
    reason: /^not a commit object: the (?:author|committer) is not NAME <E-MAIL> TIME ZONE$/,
    clause: 'D4: author and committer are compared with the signer',
  },
  { reason: /^signing-time: /, clause: 'ADR 5: the clock of the machine changes no verdict' },
  { reason: /^signature-malformed: its armour or base64 is malformed$/, clause: SIGNATURE_FORM },
  {
    reason: /^signature-malformed: version 0 /,
    clause: 'PROTOCOL.sshsig: the only version is 1',
  },
  { reason: /^signature-malformed: its reserved field is used$/, clause: NOT_READ },
  {
    reason: /^signature-malformed: the numbers of its signature cannot be read$/,
    clause: 'RFC 4251 §5, RFC 8017 §8.2.2, RFC 8032 §5.1.7: a signature has one form',
  },
  {
    reason: /^signature-malformed: its public key cannot be read$/,
    clause: 'RFC 4251 §5, RFC 4253 §6.6, RFC 5656 §3.1: a key has one form',
  },
  { reason: /^namespace: it was signed for "git\\u0000"/, clause: 'A69: the namespace is git' },
  {
    reason: /^hash-algorithm: its hash is "sha(?:256|512)\\u0000"/,
    clause: 'PROTOCOL.sshsig: the hash is sha256 or sha512',
  },
  {
    reason: /^key-algorithm: keys of this kind may not sign$/,
    clause: 'FIPS 186-5: DSA is withdrawn',
  },
  { reason: /^key-size: /, clause: 'NIST SP 800-131A: RSA keys have 2,048 bits or more' },
  { reason: /^not a tag object: /, clause: ONE_READING },
  {
    reason: /^signature-malformed: it is (?:not exactly one signature|of the type 1, )/,
    clause: 'A66: one signature over exactly these bytes',
  },
  { reason: /^hash-algorithm: its hash is (?:md5|sha1|ripemd160), /, clause: 'A31: weak hashes' },
  {
    reason: /^signature-malformed: it does not have the fields of an OpenPGP signature$/,
    clause: 'RFC 9580 §5.2: one form of a signature',
  },
  {
    reason: /^signature-malformed: its critical subpacket \d+ is not known$/,
    clause: 'RFC 9580 §5.2.3.7: what is critical must be understood',
  },
  {
    reason: /^signature-malformed: its CMS cannot be read: /,
    clause: 'RFC 5652 §5, X.690: one element in DER, but for open lengths',
  },
  {
    reason: /^key-unknown: it does not hold the certificate of its signer$/,
    clause: 'A67: the certificate of the signer is in the signature or among the roots',
  },
  {
    reason: /^key-unknown: no keyring has the key /,
    clause: 'D4: every name of its key is of the one that signed',
  },
  {
    reason: /^certificate: /,
    clause: 'RFC 5280 §4: a certificate is read strictly, also where its copy is known',
  },
  { reason: /^not-touched: /, clause: 'PROTOCOL.u2f: the flag of user presence' },
];

/** The clause that requires a refusal, or null when there is none. */
export function findClause(reason: string): string | null {
  return REFUSALS.find((refusal) => refusal.reason.test(reason))?.clause ?? null;
}
