import type { Mutant } from './mutants.ts';

const verify = ['src/capabilities/signing/git/verify-commit.test.ts'];
const parse = ['src/capabilities/signing/git/commit.test.ts'];
const signers = ['src/capabilities/signing/git/allowed-signers.test.ts'];
const repository = ['src/adapters/git/repository.test.ts'];
const hooks = ['src/adapters/git/hooks.test.ts'];
const commands = ['test/e2e/cli-commits.test.ts'];

const GIT = 'src/capabilities/signing/git';
const VERIFY = `${GIT}/verify-commit.ts`;

/**
 * The guards behind a signed commit: its bytes, its purpose, its key, its time, its people, its
 * objects and its hooks.
 */
export const COMMIT_MUTANTS: readonly Mutant[] = [
  {
    name: 'commit: any bytes are a signature',
    file: `${GIT}/sshsig.ts`,
    find: 'if (!isSigned(key, digest, data, raw)) {',
    replace: 'if (raw.length === 0) {',
    tests: verify,
  },
  {
    name: 'commit: a signature for another purpose counts',
    file: VERIFY,
    find: 'if (signature.namespace !== NAMESPACE) {',
    replace: "if (signature.namespace === '') {",
    tests: verify,
  },
  {
    name: 'commit: a key for other purposes counts',
    file: VERIFY,
    find: 'if (namespaces !== null && !matchesList(NAMESPACE, namespaces)) {',
    replace: "if (namespaces === 'nothing') {",
    tests: verify,
  },
  {
    name: 'commit: a security key that nobody touched counts',
    file: `${GIT}/sshsig.ts`,
    find: '(security.flags & USER_PRESENT) === 0',
    replace: 'security.flags > 255',
    tests: verify,
  },
  {
    name: 'commit: a short RSA key counts',
    file: `${GIT}/ssh-key.ts`,
    find: 'bits < RSA_BITS_MIN || ',
    replace: '',
    tests: verify,
  },
  {
    name: 'commit: a key counts outside of its validity',
    file: VERIFY,
    find: 'if (isWithin(at, validAfter, validBefore)) return null;',
    replace: 'if (at > 0) return null;',
    tests: verify,
  },
  {
    name: 'commit: a revoked key counts',
    file: VERIFY,
    find: 'if (allowed.revoked.has(key.fingerprint))',
    replace: "if (allowed.revoked.has(''))",
    tests: verify,
  },
  {
    name: 'commit: an authority for certificates signs itself',
    file: VERIFY,
    find: 'lines.filter(({ isAuthority }) => !isAuthority)',
    replace: 'lines',
    tests: verify,
  },
  {
    name: 'commit: a principal that matches everybody names an author',
    file: `${GIT}/principals.ts`,
    find: "!entry.startsWith('!') && /[^*?@.]/.test(entry) && matchesPattern(text, entry)",
    replace: 'matchesPattern(text, entry)',
    tests: signers,
  },
  {
    name: 'commit: a refused principal is passed over',
    file: `${GIT}/principals.ts`,
    find: 'if (isNegated) return false;',
    replace: 'if (isNegated) continue;',
    tests: signers,
  },
  {
    name: 'commit: an unknown option is passed over',
    file: `${GIT}/allowed-signers.ts`,
    find: "if (typeof options === 'string') return because(options);",
    replace:
      "if (typeof options === 'string') return readLine([first.word, split.rest].join(' '), line);",
    tests: signers,
  },
  {
    name: 'commit: a header twice is read as one',
    file: `${GIT}/commit.ts`,
    find: 'names.indexOf(name) !== names.lastIndexOf(name)',
    replace: "name === 'x'",
    tests: parse,
  },
  {
    name: 'commit: the first of two addresses is taken',
    file: `${GIT}/commit.ts`,
    find: "line.lastIndexOf('<') === open && line.lastIndexOf('>') === close",
    replace: 'close > open',
    tests: parse,
  },
  {
    name: 'objects: other bytes pass under the name that was asked for',
    file: 'src/adapters/git/cat-file.ts',
    find: "if (hash.digest('hex') !== id) throw otherBytes(id);\n  return bytes;",
    replace: 'return bytes;',
    tests: repository,
  },
  {
    name: 'objects: a shallow clone ends history',
    file: 'src/adapters/git/run-git.ts',
    find: "  GIT_SHALLOW_FILE: '',\n",
    replace: '',
    tests: repository,
  },
  {
    name: 'objects: a replacement ref changes history',
    file: 'src/adapters/git/run-git.ts',
    find: "  GIT_NO_REPLACE_OBJECTS: '1',\n",
    replace: '',
    tests: repository,
  },
  {
    name: 'hooks: a gate that is gone lets commits pass',
    file: 'src/adapters/git/hook-script.ts',
    find: "    '    exit 1',\n",
    replace: "    '    exit 0',\n",
    tests: hooks,
  },
  {
    name: 'hooks: the hook that was there is not heard',
    file: 'src/adapters/git/hook-script.ts',
    find: '| "$before" "$@" || exit $?; fi`',
    replace: '| "$before" "$@"; fi`',
    tests: hooks,
  },
  {
    name: 'trust: a repository says who may sign in it',
    file: 'src/entrypoints/config/commit-trust.ts',
    find: "scope === 'global' || scope === 'system'",
    replace: "scope !== 'unknown'",
    tests: commands,
  },
];
