/**
 * The address of a user ID, `NAME <ADDRESS>` or an address alone; null where two readers could see
 * different ones.
 */
export function readAddress(user: string): string | null {
  const [open, close] = [user.indexOf('<'), user.indexOf('>')];
  if (open < 0 && close < 0) return isAddress(user) ? user : null;
  // mutant openpgp-user-of-two-addresses by verify-openpgp: value -> true
  const isOnly = user.lastIndexOf('<') === open && close === user.length - 1;
  const address = user.slice(open + 1, -1);
  return isOnly && isAddress(address) ? address : null;
}

function isAddress(text: string): boolean {
  const at = text.indexOf('@');
  return at > 0 && at === text.lastIndexOf('@') && at < text.length - 1 && !/[\s<>,]/u.test(text);
}
