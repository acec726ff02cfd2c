/** A call that loads little, because scripts make it often. */
export function asksVersion(argv: readonly string[]): boolean {
  return argv[0] === '--version' || argv[0] === '-V';
}
