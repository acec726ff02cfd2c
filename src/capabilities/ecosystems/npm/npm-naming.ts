import { type AdvisoryNaming, createNotCovered, joinName } from '../package-address.ts';
import { semverScheme } from '../semver-order.ts';
import { JSR } from './installed/npm-draft.ts';

/**
 * Names of the npm registry: `name` or `@scope/name`. Old names without a scope may have capitals;
 * those with a scope have none, so another spelling may mean one of these.
 */
export const npmNaming: AdvisoryNaming = {
  osv: 'npm',
  scheme: semverScheme,
  locate({ version }, parts) {
    const { namespace } = parts;
    // mutant package-of-jsr-under-a-name-of-npm by deno-lock: condition -> false
    if (parts.type === JSR)
      return createNotCovered('no feed of advisories goes by the names of JSR');
    // mutant npm-name-that-cannot-be by npm-naming: condition -> false
    if (namespace !== null && (!/^@[^@]/.test(namespace) || namespace.includes('/')))
      return createNotCovered('npm has no packages with such a name: a scope begins with @');
    const name = joinName(parts);
    const address = { ecosystems: ['npm'], name, version, scheme: semverScheme };
    const lower = name.toLowerCase();
    // mutant scope-in-capitals by npm-naming: condition -> true
    if (namespace === null || lower === name) return { kind: 'address', address, doubt: null };
    const other = { name: lower, version, onlyIf: `${lower} is meant: scopes have no capitals` };
    return { kind: 'address', address: { ...address, other }, doubt: null };
  },
};
