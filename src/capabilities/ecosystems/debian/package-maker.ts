import type { Draft, PackageMaker } from '../extractor.ts';
import type { Stanza } from './stanzas.ts';

/** Hosts of the addresses by which Debian's and Ubuntu's own packages name their maintainers. */
const OWN_HOSTS =
  /(?:^|[@.])(?:debian\.org|alioth-lists\.debian\.net|ubuntu\.com|canonical\.com|lists\.launchpad\.net)$/;

/** Longer texts are no addresses. */
const FIELD_MAX = 1_000;

/**
 * Who made a package, as far as its control fields say so: the maintainer's address (Debian policy
 * 5.6.2) and, for others' packages, `Origin`, `Vendor` and `Bugs` (deb-control(5)). A distribution
 * knows only its own packages: its advisories are silent about those of others.
 */
export function readMaker(fields: Stanza): PackageMaker {
  const stated = [fields.get('origin'), fields.get('vendor')].filter((text) => text !== undefined);
  if (stated.some((text) => !/^(?:debian|ubuntu)$/i.test(text.trim()))) return 'other';
  const bugs = fields.get('bugs');
  if (bugs !== undefined && !OWN_HOSTS.test(readHost(bugs.replace(/^[a-z]+:\/\//i, '@'))))
    return 'other';
  const maintainer = fields.get('maintainer');
  if (maintainer === undefined || maintainer === '') return 'unstated';
  return OWN_HOSTS.test(readHost(maintainer)) ? 'distribution' : 'other';
}

/** The host of `Name <user@host>`, `user@host` or `@host/path`; empty where there is none. */
function readHost(text: string): string {
  if (text.length > FIELD_MAX) return '';
  const at = text.lastIndexOf('@');
  return at === -1 ? '' : (text.slice(at + 1).split(/[\s>/:]/)[0] ?? '').toLowerCase();
}

/** Where Debian's packages put nothing (policy 9.1.1, 9.1.2): all of it comes from elsewhere. */
const FOREIGN = /^(?:opt|srv|home|root|tmp|mnt|media|app|data|usr\/local)\//;

/**
 * Whether a package of the distribution is what a file is about, so that its advisories cover the
 * file. A package that does not say who made it counts only for what it is named after:
 * `python3-requests` for `requests-2.28.egg-info`.
 */
export function coversFile({ name, maker }: Draft, path: string): boolean {
  // mutant owner-that-another-made by ownership: remove
  if (maker === 'other') return false;
  if (maker === 'distribution') return true;
  if (FOREIGN.test(path)) return false;
  const words = new Set(splitWords(path.split('/').slice(-2).join('/')));
  return splitWords(name).some((word) => !FILLERS.has(word) && words.has(stripLib(word)));
}

function splitWords(text: string): readonly string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/);
}

function stripLib(word: string): string {
  return word.replace(/^lib(?=.)/, '');
}

const FILLERS = new Set(['', 'python', 'python3', 'java', 'golang', 'io', 'dev', 'bin', 'data']);
