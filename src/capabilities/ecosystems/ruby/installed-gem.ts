import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  takeBaseName,
} from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { listSegments } from './gem-order.ts';
import { buildGemParts } from './gemfile-lock.ts';

/** In a folder of RubyGems, beside those of the packages themselves. */
export const isSpecification = wantFiles({
  endings: ['.gemspec'],
  where: /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/,
});

/**
 * The specification of an installed gem, as RubyGems writes it (`Gem::Specification#to_ruby`), also
 * of the gems that come with Ruby. Those of a distribution are its packages.
 */
export const installedGem: Extractor = {
  name: 'ruby-installed',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: isSpecification,
  extract,
  yieldsToOwner: true,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const text = orThrow(decodeUtf8(bytes));
  const identity = readStub(text) ?? readFields(text);
  const { name, version, platform } = identity ?? NONE;
  if (!/^[\w.-]{1,200}$/.test(name) || listSegments(version) === null) {
    const why = 'it does not say name and version of the gem as RubyGems writes them';
    return {
      drafts: [],
      skips: [createSkip(path, 'MALFORMED', why, 'Install the gem again.')],
    };
  }
  const built = platform === 'ruby' || platform === '' ? null : platform;
  // mutant gemspec-with-another-name: condition -> false
  if (takeBaseName(path) !== `${name}-${version}${built === null ? '' : `-${built}`}.gemspec`) {
    const why = `it is of ${name} ${version}, which is not what it is called`;
    return { drafts: [], skips: [createSkip(path, 'MALFORMED', why, 'Install the gem again.')] };
  }
  return {
    drafts: [
      {
        ...{ key: path, name, version },
        parts: buildGemParts(name, version, built),
        licenses: readLicences(text),
        source: null,
        locations: [path],
        hashes: {},
        origin: null,
        needs: [],
        development: false,
      },
    ],
    skips: [],
  };
}

interface GemIdentity {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
}

const NONE: GemIdentity = { name: '', version: '', platform: '' };

/** `# stub: name version platform folders`, which RubyGems itself goes by. */
function readStub(text: string): GemIdentity | null {
  const [, name, version, platform] =
    /^# stub: (\S+) (\S+) (\S+) /m.exec(text.slice(0, 4_096)) ?? [];
  if (name === undefined || version === undefined || platform === undefined) return null;
  return { name, version, platform };
}

function readFields(text: string): GemIdentity | null {
  const [name, version] = ['name', 'version'].map((field) => readField(text, field));
  if (name == null || version == null) return null;
  return { name, version, platform: readField(text, 'platform') ?? '' };
}

/** `s.name = "rack".freeze` */
function readField(text: string, field: string): string | null {
  const at = text.indexOf(`.${field} = `);
  const value = at === -1 ? '' : text.slice(at + field.length + 4, at + 1_000).trimStart();
  return (
    /^(?:"([^"\\#]*)"|'([^'\\]*)'|%q\{([^{}]*)\})/
      .exec(value)
      ?.slice(1)
      .find((one) => one !== undefined) ?? null
  );
}

/** `s.licenses = ["MIT".freeze]`: one of them is to be chosen. */
function readLicences(text: string): readonly string[] {
  const list =
    /\.licen[sc]es? = \[([^\]]{0,1000})\]/.exec(text)?.[1] ?? readField(text, 'license') ?? '';
  const named = list.includes('"')
    ? [...list.matchAll(/"([^"\\]{1,100})"/g)].map(([, one = '']) => one)
    : list === ''
      ? []
      : [list];
  const expressions = named.map((one) => toSpdxExpression(one));
  return expressions.every((one) => one !== null) ? [...new Set(expressions)].sort() : [];
}
