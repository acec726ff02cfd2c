import fc from 'fast-check';

/**
 * Packages of every type that inventories list, and every way in which some tool writes the package
 * URL of one. The tables say what purl-spec and the tools leave open for a type.
 */

/** A package, by its meaning: two packages that differ in a member are two packages. */
export interface SamplePackage {
  readonly type: string;
  readonly namespace: readonly string[];
  readonly name: string;
  readonly version: string;
  /** Of deb and rpm; 0 is the same as none. */
  readonly epoch: number;
  /** Which package it is: architecture, distribution, classifier. */
  readonly qualifiers: Readonly<Record<string, string>>;
}

interface TypeForm {
  /** Segments of the namespace, one arbitrary for each. */
  readonly namespace: readonly fc.Arbitrary<string>[];
  readonly name: fc.Arbitrary<string>;
  readonly version: fc.Arbitrary<string>;
  readonly qualifiers?: Readonly<Record<string, fc.Arbitrary<string>>>;
  /** Parts that are one package in any case. */
  readonly anyCase?: 'both' | 'name' | 'namespace';
  readonly hasEpoch?: true;
  /** What tools add without saying another package. */
  readonly remarks?: Readonly<Record<string, readonly string[]>>;
  /** Other spellings of a qualifier's value. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Characters of a name that are one and the same, such as `-_.` of PyPI (PEP 503). */
  readonly alike?: string;
  readonly mayHaveSlash?: true;
}

const pattern = (source: string) => fc.stringMatching(new RegExp(`^${source}$`));
const plain = pattern('[a-z][a-z0-9-]{1,8}[a-z0-9]');
const mixed = pattern('[A-Za-z][A-Za-z0-9._-]{1,8}[A-Za-z0-9]');
const odd = pattern('[A-Za-z0-9][ -.:;<>@\\[-~é€0-9A-Za-z]{0,8}[a-z0-9]');
const semver = fc.oneof(
  pattern('[0-9]\\.[0-9]{1,2}\\.[0-9]'),
  pattern('[0-9]\\.[0-9]\\.[0-9]-(rc|beta)\\.[1-9]'),
  pattern('[0-9]\\.[0-9]\\.[0-9]\\+[a-z]{3}'),
);
const distribution = pattern(
  '[0-9]\\.[0-9]{1,2}(\\.[0-9])?([~+][a-z0-9]{2,5})?-[1-9](\\+deb12u[1-9])?',
);
const fixed = (text: string) => fc.constant(text);
const cpu = fc.constantFrom('amd64', 'arm64');

const FORMS: Readonly<Record<string, TypeForm>> = {
  deb: {
    namespace: [fixed('debian')],
    name: pattern('[a-z][a-z0-9+.-]{1,9}[a-z0-9+]'),
    version: distribution,
    qualifiers: { arch: cpu, distro: fixed('debian-12') },
    anyCase: 'both',
    hasEpoch: true,
    remarks: {
      upstream: ['zlib', 'zlib@1:1.2.13'],
      source: ['zlib'],
      distro_name: ['bookworm'],
      'package-id': ['abc123'],
    },
    values: { distro: ['debian-12', 'debian-12.5', 'bookworm', '12', 'Debian-12'] },
  },
  apk: {
    namespace: [fixed('alpine')],
    name: pattern('[a-z][a-z0-9_+.-]{1,9}[a-z0-9]'),
    version: pattern('[0-9]\\.[0-9]{1,2}\\.[0-9]-r[0-9]'),
    qualifiers: { arch: cpu, distro: fixed('alpine-3.19.1') },
    anyCase: 'both',
    remarks: { upstream: ['busybox'], origin: ['busybox'] },
    values: { distro: ['alpine-3.19.1', '3.19.1'] },
  },
  rpm: {
    namespace: [fixed('redhat')],
    name: mixed,
    version: pattern('[0-9]\\.[0-9]{1,2}-[1-9]\\.el9'),
    qualifiers: { arch: cpu, distro: fixed('redhat-9.3') },
    anyCase: 'namespace',
    hasEpoch: true,
    remarks: { upstream: ['bind-9.1-2.src.rpm'], sourcerpm: ['bind-9.1-2.src.rpm'] },
  },
  npm: {
    namespace: [pattern('@[a-z][a-z0-9._-]{1,6}')],
    name: mixed,
    version: semver,
    remarks: { source: ['UNKNOWN', 'PUBLIC_REGISTRY'] },
  },
  maven: {
    namespace: [pattern('[a-z]{2,4}\\.[A-Za-z0-9.-]{1,8}[a-z]')],
    name: mixed,
    version: pattern('[0-9]\\.[0-9]{1,2}(\\.Final|-M[1-9]|\\+[a-z]{2})?'),
    qualifiers: { classifier: plain },
    remarks: { type: ['jar'] },
  },
  golang: {
    namespace: [pattern('[a-z]{2,5}\\.(com|org)'), mixed],
    name: mixed,
    version: semver.map((text) => text.replace(/\+[a-z]+$/, '+incompatible')),
    anyCase: 'both',
    remarks: { type: ['module'] },
  },
  pypi: {
    namespace: [],
    name: pattern('[A-Za-z][a-z0-9]{1,5}([._-][a-z0-9]{2,4})?'),
    version: pattern('[0-9]\\.[0-9](rc[1-9]|\\.post[1-9]|\\+[a-z]{3})?'),
    anyCase: 'both',
    alike: '-_.',
  },
  composer: { namespace: [mixed], name: mixed, version: semver, anyCase: 'both' },
  github: { namespace: [mixed], name: mixed, version: pattern('v[0-9]'), anyCase: 'both' },
  hex: { namespace: [], name: plain, version: semver, anyCase: 'both' },
  gem: {
    namespace: [],
    name: mixed,
    version: semver,
    qualifiers: { platform: fc.constantFrom('java', 'x86_64-linux') },
  },
  cargo: { namespace: [], name: mixed, version: semver },
  nuget: { namespace: [], name: mixed, version: semver },
  pub: { namespace: [], name: pattern('[a-z_]{3,8}'), version: semver, anyCase: 'name' },
  cran: { namespace: [], name: mixed, version: semver },
  swift: { namespace: [fixed('example.com'), mixed], name: mixed, version: semver },
  conan: { namespace: [], name: plain, version: semver, qualifiers: { rrev: plain } },
  cocoapods: { namespace: [], name: mixed, version: semver },
  conda: { namespace: [], name: plain, version: semver, qualifiers: { build: plain } },
  hackage: { namespace: [], name: mixed, version: semver },
  generic: { namespace: [odd], name: odd, version: odd, mayHaveSlash: true },
};

const findForm = (type: string): TypeForm => {
  const form = Object.hasOwn(FORMS, type) ? FORMS[type] : undefined;
  if (form === undefined) throw new Error(`no such type: ${type}`);
  return form;
};

function makeArbitrary(type: string): fc.Arbitrary<SamplePackage> {
  const { namespace, name, version, qualifiers = {}, hasEpoch } = findForm(type);
  return fc.record({
    type: fc.constant(type),
    namespace: fc.tuple(...namespace),
    name,
    version,
    epoch: hasEpoch ? fc.constantFrom(0, 0, 1, 32) : fc.constant(0),
    qualifiers: fc.record(qualifiers),
  });
}

/** Any package of any type, or of the types that are named. */
export function anyPackage(...types: readonly string[]): fc.Arbitrary<SamplePackage> {
  return fc.oneof(...(types.length > 0 ? types : Object.keys(FORMS)).map(makeArbitrary));
}

/** The texts of two samples are equal exactly where they are one package, of any version. */
export function nameSample(sample: SamplePackage): string {
  const { anyCase, alike } = findForm(sample.type);
  const lower = (part: string, text: string): string =>
    anyCase === 'both' || anyCase === part ? text.toLowerCase() : text;
  const name = lower('name', sample.name);
  const same = alike === undefined ? name : [...name].map((c) => (alike.includes(c) ? '-' : c));
  return JSON.stringify([
    sample.type,
    lower('namespace', sample.namespace.join('/')),
    [...same].join(''),
  ]);
}

/** How a tool writes it: with all that says which package it is, or with a part of that. */
export function spell(sample: SamplePackage, how: 'whole' | 'part'): fc.Arbitrary<string> {
  return fc.infiniteStream(fc.nat(0xffff)).map((stream) => {
    const pick = <T>(choices: readonly T[]): T => {
      const chosen = choices[stream.next().value % choices.length];
      if (chosen === undefined) throw new Error('nothing to choose from');
      return chosen;
    };
    return writeSpelling(sample, how, pick);
  });
}

type Pick = <T>(choices: readonly T[]) => T;

function writeSpelling(sample: SamplePackage, how: 'whole' | 'part', pick: Pick): string {
  const form = findForm(sample.type);
  const changeCase = (part: string, text: string): string =>
    form.anyCase === 'both' || form.anyCase === part
      ? pick([text, text.toUpperCase(), text.toLowerCase()])
      : text;
  const encode = (text: string, raw: RegExp): string => encodeSome(text, raw, pick);
  const name = [...sample.name]
    .map((char) => (form.alike?.includes(char) ? pick([...form.alike]) : char))
    .join('');
  const [versionText, epoch] = writeVersion(sample, how, pick);
  const slash = form.mayHaveSlash ? ['/', '//'] : ['/', '/', '//', '%2F', '%2f'];
  const scope = sample.namespace.map((one) =>
    // A scope of npm may begin with a bare @.
    encode(changeCase('namespace', one), one.startsWith('@') ? /[@\w.~:+-]/ : PLAIN),
  );
  const path = [...scope, encode(changeCase('name', name), PLAIN)].reduce(
    (one, other) => `${one}${pick(slash)}${other}`,
  );
  const type = pick([sample.type, sample.type.toUpperCase()]);
  const version = versionText === null ? '' : `@${encode(versionText, PLAIN)}`;
  const scheme = pick(['pkg:', 'pkg:', 'PKG:', 'pkg:/', 'pkg://']);
  const query = writeQualifiers(sample, { form, how, epoch, pick });
  return `${scheme}${type}/${path}${version}${query}${pick(['', '', '#', '#/'])}`;
}

const PLAIN = /[\w.~:+-]/;

/** Any character may be escaped; one that is not `raw` must be. */
function encodeSome(text: string, raw: RegExp, pick: Pick): string {
  const style = pick(['least', 'least', 'strict', 'some']);
  return [...text]
    .map((char) => {
      const keeps = style === 'least' || (style === 'strict' ? /[\w.~-]/.test(char) : pick([0, 1]));
      return raw.test(char) && keeps ? char : escapeChar(char, pick);
    })
    .join('');
}

function escapeChar(char: string, pick: Pick): string {
  return [...Buffer.from(char)]
    .map((byte) => {
      const hex = byte.toString(16).padStart(2, '0');
      return `%${pick([hex.toUpperCase(), hex])}`;
    })
    .join('');
}

/** The version as it is written, and an epoch that stands in the qualifiers. */
function writeVersion(
  { type, version, epoch }: SamplePackage,
  how: 'whole' | 'part',
  pick: Pick,
): [string | null, string | null] {
  if (how === 'part' && pick([0, 0, 0, 1]) === 1) return [null, null];
  if (type === 'golang') return [pick([`v${version}`, version]), null];
  const isZeroHidden = epoch === 0 && pick([0, 1]) === 0;
  if ((type !== 'deb' && type !== 'rpm') || isZeroHidden) return [version, null];
  return pick([
    [`${epoch}:${version}`, null],
    [version, `${epoch}`],
    [`${epoch}:${version}`, `${epoch}`],
  ]);
}

interface QualifierChoice {
  readonly form: TypeForm;
  readonly how: 'whole' | 'part';
  readonly epoch: string | null;
  readonly pick: Pick;
}

function writeQualifiers(sample: SamplePackage, { form, how, epoch, pick }: QualifierChoice) {
  const own = Object.entries(sample.qualifiers)
    .filter(() => how === 'whole' || pick([0, 1]) === 1)
    .map(([key, value]) => [key, pick(form.values?.[key] ?? [value])] as const);
  const remarks = Object.entries(form.remarks ?? {})
    .filter(([key]) => {
      const isSource = sample.type !== 'npm' && SOURCES.has(key);
      return pick([0, 1]) === 1 && !(how === 'part' && isSource);
    })
    .map(([key, values]) => [key, pick(values)] as const);
  const all = [...own, ...remarks, ...(epoch === null ? [] : [['epoch', epoch] as const])];
  const pairs = all.map(([key, value]) => {
    const raw = encodeSome(value, /[\w.~:+/@-]/, pick);
    return `${pick([key, key.toUpperCase()])}=${raw}`;
  });
  const empty = pick(['', '', 'vcs_url=']);
  const order = pick([pairs, pairs.toReversed()]);
  const query = [...order, ...(empty === '' ? [] : [empty])].join(pick(['&', '&', '&&']));
  return query === '' ? pick(['', '', '?']) : `?${query}`;
}

/** A source package that is asked for must be the one that is known. */
const SOURCES: ReadonlySet<string> = new Set(['upstream', 'source', 'origin']);
