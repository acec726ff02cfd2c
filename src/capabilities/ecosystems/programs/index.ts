import type { Ecosystem } from '../ecosystem.ts';
import { type AdvisoryNaming, createNotCovered } from '../package-address.ts';
import { semverScheme } from '../semver-order.ts';
import { knownProgram } from './known-program.ts';
import { pythonHeader, pythonProgram } from './python-program.ts';
import { redisProgram } from './redis-program.ts';

/**
 * Projects whose releases OSV lists under the name that they have here: Bitnami's database is about
 * what these projects publish. Others of its names were not compared.
 */
const LISTED: ReadonlySet<string> = new Set(['node', 'nginx', 'postgresql', 'python', 'ruby']);

const programNaming: AdvisoryNaming = {
  osv: 'Bitnami',
  scheme: semverScheme,
  locate({ version }, { namespace, name }) {
    // mutant generic-package-of-any-name by known-program: condition -> namespace !== null
    if (namespace !== null || !LISTED.has(name))
      return createNotCovered('packages of type generic are not covered');
    const address = { ecosystems: ['Bitnami'], name, version, scheme: semverScheme };
    return { kind: 'address', address, doubt: null };
  },
};

/** Programs that are known by their content, and other packages without an ecosystem. */
export const programs: Ecosystem = {
  name: 'programs',
  purlTypes: ['generic'],
  advisories: programNaming,
  extractors: [knownProgram, redisProgram, pythonHeader, pythonProgram],
};
