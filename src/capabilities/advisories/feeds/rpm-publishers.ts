import { formatPackageVersion } from '../../../core/package-purl.ts';
import { parsePurl } from '../../../core/purl.ts';
import { formatSourceName } from '../../ecosystems/index.ts';
import type { TreeProduct } from './csaf-tree.ts';

interface NamedBuild {
  readonly name: string;
  /** Empty where none is stated. */
  readonly version: string;
}

/** How a publisher of CSAF names its packages and releases. */
export interface Publisher {
  /** What the ids of its records begin with. */
  readonly source: string;
  /** The ecosystem of OSV for a product; null for one that no package is looked up in. */
  findEcosystem(platform: TreeProduct): string | null;
  /** The packages that a product means: builds where a version counts, else all builds. */
  listPackages(component: TreeProduct, isVersioned: boolean): readonly NamedBuild[];
}

/** By the host of the namespace of its documents. */
export const PUBLISHERS: ReadonlyMap<string, Publisher> = new Map([
  ['www.redhat.com', { source: 'REDHAT', findEcosystem: locateRedHat, listPackages: listRedHat }],
  ['www.suse.com', { source: 'SUSE', findEcosystem: locateSuse, listPackages: listSuse }],
]);

/** `cpe:/o:redhat:enterprise_linux:8::baseos`; of other products nothing is looked up. */
function locateRedHat({ cpe }: TreeProduct): string | null {
  const found =
    /^cpe:\/[ao]:redhat:(enterprise_linux:[0-9]{1,3}(?:\.[0-9]{1,3})?(?:::[a-z_]{1,40})?)$/;
  const [, product] = found.exec(cpe ?? '') ?? [];
  return product === undefined ? null : `Red Hat:${product}`;
}

/**
 * Where it has no fix, Red Hat names the source package, and a binary package only where they
 * differ; one without an architecture may be either.
 */
function listRedHat({ name, purl }: TreeProduct, isVersioned: boolean): readonly NamedBuild[] {
  const parts = purl === null ? null : parsePurl(purl);
  if (parts === null && !isVersioned) return listBoth(name);
  if (parts?.ok !== true || parts.value.type !== 'rpm') return [];
  const { qualifiers, name: own } = parts.value;
  const version = formatPackageVersion(parts.value);
  const isSource = qualifiers['arch'] === 'src';
  if (isVersioned) return isSource || version === '' ? [] : [{ name: own, version }];
  if (isSource) return [{ name: formatSourceName(own), version: '' }];
  return qualifiers['arch'] === undefined ? listBoth(own) : [{ name: own, version: '' }];
}

function listBoth(name: string): readonly NamedBuild[] {
  return [name, formatSourceName(name)].map((one) => ({ name: one, version: '' }));
}

/** `SUSE Linux Enterprise Server 15 SP5`, `openSUSE Leap 15.5`. */
function locateSuse({ name, id }: TreeProduct): string | null {
  const [, vendor, product] = /^(SUSE|openSUSE) ([A-Za-z0-9 .+-]{1,120})$/.exec(name || id) ?? [];
  return vendor === undefined ? null : `${vendor}:${product}`;
}

/** SUSE names builds by their files: `libopenssl1_1-1.1.1l-150500.17.25.1.x86_64`. */
function listSuse({ id, purl }: TreeProduct, isVersioned: boolean): readonly NamedBuild[] {
  const parts = purl === null ? null : parsePurl(purl);
  if (parts?.ok === true && parts.value.type === 'rpm') {
    const version = formatPackageVersion(parts.value);
    if (isVersioned && version === '') return [];
    return [{ name: parts.value.name, version: isVersioned ? version : '' }];
  }
  if (!isVersioned) return [{ name: id, version: '' }];
  const file = id.replace(/\.(?:x86_64|aarch64|ppc64le|s390x|i[3-6]86|noarch|src|nosrc)$/, '');
  const release = file.lastIndexOf('-');
  const version = file.lastIndexOf('-', release - 1);
  if (version < 1 || release <= version + 1) return [];
  return [{ name: file.slice(0, version), version: file.slice(version + 1) }];
}
