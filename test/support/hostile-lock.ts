/**
 * A lock of npm, valid and harmless, that takes far longer to read than its bytes suggest: a
 * package in the deepest folder needs thousands of packages that none of the folders above has.
 */
export function buildDeepLock(needs = 100_000): Readonly<Record<string, string>> {
  const root = { name: 'shop', dependencies: { a: '1' } };
  const packages: Record<string, object> = { '': root };
  let key = '';
  for (let depth = 0; depth < 250; depth++) {
    key += `${key === '' ? '' : '/'}node_modules/a`;
    packages[key] = { version: '1.0.0' };
  }
  const wanted = Array.from({ length: needs }, (_, at) => [`n${at}`, '1']);
  packages[key] = { version: '1.0.0', dependencies: Object.fromEntries(wanted) };
  return {
    'package.json': JSON.stringify(root),
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }),
  };
}
