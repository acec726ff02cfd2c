import { z } from 'zod';

/**
 * What the published schemas 15.2.1 of GitLab require of a report of dependency scanning and of one
 * of container scanning (gitlab-org/security-products/security-report-schemas).
 */
const text = z.string().min(1);
const moment = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/);
const url = z.string().regex(/^(?:https?|ftp):\/\/.+/);
const tool = z.looseObject({
  id: text,
  name: text,
  version: text,
  vendor: z.looseObject({ name: text }),
});
const message = z.looseObject({ level: z.enum(['info', 'warn', 'fatal']), value: text });
const dependency = z.looseObject({
  package: z.looseObject({ name: z.string() }),
  version: z.string(),
  direct: z.boolean().optional(),
});
const PLACES = {
  dependency: z.looseObject({ file: text, dependency }),
  container: z.looseObject({ dependency, operating_system: text, image: text }),
} as const;
const identifier = z.looseObject({ type: text, name: text, value: text, url: url.optional() });
const VECTOR3 =
  /^CVSS:3[.][01]\/(?:(?:AV:[NALP]|AC:[LH]|PR:[NLH]|UI:[NR]|S:[UC]|[CIA]:[NLH])\/)*(?:AV:[NALP]|AC:[LH]|PR:[NLH]|UI:[NR]|S:[UC]|[CIA]:[NLH])$/;

function describeReport(kind: keyof typeof PLACES) {
  const vulnerability = z.looseObject({
    id: text,
    name: z.string().max(255).optional(),
    description: z.string().max(1_048_576).optional(),
    severity: z.enum(['Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical']).optional(),
    solution: z.string().max(7_000).optional(),
    identifiers: z.array(identifier).min(1),
    cvss_vectors: z
      .array(z.looseObject({ vendor: text, vector: z.string().min(32).max(128).regex(VECTOR3) }))
      .min(1)
      .max(10)
      .optional(),
    links: z.array(z.looseObject({ name: z.string().optional(), url })).optional(),
    details: z
      .record(z.string(), z.looseObject({ name: text, type: z.literal('text'), value: z.string() }))
      .optional(),
    flags: z
      .array(
        z.looseObject({
          type: z.literal('flagged-as-likely-false-positive'),
          origin: text,
          description: text,
        }),
      )
      .optional(),
    location: PLACES[kind],
  });
  return z.looseObject({
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    schema: z.string().regex(/^https?:\/\/.+/),
    scan: z.looseObject({
      analyzer: tool,
      scanner: tool,
      start_time: moment,
      end_time: moment,
      status: z.enum(['success', 'failure']),
      type: z.literal(`${kind}_scanning`),
      messages: z.array(message).optional(),
    }),
    vulnerabilities: z.array(vulnerability),
  });
}

/** Throws unless a report is what the schema of its kind asks for, with an id for each finding. */
export function requireGitlabReport(report: unknown, kind: keyof typeof PLACES): void {
  const { vulnerabilities } = describeReport(kind).parse(report);
  const ids = new Set(vulnerabilities.map(({ id }) => id));
  if (ids.size !== vulnerabilities.length) throw new Error('two findings have one id');
}
