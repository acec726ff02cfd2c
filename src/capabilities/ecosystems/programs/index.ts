import type { Ecosystem } from '../ecosystem.ts';
import { type AdvisoryNaming, createNotCovered } from '../package-address.ts';
import { rpmScheme } from '../rpm/version-order.ts';
import { semverScheme } from '../semver-order.ts';
import type { VersionScheme } from '../version-scheme.ts';
import { isWindows, windowsNaming } from '../windows/naming.ts';
import { hasCpe } from './cpe-products.ts';
import { formatJavaVersion } from './java-version.ts';
import { knownProgram } from './known-program.ts';
import { pythonHeader, pythonProgram } from './python-program.ts';
import { redisProgram } from './redis-program.ts';

/**
 * Projects whose releases OSV lists under the name that they have here: Bitnami's database is about
 * what these projects publish. Others of its names were not compared.
 */
const LISTED: ReadonlySet<string> = new Set(['node', 'nginx', 'postgresql', 'python', 'ruby']);

/**
 * Versions of programs have letters and builds of their own (`1.1.1k`), which rpmvercmp() orders.
 */
const programScheme: VersionScheme = { ...rpmScheme, name: 'program' };

const programNaming: AdvisoryNaming = {
  osv: 'Bitnami',
  alsoOsv: ['NVD'],
  scheme: semverScheme,
  locate(component, parts, surroundings) {
    if (isWindows(parts)) return windowsNaming.locate(component, parts, surroundings);
    const { version } = component;
    const { namespace, name } = parts;
    // The namespace of a Java runtime is who built it: each is built from the same sources.
    const isRuntime = name === 'openjdk';
    // mutant generic-package-of-any-name by known-program: condition -> namespace !== null
    if ((namespace !== null && !isRuntime) || !(LISTED.has(name) || hasCpe(name)))
      return createNotCovered('packages of type generic are not covered');
    const address = LISTED.has(name)
      ? { ecosystems: ['Bitnami', 'NVD'], name, version, scheme: semverScheme }
      : { ecosystems: ['NVD'], name, version: cutUpdate(name, version), scheme: programScheme };
    return { kind: 'address', address, doubt: null };
  },
};

/** NVD writes `9.3p1` of OpenSSH as the version 9.3 with an update, and means both by 9.3. */
function cutUpdate(name: string, version: string): string {
  if (name === 'openjdk') return formatJavaVersion(version);
  // mutant update-of-openssh-is-a-newer-version by read-nvd: condition -> false
  return name === 'openssh' ? version.replace(/p[0-9]{1,3}$/, '') : version;
}

/** Programs that are known by their content, and other packages without an ecosystem. */
export const programs: Ecosystem = {
  name: 'programs',
  purlTypes: ['generic'],
  advisories: programNaming,
  extractors: [knownProgram, redisProgram, pythonHeader, pythonProgram],
};
