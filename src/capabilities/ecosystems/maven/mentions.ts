import { parseRegistry } from '../component-registry.ts';
import type { FileMentions, Mention, MentionReader } from '../ecosystem.ts';
import { isSettings } from './declared/maven-declarations.ts';
import { readMavenSettings } from './declared/registries.ts';
import { isBuildScript, readBuildScript } from './gradle/build-script.ts';
import { isIvySettings, readIvyFile } from './ivy/ivy-file.ts';
import { readPom } from './pom/read-pom.ts';

/** The repositories that poms, scripts of Gradle and settings name. */
export const mavenMentions: MentionReader = {
  wants: (path) =>
    isSettings(path) ||
    isBuildScript(path) ||
    isIvySettings(path) ||
    /(?:^|\/)pom\.xml$/.test(path),
  read: (path, text): FileMentions => ({
    registries: listRegistries(path, new TextEncoder().encode(text)).map(
      ({ value, line }): Mention => ({ value, place: `${path}:${line}` }),
    ),
    images: [],
  }),
};

interface RegistryPlace {
  readonly value: string;
  readonly line: number;
}

/** A file that cannot be read gives nothing here: its problem is reported elsewhere. */
function listRegistries(path: string, bytes: Uint8Array): readonly RegistryPlace[] {
  if (isSettings(path)) {
    const settings = readMavenSettings(bytes);
    const named = settings.ok ? (settings.value?.named ?? []) : [];
    return named.map(({ registry, line }) => ({ value: registry, line }));
  }
  if (isBuildScript(path) || isIvySettings(path)) {
    const read = isBuildScript(path) ? readBuildScript : readIvyFile;
    const script = read(path, bytes);
    const repositories = script.ok ? script.value.repositories : [];
    return repositories.flatMap(({ value, line }) => toPlace(value, line));
  }
  const pom = readPom(path, bytes);
  const parts = pom.ok ? [pom.value, ...pom.value.profiles] : [];
  return parts.flatMap(({ repositories }) =>
    repositories.flatMap(({ url, line }) => toPlace(url, line)),
  );
}

function toPlace(address: string, line: number): readonly RegistryPlace[] {
  const value = address.includes('${') ? null : parseRegistry(address);
  return value === null ? [] : [{ value, line }];
}
