import type { PurlParts } from '../../../core/purl.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { nameByPackage } from '../package-address.ts';
import { mavenDeclarations } from './declared/maven-declarations.ts';
import { mavenFixes } from './fix/fix-maven.ts';
import { javaArchive } from './java-archive.ts';
import { mavenMentions } from './mentions.ts';
import { nativeImage } from './native-image/native-image.ts';
import { javaMachine } from './runtime/java-machine.ts';
import { javaRuntime } from './runtime/java-runtime.ts';
import { dropRuntimeArchives } from './runtime/runtime-archives.ts';
import { combineJavaFiles } from './source-tree/combine.ts';
import { javaSourceExtractors } from './source-tree/extractors.ts';
import { unpackedArchive } from './unpacked-archive.ts';
import { mavenScheme } from './version-order.ts';

/** Java archives by their Maven coordinates. */
export const maven: Ecosystem = {
  name: 'maven',
  purlTypes: ['maven'],
  formatName: (parts) => joinCoordinates(parts) ?? parts.name,
  advisories: nameByPackage(
    'Maven',
    mavenScheme,
    joinCoordinates,
    'it has no Maven group, so no advisory can be found by name',
  ),
  declarations: mavenDeclarations,
  mentions: mavenMentions,
  fixes: mavenFixes,
  extractors: [
    ...[javaArchive, unpackedArchive, javaRuntime, javaMachine, nativeImage],
    ...javaSourceExtractors,
  ],
  combine: (files) => dropRuntimeArchives(files, combineJavaFiles(files)),
  markers: [
    { pattern: /(?:^|\/)pom\.xml$/, means: 'read' },
    { pattern: /(?:^|\/)ivy(?:-[^/]{1,200})?\.xml$/, means: 'declares' },
    { pattern: /(?:^|\/)(?:build\.gradle(?:\.kts)?|build\.sbt)$/, means: 'declares' },
    { pattern: /(?:^|\/)(?:(?:buildscript-)?gradle\.lockfile|build\.sbt\.lock)$/, means: 'read' },
    { pattern: /(?:^|\/)[^/]+\.versions\.toml$/, means: 'declares' },
  ],
};

function joinCoordinates({ namespace, name }: PurlParts): string | null {
  return namespace === null ? null : `${namespace}:${name}`;
}
