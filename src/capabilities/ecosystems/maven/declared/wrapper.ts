import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { findChild, listChildren, parseXml, takeChildText } from '../../../../formats/xml/parse.ts';
import { takeBaseName } from '../../extractor.ts';
import { isVersion } from '../archive-name.ts';
import { isCoordinate } from '../lock/java-lock.ts';
import { readProperties } from '../properties.ts';

/** The build tool that a wrapper downloads. */
export interface Wrapper {
  readonly tool: 'gradle' | 'maven';
  readonly version: string | null;
  readonly address: string;
  /** Whether the tree holds its SHA-256. */
  readonly hashed: boolean;
  readonly line: number;
}

export function isWrapper(path: string): boolean {
  return /(?:^|\/)(?:gradle|maven)-wrapper\.properties$/.test(path);
}

/** gradle-wrapper.properties or maven-wrapper.properties; null where it names no address. */
export function readWrapper(path: string, bytes: Uint8Array): Result<Wrapper | null> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const values = readProperties(text.value);
  const address = values.get('distributionUrl') ?? '';
  if (address === '') return ok(null);
  const line = text.value.split('\n').findIndex((one) => one.startsWith('distributionUrl')) + 1;
  const tool = takeBaseName(path).startsWith('gradle') ? 'gradle' : 'maven';
  const version =
    /\/(?:gradle|apache-maven)-([0-9][A-Za-z0-9.+-]*?)-(?:bin|all)\.(?:zip|tar\.gz)$/.exec(
      address,
    )?.[1];
  const hash = values.get('distributionSha256Sum') ?? '';
  return ok({
    tool,
    version: isVersion(version) ? version : null,
    address,
    hashed: /^[0-9a-f]{64}$/i.test(hash),
    line: Math.max(line, 1),
  });
}

/** A core extension of Maven: it changes every build of the tree. */
export interface MavenExtension {
  readonly group: string;
  readonly artifact: string;
  readonly version: string | null;
  readonly line: number;
}

/** .mvn/extensions.xml. */
export function readExtensions(bytes: Uint8Array): Result<readonly MavenExtension[]> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!root.ok) return root;
  return ok(
    listChildren(root.value, 'extension').flatMap((one) => {
      const [group, artifact, version] = ['groupId', 'artifactId', 'version'].map((name) =>
        takeChildText(one, name),
      );
      const line = findChild(one, 'version')?.line ?? one.line;
      if (!isCoordinate(group) || !isCoordinate(artifact)) return [];
      return [{ group, artifact, version: isVersion(version) ? version : null, line }];
    }),
  );
}
