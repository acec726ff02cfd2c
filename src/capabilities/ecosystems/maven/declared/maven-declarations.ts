import { LIMITS } from '../../../../core/limits.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../../declarations.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { takeBaseName } from '../../extractor.ts';
import { combineJavaFiles } from '../source-tree/combine.ts';
import { JAVA_FILES } from '../source-tree/extractors.ts';
import { JavaDocument } from '../source-tree/java-document.ts';
import { type JavaFile, JavaTree } from '../source-tree/java-tree.ts';
import { listGradleDependencies } from './gradle-dependencies.ts';
import { listMavenDependencies } from './maven-dependencies.ts';
import { type MavenSettings, readMavenSettings } from './registries.ts';
import { createExtension, createWrapper } from './tool-dependencies.ts';
import { isWrapper, readExtensions, readWrapper } from './wrapper.ts';

/** Poms, scripts of Gradle, catalogues, their locks, and the settings and wrappers beside them. */
export const mavenDeclarations: DeclarationReader = {
  wants: (path) =>
    JAVA_FILES.some(({ wants }) => wants(path)) ||
    isSettings(path) ||
    isWrapper(path) ||
    isExtensions(path),
  read,
};

/** A settings.xml that a build of this tree can be given (`mvn -s`). */
export function isSettings(path: string): boolean {
  return /(?:^|\/)(?:[^/]+-)?settings\.xml$/.test(path);
}

function isExtensions(path: string): boolean {
  return /(?:^|\/)\.mvn\/extensions\.xml$/.test(path);
}

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const read: JavaFile[] = [];
  const settings: MavenSettings[] = [];
  const tools: DeclaredDependency[] = [];
  const bytesMax = LIMITS.dependencyFileBytesMax;
  for (const path of paths) {
    if (isSettings(path)) {
      const found = await files.parse(path, bytesMax, (_, bytes) => readMavenSettings(bytes));
      if (found !== null) settings.push(found);
    } else if (isWrapper(path)) {
      const wrapper = await files.parse(path, bytesMax, readWrapper);
      if (wrapper !== null) tools.push(createWrapper(path, wrapper));
    } else if (isExtensions(path)) {
      const found = await files.parse(path, bytesMax, (_, bytes) => readExtensions(bytes));
      tools.push(...(found ?? []).map((one) => createExtension(path, one)));
    } else {
      const source = await readSource(path, files);
      if (source !== null) read.push({ path, source });
    }
  }
  const [first, ...others] = read.map(({ path }) => path);
  const declared =
    first === undefined
      ? null
      : files.combine([first, ...others], () => listDeclared(read, settings));
  return {
    found: paths.some((path) => !isSettings(path) && takeBaseName(path) !== 'gradle.properties'),
    dependencies: [...(declared?.dependencies ?? []), ...tools],
    problems: declared?.problems ?? [],
    notLookedAt: [],
  };
}

async function readSource(path: string, files: SourceFiles): Promise<JavaFile['source'] | null> {
  const kind = JAVA_FILES.find(({ wants }) => wants(path));
  if (kind === undefined) return null;
  return files.parse(path, kind.bytesMax, (file, bytes) => kind.read(file, bytes));
}

/** The same problems as those of an inventory: what is not known there is not known here. */
function listDeclared(
  read: readonly JavaFile[],
  settings: readonly MavenSettings[],
): Pick<Declarations, 'dependencies' | 'problems'> {
  const tree = new JavaTree(read);
  const extractions = combineJavaFiles(
    read.map(({ path, source }) => ({
      path,
      extraction: { drafts: [], skips: [], document: new JavaDocument(source) },
    })),
  );
  const all = [...listMavenDependencies(tree, settings), ...listGradleDependencies(tree)];
  const byPlace = new Map(
    all.map((one) => [`${one.place.file}:${one.place.line} ${one.name} ${one.version}`, one]),
  );
  return {
    dependencies: [...byPlace.values()],
    problems: extractions.flatMap(({ skips }) => skips),
  };
}
