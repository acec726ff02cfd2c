import { RATED_BY, SEVERITIES } from '../../core/severity.ts';
import { DECISIONS, GATES, type Gate } from '../../core/verdict.ts';
import { REBUILD_FACT, RUNNER_FACT } from './build-fact-types.ts';
import {
  BOOL,
  type CelType,
  DOUBLE,
  type FieldTypes,
  INT,
  makeChoiceType,
  makeListType,
  makeNullable,
  makeObjectType,
  PACKAGE,
  STRING,
  TIMESTAMP,
} from './cel/type.ts';
import {
  ARTIFACT_TYPES,
  DEPENDENCY_KINDS,
  type Facts,
  FINDING_STATUSES,
  REGISTRY_SOURCES,
} from './facts.ts';

/** One fact that rules may read: its type, the gates that can have it, and what it means. */
export interface FactDefinition {
  readonly type: CelType;
  readonly gates: readonly Gate[];
  readonly meaning: string;
}

const ON_IMAGES: readonly Gate[] = ['release', 'admission', 'audit'];
const ON_SOURCES: readonly Gate[] = ['commit', 'build'];

/**
 * The schema of facts: rules are checked against it, and docs/reference/facts.md is written from
 * it.
 */
export const FACTS: { readonly [name in keyof Facts]-?: FactDefinition } = {
  image: {
    gates: ON_IMAGES,
    meaning: 'The image that the decision is about. `registry` and `repository` are normalised.',
    type: makeObjectType('image', {
      reference: STRING,
      registry: STRING,
      repository: STRING,
      tag: makeNullable(STRING),
      digest: STRING,
      platform: makeNullable(STRING),
    }),
  },
  signatures: {
    gates: ON_IMAGES,
    meaning:
      'Signatures of the image. `trusted`: verified, by an identity that the trust document ' +
      'names for it.',
    type: makeListType(
      makeObjectType('signature', {
        format: STRING,
        trusted: BOOL,
        identity: makeNullable(STRING),
        reason: makeNullable(STRING),
        signedAt: makeNullable(TIMESTAMP),
      }),
    ),
  },
  artifacts: {
    gates: ON_IMAGES,
    meaning:
      'Documents attached to the image. `trusted`: signed by an identity named for that kind ' +
      'of statement.',
    type: makeListType(
      makeObjectType('artifact', {
        type: makeChoiceType(ARTIFACT_TYPES),
        mediaType: STRING,
        digest: STRING,
        createdAt: TIMESTAMP,
        trusted: BOOL,
        identity: makeNullable(STRING),
        reason: makeNullable(STRING),
      }),
    ),
  },
  sbom: {
    gates: ON_IMAGES,
    meaning:
      'The inventory that findings and components were taken from; it counts only when trusted. ' +
      '`unexplained` is what is in the image and belongs to no component; its executables are ' +
      'programs and libraries of machine code.',
    type: makeObjectType('sbom', {
      complete: BOOL,
      count: INT,
      createdAt: TIMESTAMP,
      unexplained: makeObjectType('unexplained', { files: INT, bytes: INT, executables: INT }),
    }),
  },
  systems: {
    gates: ON_IMAGES,
    meaning: 'The systems that trusted SBOMs name; if and until when all get security updates.',
    type: makeListType(
      makeObjectType('system', {
        id: STRING,
        release: STRING,
        supported: BOOL,
        supportedUntil: TIMESTAMP,
      }),
    ),
  },
  scan: {
    gates: ON_IMAGES,
    meaning: 'The newest trusted scan of the image.',
    type: makeObjectType('scan', { complete: BOOL, createdAt: TIMESTAMP }),
  },
  provenance: {
    gates: ON_IMAGES,
    meaning:
      'What the trusted provenance says about the build. `level`: the level of the build track ' +
      'of SLSA (0 to 3) that verified evidence shows, whatever the provenance says of itself ' +
      '(`waybill provenance assess`).',
    type: makeObjectType('provenance', {
      builder: STRING,
      repository: STRING,
      commit: STRING,
      materials: makeListType(makeObjectType('material', { uri: STRING, digest: STRING })),
      level: INT,
    }),
  },
  runner: {
    gates: ON_IMAGES,
    meaning:
      'Which job on which machine made the image, and when, by a trusted statement of ' +
      '`waybill provenance runner`. `job`: its token was verified when the statement was made. ' +
      '`machine`: a document that the cloud signed for this digest; `allowed`: the trust ' +
      'document allows its subscription. `time`: the statement was made between these two, by a timestamp ' +
      'over all of it. Each part is unknown where its proof does not hold.',
    type: RUNNER_FACT,
  },
  rebuild: {
    gates: ON_IMAGES,
    meaning:
      'What a trusted second build of the image gave (`waybill rebuild`). `reproduced`: the ' +
      'same bytes; `sameContent`: nothing that runs differs. Of several the best counts; of an ' +
      'index, that of the platform that fared worst. Unknown where a platform has none.',
    type: REBUILD_FACT,
  },
  components: {
    gates: GATES,
    meaning:
      'The components of the target. `licenses` are SPDX expressions that all apply. The list is ' +
      'unknown if none is stated, but empty for a package of the operating system (`alpm`, ' +
      '`apk`, `deb`, `rpm`) whose papers name none.',
    type: makeListType(
      makeObjectType('component', {
        purl: PACKAGE,
        type: STRING,
        name: STRING,
        version: STRING,
        licenses: makeListType(STRING),
      }),
    ),
  },
  findings: {
    gates: GATES,
    meaning:
      'Vulnerabilities of the components. At the gates about images also what the knowledge ' +
      'graph lists for the digest, by inventories that this installation recorded or that a ' +
      'signer who may state them signed. `severity`: the word of the distribution that built ' +
      'the package; else the worst that advisories state, as a vector, number or word (CVSS v2 ' +
      'only where there is no newer score); else that of the CNA, then of CISA. It is unknown ' +
      'where one of them cannot be read and none is critical. `severityBy` says whose it is; ' +
      '`score` and `vector` are unknown where a word states it. `kev`: CISA lists it as exploited. `epss`: the ' +
      'probability that it is, from 0 to 1. Both are unknown where they were not imported, it ' +
      'has no CVE, or only another tool or the graph reports it. The list is partial if the ' +
      'advisories are the sample or of unknown origin, or if the graph cannot be read.',
    type: makeListType(
      makeObjectType('finding', {
        id: STRING,
        aliases: makeListType(STRING),
        severity: makeChoiceType(SEVERITIES, 'unknown'),
        status: makeChoiceType(FINDING_STATUSES, 'unknown'),
        component: PACKAGE,
        name: STRING,
        version: STRING,
        fixed: makeListType(STRING),
        score: DOUBLE,
        vector: STRING,
        severityBy: makeChoiceType(RATED_BY),
        kev: BOOL,
        epss: DOUBLE,
      }),
    ),
  },
  advisories: {
    gates: GATES,
    meaning:
      'The advisory data behind the findings: where it came from, and how old the oldest feed is ' +
      'that components were looked up in (its newest record, or its export if the file says when).',
    type: makeObjectType('advisories', {
      source: makeChoiceType(['imported', 'sample']),
      updatedAt: TIMESTAMP,
    }),
  },
  release: {
    gates: ['build', 'release', 'admission', 'audit'],
    meaning:
      'The release that the image belongs to. `repository` and `commit` are unknown where the ' +
      'release only claims them, as `waybill release` does: ask `provenance`.',
    type: makeObjectType('release', {
      name: STRING,
      version: STRING,
      owner: makeNullable(STRING),
      repository: STRING,
      commit: STRING,
    }),
  },
  workload: {
    gates: ['admission', 'audit'],
    meaning: 'Where the image will run.',
    type: makeObjectType('workload', {
      cluster: STRING,
      namespace: STRING,
      kind: STRING,
      name: STRING,
    }),
  },
  commit: {
    gates: GATES,
    meaning:
      'The commit whose tree is judged, or that an image was built from. Unknown for staged ' +
      'changes and where the work tree differs from it. Of an image its `id` is what trusted ' +
      'provenance proves, never what was typed, and the rest is what this installation recorded ' +
      'of that commit (`waybill gate build --record`, `waybill commit verify --record`).',
    type: makeObjectType('commit', {
      id: STRING,
      signed: BOOL,
      trusted: BOOL,
      signer: makeNullable(STRING),
    }),
  },
  commits: {
    gates: ON_SOURCES,
    meaning:
      'The commits that are judged: the pushed ones, or the one that is built; none before a ' +
      'commit is made. `trusted`: the signature is valid and the allowed signers name its key.',
    type: makeListType(
      makeObjectType('judgedCommit', {
        id: STRING,
        signed: BOOL,
        trusted: BOOL,
        signer: makeNullable(STRING),
        format: makeNullable(STRING),
        author: STRING,
        committer: STRING,
        authorMatches: BOOL,
        committerMatches: BOOL,
        reason: makeNullable(STRING),
      }),
    ),
  },
  dependencies: {
    gates: ON_SOURCES,
    meaning:
      'What the source tree declares: packages, images, actions and system packages. It is ' +
      'partial where a manifest or lock cannot be read, contradicts itself, takes something ' +
      'from outside the tree, or is of a kind that is not examined. `registry` is known only ' +
      'where the lock or the declaration records it.',
    type: makeListType(
      makeObjectType('dependency', {
        ecosystem: STRING,
        name: STRING,
        version: STRING,
        purl: PACKAGE,
        pinned: BOOL,
        why: STRING,
        registry: makeNullable(STRING),
        registryFrom: makeChoiceType(REGISTRY_SOURCES),
        place: STRING,
        kind: makeChoiceType(DEPENDENCY_KINDS),
        development: BOOL,
      }),
    ),
  },
  build: {
    gates: ['build'],
    meaning:
      'The build itself. `rebuilt`: there were two builds and a comparison; ' +
      '`materialsRecorded`: the tree has the hash of each dependency, and the version of each ' +
      'system package.',
    type: makeObjectType('build', {
      rebuilt: BOOL,
      reproduced: BOOL,
      difference: makeNullable(STRING),
      materialsRecorded: BOOL,
      unrecorded: makeNullable(STRING),
    }),
  },
  buildGate: {
    gates: ON_IMAGES,
    meaning:
      'The last decision of the build gate about the commit that the image was built from, as ' +
      'this installation recorded it (`waybill gate build --record`); unknown if there is none. ' +
      'Trusted provenance must prove the commit: of one that a release only claims, it is known ' +
      'where the build gate refused it.',
    type: makeObjectType('buildGate', {
      verdict: makeChoiceType(DECISIONS),
      decidedAt: TIMESTAMP,
      policy: STRING,
    }),
  },
};

/** One value that a team sets in the policy document; rules read it as `params.…`. */
export interface ParameterDefinition {
  readonly type: CelType;
  readonly meaning: string;
}

const UNKNOWN_MEANS: CelType = makeChoiceType(['undetermined', 'accept']);

export const PARAMETERS = {
  allowedRegistries: {
    type: makeListType(STRING),
    meaning:
      'Registries, or paths of them, that images may come from. Compared by whole path segments.',
  },
  allowedLicenses: {
    type: makeListType(STRING),
    meaning:
      'SPDX identifiers that a component may be licensed under; `*` is every licence of the SPDX ' +
      'list, and a `LicenseRef` must be named. The default rule does not ask it of packages of ' +
      'the operating system ([licences](licences.md)).',
  },
  refusedLicenses: {
    type: makeListType(STRING),
    meaning:
      'SPDX identifiers that no component may be licensed under ([which, and why](licences.md)). ' +
      'It refuses what `allowedLicenses` allows, except a licence with an exception that is ' +
      'allowed by its name.',
  },
  scanAgeMax: {
    type: { kind: 'duration' },
    meaning: 'How old the newest trusted scan may be, such as `24h`.',
  },
  advisoryAgeMax: {
    type: { kind: 'duration' },
    meaning: 'How old the oldest feed may be that components are looked up in, such as `7d`.',
  },
  unknownSeverity: {
    type: UNKNOWN_MEANS,
    meaning:
      'What a finding of unknown severity means; `undetermined` unless the document says `accept`.',
  },
  unknownLicense: {
    type: UNKNOWN_MEANS,
    meaning:
      'What a component of unknown licence means; `undetermined` unless the document says ' +
      '`accept`.',
  },
  allowedComponentRegistries: {
    type: makeListType(STRING),
    meaning:
      'Registries, or paths of them, that packages and base images may come from. Compared ' +
      'by whole path segments.',
  },
  unknownRegistry: {
    type: UNKNOWN_MEANS,
    meaning:
      'What a component of unknown registry means, which no file in the tree records; the ' +
      'default policy says `undetermined`.',
  },
  mergeSigners: {
    type: makeListType(STRING),
    meaning:
      'Principals of keys that a platform uses for merges: they may sign commits of other ' +
      'authors.',
  },
} as const satisfies Record<string, ParameterDefinition>;

export type ParameterName = keyof typeof PARAMETERS;
export const FACT_NAMES = Object.keys(FACTS) as readonly (keyof Facts)[];

/** The variables of every rule, in the order of their slots: the facts, then `params` and `now`. */
export const VARIABLES: FieldTypes = {
  ...Object.fromEntries(FACT_NAMES.map((name) => [name, FACTS[name].type])),
  params: makeObjectType(
    'params',
    Object.fromEntries(Object.entries(PARAMETERS).map(([name, { type }]) => [name, type])),
  ),
  now: TIMESTAMP,
};
export const VARIABLE_NAMES = Object.keys(VARIABLES);

/** Whether a gate can ever know this variable. */
export function gateKnows(gate: Gate, variable: string): boolean {
  return Object.hasOwn(FACTS, variable)
    ? FACTS[variable as keyof Facts].gates.includes(gate)
    : true;
}
