import { trimEndCharacters } from '../../../formats/text/cut.ts';
import type { LocatedImage, LocatedValue } from './survey-result.ts';

/**
 * Finds where a pipeline pushes to: logins, settings and commands, line by line, in a file of any
 * language.
 */
export interface PipelineValues {
  readonly registries: readonly LocatedValue[];
  readonly images: readonly LocatedImage[];
}

const SETTING =
  /^[\s-]{0,200}(?:export\s|set\s|def\s)?\s{0,20}["']?(?:[A-Z_]{0,40}REGISTRY|registry|login-server|loginServer|containerRegistry)["']?\s{0,20}[:=]\s{0,20}["']?([^\s"'#,)]{1,300})/;
const LOGIN =
  /\b(?:docker|podman|buildah|nerdctl|oras|helm registry)\s+login\s+(?:-\S+\s+\S+\s+){0,4}([^\s"'-][^\s"']{0,300})/;
const PUSH =
  /\b(?:docker|podman|buildah|nerdctl)\s+(?:image\s+)?push\s+(?:-\S+\s+){0,4}["']?([^\s"'-][^\s"']{0,500})/;
const TAG =
  /\b(?:docker|podman|buildah|nerdctl)\s.{0,400}?\s(?:-t|--tag)[ =]["']?([^\s"'-][^\s"']{0,500})/;
const TAGS = /^\s{0,200}tags:\s{0,20}["']?([^\s"'|>#][^\s"'#,]{0,500})/;

export function findPipelineValues(path: string, text: string): PipelineValues {
  const registries: LocatedValue[] = [];
  const images: LocatedImage[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.slice(0, 2_000);
    const place = `${path}:${index + 1}`;
    const named = SETTING.exec(line)?.[1] ?? LOGIN.exec(line)?.[1];
    if (named !== undefined)
      registries.push({ value: trimEndCharacters(named.replace(/^https?:\/\//, ''), '/'), place });
    for (const pattern of [PUSH, TAG, TAGS]) {
      const value = pattern.exec(line)?.[1];
      // A single word is the name of a local image, or a list of branches.
      if (value?.includes('/')) images.push({ use: 'runs', value, place });
    }
  }
  return { registries, images };
}

/** Which system runs the pipelines, recognised by the path of their file. */
export function recogniseCi(path: string): string | null {
  if (/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return 'GitHub Actions';
  if (
    /(?:^|\/)azure-pipelines[^/]*\.ya?ml$|^\.(?:azure-pipelines|azdevops|pipelines)\/.+\.ya?ml$/.test(
      path,
    )
  )
    return 'Azure Pipelines';
  if (/(?:^|\/)\.gitlab-ci\.ya?ml$/.test(path)) return 'GitLab CI';
  return /(?:^|\/)Jenkinsfile(?:\.[^/]*)?$/.test(path) ? 'Jenkins' : null;
}
