import { takeDirectory } from '../../extractor.ts';
import { isMsbuildFile } from '../installed/project-file.ts';
import { quoteName } from '../nuget-draft.ts';
import { joinPath } from './paths.ts';
import type { ProjectScope } from './project-scope.ts';
import type { ProjectFile } from './read-project.ts';

export const FIND_IT = 'Name the folder that holds all, or lock the project.';

/**
 * Why the files of a project are not all in the tree: the first project or import of them that
 * leads out of it, or to nothing. Null where each plain path is here; a path with a property of the
 * SDK, or one that is imported only where it exists, is not judged.
 *
 * @example findLostFile(new ProjectScope(project, tree), tree);
 */
export function findLostFile(
  { files }: ProjectScope,
  tree: ReadonlyMap<string, ProjectFile>,
): string | null {
  for (const file of files) {
    const lost = findLost(file, tree);
    if (lost !== null) return lost;
  }
  return null;
}

function findLost(project: ProjectFile, tree: ReadonlyMap<string, ProjectFile>): string | null {
  const imports = project.imports.map((one) => ({ ...one, role: 'imports' }));
  const projects = project.projects.map((one) => ({
    ...{ project: one, conditional: false, role: 'asks for the project' },
  }));
  for (const { project: written, conditional, role } of [...projects, ...imports]) {
    const place = written.replace(/^\$\(MSBuild(?:ThisFile|Project)Directory\)/i, './');
    if (place === '' || place.includes('$(') || place.includes('@(')) continue;
    const path = joinPath(takeDirectory(project.file), place.replaceAll('\\', '/'));
    const said = `it ${role} ${quoteName(written)}`;
    // mutant file-of-msbuild-outside-the-tree by outside-the-tree: condition -> false
    if (path === null) return `${said}, which is outside this tree`;
    // Other kinds of files are not read here, and generated ones are not there before a build.
    if (conditional || !isMsbuildFile(path) || tree.has(path)) continue;
    return `${said}, which is not here`;
  }
  return null;
}
