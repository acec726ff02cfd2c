/** Where we refuse what git trusts: each is a line of docs/reference/stricter-than.md. */
const STRICTER_THAN_GIT: readonly RegExp[] = [
  /^not a commit object: gpgsig stands twice$/,
  /^not a commit object: (?:tree|author|committer|encoding) stands twice$/,
  /^not a commit object: gpgsig-sha256 stands twice$/,
  /^not a commit object: its headers are out of order$/,
  /^not a commit object: a parent stands behind the author$/,
  /^not a commit object: a header of one line is continued$/,
  /^not a commit object: an unknown header "gpgsig/,
  /^not a commit object: (?:a NUL byte|no blank line ends the headers)$/,
  /^not a commit object: the (?:author|committer) is not NAME <E-MAIL> TIME ZONE$/,
  /^signing-time: /,
  /^signature-malformed: its armour or base64 is broken$/,
  /^signature-malformed: version 0 /,
  /^signature-malformed: its reserved field is used$/,
  /^signature-malformed: the numbers of its signature cannot be read$/,
  /^signature-malformed: its public key cannot be read$/,
  /^namespace: it was signed for "git\\u0000"/,
  /^hash-algorithm: its hash is "sha(?:256|512)\\u0000"/,
  /^key-algorithm: keys of its kind may not sign$/,
  /^key-size: /,
  /^not-touched: /,
];

export function isListed(reason: string): boolean {
  return STRICTER_THAN_GIT.some((pattern) => pattern.test(reason));
}
