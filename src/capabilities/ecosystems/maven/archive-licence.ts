import { createHash } from 'node:crypto';
import { cutBefore } from '../../../formats/text/cut.ts';
import { parseBundleLicense } from './bundle-license.ts';
import type { PomLicence } from './pom/read-pom.ts';

/** What an archive with one package says about its licence. */
export interface LicenceEvidence {
  readonly group: string | null;
  readonly version: string;
  readonly manifest: ReadonlyMap<string, string>;
  /** Of the pom of this package in the archive; empty where there is none. */
  readonly declared: readonly PomLicence[];
  /** The text of its own licence file; null without one. */
  readonly text: () => string | null;
}

/**
 * SPDX expressions of one archive: its manifest, its pom, the whole text of a licence that it
 * contains, or what its publisher's poms declare. Empty where none of them says it.
 */
export function findArchiveLicences(evidence: LicenceEvidence): readonly string[] {
  const { group, version, manifest, declared, text } = evidence;
  const bundle = parseBundleLicense(manifest.get('bundle-license') ?? '');
  if (bundle.length > 0) return bundle;
  const chosen = readDeclared(declared);
  if (chosen !== null) return [chosen];
  const whole = recogniseText(text() ?? '');
  if (whole !== null) return [whole];
  const published = group === null ? null : findPublished(group, version);
  return published === null ? [] : [published];
}

/** Of several licences in a pom the user may choose one (maven.apache.org/pom.html#licenses). */
function readDeclared(declared: readonly PomLicence[]): string | null {
  const found = declared.map(({ name, url }) => {
    const [one, ...more] = [...parseBundleLicense(name ?? ''), ...parseBundleLicense(url ?? '')];
    return one !== undefined && more.every((other) => other === one) ? one : null;
  });
  if (found.length === 0 || found.includes(null)) return null;
  return [...new Set(found)].sort().join(' OR ');
}

const APACHE = ['apache license version 2 0 january 2004', 'end of terms and conditions'] as const;
/** Of the words between, with and without `https`. */
const APACHE_DIGESTS = new Set([
  '5f61d8b4b23e5a05a287e18b9e70321f11445fd0b0fb0e12fc0e1c13de1a8262',
  'e49a4b3d371ed427326adaf78ff8f45ad336797ecbc059a71aa7e854e0e94fc7',
]);
const MIT = 'permission is hereby granted free of charge to any person obtaining a copy of this';
const MIT_END = 'the use or other dealings in the software';
const MIT_DIGEST = '0cf21bdfd1964a97a8615e128534845826afbc887edc95aa5c925cbf64386b5c';
/** A notice of the owner may be before the text; more words are another licence. */
const NOTICE_CHARS_MAX = 300;

/**
 * A licence by its whole text, whatever its lines and marks are; null for any other text. Notices
 * for parts of others may follow that of Apache, as its section 4(d) asks.
 */
export function recogniseText(text: string): string | null {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join(' ');
  const apache = words.startsWith(APACHE[0]) ? words.indexOf(APACHE[1]) : -1;
  if (apache !== -1) return APACHE_DIGESTS.has(hash(words.slice(0, apache))) ? 'Apache-2.0' : null;
  const [start, end] = [words.indexOf(MIT), words.indexOf(MIT_END)];
  // mutant licence-with-more-terms by archive-licence: condition -> false
  if (start === -1 || start > NOTICE_CHARS_MAX || end + MIT_END.length !== words.length)
    return null;
  return hash(words.slice(start)) === MIT_DIGEST ? 'MIT' : null;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the published poms of a group declare, where its archives say nothing. */
const PUBLISHED: ReadonlyMap<string, string> = new Map([
  ...[
    ...['com.amazonaws', 'com.google.api.grpc', 'com.google.auto.value', 'com.google.cloud'],
    ...['com.google.cloud.opentelemetry', 'com.google.http-client', 'com.hierynomus'],
    ...['com.jayway.jsonpath', 'com.squareup.okhttp3', 'com.squareup.okio', 'io.grpc'],
    ...['io.micrometer', 'io.opencensus', 'io.opentelemetry', 'io.opentelemetry.contrib'],
    ...['io.opentelemetry.semconv', 'io.perfmark', 'io.projectreactor', 'io.projectreactor.addons'],
    ...['io.projectreactor.kafka', 'io.projectreactor.netty', 'io.rsocket', 'org.apache.groovy'],
    ...['org.apache.kafka', 'org.apache.pulsar', 'org.apache.tomcat', 'org.apache.tomcat.embed'],
    ...['org.conscrypt', 'org.hibernate.common', 'org.jboss.logging', 'org.jetbrains.kotlin'],
    ...['org.jetbrains.kotlinx', 'org.lz4', 'org.mongodb', 'org.springframework', 'org.thymeleaf'],
  ].map((group) => [group, 'Apache-2.0'] as const),
  ['com.google.api', 'BSD-3-Clause'],
  ['com.h2database', 'MPL-2.0 OR EPL-1.0'],
  ['org.antlr', 'BSD-3-Clause'],
  ['org.aspectj', 'EPL-2.0'],
  ['org.glassfish.jaxb', 'BSD-3-Clause'],
  // Under another licence since version 7.
  ['org.hibernate@5', 'LGPL-2.1-or-later'],
  ['org.hibernate.orm@6', 'LGPL-2.1-or-later'],
  ['org.hibernate.orm@7', 'Apache-2.0'],
  ['org.postgresql', 'BSD-2-Clause'],
  ['org.reactivestreams', 'MIT-0'],
]);

function findPublished(group: string, version: string): string | null {
  const isSpring = group.startsWith('org.springframework.');
  const found = PUBLISHED.get(isSpring ? 'org.springframework' : group);
  return found ?? PUBLISHED.get(`${group}@${cutBefore(version, '.')}`) ?? null;
}
