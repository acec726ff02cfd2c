import { canonicaliseDistro } from '../../core/distro.ts';
import type { PurlParts } from '../../core/purl.ts';
import type { OperatingSystem } from './component.ts';
import type { Draft, OwnedFiles } from './extractor.ts';

/**
 * Vendor and release of a package, which only /etc/os-release names. `distro` is written as SBOMs
 * are read, so that an image and its SBOM name the same packages (X12).
 */
export function nameDistribution(
  parts: PurlParts,
  os: OperatingSystem | null,
  namespace: string,
): PurlParts {
  if (os === null) return { ...parts, namespace };
  const { id, versionId } = os;
  const name = [id, versionId].filter((part) => part !== null).join('-');
  const qualifiers = { ...parts.qualifiers, distro: canonicaliseDistro(id, name) };
  return { ...parts, namespace, qualifiers };
}

/** A package of a distribution as its database names it; the rest is unknown. */
export function createSystemDraft({
  type,
  name,
  version,
  arch,
  location,
}: {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string | null;
  readonly location: string;
}): Draft {
  const qualifiers = arch === null ? {} : { arch };
  return {
    key: name,
    parts: { type, namespace: null, name, version, qualifiers, subpath: null },
    name,
    version,
    licenses: [],
    source: null,
    locations: [location],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
}

/** Collects the files of one package in the two forms that a list of owned files has. */
export class OwnedFileList {
  readonly #package: string;
  readonly #forms = new Map<OwnedFiles['form'], string[]>();

  constructor(name: string) {
    this.#package = name;
  }

  /** `digest` is in hex; null where none is recorded, or where the file may be changed. */
  add(path: string, digest: { form: OwnedFiles['form']; hex: string } | null): void {
    const form = digest?.form ?? 'paths';
    const line = digest === null ? path : `${digest.hex}  ${path}`;
    const lines = this.#forms.get(form);
    if (lines === undefined) this.#forms.set(form, [line]);
    else lines.push(line);
  }

  list(): readonly OwnedFiles[] {
    return [...this.#forms].map(([form, lines]) => ({
      package: this.#package,
      form,
      lines: Buffer.from(lines.join('\n'), 'utf8'),
    }));
  }
}

/**
 * Where packages of a distribution put nothing (FHS 3.0, Debian policy 9.1.1 and 9.1.2): all of it
 * comes from elsewhere.
 */
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

/** Longer texts are no addresses. */
const FIELD_MAX = 1_000;

/** The host of `Name <user@host>`, `user@host` or `@host/path`; empty where there is none. */
export function readHost(text: string): string {
  if (text.length > FIELD_MAX) return '';
  const at = text.lastIndexOf('@');
  return at === -1 ? '' : (text.slice(at + 1).split(/[\s>/:]/)[0] ?? '').toLowerCase();
}
