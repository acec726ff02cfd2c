import type { PackageMaker } from '../extractor.ts';
import { readHost } from '../system-package.ts';
import type { Stanza } from './stanzas.ts';

/** Hosts of the addresses by which Debian's and Ubuntu's own packages name their maintainers. */
const OWN_HOSTS =
  /(?:^|[@.])(?:debian\.org|alioth-lists\.debian\.net|ubuntu\.com|canonical\.com|lists\.launchpad\.net)$/;

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
