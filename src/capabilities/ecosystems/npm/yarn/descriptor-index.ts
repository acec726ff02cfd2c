import { type LinkTarget, MISSING, type ReplacedNeed } from '../linked/linked-lock.ts';
import { type Descriptor, normalizeRange } from './descriptor.ts';

/** The requirements that a lock of Yarn has, and the entries that meet them. */
export class DescriptorIndex {
  /** Needs that no entry names, in a lock that has the package in one other version. */
  readonly replaced: ReplacedNeed[] = [];
  readonly #exact = new Map<string, LinkTarget>();
  /** By name, then by what tells targets apart. */
  readonly #byName = new Map<string, Map<string, LinkTarget>>();

  /** False where another entry is for the same requirement. */
  add({ name, range }: Descriptor, key: string, folder: string | null = null): boolean {
    const target: LinkTarget =
      folder === null ? { kind: 'package', key } : { kind: 'folder', path: folder };
    const wanted = `${name}@${normalizeRange(range)}`;
    const known = this.#exact.get(wanted);
    if (known !== undefined) return isSame(known, target);
    this.#exact.set(wanted, target);
    const all = this.#byName.get(name) ?? new Map<string, LinkTarget>();
    this.#byName.set(name, all.set(JSON.stringify(target), target));
    return true;
  }

  find(name: string, range: string): LinkTarget {
    return this.#exact.get(`${name}@${normalizeRange(range)}`) ?? MISSING;
  }

  /**
   * A need of a package. A project may set versions itself, which the lock does not say: then the
   * entry has the range of the project, and the only entry of that name is the one.
   */
  findNeed(of: string, name: string, range: string): LinkTarget {
    const found = this.find(name, range);
    if (found !== MISSING) return found;
    const all = this.#byName.get(name);
    const [other] = all?.values() ?? [];
    if (all === undefined || other === undefined) return MISSING;
    // The range of a catalogue is in the settings.
    if (!range.startsWith('catalog:')) this.replaced.push({ of, name });
    return all.size === 1 ? other : { kind: 'unclear' };
  }
}

function isSame(one: LinkTarget, other: LinkTarget): boolean {
  return (
    (one.kind === 'package' && other.kind === 'package' && one.key === other.key) ||
    (one.kind === 'folder' && other.kind === 'folder' && one.path === other.path)
  );
}
