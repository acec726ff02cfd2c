import { z } from 'zod';
import { explained } from './develop.ts';
import {
  advisorySource,
  count,
  digest,
  failedTarget,
  list,
  matchStatus,
  maybe,
  moment,
  notCovered,
  outcome,
  problem,
  purl,
  severity,
  severitySource,
  text,
} from './parts.ts';

const subject = z.strictObject({ name: text, digest: digest.nullable() });

const component = z.strictObject({
  purl,
  name: text,
  version: text,
  licenses: list(text).describe('SPDX expressions; empty if no license is declared'),
  licensesFrom: text.optional().describe('what states them, where that is not the target itself'),
  source: z.strictObject({ name: text, version: text }).nullable(),
  locations: list(text),
  layer: digest.nullable(),
  hashes: z.record(text, text).readonly(),
  origin: maybe,
  dependsOn: list(purl),
  development: z.boolean(),
});

const operatingSystem = z.strictObject({ id: text, versionId: maybe, prettyName: maybe });

const unexplained = z
  .strictObject({ files: count, bytes: count, executables: count })
  .describe('what belongs to no component; null where it was not counted');

export const sbom = z.strictObject({
  targets: list(
    z.strictObject({
      target: text,
      recognised: text,
      subject,
      os: operatingSystem.nullable(),
      components: list(component),
      outcome,
      skips: list(problem),
      found: list(text).describe('kinds of package database, such as dpkg'),
      unexplained: unexplained.nullable(),
      notes: list(text).describe('what a reader should know and what hides nothing'),
      lacks: list(text).describe('what an SBOM of others does not say'),
    }),
  ),
  failed: list(failedTarget),
});

const threatSource = {
  kind: z.enum(['kev', 'epss']),
  version: maybe.describe('of the catalogue or the model'),
  at: moment.nullable().describe('when it was released; null where it does not say'),
  count: count.describe('CVEs that it names'),
};

const supportTerm = {
  os: text.describe('ID of os-release'),
  release: text,
  endsOn: text.describe('the last day for everybody, YYYY-MM-DD'),
  extendedTo: maybe.describe('the last day for who has extended support'),
};

const importedThreats = z.strictObject({ ...threatSource, importedAt: moment });
const takenThreats = z.strictObject({
  ...threatSource,
  isUsed: z.boolean().describe('false where what was imported before is newer'),
});

const vexStatus = z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']);

const finding = z.strictObject({
  id: text.describe('the CVE if there is one'),
  aliases: list(text),
  title: maybe.describe('what the records call it, on one line; null where none does'),
  severity,
  score: z.number().nullable(),
  vector: maybe,
  severitySource,
  component: purl,
  name: text,
  version: text,
  fixed: list(text),
  status: matchStatus,
  advisories: list(text),
  rule: text,
  range: maybe.describe('the versions that its first record calls affected, as VERS'),
  development: z.boolean(),
  locations: list(text),
  layer: digest.nullable(),
  line: z.int().min(1).nullable().describe('of the first location; null if not known'),
  known: z.boolean().nullable().describe('whether the --baseline has it; null without one'),
  path: list(purl)
    .nullable()
    .describe('the shortest way from a direct requirement to the component; null if unknown'),
  link: text.describe('where a person reads about the vulnerability'),
  kev: z
    .strictObject({
      listed: z.boolean(),
      added: maybe.describe('the day on which it was listed'),
      due: maybe,
      ransomware: z.boolean().describe('whether ransomware is known to use it'),
    })
    .nullable()
    .describe('the catalogue of known exploited vulnerabilities; null: unknown'),
  epss: z
    .strictObject({ score: z.number(), percentile: z.number() })
    .nullable()
    .describe('the probability of exploitation in 30 days; null: unknown'),
  modifiedAt: moment.nullable().describe('the newest change of a record that reports it'),
  vex: z
    .strictObject({
      status: vexStatus,
      justification: maybe,
      by: text.describe('the signer, as the verification found it'),
      document: text.describe('the file, or the digest of what is attached'),
      format: z.enum(['openvex', 'csaf', 'cyclonedx']),
      author: maybe.describe('as the document says it; not verified'),
      at: moment.nullable(),
    })
    .nullable()
    .describe('the statement of VEX that counts for it; null where none does'),
});

const vexRemark = z.strictObject({
  kind: z
    .enum(['contradiction', 'stale', 'future'])
    .describe('what somebody should look at; it changes no status'),
  id: text,
  component: purl,
  why: text,
  by: text,
  document: text,
});

const advisoryData = z.strictObject({
  source: advisorySource,
  version: text,
  count,
  newest: moment.nullable(),
  importedAt: moment.nullable(),
  ecosystems: list(text).describe('what the feeds cover and a matcher reads'),
  coverage: list(
    z.strictObject({
      ecosystem: text,
      matched: z.boolean().describe('whether a matcher reads it; if not, it is not covered'),
      feed: text,
      databases: list(text).describe('what the ids of its records begin with'),
      records: count,
      updatedAt: moment.nullable().describe('the age of the data; null if the feed is undated'),
      importedAt: moment.nullable(),
    }),
  ),
  rejected: count,
});

export const scan = z.strictObject({
  targets: list(
    z.strictObject({
      target: text,
      recognised: text,
      explained: explained.optional(),
      report: z.strictObject({
        outcome,
        subject,
        findings: list(finding),
        unfixed: count.describe('findings without a fixed version that --only-fixed left out'),
        notCovered: list(notCovered),
        conflicts: list(z.strictObject({ cves: list(text), ids: list(text) })),
        vexRemarks: list(vexRemark),
        threats: list(importedThreats).describe(
          'what says something of exploitation; a source that is absent was not asked',
        ),
        support: z
          .strictObject({
            ...supportTerm,
            isOver: z.boolean().describe('the last day for everybody is over'),
          })
          .nullable()
          .describe('how long the system is supported; null: unknown'),
        lookedUpIn: list(
          z.strictObject({
            ecosystem: text,
            feed: text,
            databases: list(text),
            updatedAt: moment.nullable().describe('null: of unknown age'),
          }),
        ).describe('the feeds that cover the components'),
        data: advisoryData,
        updatedAt: moment.nullable().describe('the age of the oldest feed that was used'),
        componentCount: count,
        scannedAt: moment,
      }),
    }),
  ),
  failed: list(failedTarget),
});

export const advisoriesImport = z.strictObject({
  outcome,
  added: count,
  updated: count,
  unchanged: count,
  older: count,
  rejected: count,
  index: text.describe('path of the index'),
  count,
  ecosystems: list(text).describe('those that are covered after the import'),
  loose: list(z.strictObject({ ecosystem: text, feed: text, records: count })).describe(
    'records that are found, of ecosystems that this file does not cover',
  ),
  read: list(z.strictObject({ feed: text, format: text, records: count })).describe(
    'files in the form of their publisher, such as secdb, and the records that they gave',
  ),
  threats: list(takenThreats).describe('files that say what is exploited'),
  support: list(z.strictObject({ source: text, releases: count })).describe(
    'files that say how long systems are supported',
  ),
  failed: list(failedTarget),
});

export const advisoriesUpdate = z.strictObject({
  outcome,
  from: text.describe('the export, mirror or artifact'),
  number: z.int().nullable().describe('of a signed index; null for an export'),
  updated: list(
    z.strictObject({
      ecosystem: text,
      how: z
        .enum(['whole', 'changes', 'nothing'])
        .describe('the whole archive, changed records only, or nothing was new'),
      records: count.nullable().describe('records of the export; null if its list is unchanged'),
      bytes: count.describe('what was read over the network'),
    }),
  ),
  absent: list(text).describe('needed, and not in this export'),
  added: count,
  updatedRecords: count,
  unchanged: count,
  older: count,
  rejected: count,
  index: text.describe('path of the index'),
  count,
  ecosystems: list(text),
  updatedAt: moment.nullable().describe('the age of the oldest feed; null if one is undated'),
  threats: list(takenThreats).describe('what was new of exploitation: KEV and EPSS'),
  support: list(z.strictObject({ source: text, releases: count })).describe(
    'what was new of the support of systems',
  ),
  failed: list(failedTarget),
});

export const advisoriesPack = z.strictObject({
  index: text.describe('where it is: a file, or a reference by digest'),
  repository: text.describe('the repository whose trust counts for it'),
  number: z.int(),
  digest,
  signature: digest,
  records: count,
  size: count.describe('bytes that a client without an index reads'),
  deltas: list(z.strictObject({ from: z.int(), to: z.int(), size: count })),
  ecosystems: list(text),
  threats: list(z.strictObject({ ...threatSource, size: count })).describe(
    'what it says of exploitation, beside its records',
  ),
});

export const advisoriesInfo = advisoryData.extend({
  threats: list(importedThreats).describe('what says something of exploitation'),
  support: list(z.strictObject(supportTerm)).describe('how long systems are supported'),
  verified: z.boolean(),
});

const statement = z
  .enum(['stated', 'unknown', 'missing'])
  .describe('unknown: the document says that it is unknown');

export const sbomCheck = z.strictObject({
  targets: list(
    z.strictObject({
      target: text,
      profiles: list(
        z.strictObject({
          profile: z.enum(['ntia', 'cisa-2025', 'bsi']),
          title: text,
          isMet: z.boolean(),
          elements: list(
            z.strictObject({
              element: text,
              of: z.enum(['document', 'component']),
              state: statement,
              stated: count,
              unknown: count,
              missing: count,
              examples: list(text).describe('the first components without it'),
            }),
          ),
        }),
      ),
    }),
  ),
  failed: list(failedTarget),
});

export const sbomValidate = z.strictObject({
  targets: list(
    z.strictObject({
      target: text,
      breaches: list(z.strictObject({ where: text, what: text })),
      more: count.describe('breaches that are not listed'),
    }),
  ),
  failed: list(failedTarget),
});

export const sbomDiff = z.strictObject({
  before: text,
  after: text,
  outcome: outcome.describe('partial where one of the two may have more than it lists'),
  added: list(purl),
  removed: list(purl),
  changed: list(z.strictObject({ from: purl, to: purl })),
  altered: list(
    z.strictObject({
      purl,
      what: z.enum(['licences', 'hashes', 'dependencies', 'development']),
      before: text,
      after: text,
    }),
  ),
});

const licenceVerdict = z
  .enum(['allowed', 'refused', 'unknown'])
  .describe('by the policy; unknown is what nobody stated, or what is not understood');

export const licences = z.strictObject({
  targets: list(
    z.strictObject({
      target: text,
      recognised: text,
      outcome,
      components: list(
        z.strictObject({
          purl,
          name: text,
          version: text,
          development: z.boolean(),
          licenses: list(text).describe('as stated; all of them apply'),
          licensesFrom: text.optional(),
          chosen: maybe.describe(
            'what applies, with one branch of each OR; null if none is stated',
          ),
          verdict: licenceVerdict,
          why: maybe,
        }),
      ),
      licences: list(
        z.strictObject({ licence: text, verdict: licenceVerdict, components: list(purl) }),
      ),
    }),
  ),
  failed: list(failedTarget),
});

export const why = z.strictObject({
  target: text,
  component: text.describe('as it was asked for'),
  outcome,
  matches: list(
    z.strictObject({
      purl,
      development: z.boolean(),
      locations: list(text),
      layer: digest.nullable(),
      direct: z.boolean().nullable().describe('null where nothing says what is required directly'),
      from: z
        .enum(['direct', 'not-required'])
        .describe('where paths start: at direct requirements, or at what nothing else requires'),
      paths: list(list(purl)).describe('shortest first; each ends with the component'),
      more: count.describe('paths that are not listed'),
    }),
  ),
});
